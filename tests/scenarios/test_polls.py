"""Polls: what is no news costs next to nothing, and who is asked for patience waits."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from domain.entities.intent import IntentKind
from domain.entities.mls import MlsDefect
from domain.entities.mls_connection import MlsConnection
from domain.entities.sync_run import SyncRunState
from domain.errors import ActionRequired, Unavailable
from domain.use_cases.connections import update_mls_connection
from domain.use_cases.listings import update_listing
from domain.use_cases.runs import cancel_sync_run, import_mls_listings, sync_mls_status
from tasks.work import carry_out
from tests.scenarios.hand_mls import LONG_AGO, HandMls, a_row, connect_by_hand
from tests.scenarios.looks import all_runs, failures, homes_by_key, now_of
from tests.world import World
from tests.world.steps import import_all, sync, the_run
from tests.world.world import USER

WRITES = {"put_many", "write", "transact"}
BROKEN = MlsDefect(code="NO_KEY", message="The row has no key.")


async def imported(world: World, *rows: Any, **settings: object) -> tuple[HandMls, MlsConnection]:
    hand, connection = await connect_by_hand(world, *rows, **settings)
    await import_all(world, connection)
    return hand, connection


async def a_poll(world: World, connection: MlsConnection) -> list[str]:
    """The calls to the store of the next poll."""
    world.clock.move(20 * 60)
    before = len(world.crash.calls)
    await carry_out(world.ports, IntentKind.SYNC, connection.id)
    return [call.split(".")[1] for call in world.crash.calls[before:]]


async def what_is_next(world: World, connection: MlsConnection) -> None:
    """Move to when the connection is due, and work on it."""
    intent = await world.eyes.intents.get(IntentKind.SYNC, connection.id)
    assert intent is not None
    world.clock.move(max(0.0, (intent.due - world.clock.now()).total_seconds()) + 0.01)
    await carry_out(world.ports, IntentKind.SYNC, connection.id)


async def later(world: World) -> None:
    world.clock.move(20 * 60)
    await world.work(horizon=timedelta(seconds=1))


class TestQuiet:
    """What was seen before is no news, and is not even compared again."""

    async def test_a_quiet_poll_reads_five_times_and_writes_what_the_intent_needs(self, world: World) -> None:
        _, connection = await imported(world, a_row("1"))
        first = await a_poll(world, connection)
        again = await a_poll(world, connection)
        take, settle = ["write"], ["write"]
        # The connection, the installation's switch (once in seconds for all connections), the credentials.
        found = ["get", "get", "get"]
        compared = ["get_many"]  # the listings of the rows within the overlap, of which none is known yet
        assert first == [*take, *found, *compared, "query", "transact", *settle]
        assert again == [*take, *found, "query", "transact", *settle]
        assert len(await all_runs(world, connection)) == 1

    async def test_a_run_without_news_writes_no_listing(self, world: World) -> None:
        _, connection = await imported(world, *(a_row(f"{number}") for number in range(8)))
        before = await homes_by_key(world)
        calls = len(world.crash.calls)
        run = await import_all(world, connection)
        transactions = [call for call in world.crash.calls[calls:] if call.endswith(".transact")]
        assert run.counters.unchanged == 8
        # To ask, to begin, two for each of three pages, and to end: the run and its connection alone; and two
        # to tell of it.
        assert len(transactions) <= 11
        assert not [call for call in world.crash.calls[calls:] if call.endswith(".put_many")]
        assert await homes_by_key(world) == before

    async def test_an_mls_without_rows_is_polled_quietly(self, world: World) -> None:
        hand, connection = await imported(world)
        for _ in range(3):
            await later(world)
        assert len(await all_runs(world, connection)) == 1
        hand.put(a_row("1"))
        await later(world)
        assert len(await homes_by_key(world)) == 1

    async def test_rows_without_stamps_are_no_news_for_ever(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1", at=None), a_row("2", at=None))
        for _ in range(2):
            await later(world)
        assert len(await all_runs(world, connection)) == 1
        hand.put(a_row("2", "Closed", at=None))
        await later(world)
        assert (await homes_by_key(world))["2"].status == "SOLD"

    async def test_a_stamp_that_moves_alone_moves_the_cursor_without_a_run(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1"))
        touched = LONG_AGO + timedelta(hours=3)
        hand.put(a_row("1", at=touched))
        await later(world)
        assert len(await all_runs(world, connection)) == 1
        assert (await now_of(world, connection)).cursors["Property"] == touched.isoformat()


class TestDefects:
    """A defective row within the overlap is reported by one run, not by each poll."""

    async def test_the_same_defect_is_no_news(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1"))
        hand.defects.append(BROKEN)
        for _ in range(4):
            await later(world)
        (run, _) = await all_runs(world, connection)
        assert [error.code for error in await failures(world, run)] == ["NO_KEY"]

        hand.defects.append(MlsDefect(code="UNREADABLE", message="Broken."))
        for _ in range(3):
            await later(world)
        runs = await all_runs(world, connection)
        assert len(runs) == 3
        assert {error.code for error in await failures(world, runs[0])} == {"NO_KEY", "UNREADABLE"}

    async def test_what_the_import_reported_the_polls_do_not(self, world: World) -> None:
        hand, connection = await connect_by_hand(world, a_row("1"))
        hand.defects += [MlsDefect(code="NO_KEY", message=f"Row {number}.") for number in range(7)]
        await import_all(world, connection)
        for _ in range(3):
            await later(world)
        (run,) = await all_runs(world, connection)
        assert len(await failures(world, run)) == 7

    async def test_news_beside_a_known_defect_are_seen(self, world: World) -> None:
        hand, _ = await imported(world, a_row("1"))
        hand.defects.append(BROKEN)
        await later(world)
        hand.put(a_row("1", "Closed", at=world.clock.now()))
        await later(world)
        assert (await homes_by_key(world))["1"].status == "SOLD"


class TestDroppedValues:
    """Values that made no sense are named in the report of the run that wrote the row."""

    async def test_they_are_named_and_are_no_failure(self, world: World) -> None:
        hand, connection = await connect_by_hand(
            world, a_row("1", warnings=("CloseDate 'TBD'", "ListPrice 'NaN'")), a_row("2")
        )
        run = await import_all(world, connection)
        (error,) = await failures(world, run)
        assert (error.code, error.listing_key, error.mls_number) == ("VALUE_DROPPED", "1", "N1")
        assert "CloseDate 'TBD'; ListPrice 'NaN'" in error.error
        assert (run.counters.failed_imports, run.counters.successful_imports) == (0, 2)

        again = await import_all(world, connection)
        for _ in range(2):
            await later(world)
        assert await failures(world, again) == []
        assert len(await all_runs(world, connection)) == 2

        hand.put(a_row("1", price=Decimal(7), at=world.clock.now(), warnings=("CloseDate 'TBD'",) * 200))
        (error,) = await failures(world, await sync(world, connection))
        assert len(error.error) <= 1_000


class Suspended(ActionRequired):
    """A kind of its own, as protocols have them."""


class TestStopped:
    """What only the user can mend is not asked for again before the user does."""

    async def test_a_suspended_token_is_tried_once_until_the_user_asks(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1"))
        asked = len(hand.queries)
        hand.refusals = [Suspended("The MLS has suspended this account's access.")]
        world.clock.move(26 * 60 * 60)  # the sweep is due too
        for _ in range(3):
            await later(world)
        home = (await homes_by_key(world))["1"]
        await update_listing(world.ports, user_id=USER, listing_id=home.id, changes={"price": Decimal(7)})
        await later(world)
        assert (len(hand.queries), hand.key_pages) == (asked + 1, 0)
        restoring, run, _ = await all_runs(world, connection)
        for one in (restoring, run):
            assert (one.state, one.failure and one.failure.code) == (SyncRunState.FAILED, "ActionRequired")
        assert "suspended" in ((await now_of(world, connection)).needs_action or "")

        hand.queries.clear()
        assert (await sync(world, connection)).state is SyncRunState.SUCCEEDED
        assert (await now_of(world, connection)).needs_action is None
        await later(world)
        assert len(hand.queries) > 1


class TestPatience:
    """An MLS that says when to come again is left alone until then, and no attempt is used up."""

    async def test_a_run_waits_as_often_as_it_is_told_to(self, world: World) -> None:
        hand, connection = await connect_by_hand(world, a_row("1"))
        hand.refusals = [Unavailable("Budget used up.", retry_after=1_800) for _ in range(8)]
        begun = world.clock.now()
        run = await import_mls_listings(world.ports, user_id=USER, connection_id=connection.id)
        for _ in range(9):
            await what_is_next(world, connection)
        ended = await the_run(world, run)
        assert (ended.state, ended.attempts) == (SyncRunState.SUCCEEDED, 0)
        assert world.clock.now() - begun >= timedelta(hours=4)

    async def test_no_wish_makes_it_be_asked_earlier(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1"))
        hand.refusals = [Unavailable("Slow down.", retry_after=3_600)]
        run = await sync(world, connection)
        asked = len(hand.queries)
        for _ in range(3):
            await sync_mls_status(world.ports, user_id=USER, connection_id=connection.id)
            await import_mls_listings(world.ports, user_id=USER, connection_id=connection.id)
            world.clock.move(60)
            await world.work(horizon=timedelta(seconds=1))
        assert len(hand.queries) == asked
        world.clock.move(3_600)
        await world.work()
        assert (await the_run(world, run)).state is SyncRunState.SUCCEEDED
        assert (await now_of(world, connection)).run_queue == ()

    async def test_a_run_that_waits_can_be_cancelled(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1"))
        hand.refusals = [Unavailable("Slow down.", retry_after=3_600)]
        run = await sync_mls_status(world.ports, user_id=USER, connection_id=connection.id)
        await world.work()
        await cancel_sync_run(world.ports, user_id=USER, run_id=run.id)
        await carry_out(world.ports, IntentKind.SYNC, connection.id)
        assert (await the_run(world, run)).state is SyncRunState.CANCELLED

    async def test_a_poll_waits_without_a_run(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1"))
        hand.refusals = [Unavailable("Slow down.", retry_after=900)]
        await later(world)
        assert len(await all_runs(world, connection)) == 1
        world.clock.move(1_000)
        await world.work(horizon=timedelta(seconds=1))
        assert len(await all_runs(world, connection)) == 1
        assert (await now_of(world, connection)).next_sync_at is not None
        assert hand.refusals == []

    async def test_patience_ends_after_a_day(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1"))
        hand.refusals = [Unavailable("Slow down.", retry_after=10 * 86_400) for _ in range(9)]
        run = await sync_mls_status(world.ports, user_id=USER, connection_id=connection.id)
        for _ in range(6):
            await what_is_next(world, connection)
        ended = await the_run(world, run)
        assert ended.state is SyncRunState.FAILED
        assert ended.started_at is not None
        assert ended.finished_at is not None
        assert timedelta(days=1) < ended.finished_at - ended.started_at < timedelta(days=6)

    async def test_new_credentials_are_tried_at_once(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1"))
        hand.refusals = [Unavailable("Slow down.", retry_after=3_600)]
        await sync_mls_status(world.ports, user_id=USER, connection_id=connection.id)
        await world.work(horizon=timedelta(seconds=1))
        asked = len(hand.queries)
        await update_mls_connection(
            world.ports, user_id=USER, connection_id=connection.id, settings={"pageSize": 5}
        )
        await world.work(horizon=timedelta(seconds=1))
        assert len(hand.queries) > asked
