"""What an MLS names in its list of deletions, and the cursors of such lists."""

from datetime import timedelta
from typing import Any

import pytest

from domain.entities.change import ChangeSource, ListingChangeKind
from domain.entities.common import PageRequest
from domain.entities.intent import IntentKind
from domain.entities.listing import Listing, ListingStatus, Takedown
from domain.entities.mls import MlsRemoval
from domain.entities.mls_connection import MlsConnection
from domain.entities.sync_run import SyncMode, SyncRun, SyncRunState
from domain.errors import Rejected
from domain.use_cases.connections import update_mls_connection
from domain.use_cases.excluding import set_listing_sync
from domain.use_cases.listings import delete_listing
from domain.use_cases.polling import OVERLAP
from domain.use_cases.runs import import_mls_listings
from tests.scenarios.hand_mls import LONG_AGO, HandMls, a_row, connect_by_hand
from tests.scenarios.looks import all_runs, homes_by_key, now_of
from tests.world import World
from tests.world.steps import import_all, sync, the_run
from tests.world.world import USER


async def imported(world: World, *rows: Any, **settings: object) -> tuple[HandMls, MlsConnection]:
    hand, connection = await connect_by_hand(world, *rows, **settings)
    await import_all(world, connection)
    return hand, connection


async def the_home(world: World, key: str) -> Listing:
    return (await homes_by_key(world))[key]


async def trail_of(world: World, listing: Listing) -> list[tuple[str, str]]:
    lines = await world.eyes.changes.of_listing(USER, listing.id, PageRequest(50))
    return [(line.kind, line.source) for line in lines.items]


def counted(run: SyncRun) -> tuple[int, int, int, int]:
    counters = run.counters
    return counters.processed, counters.successful_imports, counters.unchanged, counters.status_changes


class TestRemovals:
    """What is deleted in the MLS is off the market, and never sold."""

    async def test_a_deleted_home_is_off_the_market(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1"), a_row("2"))
        hand.drop("1")
        hand.removals.append(MlsRemoval(key="1", at=world.clock.now()))
        run = await sync(world, connection)

        gone = await the_home(world, "1")
        assert (gone.status, gone.takedown) == (ListingStatus.EXPIRED, Takedown.DELETED)
        assert not gone.publishable
        assert gone.off_market_since is not None
        assert (await trail_of(world, gone))[0] == (ListingChangeKind.OFF_MARKET, ChangeSource.MLS)
        assert counted(run) == (2, 1, 1, 1)
        assert (await the_home(world, "2")).status is ListingStatus.ACTIVE
        assert await world.eyes.intents.get(IntentKind.TAKEDOWN, gone.id) is None

    async def test_a_sold_home_stays_sold(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1", "Closed"))
        before = await the_home(world, "1")
        hand.drop("1")
        hand.removals.append(MlsRemoval(key="1"))
        run = await sync(world, connection)
        assert await the_home(world, "1") == before
        assert counted(run) == (1, 0, 1, 0)

    async def test_keys_of_homes_that_nobody_holds_are_no_matter(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1"))
        hand.removals += [MlsRemoval(key="other"), MlsRemoval(key="1", originating_system="another MLS")]
        run = await sync(world, connection)
        assert counted(run) == (1, 0, 1, 0)
        assert (await the_home(world, "1")).status is ListingStatus.ACTIVE

    @pytest.mark.parametrize("said", [None, "north"])
    async def test_a_home_of_a_named_system_is_found_whether_the_list_names_it_or_not(
        self, world: World, said: str | None
    ) -> None:
        hand, connection = await imported(world, a_row("1", originating_system="north"))
        world.let_indexes_catch_up()
        hand.drop("1")
        hand.removals.append(MlsRemoval(key="1", originating_system=said))
        await sync(world, connection)
        assert (await the_home(world, "1")).takedown is Takedown.DELETED

    async def test_an_excluded_home_is_left_alone(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1"))
        home = await the_home(world, "1")
        left_out = await set_listing_sync(world.ports, user_id=USER, listing_id=home.id, excluded=True)
        hand.drop("1")
        hand.removals.append(MlsRemoval(key="1"))
        run = await sync(world, connection)
        assert await the_home(world, "1") == left_out
        assert run.counters.skipped == 1

    async def test_posts_that_were_kept_come_down_when_the_home_is_deleted(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1", "Withdrawn"), unpublishOffMarket=False)
        assert (await the_home(world, "1")).takedown is None
        hand.drop("1")
        hand.removals.append(MlsRemoval(key="1"))
        await sync(world, connection)
        gone = await the_home(world, "1")
        assert gone.takedown is Takedown.DELETED
        assert (await trail_of(world, gone))[0] == (ListingChangeKind.DELETED, ChangeSource.MLS)

    async def test_a_home_that_was_listed_again_is_not_deleted_by_old_news(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1"))
        hand.removals.append(MlsRemoval(key="1", at=LONG_AGO - timedelta(days=1)))
        run = await sync(world, connection)
        assert counted(run) == (1, 0, 1, 0)
        assert (await the_home(world, "1")).status is ListingStatus.ACTIVE

    async def test_a_deleted_home_that_comes_back_is_restored(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1"))
        hand.drop("1")
        hand.removals.append(MlsRemoval(key="1"))
        await sync(world, connection)
        hand.put(a_row("1"))
        await import_all(world, connection)
        back = await the_home(world, "1")
        assert (back.status, back.publishable) == (ListingStatus.ACTIVE, True)
        assert back.takedown is None
        assert (await trail_of(world, back))[0][0] == ListingChangeKind.RESTORED

    async def test_a_poll_finds_a_removal_by_itself_and_only_once(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1"))
        hand.drop("1")
        hand.removals.append(MlsRemoval(key="1"))
        for _ in range(3):
            world.clock.move(20 * 60)
            await world.work()
        assert (await the_home(world, "1")).takedown is Takedown.DELETED
        assert len(await all_runs(world, connection)) == 2


class TestCursors:
    """How far the lists beside the rows are read is kept when the run has succeeded."""

    async def test_they_go_in_and_come_out(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1"))
        assert (await now_of(world, connection)).cursors == {
            "Property": LONG_AGO.isoformat(),
            "Deleted": "0",
        }
        hand.removals += [MlsRemoval(key="x"), MlsRemoval(key="y")]
        await sync(world, connection)
        assert hand.queries[-1].cursors == {"Deleted": "0"}
        assert (await now_of(world, connection)).cursors["Deleted"] == "2"

    async def test_a_run_that_fails_moves_none(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1"))
        before = (await now_of(world, connection)).cursors
        hand.put(*(a_row(f"{n}", at=LONG_AGO + timedelta(days=1)) for n in range(5)))
        hand.removals.append(MlsRemoval(key="x"))

        async def fail_at_the_second_page() -> None:
            if len(hand.queries) > 2:
                raise Rejected("No.")

        hand.before = fail_at_the_second_page
        assert (await sync(world, connection)).state is SyncRunState.FAILED
        assert (await now_of(world, connection)).cursors == before

    async def test_a_run_for_some_rows_moves_none_and_takes_none(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1"))
        before = (await now_of(world, connection)).cursors
        hand.put(a_row("2", at=world.clock.now()))
        hand.removals.append(MlsRemoval(key="x"))
        await import_mls_listings(world.ports, user_id=USER, connection_id=connection.id, mls_numbers=("N2",))
        await world.work()
        assert hand.queries[-1].cursors == {}
        assert (await now_of(world, connection)).cursors == before

    async def test_a_full_read_wants_all_anew_and_skips_no_deletion(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1"))
        hand.drop("1")
        hand.removals.append(MlsRemoval(key="1"))
        await import_all(world, connection)
        query = hand.queries[-1]
        assert (query.since, query.anew, query.cursors) == (None, True, {"Deleted": "0"})
        assert (await the_home(world, "1")).takedown is Takedown.DELETED
        assert (await now_of(world, connection)).cursors["Deleted"] == "1"

    async def test_a_table_that_was_emptied_downloads_nothing_anew(self, world: World) -> None:
        """The cursor is stored, and not the latest stamp of the rows that are here."""
        hand, connection = await imported(world, a_row("1"), a_row("2"))
        for home in (await homes_by_key(world)).values():
            await delete_listing(world.ports, user_id=USER, listing_id=home.id)
        await sync(world, connection)
        assert hand.queries[-1].since == LONG_AGO - OVERLAP

    async def test_one_that_is_empty_is_forgotten(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1"))
        hand.cursors = {"owed": "since Monday"}
        await sync(world, connection)
        assert (await now_of(world, connection)).cursors["owed"] == "since Monday"
        hand.cursors = {"owed": ""}
        world.clock.move(20 * 60)
        await world.work()
        assert (await now_of(world, connection)).cursors.keys() == {"Property", "Deleted"}

    async def test_a_quiet_poll_keeps_how_far_it_has_read(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1"))
        hand.removals.append(MlsRemoval(key="x"))
        world.clock.move(20 * 60)
        await world.work()
        assert (await now_of(world, connection)).cursors["Deleted"] == "1"
        assert len(await all_runs(world, connection)) == 1

    async def test_an_incremental_run_without_a_cursor_reads_everything(self, world: World) -> None:
        hand, connection = await connect_by_hand(world, a_row("1"), a_row("2"))
        run = await import_mls_listings(
            world.ports, user_id=USER, connection_id=connection.id, mode=SyncMode.INCREMENTAL
        )
        await world.work()
        assert hand.queries[0].since is None
        assert (await the_run(world, run)).counters.successful_imports == 2

    async def test_another_address_begins_anew(self, world: World) -> None:
        hand, connection = await imported(world, a_row("1"))
        await update_mls_connection(
            world.ports, user_id=USER, connection_id=connection.id, url="https://other.example/mls"
        )
        hand.put(a_row("1", at=LONG_AGO - timedelta(days=9)))
        await world.work()
        cursor = (await now_of(world, connection)).cursors["Property"]
        assert cursor == (LONG_AGO - timedelta(days=9)).isoformat()
