"""Runs for certain rows: what the MLS does not know is reported, once."""

from datetime import timedelta

from domain.entities.listing import ListingStatus
from domain.entities.mls import MlsDefect
from domain.entities.mls_connection import MlsConnection
from domain.entities.sync_run import SyncRun, SyncRunState
from domain.use_cases.runs import import_mls_listings, sync_listing_status
from tests.scenarios.hand_mls import LONG_AGO, HandMls, a_row, connect_by_hand
from tests.scenarios.looks import failures, homes_by_key, now_of
from tests.world import World
from tests.world.steps import import_all, the_run
from tests.world.world import USER


async def import_numbers(world: World, connection: MlsConnection, *numbers: str) -> SyncRun:
    run = await import_mls_listings(
        world.ports, user_id=USER, connection_id=connection.id, mls_numbers=numbers
    )
    await world.work()
    return await the_run(world, run)


async def sync_one(world: World, key: str) -> SyncRun:
    world.let_indexes_catch_up()
    home = (await homes_by_key(world))[key]
    run = await sync_listing_status(world.ports, user_id=USER, listing_id=home.id)
    await world.work()
    return await the_run(world, run)


async def imported(world: World, *keys: str) -> tuple[HandMls, MlsConnection]:
    hand, connection = await connect_by_hand(world, *map(a_row, keys))
    await import_all(world, connection)
    return hand, connection


async def test_each_number_that_the_mls_does_not_know_is_one_failure(world: World) -> None:
    _, connection = await connect_by_hand(world, *(a_row(f"{number}") for number in range(10)))
    asked = [*(f"N{number}" for number in range(10)), "NONE", "N/A", "NONE"]
    run = await import_numbers(world, connection, *asked)
    errors = await failures(world, run)
    assert sorted((error.code, error.mls_number or "", error.listing_key) for error in errors) == [
        ("NOT_FOUND", "N/A", None),
        ("NOT_FOUND", "NONE", None),
    ]
    counters = run.counters
    assert (counters.processed, counters.successful_imports, counters.failed_imports) == (12, 10, 2)
    assert run.state is SyncRunState.SUCCEEDED


async def test_a_thousand_numbers_are_one_run(world: World) -> None:
    hand, connection = await connect_by_hand(world, *(a_row(f"{number}") for number in range(900)))
    hand.page_size = 200
    run = await import_numbers(world, connection, *(f"N{number}" for number in range(1_000)))
    assert (run.counters.successful_imports, run.counters.failed_imports) == (900, 100)
    assert len(await failures(world, run)) == 100


async def test_an_mls_that_ignores_case_has_answered(world: World) -> None:
    hand, connection = await connect_by_hand(world, a_row("1", mls_number="ABC"))
    hand.answer = lambda query: list(hand.rows.values())
    run = await import_numbers(world, connection, "abc ")
    assert await failures(world, run) == []


async def test_a_row_that_is_defective_or_left_out_was_found(world: World) -> None:
    hand, connection = await connect_by_hand(world, a_row("draft", "Incomplete"))
    broken = MlsDefect(code="UNREADABLE", message="Broken.", mls_number="NB", key="b")
    hand.answer = lambda query: [*hand.rows.values(), broken]
    run = await import_numbers(world, connection, "Ndraft", "NB")
    assert [error.code for error in await failures(world, run)] == ["UNREADABLE"]
    assert (run.counters.skipped, run.counters.failed_imports) == (1, 1)


async def test_a_listing_whose_row_is_gone_begins_its_grace_and_stays(world: World) -> None:
    hand, _ = await imported(world, "1", "2")
    hand.drop("1")
    run = await sync_one(world, "1")
    home = (await homes_by_key(world))["1"]
    assert home.missing_since is not None
    assert (home.status, home.takedown) == (ListingStatus.ACTIVE, None)
    (error,) = await failures(world, run)
    assert (error.code, error.listing_key) == ("NOT_FOUND", "1")
    assert (run.counters.processed, run.counters.failed_imports) == (1, 1)

    again = await sync_one(world, "1")
    assert (await homes_by_key(world))["1"] == home
    assert again.counters.failed_imports == 1

    hand.put(a_row("1"))
    await sync_one(world, "1")
    assert (await homes_by_key(world))["1"].missing_since is None


async def test_the_grace_that_one_look_began_ends_in_a_sweep(world: World) -> None:
    hand, connection = await imported(world, "1", "2")
    world.clock.move(20 * 60 * 60)
    hand.drop("1")
    await sync_one(world, "1")
    for hours, status in ((6, ListingStatus.ACTIVE), (26, ListingStatus.EXPIRED)):
        world.clock.move(hours * 60 * 60)
        await world.work()
        assert (await homes_by_key(world))["1"].status is status
    assert (await now_of(world, connection)).last_swept_at is not None


async def test_a_listing_without_a_key_is_looked_for_by_its_number(world: World) -> None:
    hand, connection = await connect_by_hand(world, a_row("NX", listing_key=None, mls_number="NX"))
    await import_all(world, connection)
    hand.drop("NX")
    run = await sync_one(world, "")
    (error,) = await failures(world, run)
    assert (error.code, error.mls_number) == ("NOT_FOUND", "NX")
    assert (await homes_by_key(world))[""].missing_since is not None


async def test_runs_for_certain_rows_do_not_keep_the_poll_from_its_turn(world: World) -> None:
    hand, connection = await imported(world, "1", "2")
    due = (await now_of(world, connection)).next_sync_at
    assert due is not None
    world.clock.move(5 * 60)
    await sync_one(world, "1")
    assert (await now_of(world, connection)).next_sync_at == due
    world.clock.move(15 * 60)
    asked = len(hand.queries)
    await world.work(horizon=timedelta(seconds=1))
    assert [query.since for query in hand.queries[asked:]] == [LONG_AGO - timedelta(minutes=20)]
