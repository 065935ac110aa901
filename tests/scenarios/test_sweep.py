"""The sweep of keys: homes that an MLS drops without a word."""

from datetime import timedelta
from typing import Any

import pytest

from domain.entities.change import ChangeSource, ListingChangeKind
from domain.entities.common import PageRequest
from domain.entities.listing import Listing, ListingStatus, Takedown
from domain.entities.mls import MlsDefect
from domain.entities.mls_connection import MlsConnection
from domain.entities.sync_run import SyncRun, SyncRunKind, SyncRunState
from domain.errors import ActionRequired, Unavailable
from domain.use_cases.connections import disconnect_mls, update_mls_connection
from domain.use_cases.excluding import set_listing_sync
from domain.use_cases.listings import update_listing
from domain.use_cases.runs import cancel_sync_run
from tests.scenarios.hand_mls import LONG_AGO, HandMls, a_row, connect_by_hand
from tests.scenarios.looks import all_runs, failures, homes_by_key, key_of, now_of
from tests.world import World
from tests.world.steps import (
    connect,
    import_all,
    link_facebook,
    publish,
    publishable,
    sync,
    the_listing,
    the_run,
)
from tests.world.world import USER

A_DAY = 26 * 60 * 60
MANY = 2_000
"""Keys that would make a run far longer than the test allows."""

LATER = LONG_AGO + timedelta(days=1)
"""The stamp of a row that moves the cursor past all others, so that no poll finds these by itself."""


async def imported(world: World, *rows: Any, **settings: object) -> tuple[HandMls, MlsConnection]:
    hand, connection = await connect_by_hand(world, *rows, **settings)
    await import_all(world, connection)
    return hand, connection


def rows(count: int) -> list[Any]:
    return [a_row(f"{number:03d}") for number in range(count)]


async def pass_a_day(world: World, connection: MlsConnection) -> SyncRun:
    """The next sweep, at its end."""
    before = {run.id for run in await all_runs(world, connection)}
    world.clock.move(A_DAY)
    await world.work()
    world.let_indexes_catch_up()
    found = [run for run in await all_runs(world, connection) if run.kind is SyncRunKind.SWEEP]
    (sweep,) = [run for run in found if run.id not in before]
    return sweep


async def the_home(world: World, key: str) -> Listing:
    return (await homes_by_key(world))[key]


async def files(world: World) -> list[str]:
    return [key async for key in world.files.list("sweeps/")]


class TestVanishing:
    """A home that is missing for longer than the grace is off the market, and not sold."""

    async def test_a_vanished_home_loses_its_posts_after_a_day_of_grace(self, world: World) -> None:
        connection = await connect(world)
        await import_all(world, connection)
        accounts = await link_facebook(world)
        home = await publishable(world)
        await publish(world, home, *accounts)
        world.sandboxes.http.delete(f"{world.sandboxes.mls}/_control/homes/{key_of(home)}").raise_for_status()

        first = await pass_a_day(world, connection)
        waiting = await the_listing(world, home)
        assert (first.state, first.counters.status_changes) == (SyncRunState.SUCCEEDED, 0)
        assert (waiting.status, waiting.takedown) == (ListingStatus.ACTIVE, None)
        assert waiting.missing_since is not None
        assert len(world.sandboxes.live_posts()) == len(accounts)

        second = await pass_a_day(world, connection)
        gone = await the_listing(world, home)
        assert (second.state, second.counters.status_changes) == (SyncRunState.SUCCEEDED, 1)
        assert (gone.status, gone.takedown) == (ListingStatus.EXPIRED, Takedown.DELETED)
        assert not gone.publishable
        assert world.sandboxes.live_posts() == []
        assert second.counters.posts_unpublished == len(accounts)
        line = (await world.eyes.changes.of_listing(USER, home.id, PageRequest(1))).items[0]
        assert (line.kind, line.source) == (ListingChangeKind.OFF_MARKET, ChangeSource.SYSTEM)
        assert line.run_id == second.id

    async def test_every_home_is_counted_once(self, world: World) -> None:
        hand, connection = await imported(world, *rows(8), a_row("sold", "Closed", at=LATER))
        hand.drop("002", "003")
        hand.put(a_row("004", "Closed"))
        hand.unlisted.add("004")
        for changes in (1, 2):
            run = await pass_a_day(world, connection)
            counters = run.counters
            assert counters.processed == run.total_listings
            assert counters.status_changes == changes
            done = counters.successful_imports + counters.unchanged + counters.skipped
            assert counters.processed == done + counters.failed_imports
        assert await failures(world, run) == []

    async def test_a_row_that_answers_though_no_list_names_it_is_merged_like_any(self, world: World) -> None:
        hand, connection = await imported(world, *rows(3), a_row("newest", at=LATER))
        hand.put(a_row("001", "Closed"))
        hand.unlisted.add("001")
        run = await pass_a_day(world, connection)
        home = await the_home(world, "001")
        assert (home.status, home.takedown) == (ListingStatus.SOLD, Takedown.SOLD)
        assert home.missing_since is None
        assert run.counters.status_changes == 1

    async def test_a_home_that_is_seen_again_is_not_missing_any_more(self, world: World) -> None:
        hand, connection = await imported(world, *rows(3))
        row = hand.rows["001"]
        hand.drop("001")
        await pass_a_day(world, connection)
        assert (await the_home(world, "001")).missing_since is not None
        hand.put(row)
        await pass_a_day(world, connection)
        assert (await the_home(world, "001")).missing_since is None
        hand.drop("001")
        await pass_a_day(world, connection)
        assert (await the_home(world, "001")).status is ListingStatus.ACTIVE

    async def test_a_row_of_it_ends_the_waiting_too(self, world: World) -> None:
        hand, connection = await imported(world, *rows(3))
        row = hand.rows["001"]
        hand.drop("001")
        await pass_a_day(world, connection)
        hand.put(row)
        run = await import_all(world, connection)
        assert (await the_home(world, "001")).missing_since is None
        assert (run.counters.unchanged, run.counters.successful_imports) == (3, 0)

    async def test_a_home_that_comes_back_after_its_end_is_restored(self, world: World) -> None:
        hand, connection = await imported(world, *rows(3))
        row = hand.rows["001"]
        hand.drop("001")
        await pass_a_day(world, connection)
        await pass_a_day(world, connection)
        assert (await the_home(world, "001")).status is ListingStatus.EXPIRED
        hand.put(row)
        await pass_a_day(world, connection)
        home = await the_home(world, "001")
        assert (home.status, home.takedown) == (ListingStatus.ACTIVE, None)
        assert (home.publishable, home.missing_since) == (True, None)

    async def test_only_homes_for_sale_are_expected(self, world: World) -> None:
        hand, connection = await imported(
            world,
            a_row("a"),
            a_row("p", "Pending"),
            a_row("c", "Closed"),
            a_row("w", "Withdrawn"),
            a_row("x"),
        )
        left_out = (await the_home(world, "x")).id
        await set_listing_sync(world.ports, user_id=USER, listing_id=left_out, excluded=True)
        await world.work()
        hand.drop("p", "c", "w", "x")
        await pass_a_day(world, connection)
        run = await pass_a_day(world, connection)
        found = await homes_by_key(world)
        assert {key for key, home in found.items() if home.takedown is Takedown.DELETED} == {"p"}
        assert run.counters.status_changes == 1

    async def test_the_grace_is_a_setting(self, world: World) -> None:
        hand, connection = await imported(world, *rows(2), graceHours=0)
        hand.drop("001")
        await pass_a_day(world, connection)
        assert (await the_home(world, "001")).status is ListingStatus.EXPIRED

        hand, connection = await imported(world, *rows(2), graceHours=60)
        hand.drop("000")
        for expected in ("ACTIVE", "ACTIVE", "ACTIVE", "EXPIRED"):
            await pass_a_day(world, connection)
            assert [one.status for one in (await homes_by_key(world)).values()].count(
                ListingStatus.EXPIRED
            ) >= (expected == "EXPIRED")

    async def test_a_row_without_a_key_among_the_answers_may_be_any(self, world: World) -> None:
        hand, connection = await imported(world, *rows(2), graceHours=0)
        hand.drop("001")
        hand.answer = lambda query: [MlsDefect(code="NO_KEY", message="No key.")] if query.keys else []
        run = await pass_a_day(world, connection)
        assert (await the_home(world, "001")).status is ListingStatus.ACTIVE
        assert run.counters.failed_imports == 1

    async def test_an_edit_whose_restoration_failed_is_restored_by_the_sweep(self, world: World) -> None:
        hand, connection = await imported(world, *rows(2))
        home = await the_home(world, "001")
        hand.refusals = [ActionRequired("Not now.")]
        await update_listing(world.ports, user_id=USER, listing_id=home.id, changes={"city": "Elsewhere"})
        await world.work()
        await update_mls_connection(
            world.ports, user_id=USER, connection_id=connection.id, url="https://mls.example/by-hand"
        )
        hand.refusals = []
        await pass_a_day(world, connection)
        assert (await the_home(world, "001")).facts == home.facts


class TestDistrust:
    """A feed that shrinks suspiciously takes nothing off the market."""

    @pytest.mark.parametrize(
        ("held", "vanished", "percent", "trusted"),
        [
            (12, 10, None, True),
            (12, 11, None, False),
            (60, 12, None, True),
            (60, 13, None, False),
            (60, 13, 50, True),
            (60, 13, "22", True),
            (60, 13, "a lot", False),
        ],
    )
    async def test_more_than_ten_homes_and_a_fifth_at_once_are_too_many(
        self, world: World, held: int, vanished: int, percent: object, trusted: bool
    ) -> None:
        settings = {} if percent is None else {"sweepLimitPercent": percent}
        hand, connection = await connect_by_hand(world, *rows(held), **settings)
        hand.page_size = 50
        await import_all(world, connection)
        hand.drop(*list(hand.rows)[:vanished])
        run = await pass_a_day(world, connection)
        missing = [home for home in (await homes_by_key(world)).values() if home.missing_since]
        assert len(missing) == (vanished if trusted else 0)
        if not trusted:
            assert run.state is SyncRunState.FAILED
            assert run.failure is not None
            assert run.failure.code == "FEED_SHRANK"
            assert f"{vanished} of the {held}" in run.failure.message
        assert await files(world) == []

    async def test_a_feed_without_any_keys_is_broken(self, world: World) -> None:
        hand, connection = await imported(world, *rows(2), graceHours=0)
        hand.drop("000", "001")
        run = await pass_a_day(world, connection)
        assert run.state is SyncRunState.FAILED
        assert run.failure is not None
        assert run.failure.code == "EMPTY_FEED"
        assert {home.status for home in (await homes_by_key(world)).values()} == {ListingStatus.ACTIVE}
        assert (await now_of(world, connection)).last_swept_at is None

    async def test_who_holds_nothing_misses_nothing(self, world: World) -> None:
        _, connection = await imported(world)
        assert (await pass_a_day(world, connection)).state is SyncRunState.SUCCEEDED

    async def test_a_page_that_never_comes_settles_nothing(self, world: World) -> None:
        hand, connection = await imported(world, *rows(7), graceHours=0)
        hand.drop("001")

        async def refuse_the_second_page() -> None:
            if hand.key_pages >= 2:
                raise Unavailable("Not now.")

        hand.before = refuse_the_second_page
        run = await pass_a_day(world, connection)
        assert run.state is SyncRunState.FAILED
        assert (await the_home(world, "001")).missing_since is None
        assert await files(world) == []


class TestRhythm:
    """Once a day, beginning a day after the first import."""

    async def test_the_first_one_comes_a_day_after_the_import(self, world: World) -> None:
        hand, connection = await imported(world, *rows(2))
        due = (await now_of(world, connection)).next_sweep_at
        assert due is not None
        assert timedelta(hours=23.9) < due - world.clock.now() <= timedelta(hours=25)
        world.clock.move(23 * 60 * 60)
        await world.work()
        assert hand.key_pages == 0

        run = await pass_a_day(world, connection)
        after = await now_of(world, connection)
        assert after.last_swept_at is not None
        assert run.finished_at is not None
        assert run.finished_at <= after.last_swept_at <= world.clock.now()
        assert after.next_sweep_at is not None
        assert after.next_sweep_at - after.last_swept_at >= timedelta(days=1)
        assert after.run_queue == ()

    async def test_it_can_be_switched_off(self, world: World) -> None:
        hand, connection = await imported(world, *rows(2), sweep=False)
        world.clock.move(3 * A_DAY)
        await world.work()
        assert hand.key_pages == 0
        assert [run.kind for run in await all_runs(world, connection)] == [SyncRunKind.IMPORT]

    async def test_news_of_the_same_poll_come_first(self, world: World) -> None:
        hand, connection = await imported(world, *rows(2), graceHours=0)
        hand.put(a_row("001", "Closed", at=world.clock.now()))
        hand.unlisted.add("001")
        await pass_a_day(world, connection)
        kinds = [run.kind for run in await all_runs(world, connection)]
        assert kinds == [SyncRunKind.SWEEP, SyncRunKind.SYNC, SyncRunKind.IMPORT]
        assert (await the_home(world, "001")).status is ListingStatus.SOLD

    async def test_a_sweep_moves_no_cursor_and_no_poll(self, world: World) -> None:
        hand, connection = await imported(world, *rows(4))
        before = await now_of(world, connection)
        hand.drop("001")
        await pass_a_day(world, connection)
        after = await now_of(world, connection)
        assert after.cursors == before.cursors
        assert after.next_sync_at is not None
        assert after.next_sync_at > world.clock.now()


class TestLeftovers:
    """Whatever the end, the files of a sweep are gone."""

    async def test_they_are_there_while_it_runs_and_gone_when_it_is_cancelled(self, world: World) -> None:
        hand, connection = await imported(world, *rows(7))
        seen: list[list[str]] = []

        async def cancel() -> None:
            if hand.key_pages == 3:
                seen.append(await files(world))
                (sweep,) = (await now_of(world, connection)).run_queue
                await cancel_sync_run(world.eyes, user_id=USER, run_id=sweep)

        hand.before = cancel
        run = await pass_a_day(world, connection)
        assert run.state is SyncRunState.CANCELLED
        assert [len(keys) for keys in seen] == [2]
        assert seen[0][0].startswith(f"sweeps/{run.id}/")
        assert await files(world) == []

    async def test_disconnecting_ends_it(self, world: World) -> None:
        hand, connection = await imported(world, *rows(7))

        async def forget() -> None:
            if hand.key_pages == 2:
                await disconnect_mls(
                    world.eyes, user_id=USER, connection_id=connection.id, keep_listings=True
                )

        hand.before = forget
        run = await pass_a_day(world, connection)
        assert (await the_run(world, run)).state is SyncRunState.CANCELLED
        assert (await the_home(world, "001")).missing_since is None
        assert await files(world) == []

    async def test_many_keys_lie_in_files_and_not_in_the_run(self, world: World) -> None:
        hand, connection = await imported(world, *rows(2))
        hand.page_size = 500
        hand.put(*rows(MANY))
        run = await pass_a_day(world, connection)
        assert run.state is SyncRunState.SUCCEEDED
        assert run.sweep is not None
        assert run.sweep.keys == MANY
        assert len(repr(run)) < 3_000


async def test_a_sync_in_between_is_not_disturbed(world: World) -> None:
    hand, connection = await imported(world, *rows(3))
    hand.drop("001")
    await pass_a_day(world, connection)
    run = await sync(world, connection)
    assert run.state is SyncRunState.SUCCEEDED
    assert (await the_home(world, "001")).missing_since is not None
