"""The main job over RETS: an import with photos, a sale that takes posts down, sessions that end in mid-run."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from decimal import Decimal
from typing import Any

import pytest

from domain.entities.listing import ListingStatus, Takedown
from domain.entities.post import PostState
from domain.entities.sync_run import SyncRunState
from tests.scenarios.looks import forget_requests
from tests.scenarios.rets_steps import connect_rets, has_its_photos, logins, rets_sandboxes
from tests.world import World
from tests.world.fixtures import storage_everywhere
from tests.world.steps import (
    import_all,
    link_facebook,
    listings,
    publish,
    publishable,
    sync,
    the_listing,
    the_post,
)
from tests.world.world import Sandboxes

storage = storage_everywhere
SHORT = "bytes alone, short sessions"
SERVERS: dict[str, dict[str, Any]] = {
    "addresses": {},
    # No shorter than the photos that are fetched at once, or a new session would be over before they are.
    SHORT: {"location": False, "session_requests": 10, "max_rows": 2},
}


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Sandboxes]]:
    """Gives the sandboxes with the server of a name in `SERVERS`, served from the first time on."""
    with ExitStack() as stack:
        running: dict[str, Sandboxes] = {}

        def server(name: str) -> Sandboxes:
            if name not in running:
                served = rets_sandboxes(tmp_path_factory.mktemp("rets"), **SERVERS[name])
                running[name] = stack.enter_context(served)
            return running[name]

        yield server


@pytest.fixture(params=SERVERS)
def sandboxes(request: pytest.FixtureRequest, servers: Callable[[str], Sandboxes]) -> Sandboxes:
    found = servers(request.param)
    found.reset()
    return found


async def test_an_import_brings_every_home_with_its_photos(world: World) -> None:
    run = await import_all(world, await connect_rets(world))

    homes, found = world.sandboxes.homes(), await listings(world)
    assert run.state is SyncRunState.SUCCEEDED
    assert run.counters.processed == len(homes)
    assert run.counters.successful_imports == len(found) > 0
    assert run.counters.successful_imports + run.counters.skipped == len(homes)
    assert [listing.id for listing in found if not await has_its_photos(world, listing)] == []


async def test_a_sold_home_loses_its_posts(world: World) -> None:
    connection = await connect_rets(world)
    await import_all(world, connection)
    accounts = await link_facebook(world)
    home = await publishable(world)
    posts = await publish(world, home, *accounts)
    assert [post.state for post in posts] == [PostState.PUBLISHED] * len(accounts)
    assert all(len(post["photos"]) > 1 for post in world.sandboxes.live_posts())

    assert home.facts.listing_key is not None
    world.sandboxes.change(home.facts.listing_key, StandardStatus="Closed", ClosePrice=512_000)
    run = await sync(world, connection)

    sold = await the_listing(world, home)
    assert (sold.status, sold.publishable, sold.takedown) == (ListingStatus.SOLD, False, Takedown.SOLD)
    assert (sold.facts.mls_status, sold.facts.close_price) == ("Sold", Decimal(512_000))
    assert [(await the_post(world, post)).state for post in posts] == [PostState.UNPUBLISHED] * len(posts)
    assert world.sandboxes.live_posts() == []
    assert (run.counters.status_changes, run.counters.posts_unpublished) == (1, len(posts))


@pytest.mark.parametrize("sandboxes", [SHORT], indirect=True)
async def test_sessions_that_end_in_mid_run_cost_nothing(world: World) -> None:
    connection = await connect_rets(world, pageSize=1)
    forget_requests(world)

    run = await import_all(world, connection)

    assert logins(world) > 1
    assert (run.state, run.counters.failed_imports) == (SyncRunState.SUCCEEDED, 0)
    assert run.counters.processed == len(world.sandboxes.homes())


@pytest.mark.parametrize("sandboxes", ["addresses"], indirect=True)
async def test_a_second_import_writes_nothing(world: World) -> None:
    connection = await connect_rets(world)
    first = await import_all(world, connection)
    before = await listings(world)

    second = await import_all(world, connection)

    assert second.counters.unchanged == first.counters.successful_imports
    assert await listings(world) == before
