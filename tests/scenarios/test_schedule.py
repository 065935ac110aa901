"""When connections are polled: each at its own interval, one at a time, spread, by its news, and not while off."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from domain.entities.intent import Ask, IntentKind
from domain.entities.mls import MlsPage, MlsQuery
from domain.entities.mls_connection import MlsConnection, MlsCredentials, MlsSource, SmartInterval
from domain.entities.post import PostState
from domain.entities.sync_run import SyncRunState
from domain.errors import Conflict, Forbidden, Invalid, Unavailable
from domain.ports import Ports
from domain.rules.freshness import age, is_stale
from domain.use_cases.connections import connect_mls, set_mls_connection_enabled, set_mls_sync_interval
from domain.use_cases.installation import installation_of, set_sync_enabled
from domain.use_cases.listings import update_listing
from domain.use_cases.publishing import publish_post
from domain.use_cases.runs import (
    cancel_sync_run,
    import_mls_listings,
    sync_all_mls_connections,
    sync_listing_status,
    sync_mls_status,
)
from domain.use_cases.unpublishing import unpublish_post
from domain.use_cases.uploading import upload_feed
from tasks.clock import ring_what_is_overdue
from tasks.work import carry_out
from tests.scenarios.hand_mls import HandMls, a_row, connect_by_hand
from tests.scenarios.looks import all_runs, homes_by_key, now_of
from tests.scenarios.test_pushes import push, pushed, pushing
from tests.scenarios.test_unpublishing import published
from tests.scenarios.test_uploads import FILE, connect_file
from tests.world import World
from tests.world.steps import connect, import_all, publishable, the_listing, the_post, the_run
from tests.world.world import USER

ROOT, ADMIN = "root", ("admin",)


@dataclass
class AskedMls(HandMls):
    """Keeps who was asked for, since `asked` was last cleared."""

    asked: list[str] = field(default_factory=list)

    async def fetch(self, source: MlsSource, query: MlsQuery, position: str | None) -> MlsPage:
        self.asked.append(source.connection_id)
        return await super().fetch(source, query, position)


def use(world: World) -> AskedMls:
    """Let the world have such an MLS, which has no homes yet."""
    mls = AskedMls()
    world.ports = replace(world.ports, mls={"hand": mls})
    return mls


async def connect_for(world: World, user: str = USER) -> MlsConnection:
    """Connect a user to that MLS."""
    return await connect_mls(
        world.ports,
        user_id=user,
        provider="hand",
        protocol="hand",
        vendor="generic",
        url="https://mls.example/by-hand",
        label=None,
        credentials=MlsCredentials(token="t"),
        settings={},
    )


async def pass_by(world: World, minutes: int) -> None:
    """Minute after minute, doing what is due."""
    for _ in range(minutes):
        world.clock.move(60)
        await world.work(horizon=timedelta(seconds=1))


async def switch(world: World, *, on: bool) -> None:
    await set_sync_enabled(world.ports, user_id=ROOT, roles=ADMIN, enabled=on)


async def set_interval(world: World, connection: MlsConnection, minutes: int, **more: Any) -> MlsConnection:
    return await set_mls_sync_interval(
        world.ports, user_id=USER, connection_id=connection.id, minutes=minutes, **more
    )


class TestIntervals:
    """Each connection has its own, and is asked by one at a time."""

    async def test_each_connection_is_polled_at_its_own_interval(self, world: World) -> None:
        mls = use(world)
        often, seldom = await connect_for(world), await connect_for(world)
        for connection, minutes in ((often, 5), (seldom, 60)):
            await import_all(world, connection)
            await set_interval(world, connection, minutes)
        mls.asked.clear()
        await pass_by(world, 120)
        polls = Counter(mls.asked)
        # Two hours by intervals that vary by a tenth, looked at once a minute.
        assert 19 <= polls[often.id] <= 27
        assert 1 <= polls[seldom.id] <= 3

    async def test_polls_of_one_connection_never_overlap(self, world: World) -> None:
        mls = use(world)
        connection = await connect_for(world)
        await import_all(world, connection)
        mls.asked.clear()
        world.clock.move(20 * 60)

        async def once_more() -> None:
            """Whoever is rung for it while it is being polled finds it held."""
            await asyncio.gather(*(carry_out(world.eyes, IntentKind.SYNC, connection.id) for _ in range(5)))

        mls.before = once_more
        await asyncio.gather(*(carry_out(world.ports, IntentKind.SYNC, connection.id) for _ in range(5)))
        assert mls.asked == [connection.id]

    async def test_a_poll_that_takes_long_moves_the_next_one(self, world: World) -> None:
        mls = use(world)
        connection = await connect_for(world)
        await import_all(world, connection)

        async def slow() -> None:
            world.clock.move(10)

        mls.before = slow
        world.clock.move(20 * 60)
        await carry_out(world.ports, IntentKind.SYNC, connection.id)
        after = await now_of(world, connection)
        assert after.next_sync_at is not None
        assert after.next_sync_at - world.clock.now() > timedelta(minutes=13)


class TestFirstPolls:
    """What begins together does not go on together."""

    async def test_connections_made_at_once_are_polled_spread_over_a_period(self, world: World) -> None:
        use(world)
        begun = world.clock.now()
        made = [await connect_for(world, f"user-{number}") for number in range(200)]
        assert_spread([(one.next_sync_at or begun) - begun for one in made])
        for one in made:
            intent = await world.eyes.intents.get(IntentKind.SYNC, one.id)
            assert intent is not None
            assert one.next_sync_at is not None
            assert abs(intent.due - one.next_sync_at) < timedelta(milliseconds=1)

    async def test_connections_switched_on_at_once_are_too(self, world: World) -> None:
        use(world)
        connections = [await connect_for(world) for _ in range(200)]
        turned = []
        for enabled in (False, True):
            turned = [
                await set_mls_connection_enabled(
                    world.ports, user_id=USER, connection_id=one.id, enabled=enabled
                )
                for one in connections
            ]
        now = world.clock.now()
        assert_spread([(one.next_sync_at or now) - now for one in turned])


def assert_spread(waits: list[timedelta]) -> None:
    """200 waits, of which each three minutes of a period have 40 on average."""
    minutes = Counter(int((wait.total_seconds() / 60 - 7.5) // 3) for wait in waits)
    assert all(timedelta(minutes=7) < wait < timedelta(minutes=23) for wait in waits)
    assert all(15 < minutes[part] < 70 for part in range(5)), minutes


class TestSwitch:
    """While the installation is off no run begins; everything else goes on, and nothing is lost."""

    @pytest.mark.parametrize("roles", [(), ("user",), ("Admin",)])
    async def test_only_administrators_turn_it(self, world: World, roles: tuple[str, ...]) -> None:
        with pytest.raises(Forbidden):
            await set_sync_enabled(world.ports, user_id=USER, roles=roles, enabled=False)
        with pytest.raises(Forbidden):
            await installation_of(world.ports, user_id=USER, roles=roles)
        found = await installation_of(world.ports, user_id=ROOT, roles=ADMIN)
        assert (found.sync_enabled, found.changed_by) == (True, None)

    async def test_who_turned_it_last_is_kept(self, world: World) -> None:
        before = world.clock.now()
        await switch(world, on=False)
        off = await installation_of(world.ports, user_id=ROOT, roles=ADMIN)
        assert (off.sync_enabled, off.changed_by) == (False, ROOT)
        assert off.changed_at is not None
        assert off.changed_at >= before
        await set_sync_enabled(world.ports, user_id="another", roles=ADMIN, enabled=False)
        assert await installation_of(world.ports, user_id=ROOT, roles=ADMIN) == off

    async def test_polls_are_put_off_and_come_back_spread(self, world: World) -> None:
        mls = use(world)
        connections = [await connect_for(world, f"user-{number}") for number in range(30)]
        await switch(world, on=False)
        await pass_by(world, 90)
        assert mls.asked == []

        await switch(world, on=True)
        firsts: dict[str, int] = {}
        for minute in range(24):
            await pass_by(world, 1)
            for asked in mls.asked:
                firsts.setdefault(asked, minute)
        assert set(firsts) == {connection.id for connection in connections}
        assert max(Counter(firsts.values()).values()) <= 9
        assert len(set(firsts.values())) >= 10

    async def test_users_are_told_and_nothing_is_queued(self, world: World) -> None:
        connection = await connect(world)
        await import_all(world, connection)
        home = await publishable(world)
        before = await now_of(world, connection), await all_runs(world, connection)
        await switch(world, on=False)
        wishes: list[Callable[[Ports], Awaitable[object]]] = [
            lambda ports: import_mls_listings(ports, user_id=USER, connection_id=connection.id),
            lambda ports: sync_mls_status(ports, user_id=USER, connection_id=connection.id),
            lambda ports: sync_all_mls_connections(ports, user_id=USER),
            lambda ports: sync_listing_status(ports, user_id=USER, listing_id=home.id),
        ]
        for wish in wishes:
            with pytest.raises(Conflict) as caught:
                await wish(world.ports)
            assert "switched off for the whole installation" in caught.value.message
        assert (await now_of(world, connection), await all_runs(world, connection)) == before
        await switch(world, on=True)
        for wish in wishes:
            await wish(world.ports)

    async def test_files_and_pushes_wait_for_it(self, world: World) -> None:
        connection, by_file = await pushing(world), await connect_file(world)
        await import_all(world, connection)
        (key, *_) = await homes_by_key(world)
        await switch(world, on=False)
        with pytest.raises(Conflict):
            await upload_feed(world.ports, user_id=USER, connection_id=by_file.id, data=FILE.encode())
        assert await push(world, connection, pushed(world, key)) == 0
        await switch(world, on=True)
        assert await push(world, connection, pushed(world, key)) == 1

    async def test_what_runs_goes_on_and_what_waits_waits(self, world: World) -> None:
        hand, connection = await connect_by_hand(world, *(a_row(f"{number}") for number in range(8)))

        async def off() -> None:
            if len(hand.queries) == 2:
                await switch(world, on=False)

        hand.before = off
        first = await import_mls_listings(world.ports, user_id=USER, connection_id=connection.id)
        second = await sync_mls_status(world.ports, user_id=USER, connection_id=connection.id)
        third = await import_mls_listings(
            world.ports, user_id=USER, connection_id=connection.id, mls_numbers=("N1",)
        )
        await pass_by(world, 60)
        assert (await the_run(world, first)).counters.successful_imports == 8
        assert [(await the_run(world, run)).state for run in (first, second, third)] == [
            SyncRunState.SUCCEEDED,
            SyncRunState.QUEUED,
            SyncRunState.QUEUED,
        ]
        cancelled = await cancel_sync_run(world.ports, user_id=USER, run_id=third.id)
        assert cancelled.state is SyncRunState.CANCELLED
        await switch(world, on=True)
        await pass_by(world, 24)
        assert (await the_run(world, second)).state is SyncRunState.SUCCEEDED
        assert (await now_of(world, connection)).run_queue == ()

    async def test_publishing_and_removing_go_on(self, world: World) -> None:
        _, home, (account, *_), (post, other) = await published(world)
        await switch(world, on=False)
        await unpublish_post(world.ports, user_id=USER, post_id=post.id)
        await world.work()
        assert (await the_post(world, post)).state is PostState.UNPUBLISHED
        assert (await the_post(world, other)).state is PostState.PUBLISHED
        (new,) = await publish_post(world.ports, user_id=USER, listing_id=home.id, account_ids=(account.id,))
        await world.work()
        assert (await the_post(world, new)).state is PostState.PUBLISHED

    async def test_an_edit_is_undone_when_it_is_on_again(self, world: World) -> None:
        connection = await connect(world)
        await import_all(world, connection)
        home = await publishable(world)
        await switch(world, on=False)
        await update_listing(world.ports, user_id=USER, listing_id=home.id, changes={"description": "Mine."})
        await pass_by(world, 40)
        assert (await the_listing(world, home)).facts.description == "Mine."
        await switch(world, on=True)
        await pass_by(world, 24)
        assert (await the_listing(world, home)).facts.description == home.facts.description


class TestSmartIntervals:
    """A quiet connection is asked less and less often, until it brings news."""

    async def test_it_follows_the_news(self, world: World) -> None:
        hand, connection = await connect_by_hand(world, a_row("1"))
        await import_all(world, connection)
        smart = await set_interval(world, connection, 15, smart=True)
        assert smart.smart == SmartInterval(shortest=5, longest=60, current=15)

        found = [await self.interval_after_the_next(world, connection) for _ in range(6)]
        assert found == [22, 33, 49, 60, 60, 60]
        hand.put(a_row("1", "Closed", at=world.clock.now()))
        assert await self.interval_after_the_next(world, connection) == 15
        for number, expected in ((2, 10), (3, 7)):
            hand.put(a_row(str(number), at=world.clock.now()))
            assert await self.interval_after_the_next(world, connection) == expected
        assert await self.interval_after_the_next(world, connection) == 10

    async def test_trouble_and_runs_of_users_are_no_news_of_the_mls(self, world: World) -> None:
        hand, connection = await connect_by_hand(world, a_row("1"))
        await import_all(world, connection)
        await set_interval(world, connection, 60, smart=True, shortest=30, longest=90)
        await import_all(world, connection)
        assert (await now_of(world, connection)).effective_interval_minutes == 60
        hand.refusals = [Unavailable("Down.") for _ in range(20)]
        await self.interval_after_the_next(world, connection)
        assert (await now_of(world, connection)).effective_interval_minutes == 60
        hand.refusals = []
        assert await self.interval_after_the_next(world, connection) == 90

    async def test_it_stays_and_goes_as_the_user_says(self, world: World) -> None:
        connection = await connect(world)
        await set_interval(world, connection, 30, smart=True, shortest=10, longest=45)
        moved = await set_interval(world, connection, 20)
        assert moved.smart == SmartInterval(shortest=5, longest=80, current=20)
        plain = await set_interval(world, connection, 20, smart=False)
        assert (plain.smart, plain.effective_interval_minutes) == (None, 20)
        assert (await set_interval(world, connection, 25)).smart is None

    @pytest.mark.parametrize(
        ("given", "named"),
        [
            ({"minutes": 0}, "minutes"),
            ({"minutes": 525_600}, "minutes"),
            ({"smart": True, "shortest": 0}, "shortestMinutes"),
            ({"smart": True, "longest": 525_600}, "longestMinutes"),
            ({"smart": True, "shortest": 60, "longest": 10}, "shortestMinutes"),
            ({"smart": True, "longest": 10}, "longestMinutes"),
            ({"shortest": 5}, "smart"),
            ({"smart": False, "longest": 60}, "smart"),
        ],
    )
    async def test_bad_input_is_named_and_changes_nothing(
        self, world: World, given: dict[str, Any], named: str
    ) -> None:
        connection = await connect(world)
        with pytest.raises(Invalid) as caught:
            await set_interval(world, connection, **{"minutes": 15, **given})
        assert caught.value.field == (named,)
        assert await now_of(world, connection) == connection

    async def interval_after_the_next(self, world: World, connection: MlsConnection) -> int:
        """Move to the next poll, carry it out with all that follows, and look."""
        before = await now_of(world, connection)
        assert before.next_sync_at is not None
        world.clock.move((before.next_sync_at - world.clock.now()).total_seconds() + 0.01)
        await world.work(horizon=timedelta(minutes=4))
        after = await now_of(world, connection)
        assert after.next_sync_at is not None
        minutes = after.effective_interval_minutes
        wait = (after.next_sync_at - world.clock.now()).total_seconds() / 60
        assert 0.8 * minutes < wait < 1.2 * minutes
        return minutes


class TestFreshness:
    """How old what is known is, is known."""

    async def test_it_grows_until_a_poll_goes_through(self, world: World) -> None:
        hand, connection = await connect_by_hand(world, a_row("1"))
        assert age(connection, world.clock.now()) is None
        await import_all(world, connection)
        hand.refusals = [Unavailable("Down.") for _ in range(200)]
        await pass_by(world, 32)
        missed = await now_of(world, connection)
        grown = age(missed, world.clock.now())
        assert grown is not None
        assert grown > timedelta(minutes=31)
        assert is_stale(missed, world.clock.now())
        hand.refusals = []
        await pass_by(world, 20)
        fresh = await now_of(world, connection)
        assert not is_stale(fresh, world.clock.now())


class TestOutsideScheduler:
    """Its call does as much as fits in its time; the next one goes on."""

    async def test_a_call_ends_in_its_time(self, world: World) -> None:
        long_ago = world.clock.now() - timedelta(minutes=1)
        asks = [Ask(IntentKind.SYNC, USER, f"connection {number}", due=long_ago) for number in range(40)]
        await world.ports.intents.ask(*asks)

        class SlowBell:
            """Takes a second for each, as while Redis hardly answers."""

            async def ring(self, kind: IntentKind, target: str) -> None:
                world.clock.move(1)
                await world.bell.ring(kind, target)

        async def much(queue: str) -> int:
            return 1_000

        ports = replace(world.ports, bell=SlowBell())
        rung = await ring_what_is_overdue(ports, much, until=world.clock.now() + timedelta(seconds=8))
        assert rung == len(world.bell.rung)
        assert 7 <= rung <= 9
        assert await ring_what_is_overdue(ports, much) == 40
        assert len(set(world.bell.rung)) == 40
