"""What can be done to a connection: polled or not, how often, changed, and forgotten."""

from datetime import timedelta

import pytest

from domain.entities.intent import IntentKind
from domain.entities.sync_run import SyncRunState
from domain.errors import NotFound
from domain.use_cases.connections import (
    disconnect_mls,
    set_mls_connection_enabled,
    set_mls_sync_interval,
    update_mls_connection,
)
from domain.use_cases.runs import import_mls_listings, sync_mls_status
from tests.scenarios.looks import (
    all_runs,
    forget_requests,
    homes_by_key,
    key_of,
    now_of,
    requests_of,
)
from tests.scenarios.meddling import race_listings
from tests.world import World
from tests.world.steps import connect, import_all, listings, publishable, the_listing, the_run
from tests.world.world import USER


async def test_a_connection_that_is_off_is_left_alone_until_it_is_on_again(world: World) -> None:
    connection = await connect(world)
    await import_all(world, connection)
    off = await set_mls_connection_enabled(
        world.ports, user_id=USER, connection_id=connection.id, enabled=False
    )
    assert (off.enabled, off.next_sync_at) == (False, None)
    forget_requests(world)
    world.clock.move(24 * 60 * 60)
    await world.work()
    assert requests_of(world, "odata") == 0

    home = await publishable(world)
    world.sandboxes.change(key_of(home), ListPrice=555)
    on = await set_mls_connection_enabled(
        world.ports, user_id=USER, connection_id=connection.id, enabled=True
    )
    assert on.enabled
    assert on.next_sync_at is not None
    assert timedelta(0) < on.next_sync_at - world.clock.now() <= timedelta(minutes=22.5)
    world.clock.move(23 * 60)
    await world.work(horizon=timedelta(seconds=1))
    assert (await the_listing(world, home)).facts.price == 555


async def test_an_import_of_a_connection_that_is_off_works(world: World) -> None:
    connection = await connect(world)
    await set_mls_connection_enabled(world.ports, user_id=USER, connection_id=connection.id, enabled=False)
    assert (await import_all(world, connection)).state is SyncRunState.SUCCEEDED
    assert (await now_of(world, connection)).next_sync_at is None


@pytest.mark.parametrize("minutes", [5, 60, 1_440])
async def test_an_interval_moves_the_next_poll(world: World, minutes: int) -> None:
    connection = await connect(world)
    await import_all(world, connection)
    changed = await set_mls_sync_interval(
        world.ports, user_id=USER, connection_id=connection.id, minutes=minutes
    )
    assert changed.next_sync_at is not None
    assert changed.last_synced_at is not None
    assert changed.next_sync_at - changed.last_synced_at == timedelta(minutes=minutes)
    forget_requests(world)
    world.clock.move(minutes * 60 - 30)
    await world.work(horizon=timedelta(seconds=1))
    assert requests_of(world, "odata") == 0
    world.clock.move(31)
    await world.work(horizon=timedelta(seconds=1))
    assert requests_of(world, "odata") > 0


async def test_a_label_needs_no_login(world: World) -> None:
    connection = await connect(world)
    world.sandboxes.mls_fault(match="odata", kind="status", status=500, times=None)
    labelled = await update_mls_connection(
        world.ports, user_id=USER, connection_id=connection.id, label="North"
    )
    assert labelled.label == "North"


async def test_settings_that_change_what_rows_mean_are_applied_to_all_of_them(world: World) -> None:
    connection = await connect(world)
    world.sandboxes.change(world.sandboxes.homes()[3]["key"], StandardStatus="Coming Soon")
    await import_all(world, connection)
    soon = next(one for one in await listings(world) if one.facts.standard_status == "Coming Soon")
    assert not soon.publishable

    await update_mls_connection(
        world.ports,
        user_id=USER,
        connection_id=connection.id,
        settings={"comingSoonPublishable": True, "currency": "CAD"},
    )
    await world.work()
    assert (await the_listing(world, soon)).publishable
    assert {one.facts.currency for one in await listings(world)} == {"CAD"}
    runs = await all_runs(world, connection)
    assert [run.mode for run in runs] == ["FULL", "FULL"]


async def test_forgetting_a_connection_ends_its_runs_and_keeps_its_listings(world: World) -> None:
    connection = await connect(world)
    await import_all(world, connection)
    before = await listings(world)
    one = await sync_mls_status(world.ports, user_id=USER, connection_id=connection.id)
    two = await import_mls_listings(world.ports, user_id=USER, connection_id=connection.id)

    await disconnect_mls(world.ports, user_id=USER, connection_id=connection.id, keep_listings=True)
    await world.work()

    for run in (one, two):
        ended = await the_run(world, run)
        assert ended.state is SyncRunState.CANCELLED
        assert ended.finished_at is not None
    assert await world.eyes.mls_connections.get(USER, connection.id) is None
    assert await world.eyes.intents.get(IntentKind.SYNC, connection.id) is None
    assert await listings(world) == before
    with pytest.raises(NotFound):
        await world.eyes.mls_connections.credentials(USER, connection.id)


async def test_a_connection_that_is_forgotten_while_it_imports_brings_nothing_back(world: World) -> None:
    connection = await connect(world)
    run = await import_mls_listings(world.ports, user_id=USER, connection_id=connection.id)

    async def forget() -> None:
        if raced.steps == 2:
            await disconnect_mls(world.eyes, user_id=USER, connection_id=connection.id, keep_listings=False)

    raced = race_listings(world, forget)
    await world.work()
    assert await listings(world) == []
    assert (await the_run(world, run)).state is SyncRunState.CANCELLED


async def test_a_connection_made_again_adopts_the_listings_of_the_one_before(world: World) -> None:
    first = await connect(world)
    await import_all(world, first)
    before = await homes_by_key(world)
    await disconnect_mls(world.ports, user_id=USER, connection_id=first.id, keep_listings=True)

    second = await connect(world)
    run = await import_all(world, second)

    after = await homes_by_key(world)
    assert {key: home.id for key, home in after.items()} == {key: home.id for key, home in before.items()}
    assert {home.connection_id for home in after.values()} == {second.id}
    assert (run.counters.failed_imports, run.counters.photos_stored) == (0, 0)


async def test_two_connections_to_one_mls_leave_each_other_their_listings(world: World) -> None:
    first = await connect(world)
    await import_all(world, first)
    run = await import_all(world, await connect(world))
    assert run.counters.successful_imports == 0
    assert {home.connection_id for home in await listings(world)} == {first.id}
