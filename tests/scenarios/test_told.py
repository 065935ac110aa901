"""What users are told of without having looked: runs, sales, restorations, removals, accounts that need them."""

from collections import Counter
from datetime import timedelta

from domain.entities.common import PageRequest
from domain.entities.intent import IntentKind
from domain.entities.listing import Listing, ListingFacts, ListingStatus
from domain.entities.mls_connection import MlsConnection, MlsCredentials
from domain.entities.notification import Notification, NotificationKind, Subject, SubjectType
from domain.entities.sync_run import SyncRunState
from domain.use_cases.connections import update_mls_connection
from domain.use_cases.excluding import set_listing_sync
from domain.use_cases.listings import delete_listing, update_listing
from domain.use_cases.runs import cancel_sync_run, import_mls_listings, sync_mls_status
from domain.use_cases.unpublishing import unpublish_post
from tasks.work import carry_out
from tests.scenarios.looks import all_runs, key_of, mend_mls
from tests.world import World
from tests.world.steps import (
    connect,
    import_all,
    link_facebook,
    listings,
    publish,
    publishable,
    sync,
    the_run,
)
from tests.world.world import USER

FINISHED, FAILED = NotificationKind.RUN_FINISHED, NotificationKind.RUN_FAILED
SOLD, RESTORED = NotificationKind.LISTING_SOLD, NotificationKind.LISTING_RESTORED
REMOVED, HELP = NotificationKind.POSTS_REMOVED, NotificationKind.NEEDS_ACTION
DOWN = {"match": "odata", "kind": "status", "status": 500, "times": None}


async def told(world: World, *kinds: NotificationKind) -> list[Notification]:
    """What the user was told, oldest first."""
    page = await world.eyes.notifications.page(USER, PageRequest(100))
    return [one for one in reversed(page.items) if not kinds or one.kind in kinds]


async def counted(world: World) -> Counter[NotificationKind]:
    return Counter(one.kind for one in await told(world))


async def imported(world: World, **settings: object) -> MlsConnection:
    """A connection whose import is done."""
    connection = await connect(world, **settings)
    await import_all(world, connection)
    return connection


async def periods(world: World, count: int) -> None:
    """So many polls by the schedule."""
    for _ in range(count):
        world.clock.move(17 * 60)
        await world.work(horizon=timedelta(seconds=60))


def change(world: World, home: Listing, **fields: object) -> None:
    world.sandboxes.change(key_of(home), **fields)


class TestRuns:
    async def test_an_import_that_was_asked_for_is_told_of_at_its_end(self, world: World) -> None:
        connection = await connect(world)
        run = await import_all(world, connection)
        (one,) = await told(world)
        read, written = run.counters.processed, run.counters.successful_imports
        assert (one.kind, one.subject) == (FINISHED, Subject(SubjectType.SYNC_RUN, run.id))
        assert one.title.startswith(
            f"The import from sandbox is finished: {read} listings read, {written} written"
        )

    async def test_homes_that_come_in_sold_are_no_sales(self, world: World) -> None:
        await imported(world)
        assert any(home.status is ListingStatus.SOLD for home in await listings(world))
        assert await told(world, SOLD, RESTORED) == []

    async def test_the_schedule_is_quiet(self, world: World) -> None:
        connection = await imported(world)
        home = await publishable(world)
        change(world, home, ListPrice=123_456)
        await periods(world, 3)
        assert len(await all_runs(world, connection)) == 2
        assert await counted(world) == {FINISHED: 1}

    async def test_a_run_of_the_schedule_that_somebody_asks_for_too_is_told(self, world: World) -> None:
        connection = await imported(world)
        world.sandboxes.mls_fault(**DOWN)
        world.clock.move(20 * 60)
        await carry_out(world.ports, IntentKind.SYNC, connection.id)
        waiting = (await all_runs(world, connection))[0]
        assert (waiting.state, waiting.by_user) == (SyncRunState.RUNNING, False)
        asked = await sync_mls_status(world.ports, user_id=USER, connection_id=connection.id)
        assert asked.id == waiting.id
        mend_mls(world)
        await world.work()
        assert await counted(world) == {FINISHED: 2}

    async def test_a_connection_that_fails_all_day_is_one_piece_of_news(self, world: World) -> None:
        connection = await imported(world)
        world.sandboxes.mls_fault(**DOWN)
        await periods(world, 5)
        failed = [run for run in await all_runs(world, connection) if run.state is SyncRunState.FAILED]
        assert len(failed) > 2
        (one,) = await told(world, FAILED)
        assert one.subject == Subject(SubjectType.SYNC_RUN, failed[-1].id)

        mend_mls(world)
        await periods(world, 2)
        world.sandboxes.mls_fault(**DOWN)
        await periods(world, 3)
        assert len(await told(world, FAILED)) == 2

    async def test_whoever_asks_is_told_of_each_failure(self, world: World) -> None:
        connection = await imported(world)
        world.sandboxes.mls_fault(**DOWN)
        for _ in range(2):
            run = await sync(world, connection)
            assert run.state is SyncRunState.FAILED
        assert len(await told(world, FAILED)) == 2

    async def test_what_the_user_has_cancelled_is_no_news(self, world: World) -> None:
        connection = await connect(world)
        run = await import_mls_listings(world.ports, user_id=USER, connection_id=connection.id)
        await cancel_sync_run(world.ports, user_id=USER, run_id=run.id)
        await world.work()
        assert (await the_run(world, run)).state is SyncRunState.CANCELLED
        assert await told(world) == []

    async def test_a_login_that_ends_needs_the_user_once(self, world: World) -> None:
        connection = await imported(world)
        world.sandboxes.mls_fault(match="odata", kind="status", status=401, times=None)
        await periods(world, 4)
        (one,) = await told(world, HELP)
        assert one.subject == Subject(SubjectType.MLS_CONNECTION, connection.id)
        assert one.title.startswith("sandbox needs your help: ")
        mend_mls(world)
        credentials = MlsCredentials(token="sandbox-token")
        await update_mls_connection(
            world.ports, user_id=USER, connection_id=connection.id, credentials=credentials
        )
        await periods(world, 1)
        world.sandboxes.mls_fault(match="odata", kind="status", status=401, times=None)
        await periods(world, 2)
        assert len(await told(world, HELP)) == 2


class TestHomes:
    async def test_a_sale_is_told_with_each_post_that_came_down(self, world: World) -> None:
        connection = await imported(world)
        accounts = (await link_facebook(world))[:2]
        home = await publishable(world)
        posts = await publish(world, home, *accounts)
        change(world, home, StandardStatus="Closed", CloseDate="2026-01-02", ClosePrice=400_000)
        for _ in range(2):
            await sync(world, connection)
        (sale,) = await told(world, SOLD)
        street = home.facts.address.street or ""
        assert street
        assert sale.title.startswith(street)
        assert sale.title.endswith(" is sold.")
        assert sale.subject == Subject(SubjectType.LISTING, home.id)
        removed = await told(world, REMOVED)
        assert {one.subject for one in removed} == {Subject(SubjectType.POST, post.id) for post in posts}
        assert len(removed) == len(posts) == 2

    async def test_a_home_that_is_back_is_told(self, world: World) -> None:
        connection = await imported(world)
        home = await publishable(world)
        for status in ("Pending", "Active"):
            change(world, home, StandardStatus=status)
            await sync(world, connection)
        (back,) = await told(world, RESTORED)
        assert back.title.endswith(" is back on the market.")
        assert await told(world, SOLD) == []

    async def test_what_the_user_does_is_not_told_back(self, world: World) -> None:
        await imported(world)
        account = (await link_facebook(world))[0]
        homes = [home for home in await listings(world) if home.publishable][:3]
        posts = [(await publish(world, home, account))[0] for home in homes]
        await unpublish_post(world.ports, user_id=USER, post_id=posts[0].id)
        await set_listing_sync(world.ports, user_id=USER, listing_id=homes[1].id, excluded=True)
        await delete_listing(world.ports, user_id=USER, listing_id=homes[2].id)
        await world.work()
        assert len(world.sandboxes.facebook_posts()) == 3
        assert world.sandboxes.live_posts() == []
        assert await counted(world) == {FINISHED: 1}


class TestTheTrail:
    async def test_the_mls_wins_over_an_edit_and_says_so_and_its_news_is_news(self, world: World) -> None:
        connection = await imported(world)
        home = await publishable(world)
        before = home.facts
        await update_listing(
            world.ports, user_id=USER, listing_id=home.id, changes={"bedrooms": 77, "description": "Mine."}
        )
        change(world, home, ListPrice=654_321)
        await sync(world, connection)

        page = await world.eyes.changes.of_listing(USER, home.id, PageRequest(100))
        lines = {
            (line.source.value, line.kind.value, line.field, line.old, line.new, line.overrode_local_edit)
            for line in page.items
            if line.field in ("bedrooms", "price")
        }
        was = None if before.bedrooms is None else str(before.bedrooms)
        assert lines == {
            ("USER", "CHANGED", "bedrooms", was, "77", False),
            ("MLS", "RESTORED", "bedrooms", "77", was, True),
            (
                "MLS",
                "PRICE_CHANGED",
                "price",
                str(before.price),
                str((await at_last(world, home)).price),
                False,
            ),
        }
        overrode = {line.field for line in page.items if line.overrode_local_edit}
        assert overrode == {"bedrooms", "description"}
        restored = await at_last(world, home)
        assert (restored.bedrooms, restored.description) == (before.bedrooms, before.description)
        assert all(line.run_id for line in page.items if line.source == "MLS")

    async def test_a_restoration_is_recorded_once(self, world: World) -> None:
        connection = await imported(world)
        home = await publishable(world)
        await update_listing(world.ports, user_id=USER, listing_id=home.id, changes={"bedrooms": 77})
        await world.work()
        change(world, home, BedroomsTotal=9)
        await sync(world, connection)
        page = await world.eyes.changes.of_listing(USER, home.id, PageRequest(100))
        flags = [line.overrode_local_edit for line in reversed(page.items) if line.field == "bedrooms"]
        assert flags == [False, True, False]
        assert await counted(world) == {FINISHED: 2}


async def at_last(world: World, home: Listing) -> ListingFacts:
    found = await world.eyes.listings.get(USER, home.id)
    assert found is not None
    return found.facts
