"""The main job over RETS servers that each have habits of their own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.entities.listing import ListingStatus
from domain.entities.sync_run import SyncRunState
from tests.scenarios.rets_steps import connect_rets, has_its_photos, rets_sandboxes
from tests.world import World
from tests.world.steps import import_all, listings, publishable, sync, the_listing
from tests.world.world import Sandboxes

HABITS: dict[str, dict[str, Any]] = {
    "sessions end by HTTP": {"session_requests": 3, "session_end": "401", "auth": "basic"},
    "one login at a time": {"single_login": True, "session_requests": 4},
    "1.8": {"version": "RETS/1.8", "relative_urls": False, "standard_names": True},
    "limits by code": {"max_rows": 2, "over_limit": "20208", "empty": "status", "order": "modified"},
    "the user agent has a password": {"ua_password": "ua-secret"},
    "another cookie": {"ua_password": "ua-secret", "cookie": "ASP.NET_SessionId"},
    "another table": {"delimiter": 0x7C, "encoding": "cp1252", "time_zone": "America/Chicago"},
    "bytes without an end": {"location": False, "boundaries": "unclosed"},
    "bytes in bare lines": {"location": False, "boundaries": "bare LF"},
    "bytes within odd dashes": {"location": False, "boundaries": "dashes"},
}


@pytest.fixture(params=HABITS)
def sandboxes(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Sandboxes]:
    with rets_sandboxes(tmp_path / "sandboxes", **HABITS[request.param]) as served:
        yield served


async def test_homes_photos_and_a_sale_come(world: World) -> None:
    homes = world.sandboxes.homes()
    active = next(home["key"] for home in homes if home["status"] == "Active")
    world.sandboxes.change(active, PublicRemarks="Café \U0001f3e1 <& more>")
    connection = await connect_rets(world, user_agent_password="ua-secret")
    run = await import_all(world, connection)
    assert (run.state, run.counters.failed_imports) == (SyncRunState.SUCCEEDED, 0)
    assert run.counters.processed == len(homes)
    found = {listing.facts.listing_key: listing for listing in await listings(world)}
    assert [one.id for one in found.values() if not await has_its_photos(world, one)] == []
    assert found[active].facts.description == "Café \U0001f3e1 <& more>"

    home = await publishable(world)
    key = home.facts.listing_key or ""
    world.sandboxes.change(key, StandardStatus="Closed", photos={"add": 1})
    await sync(world, connection)
    sold = await the_listing(world, home)
    assert sold.status is ListingStatus.SOLD
    assert len(sold.photos) == len(home.photos) + 1
    assert await has_its_photos(world, sold)
