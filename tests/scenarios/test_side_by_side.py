"""What goes on beside the writing of a page: the next one is fetched, and photos are rung for."""

import asyncio

from domain.entities.intent import IntentKind
from domain.entities.sync_run import SyncRunState
from domain.errors import Unavailable
from tests.scenarios.meddling import race_listings, watch_mls
from tests.world import World
from tests.world.steps import connect, import_all, listings


async def test_the_next_page_is_fetched_while_one_is_written(world: World) -> None:
    connection = await connect(world)
    fetched: list[int] = []

    async def look() -> None:
        await asyncio.sleep(0)
        fetched.append(len(watched.queries))

    watched, _ = watch_mls(world), race_listings(world, look)
    run = await import_all(world, connection)

    pages = len(fetched)
    assert run.counters.processed == len(world.sandboxes.homes())
    assert fetched == [*range(2, pages + 1), pages]
    assert len(watched.queries) == pages


async def test_a_page_that_fails_ahead_costs_nothing_of_the_one_before(world: World) -> None:
    connection = await connect(world)

    async def fail_once(page: int) -> None:
        if page == 2:
            raise Unavailable("The MLS is restarting.")

    watch_mls(world, fail_once)
    run = await import_all(world, connection)

    assert (run.state, run.counters.failed_imports) == (SyncRunState.SUCCEEDED, 0)
    assert run.counters.processed == len(world.sandboxes.homes())
    assert run.counters.unchanged == 0  # no page was read twice


async def test_photos_are_rung_for_with_their_page(world: World) -> None:
    await import_all(world, await connect(world))
    rung = {target for kind, target in world.bell.rung if kind is IntentKind.PHOTOS}
    assert rung == {listing.id for listing in await listings(world) if listing.photos} != set()
