"""Carrying out an intent, on the real table: taken once, renewed, broken off, put off, buried; and the clock."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise

import pytest

from domain.entities.intent import LANES, Ask, Dead, Done, Intent, IntentKind, Lane, Later, Outcome
from domain.errors import Conflict, Overtaken, Unavailable
from domain.ports import Ports
from domain.use_cases.work import Work
from tasks.clock import (
    LONG,
    LONG_EVERY,
    OVERDUE,
    QUIETEST,
    TICK_SECONDS,
    URGENT_FIRST,
    ring_what_is_overdue,
    run_clock,
)
from tasks.queue import QUEUES, SHORT
from tasks.work import Limits, carry_out
from tests.processes.waiting import eventually
from tests.world import World
from tests.world.world import USER

KIND = IntentKind.PUBLISH
QUICK = Limits(lease_seconds=20, renew_seconds=0.02)
Does = Callable[[Intent], Awaitable[Outcome]]


def _work(does: Does) -> Mapping[IntentKind, Work]:
    """Work of every kind that does this."""

    async def work(ports: Ports, *, intent: Intent, until: datetime) -> Outcome:
        return await does(intent)

    return dict.fromkeys(IntentKind, work)


def _failing(error: Exception) -> Mapping[IntentKind, Work]:
    async def fail(intent: Intent) -> Outcome:
        raise error

    return _work(fail)


async def _asked(world: World, *targets: str, kind: IntentKind = KIND) -> None:
    await world.ports.intents.ask(*(Ask(kind, USER, target) for target in targets))


async def _intent(world: World, kind: IntentKind = KIND) -> Intent:
    found = await world.ports.intents.get(kind, "a")
    assert found is not None
    return found


async def _is_due_after(world: World, moment: datetime) -> bool:
    return (await _intent(world)).due > moment


async def test_work_that_is_done_is_owed_no_more_and_a_second_message_does_nothing(world: World) -> None:
    await _asked(world, "a")
    worked = []

    async def does(intent: Intent) -> Outcome:
        worked.append(intent.target)
        return Done()

    for _ in range(3):
        await carry_out(world.ports, KIND, "a", work=_work(does))

    assert worked == ["a"]
    assert await world.ports.intents.get(KIND, "a") is None


async def test_of_many_messages_at_once_one_is_worked_on(world: World) -> None:
    await _asked(world, "a")
    worked = []

    async def does(intent: Intent) -> Outcome:
        worked.append(intent.holder)
        await asyncio.sleep(0.05)
        return Done()

    await asyncio.gather(*(carry_out(world.ports, KIND, "a", work=_work(does)) for _ in range(20)))

    assert len(worked) == 1


@pytest.mark.parametrize("error", [RuntimeError("surprise"), Unavailable("away"), Conflict("moved")])
async def test_a_failure_is_tried_again_later_and_later(world: World, error: Exception) -> None:
    await _asked(world, "a")
    waits = []

    for _ in range(4):
        await carry_out(world.ports, KIND, "a", work=_failing(error))
        intent = await _intent(world)
        waits.append((intent.due - world.clock.now()).total_seconds())
        world.clock.move(waits[-1] + 0.01)

    assert [int(wait + 0.5) >= 2**n for n, wait in enumerate(waits)] == [True] * 4
    assert waits == sorted(waits)
    assert (intent.attempts, intent.holder, intent.dead) == (4, "", False)
    assert intent.failure is not None
    assert "surprise" not in intent.failure  # may hold anything: it is logged, not shown


async def test_what_nobody_foresaw_is_buried_after_the_last_attempt(world: World) -> None:
    await _asked(world, "a")

    for _ in range(3):
        await carry_out(
            world.ports, KIND, "a", work=_failing(ValueError("surprise")), limits=Limits(most_attempts=3)
        )
        world.clock.move(60)

    intent = await _intent(world)
    assert (intent.dead, intent.failure) == (True, "An unforeseen failure: ValueError.")


@pytest.mark.parametrize(
    ("kind", "error"), [(KIND, Unavailable("away")), (IntentKind.SYNC, ValueError("surprise"))]
)
async def test_an_outage_and_a_standing_poll_are_never_buried(
    world: World, kind: IntentKind, error: Exception
) -> None:
    await _asked(world, "a", kind=kind)

    for _ in range(3):
        await carry_out(world.ports, kind, "a", work=_failing(error), limits=Limits(most_attempts=1))
        world.clock.move(60)

    assert not (await _intent(world, kind)).dead


async def test_work_that_hangs_is_broken_off_and_tried_again(world: World) -> None:
    await _asked(world, "a")

    async def hang(intent: Intent) -> Outcome:
        await asyncio.Event().wait()
        return Done()

    await carry_out(world.ports, KIND, "a", work=_work(hang), limits=Limits(hang_seconds=0.05))

    intent = await _intent(world)
    assert (intent.holder, intent.failure) == ("", "An unforeseen failure: TimeoutError.")


async def test_a_lease_is_renewed_for_as_long_as_the_work_takes(world: World) -> None:
    await _asked(world, "a")
    taken_by_another = []

    async def does(intent: Intent) -> Outcome:
        for _ in range(3):
            world.clock.move(15)  # three times make more than two leases
            await eventually(partial(_is_due_after, world, (await _intent(world)).due), "the renewal")
            taken_by_another.append(await world.ports.intents.take(KIND, "a", "other", 20))
        return Done()

    await carry_out(world.ports, KIND, "a", work=_work(does), limits=QUICK)

    assert taken_by_another == [None] * 3
    assert await world.ports.intents.get(KIND, "a") is None


async def test_whoever_is_overtaken_is_broken_off_and_writes_nothing(world: World) -> None:
    await _asked(world, "a")
    broken_off = asyncio.Event()
    refused = []

    async def does(intent: Intent) -> Outcome:
        world.clock.move(30)  # as if this process had been stopped for so long
        assert await world.ports.intents.take(KIND, "a", "other", 20)
        try:
            await asyncio.Event().wait()
        finally:
            broken_off.set()
            with pytest.raises(Overtaken):
                await world.ports.intents.settle(intent, Done())
            refused.append(True)
        return Done()

    await carry_out(world.ports, KIND, "a", work=_work(does), limits=QUICK)

    intent = await _intent(world)
    assert broken_off.is_set()
    assert refused == [True]
    assert (intent.holder, intent.fence) == ("other", 2)


async def test_an_outcome_that_comes_too_late_changes_nothing(world: World) -> None:
    await _asked(world, "a")

    async def does(intent: Intent) -> Outcome:
        world.clock.move(30)
        assert await world.ports.intents.take(KIND, "a", "other", 20)
        return Dead("too late")

    await carry_out(world.ports, KIND, "a", work=_work(does))

    intent = await _intent(world)
    assert (intent.holder, intent.dead) == ("other", False)


async def test_work_that_goes_on_at_once_rings_again_and_work_for_later_does_not(world: World) -> None:
    await _asked(world, "a", "b")

    async def does(intent: Intent) -> Outcome:
        wait = timedelta() if intent.target == "a" else timedelta(seconds=5)
        return Later(world.clock.now() + wait, progress=True)

    world.bell.rung.clear()
    for target in ("a", "b"):
        await carry_out(world.ports, KIND, target, work=_work(does))

    assert world.bell.rung == [(KIND, "a")]
    assert (await _intent(world)).attempts == 0


async def test_what_is_wished_for_while_it_is_worked_on_rings_again(world: World) -> None:
    await _asked(world, "a")

    async def does(intent: Intent) -> Outcome:
        await _asked(world, "a")
        return Done()

    world.bell.rung.clear()
    await carry_out(world.ports, KIND, "a", work=_work(does))

    assert world.bell.rung == [(KIND, "a")]
    assert (await _intent(world)).attempts == 0


async def test_work_that_is_cancelled_is_given_back_at_once(world: World) -> None:
    await _asked(world, "a")
    begun = asyncio.Event()

    async def does(intent: Intent) -> Outcome:
        begun.set()
        await asyncio.Event().wait()
        return Done()

    world.bell.rung.clear()
    working = asyncio.create_task(carry_out(world.ports, KIND, "a", work=_work(does)))
    await begun.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working

    intent = await _intent(world)
    assert (intent.holder, intent.due <= world.clock.now()) == ("", True)
    assert world.bell.rung == [(KIND, "a")]


async def _much(queue: str) -> int:
    return 1_000


async def test_the_clock_rings_for_what_is_overdue_and_for_nothing_else(world: World) -> None:
    await _asked(world, *(f"overdue {n}" for n in range(40)))
    world.clock.move(3)
    await _asked(world, "just asked for")
    await world.ports.intents.ask(Ask(KIND, USER, "later", due=world.clock.now() + timedelta(hours=1)))
    held = await world.ports.intents.take(KIND, "overdue 7", "holder", 20)
    assert held is not None
    world.bell.rung.clear()

    rung = await ring_what_is_overdue(world.ports, _much)

    expected = {(KIND, f"overdue {n}") for n in range(40) if n != 7}
    assert set(world.bell.rung) == expected
    assert rung == len(world.bell.rung) == len(expected)


async def test_the_clock_fills_no_queue_beyond_its_room(world: World) -> None:
    await _asked(world, *(f"photos {n}" for n in range(30)), kind=IntentKind.PHOTOS)
    await _asked(world, *(f"post {n}" for n in range(30)), kind=IntentKind.UNPUBLISH)
    world.clock.move(3)
    world.bell.rung.clear()

    async def room(queue: str) -> int:
        return {QUEUES[IntentKind.PHOTOS]: 4, QUEUES[IntentKind.UNPUBLISH]: 1_000}.get(queue, 0)

    await ring_what_is_overdue(world.ports, room)

    kinds = [kind for kind, _ in world.bell.rung]
    assert (kinds.count(IntentKind.PHOTOS), kinds.count(IntentKind.UNPUBLISH)) == (4, 30)


async def test_a_removal_is_rung_for_behind_a_long_backlog_of_photos(world: World) -> None:
    await _asked(world, *(f"photos {n}" for n in range(1_600)), kind=IntentKind.PHOTOS)
    world.clock.move(1)
    await _asked(world, "the sold home", kind=IntentKind.TAKEDOWN)
    world.clock.move(3)
    world.bell.rung.clear()

    await ring_what_is_overdue(world.ports, _much)

    assert (IntentKind.TAKEDOWN, "the sold home") in world.bell.rung


async def test_the_clock_looks_ever_more_seldom_into_lanes_where_nothing_is_due(world: World) -> None:
    await _asked(world, "a")
    world.clock.move(3)

    looks = await _looks(world, ticks=46)

    assert looks.pop(LANES[KIND]) == list(range(46))
    assert set(looks) == set(URGENT_FIRST) - {LANES[KIND]}
    for lane, ticks in looks.items():
        pauses = [after - before for before, after in pairwise(ticks)]
        assert pauses[:2] == [2, 4]
        assert set(pauses[3:]) == {QUIETEST[Lane(lane)]}


def test_the_most_seldom_look_comes_in_time_for_a_bell_that_was_rung_in_vain() -> None:
    assert max(QUIETEST.values()) * TICK_SECONDS + OVERDUE.total_seconds() < 30


async def test_a_lane_in_which_something_was_due_is_looked_into_again_at_once(world: World) -> None:
    async def asked_late(lane: str, tick: int) -> int:
        if lane == LANES[KIND] and tick == 26:
            await _asked(world, "a")
            world.clock.move(3)
        if lane == LANES[KIND] and tick == 28:
            await carry_out(world.ports, KIND, "a", work=_work(_is_done))
        return SHORT

    looks = await _looks(world, ticks=36, room=asked_late)

    assert looks[LANES[KIND]] == [0, 2, 6, 11, 16, 21, 26, 27, 28, 30, 34]


async def test_behind_a_long_queue_the_clock_rings_seldom_and_still_for_everything(world: World) -> None:
    targets = [str(number) for number in range(30)]
    await _asked(world, *targets)
    world.clock.move(3)
    world.bell.rung.clear()

    async def long(lane: str, tick: int) -> int:
        return SHORT - LONG - 1

    await _looks(world, ticks=2 * LONG_EVERY, room=long)

    assert Counter(world.bell.rung) == {(KIND, target): 2 for target in targets}


async def _is_done(intent: Intent) -> Outcome:
    return Done()


async def _much_room(lane: str, tick: int) -> int:
    return SHORT


async def _looks(
    world: World, *, ticks: int, room: Callable[[str, int], Awaitable[int]] = _much_room
) -> dict[str, list[int]]:
    """Let the clock tick so often: at which ticks it asked for the room in each lane's queue."""
    looks: dict[str, list[int]] = {}
    tick, enough = 0, asyncio.Event()

    async def noted(lane: str) -> int:
        looks.setdefault(lane, []).append(tick)
        return await room(lane, tick)

    async def tidy() -> None:
        nonlocal tick
        tick += 1
        if tick == ticks:
            enough.set()
            await asyncio.Event().wait()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tasks.clock.TIDY_EVERY", 1)  # so that each tick is counted
        ticking = asyncio.create_task(run_clock(world.ports, room=noted, tidy=tidy, every=0))
        await enough.wait()
        ticking.cancel()
    return looks


async def test_two_clocks_ring_twice_and_the_work_is_done_once(world: World) -> None:
    await _asked(world, "a")
    world.clock.move(3)
    world.bell.rung.clear()
    worked = []

    async def does(intent: Intent) -> Outcome:
        worked.append(intent.target)
        return Done()

    await asyncio.gather(*(ring_what_is_overdue(world.ports, _much) for _ in range(2)))
    assert world.bell.rung == [(KIND, "a")] * 2
    for kind, target in world.bell.rung:
        await carry_out(world.ports, kind, target, work=_work(does))

    assert worked == ["a"]
