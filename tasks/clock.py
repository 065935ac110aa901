"""The clock: rings again for every intent that is overdue, and keeps the store tidy."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import structlog

from domain.entities.intent import Lane
from domain.ports import Ports
from tasks.queue import SHORT

SHARDS = 16
TICK_SECONDS = 2.0
OVERDUE = timedelta(seconds=2)
"""What is due for less was rung when it was asked for."""

URGENT_FIRST = (Lane.UNPUBLISH, Lane.PUBLISH, Lane.NOTIFY, Lane.SYNC, Lane.PHOTOS, Lane.ENGAGEMENT)

QUIET_EVERY = {
    Lane.UNPUBLISH: 3,
    Lane.PUBLISH: 3,
    Lane.NOTIFY: 4,
    Lane.SYNC: 10,
    Lane.PHOTOS: 10,
    Lane.ENGAGEMENT: 10,
}
"""Ticks between two looks into a lane that was empty; lanes take turns, so that a tick is cheap. What the bell was
rung for in vain begins within 30 seconds all the same."""

LONG, LONG_EVERY = 20, 5
"""Behind more messages than this, what is rung waits anyway: then a lane is looked into every so many ticks."""

TIDY_EVERY = 30
"""Ticks between two rounds of tidying."""

Room = Callable[[str], Awaitable[int]]
"""How many messages a queue still takes."""

log = structlog.get_logger(__name__)


async def run_clock(
    ports: Ports, *, room: Room, tidy: Callable[[], Awaitable[None]], every: float = TICK_SECONDS
) -> None:
    """Tick until cancelled. Several clocks at once do no harm: a second ring finds the work taken.

    Args:
        every: seconds between two ticks.
    """
    tick, busy = 0, set(URGENT_FIRST)
    while True:
        for place, lane in enumerate(URGENT_FIRST):
            turn = tick + place
            if lane not in busy and turn % QUIET_EVERY[lane]:
                continue
            left = await room(lane)
            busy.add(lane)
            if SHORT - left > LONG and turn % LONG_EVERY:
                continue
            if not await _ring_lane(ports, lane, left, None) and left:
                busy.discard(lane)
        if tick % TIDY_EVERY == 0:
            await tidy_up(tidy)
        tick += 1
        await asyncio.sleep(every)


async def ring_what_is_overdue(ports: Ports, room: Room, until: datetime | None = None) -> int:
    """Look into every lane. Each shard is read from its beginning, never from a watermark: the index may lag.

    Args:
        until: when to stop, whatever is left; None for never.

    Returns:
        How many were rung.
    """
    return sum([await _ring_lane(ports, lane, await room(lane), until) for lane in URGENT_FIRST])


async def _ring_lane(ports: Ports, lane: Lane, left: int, until: datetime | None) -> int:
    """Ring what is overdue in a lane while its queue is short; shards take turns at being the first."""
    rung, start = 0, int(ports.random() * SHARDS)
    for number in range(SHARDS):
        if rung >= left or _has_come(ports, until):
            break
        shard = (start + number) % SHARDS
        try:
            overdue = await ports.intents.due(lane, shard, ports.now() - OVERDUE, left - rung)
        except Exception as error:  # whatever is wrong with one shard must not silence the others
            log.warning("clock.shard_unreadable", lane=lane, shard=shard, error=repr(error))
            continue
        for intent in overdue:
            if _has_come(ports, until):
                break
            await ports.bell.ring(intent.kind, intent.target)
            rung += 1
    return rung


def _has_come(ports: Ports, until: datetime | None) -> bool:
    return until is not None and ports.now() >= until


async def tidy_up(tidy: Callable[[], Awaitable[None]]) -> None:
    """Call `tidy`; what is wrong with it is logged."""
    try:
        await tidy()
    except Exception as error:  # tidying can wait, ringing cannot
        log.warning("clock.not_tidied", error=repr(error))
