"""Runs: one at a time, asked for twice, cancelled, failing, and what a delta brings."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.entities.intent import IntentKind
from domain.entities.mls_connection import MlsConnection, MlsCredentials
from domain.entities.sync_run import SyncMode, SyncRun, SyncRunState
from domain.errors import Conflict, Invalid
from domain.ports import ListingSave
from domain.rules.schedule import FETCH_ATTEMPTS
from domain.use_cases.connections import update_mls_connection
from domain.use_cases.listings import update_listing
from domain.use_cases.polling import OVERLAP
from domain.use_cases.runs import (
    cancel_sync_run,
    import_mls_listings,
    sync_all_mls_connections,
    sync_listing_status,
    sync_mls_status,
)
from tests.scenarios.looks import (
    actives,
    all_runs,
    failures,
    forget_requests,
    homes_by_key,
    key_of,
    mend_mls,
    now_of,
    requests_of,
)
from tests.scenarios.meddling import race_listings, watch_mls
from tests.world import World
from tests.world.steps import connect, import_all, listings, publishable, sync, the_listing, the_run
from tests.world.world import USER


async def ask_import(world: World, connection: MlsConnection, **more: Any) -> SyncRun:
    return await import_mls_listings(world.ports, user_id=USER, connection_id=connection.id, **more)


async def cancel(world: World, run: SyncRun) -> SyncRun:
    return await cancel_sync_run(world.ports, user_id=USER, run_id=run.id)


class TestAsking:
    """Two wishes for the same are one run."""

    async def test_asking_again_while_a_run_is_on_answers_that_run(self, world: World) -> None:
        connection = await connect(world)
        first = await ask_import(world, connection)
        assert (await ask_import(world, connection)).id == first.id
        assert (await ask_import(world, connection, mode=SyncMode.INCREMENTAL)).id != first.id
        assert (await ask_import(world, connection, mls_numbers=("SBX1000003",))).id != first.id
        await world.work()
        assert (await ask_import(world, connection)).id != first.id

    async def test_the_same_key_answers_the_same_run_for_ever(self, world: World) -> None:
        connection = await connect(world)
        first = await ask_import(world, connection, idempotency_key="k")
        await world.work()
        assert await ask_import(world, connection, idempotency_key="k") == await the_run(world, first)
        assert (await ask_import(world, connection, idempotency_key="other")).id != first.id

    async def test_a_run_that_is_being_cancelled_is_not_the_answer(self, world: World) -> None:
        connection = await connect(world)
        first = await ask_import(world, connection)
        await cancel(world, first)
        second = await ask_import(world, connection)
        assert second.id != first.id
        await world.work()
        assert (await the_run(world, second)).state is SyncRunState.SUCCEEDED

    async def test_an_import_and_a_sync_wait_for_each_other(self, world: World) -> None:
        connection = await connect(world)
        first = await sync_mls_status(world.ports, user_id=USER, connection_id=connection.id)
        second = await ask_import(world, connection)
        assert (await now_of(world, connection)).run_queue == (first.id, second.id)

        await world.work()

        one, two = await the_run(world, first), await the_run(world, second)
        assert (one.state, two.state) == (SyncRunState.SUCCEEDED, SyncRunState.SUCCEEDED)
        assert one.finished_at is not None
        assert two.started_at is not None
        assert one.finished_at <= two.started_at
        assert (await now_of(world, connection)).run_queue == ()

    async def test_only_the_numbers_named(self, world: World) -> None:
        connection = await connect(world)
        run = await ask_import(world, connection, mls_numbers=("SBX1000003", "SBX1000006", "NONE"))
        await world.work()
        assert (await the_run(world, run)).counters.successful_imports == 2
        assert {one.facts.mls_number for one in await listings(world)} == {"SBX1000003", "SBX1000006"}

    @pytest.mark.parametrize("numbers", [(), tuple(str(number) for number in range(1_001))])
    async def test_too_few_or_too_many_numbers(self, world: World, numbers: tuple[str, ...]) -> None:
        connection = await connect(world)
        with pytest.raises(Invalid) as caught:
            await ask_import(world, connection, mls_numbers=numbers)
        assert caught.value.field == ("mlsNumbers",)
        assert await all_runs(world, connection) == []

    async def test_all_enabled_connections_at_once(self, world: World) -> None:
        connection = await connect(world)
        (run,) = await sync_all_mls_connections(world.ports, user_id=USER)
        assert run.connection_id == connection.id
        assert await sync_all_mls_connections(world.ports, user_id="nobody") == []


class TestCancelling:
    """A run ends within a page; what is written stays."""

    async def test_a_run_that_waits_ends_at_once(self, world: World) -> None:
        connection = await connect(world)
        first = await sync_mls_status(world.ports, user_id=USER, connection_id=connection.id)
        second = await ask_import(world, connection)

        cancelled = await cancel(world, second)

        assert cancelled.state is SyncRunState.CANCELLED
        assert cancelled.finished_at is not None
        await world.work()
        assert (await the_run(world, first)).state is SyncRunState.SUCCEEDED
        assert (await the_run(world, second)).counters.processed == 0
        assert (await now_of(world, connection)).run_queue == ()

    async def test_a_run_that_is_on_ends_within_a_page(self, world: World) -> None:
        connection = await connect(world)
        run = await ask_import(world, connection)

        async def meddle() -> None:
            if raced.steps == 2:
                assert (await cancel(world, run)).state is SyncRunState.RUNNING

        raced = race_listings(world, meddle)
        await world.work()

        ended = await the_run(world, run)
        assert (ended.state, ended.counters.processed) == (SyncRunState.CANCELLED, 2)
        assert len(await listings(world)) == ended.counters.successful_imports > 0
        assert (await now_of(world, connection)).cursors == {}
        assert (await import_all(world, connection)).counters.processed == len(world.sandboxes.homes())

    async def test_a_run_that_has_ended_cannot_be_cancelled(self, world: World) -> None:
        run = await import_all(world, await connect(world))
        with pytest.raises(Conflict, match="ended already"):
            await cancel(world, run)
        assert await the_run(world, run) == run


class TestFailing:
    """An MLS that does not answer costs time; only what the user must mend stops the polls."""

    async def test_trouble_at_the_mls_fails_the_run_and_the_next_period_tries_again(
        self, world: World
    ) -> None:
        connection = await connect(world)
        world.sandboxes.mls_fault(match="odata", kind="status", status=500, times=None)
        watched = watch_mls(world)
        run = await import_all(world, connection)

        assert run.state is SyncRunState.FAILED
        assert run.failure is not None
        assert (run.failure.code, len(watched.queries)) == ("Unavailable", FETCH_ATTEMPTS)
        assert "500" in run.failure.message
        after = await now_of(world, connection)
        assert (after.needs_action, after.run_queue, after.cursors) == (None, (), {})
        assert after.next_sync_at is not None

        mend_mls(world)
        world.clock.move(20 * 60)
        await world.work()
        newest = (await all_runs(world, connection))[0]
        assert newest.id != run.id
        assert newest.state is SyncRunState.SUCCEEDED
        assert len(await listings(world)) == newest.counters.successful_imports > 0

    async def test_a_page_that_fails_now_and_then_costs_no_run(self, world: World) -> None:
        connection = await connect(world)
        for after in (0, 4, 8):
            world.sandboxes.mls_fault(match="odata", kind="status", status=503, times=4, after=after)
        run = await import_all(world, connection)
        assert (run.state, run.attempts) == (SyncRunState.SUCCEEDED, 0)
        assert run.counters.processed == len(world.sandboxes.homes())

    async def test_who_asks_for_two_minutes_gets_two_minutes(self, world: World) -> None:
        connection = await connect(world)
        world.sandboxes.mls_fault(match="odata", kind="status", status=429, retry_after=120, times=1)
        forget_requests(world)
        run = await ask_import(world, connection)
        await world.work(horizon=timedelta(seconds=60))
        assert requests_of(world, "odata") == 1

        await world.work()
        ended = await the_run(world, run)
        assert ended.state is SyncRunState.SUCCEEDED
        assert ended.started_at is not None
        assert ended.finished_at is not None
        assert ended.finished_at - ended.started_at >= timedelta(seconds=120)

    async def test_credentials_that_no_longer_work_park_the_polls_until_they_are_mended(
        self, world: World
    ) -> None:
        connection = await connect(world)
        await import_all(world, connection)
        before = await listings(world)
        world.sandboxes.mls_fault(match="odata", kind="status", status=401, times=None)
        run = await sync(world, connection)
        assert run.state is SyncRunState.FAILED
        parked = await now_of(world, connection)
        assert parked.needs_action is not None
        assert "credentials" in parked.needs_action

        forget_requests(world)
        world.clock.move(24 * 60 * 60)
        await world.work()
        assert requests_of(world, "odata") == 0
        assert await world.eyes.intents.get(IntentKind.SYNC, connection.id) is None
        assert await listings(world) == before

        mend_mls(world)
        home = await publishable(world)
        world.sandboxes.change(key_of(home), ListPrice=999)
        mended = await update_mls_connection(
            world.ports,
            user_id=USER,
            connection_id=connection.id,
            credentials=MlsCredentials(
                client_id="sandbox-client",
                client_secret="sandbox-secret",
                token_url=f"{world.sandboxes.mls}/oauth/token",
            ),
        )
        assert mended.needs_action is None
        await world.work()
        assert (await the_listing(world, home)).facts.price == 999

    async def test_a_listing_that_others_write_all_the_time_is_reported_and_its_neighbours_come(
        self, world: World
    ) -> None:
        connection = await connect(world)
        await import_all(world, connection)
        first, second = (await actives(world))[:2]
        for home in (first, second):
            world.sandboxes.change(key_of(home), ListPrice=777)

        async def race() -> None:
            now = await the_listing(world, first)
            await world.eyes.listings.update(ListingSave(listing=now))

        raced = race_listings(world, race)
        run = await sync(world, connection)

        (failure,) = await failures(world, run)
        assert (failure.code, failure.attempts) == ("CONFLICT", 3)
        assert failure.mls_number == first.facts.mls_number
        assert raced.steps >= 3
        assert (await the_listing(world, first)).facts.price == first.facts.price
        assert (await the_listing(world, second)).facts.price == 777
        assert (run.state, run.counters.failed_imports) == (SyncRunState.SUCCEEDED, 1)
        assert run.counters.successful_imports == 1


class TestDeltas:
    """The cursor moves after success alone, and never past what was seen."""

    async def test_a_delta_begins_a_little_behind_the_cursor(self, world: World) -> None:
        connection = await connect(world)
        await import_all(world, connection)
        cursor = datetime.fromisoformat((await now_of(world, connection)).cursors["Property"])
        stamps = [home["modified"] for home in world.sandboxes.homes()]
        assert cursor == max(map(datetime.fromisoformat, stamps))

        watched = watch_mls(world)
        await sync(world, connection)
        assert {query.since for query in watched.queries} == {cursor - OVERLAP}
        assert timedelta(minutes=20) == OVERLAP

    async def test_only_a_whole_run_that_succeeds_moves_the_cursor(self, world: World) -> None:
        connection = await connect(world)
        await import_all(world, connection)
        before = (await now_of(world, connection)).cursors
        home = await publishable(world)
        world.sandboxes.change(key_of(home), ListPrice=888)

        await sync_listing_status(world.ports, user_id=USER, listing_id=home.id)
        await world.work()
        assert (await the_listing(world, home)).facts.price == 888
        await ask_import(world, connection, mls_numbers=(home.facts.mls_number,))
        await world.work()
        world.sandboxes.mls_fault(match="odata", kind="html", times=1)
        assert (await sync(world, connection)).state is SyncRunState.FAILED
        assert (await now_of(world, connection)).cursors == before

        assert (await sync(world, connection)).state is SyncRunState.SUCCEEDED
        assert (await now_of(world, connection)).cursors["Property"] > before["Property"]

    async def test_a_stamp_from_the_future_hides_nothing_that_comes_later(self, world: World) -> None:
        connection = await connect(world)
        await import_all(world, connection)
        first, second = (await actives(world))[:2]
        world.sandboxes.change(key_of(first), ModificationTimestamp="2099-01-01T00:00:00.000Z")
        await sync(world, connection)

        world.sandboxes.change(key_of(second), StandardStatus="Pending")
        world.sandboxes.change(key_of(first), StandardStatus="Closed")
        await sync(world, connection)
        assert (await the_listing(world, second)).status == "PENDING"
        assert (await the_listing(world, first)).status == "SOLD"

    async def test_rows_that_move_between_pages_are_neither_lost_nor_doubled(self, world: World) -> None:
        connection = await connect(world)
        homes = [home["key"] for home in world.sandboxes.homes()]

        async def meddle(page: int) -> None:
            if page == 2:
                for key in homes[:2]:
                    world.sandboxes.change(key, PublicRemarks="touched while paging")

        watch_mls(world, meddle)
        run = await import_all(world, connection)
        found = await homes_by_key(world)
        drafts = [home["key"] for home in world.sandboxes.homes() if home["status"] == "Incomplete"]
        assert set(found) == set(homes) - set(drafts)
        assert run.counters.failed_imports == 0

        await sync(world, connection)
        touched = [found for key, found in (await homes_by_key(world)).items() if key in homes[:2]]
        assert {home.facts.description for home in touched} == {"touched while paging"}

    async def test_an_edit_of_a_listing_without_a_key_is_undone_too(self, world: World) -> None:
        home = world.sandboxes.homes()[3]
        world.sandboxes.change(home["key"], **{"$remove": ["ListingKey"]})
        connection = await connect(world)
        await import_all(world, connection)
        (found,) = [one for one in await listings(world) if one.facts.mls_number == home["number"]]
        await update_listing(world.ports, user_id=USER, listing_id=found.id, changes={"city": "Elsewhere"})
        await world.work()
        restored = await the_listing(world, found)
        assert (restored.facts.address.city, restored.locally_edited) == (found.facts.address.city, False)
