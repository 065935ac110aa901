"""The statistics of imports and synchronizations are what their runs say, whatever happened on the way."""

from datetime import timedelta

import pytest

from domain.entities.sync_run import SyncRunState
from domain.errors import Conflict, Invalid, NotFound
from domain.rules.durations import median
from domain.use_cases.connections import disconnect_mls
from domain.use_cases.runs import cancel_sync_run, import_mls_listings, sync_mls_status
from domain.use_cases.statistics import sync_statistics
from tests.world import World
from tests.world.fixtures import storage_on_both
from tests.world.steps import connect, import_all, link_facebook, publish, publishable, sync
from tests.world.sums import kept_sums, sums_of_runs
from tests.world.world import USER

storage = storage_on_both


async def test_an_import_a_sale_and_a_cancelled_run_are_counted_as_the_runs_say(world: World) -> None:
    connection = await connect(world)
    first = await import_all(world, connection)
    accounts = await link_facebook(world)
    home = await publishable(world)
    await publish(world, home, *accounts)
    assert home.facts.listing_key is not None
    world.sandboxes.change(home.facts.listing_key, StandardStatus="Closed")
    await sync(world, connection)
    waiting = await import_mls_listings(world.ports, user_id=USER, connection_id=connection.id)
    await cancel_sync_run(world.ports, user_id=USER, run_id=waiting.id)
    with pytest.raises(Conflict):
        await cancel_sync_run(world.ports, user_id=USER, run_id=waiting.id)

    found = await kept_sums(world.eyes)
    assert found == await sums_of_runs(world.eyes)
    assert (found.runs, found.failed_runs) == (3, 0)
    assert found.photos_stored >= first.counters.photos_stored > 0
    assert (found.status_changes, found.posts_unpublished) == (1, len(accounts))
    statistics = await sync_statistics(world.ports, user_id=USER, connection_id=connection.id)
    totals = statistics.totals
    assert sum(totals.durations.values()) == 2, "the cancelled run was never begun"
    assert totals.longest_ms is not None
    middle = median(totals.durations, totals.longest_ms)
    assert middle is not None
    assert middle <= totals.longest_ms
    assert totals.last_success_at is not None
    assert statistics.since < totals.last_success_at < statistics.until


async def test_a_run_that_fails_is_counted_as_failed(world: World) -> None:
    connection = await connect(world)
    world.sandboxes.mls_fault(match="odata", kind="status", status=401, times=None)
    run = await sync(world, connection)
    assert run.state is SyncRunState.FAILED
    found = await kept_sums(world.eyes)
    assert (found.runs, found.failed_runs) == (1, 1)


async def test_of_a_connection_that_is_gone_the_sums_remain(world: World) -> None:
    connection = await connect(world)
    await import_all(world, connection)
    await sync_mls_status(world.ports, user_id=USER, connection_id=connection.id)
    await disconnect_mls(world.ports, user_id=USER, connection_id=connection.id, keep_listings=True)
    found = await kept_sums(world.eyes)
    assert found == await sums_of_runs(world.eyes)
    assert found.runs == 2
    with pytest.raises(NotFound):
        await sync_statistics(world.ports, user_id=USER, connection_id=connection.id)


async def test_a_range_that_is_too_long_or_reversed_is_refused(world: World) -> None:
    now = world.clock.now()
    for since, until in ((now, now - timedelta(seconds=1)), (now - timedelta(days=366), now)):
        with pytest.raises(Invalid):
            await sync_statistics(world.ports, user_id=USER, since=since, until=until)
    await sync_statistics(world.ports, user_id=USER, since=now - timedelta(days=365), until=now)
