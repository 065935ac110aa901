"""The clock, on the real table: it rings for what is overdue, and looks seldom where nothing is."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta
from itertools import pairwise

import pytest

from domain.entities.intent import LANES, Ask, Done, Intent, IntentKind, Lane, Outcome
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
from tasks.work import carry_out
from tests.processes.owed import KIND, asked, work_that
from tests.world import World
from tests.world.world import USER


async def _much(queue: str) -> int:
    return 1_000


async def test_the_clock_rings_for_what_is_overdue_and_for_nothing_else(world: World) -> None:
    await asked(world, *(f"overdue {n}" for n in range(40)))
    world.clock.move(3)
    await asked(world, "just asked for")
    await world.ports.intents.ask(Ask(KIND, USER, "later", due=world.clock.now() + timedelta(hours=1)))
    held = await world.ports.intents.take(KIND, "overdue 7", "holder", 20)
    assert held is not None
    world.bell.rung.clear()

    rung = await ring_what_is_overdue(world.ports, _much)

    expected = {(KIND, f"overdue {n}") for n in range(40) if n != 7}
    assert set(world.bell.rung) == expected
    assert rung == len(world.bell.rung) == len(expected)


async def test_the_clock_fills_no_queue_beyond_its_room(world: World) -> None:
    await asked(world, *(f"photos {n}" for n in range(30)), kind=IntentKind.PHOTOS)
    await asked(world, *(f"post {n}" for n in range(30)), kind=IntentKind.UNPUBLISH)
    world.clock.move(3)
    world.bell.rung.clear()

    async def room(queue: str) -> int:
        return {QUEUES[IntentKind.PHOTOS]: 4, QUEUES[IntentKind.UNPUBLISH]: 1_000}.get(queue, 0)

    await ring_what_is_overdue(world.ports, room)

    kinds = [kind for kind, _ in world.bell.rung]
    assert (kinds.count(IntentKind.PHOTOS), kinds.count(IntentKind.UNPUBLISH)) == (4, 30)


async def test_a_removal_is_rung_for_behind_a_long_backlog_of_photos(world: World) -> None:
    await asked(world, *(f"photos {n}" for n in range(1_600)), kind=IntentKind.PHOTOS)
    world.clock.move(1)
    await asked(world, "the sold home", kind=IntentKind.TAKEDOWN)
    world.clock.move(3)
    world.bell.rung.clear()

    await ring_what_is_overdue(world.ports, _much)

    assert (IntentKind.TAKEDOWN, "the sold home") in world.bell.rung


async def test_the_clock_looks_ever_more_seldom_into_lanes_where_nothing_is_due(world: World) -> None:
    await asked(world, "a")
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
            await asked(world, "a")
            world.clock.move(3)
        if lane == LANES[KIND] and tick == 28:
            await carry_out(world.ports, KIND, "a", work=work_that(_is_done))
        return SHORT

    looks = await _looks(world, ticks=36, room=asked_late)

    assert looks[LANES[KIND]] == [0, 2, 6, 11, 16, 21, 26, 27, 28, 30, 34]


async def test_behind_a_long_queue_the_clock_rings_seldom_and_still_for_everything(world: World) -> None:
    targets = [str(number) for number in range(30)]
    await asked(world, *targets)
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
    await asked(world, "a")
    world.clock.move(3)
    world.bell.rung.clear()
    worked = []

    async def does(intent: Intent) -> Outcome:
        worked.append(intent.target)
        return Done()

    await asyncio.gather(*(ring_what_is_overdue(world.ports, _much) for _ in range(2)))
    assert world.bell.rung == [(KIND, "a")] * 2
    for kind, target in world.bell.rung:
        await carry_out(world.ports, kind, target, work=work_that(does))

    assert worked == ["a"]
