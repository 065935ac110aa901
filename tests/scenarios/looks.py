"""What scenarios look at: homes by their status, connections, accounts, and the failures of runs."""

from domain.entities.common import PageRequest
from domain.entities.listing import Listing, ListingStatus
from domain.entities.mls_connection import MlsConnection
from domain.entities.social_account import SocialAccount
from domain.entities.sync_run import SyncError, SyncRun
from tests.world import World
from tests.world.steps import listings
from tests.world.world import USER


async def homes_by_key(world: World) -> dict[str, Listing]:
    """All listings by ListingKey."""
    return {key_of(listing): listing for listing in await listings(world)}


async def actives(world: World) -> list[Listing]:
    """The homes for sale, in a fixed order."""
    found = [listing for listing in await listings(world) if listing.status is ListingStatus.ACTIVE]
    return sorted(found, key=key_of)


def key_of(listing: Listing) -> str:
    """The home's key in the MLS; empty if it has none."""
    return listing.facts.listing_key or ""


async def failures(world: World, run: SyncRun) -> list[SyncError]:
    """What failed in a run."""
    return list((await world.eyes.runs.errors(USER, PageRequest(100), run_id=run.id)).items)


async def all_runs(world: World, connection: MlsConnection) -> list[SyncRun]:
    """The connection's runs, newest first."""
    return list((await world.eyes.runs.page(USER, PageRequest(100), connection_id=connection.id)).items)


async def now_of(world: World, connection: MlsConnection) -> MlsConnection:
    """The connection as it is now."""
    found = await world.eyes.mls_connections.get(USER, connection.id)
    assert found is not None
    return found


async def account_now(world: World, account: SocialAccount) -> SocialAccount:
    """The account as it is now."""
    found = await world.eyes.social_accounts.get(USER, account.id)
    assert found is not None
    return found


def requests_of(world: World, kind: str) -> int:
    """How many requests of a kind ("odata", "photos", "token") the MLS has had since its log was cleared."""
    log = world.sandboxes.http.get(f"{world.sandboxes.mls}/_control/log", params={"kind": kind})
    return len(log.raise_for_status().json()["requests"])


def forget_requests(world: World) -> None:
    """Clear the MLS's log of requests."""
    world.sandboxes.http.delete(f"{world.sandboxes.mls}/_control/log").raise_for_status()


def mend_mls(world: World) -> None:
    """Clear the MLS's faults."""
    world.sandboxes.http.delete(f"{world.sandboxes.mls}/_control/faults").raise_for_status()


def mend_facebook(world: World) -> None:
    """Clear Facebook's faults."""
    world.sandboxes.http.delete(f"{world.sandboxes.facebook}/_control/faults").raise_for_status()


def revoke_tokens(world: World) -> None:
    """Let Facebook end every token."""
    answer = world.sandboxes.http.post(
        f"{world.sandboxes.facebook}/_control/tokens/revoke", json={"all": True}
    )
    answer.raise_for_status()
