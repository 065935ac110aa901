"""The main job over RETS: an import with photos, a sale that takes posts down, sessions that end in mid-run."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from domain.entities.listing import ListingStatus, Takedown
from domain.entities.post import PostState
from domain.entities.sync_run import SyncRunState
from tests.scenarios.looks import forget_requests
from tests.scenarios.other_mls import drop
from tests.scenarios.rets_steps import connect_rets, has_its_photos, logins, rets_sandboxes
from tests.world import World
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

# Shorter than the photos that are fetched at once.
SHORT = {"location": False, "session_requests": 3, "max_rows": 2}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxes]:
    with rets_sandboxes(tmp_path_factory.mktemp("rets")) as sandboxes:
        yield sandboxes


@pytest.fixture(scope="module")
def served_shortly(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxes]:
    with rets_sandboxes(tmp_path_factory.mktemp("short"), **SHORT) as sandboxes:
        yield sandboxes


@pytest.fixture(params=["served"])
def sandboxes(request: pytest.FixtureRequest) -> Sandboxes:
    found: Sandboxes = request.getfixturevalue(request.param)
    found.reset()
    return found


async def test_an_import_brings_every_home_with_its_photos_once(world: World) -> None:
    connection = await connect_rets(world)
    run = await import_all(world, connection)

    homes, found = world.sandboxes.homes(), await listings(world)
    assert run.state is SyncRunState.SUCCEEDED
    assert run.counters.processed == len(homes)
    assert run.counters.successful_imports == len(found) > 0
    assert run.counters.successful_imports + run.counters.skipped == len(homes)
    assert [listing.id for listing in found if not await has_its_photos(world, listing)] == []

    again = await import_all(world, connection)
    assert again.counters.unchanged == len(found)
    assert await listings(world) == found


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


async def test_a_vanished_home_is_off_the_market_and_not_sold(world: World) -> None:
    await import_all(world, await connect_rets(world))
    accounts = await link_facebook(world)
    home = await publishable(world)
    await publish(world, home, accounts[0])
    drop(world, home)

    for _ in range(2):
        world.clock.move(26 * 60 * 60)
        await world.work(horizon=timedelta(minutes=1))

    gone = await the_listing(world, home)
    assert (gone.status, gone.takedown) == (ListingStatus.EXPIRED, Takedown.DELETED)
    assert world.sandboxes.live_posts() == []


@pytest.mark.parametrize("sandboxes", ["served_shortly"], indirect=True)
async def test_sessions_that_end_in_mid_run_cost_no_home_and_no_photo(world: World) -> None:
    connection = await connect_rets(world, pageSize=1)
    forget_requests(world)

    run = await import_all(world, connection)

    assert logins(world) > 2
    assert (run.state, run.counters.failed_imports) == (SyncRunState.SUCCEEDED, 0)
    assert run.counters.processed == len(world.sandboxes.homes())
    found = await listings(world)
    assert run.counters.photos_stored == sum(len(listing.photos) for listing in found) > 0
    assert [listing.id for listing in found if not await has_its_photos(world, listing)] == []
