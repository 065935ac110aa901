"""The clock: rings again for every intent that is overdue, and keeps the store tidy."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
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

QUIETEST = {
    Lane.UNPUBLISH: 5,
    Lane.PUBLISH: 5,
    Lane.NOTIFY: 5,
    Lane.SYNC: 10,
    Lane.PHOTOS: 10,
    Lane.ENGAGEMENT: 10,
}
"""Ticks between two looks into a lane at most. A lane where nothing is due is looked into after two ticks, four, eight,
so that an idle store is asked little: a retry may be found so much late, and what the bell was rung for in vain begins
within 30 seconds."""

LONG, LONG_EVERY = 20, 15
"""Behind more messages than this, what is rung waits anyway, and most of what is overdue lies in the queue already: then
a lane is looked into every so many ticks."""

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
    tick, looks = 0, {lane: _Look() for lane in URGENT_FIRST}
    while True:
        for lane, look in looks.items():
            if tick >= look.at:
                await _look_into(ports, lane, look, tick, await room(lane))
        if tick % TIDY_EVERY == 0:
            await tidy_up(tidy)
        tick += 1
        await asyncio.sleep(every)


@dataclass(slots=True)
class _Look:
    """The next look into a lane: at which tick, and how many ticks it is behind the last one."""

    at: int = 0
    pause: int = 1


async def _look_into(ports: Ports, lane: Lane, look: _Look, tick: int, left: int) -> None:
    if SHORT - left > LONG and tick % LONG_EVERY:
        return
    rung = await _ring_lane(ports, lane, left)
    look.pause = 1 if rung or not left else min(2 * look.pause, QUIETEST[lane])
    look.at = tick + look.pause


async def ring_what_is_overdue(ports: Ports, room: Room, until: datetime | None = None) -> int:
    """Look into every lane. Each shard is read from its beginning, never from a watermark: the index may lag.

    Args:
        until: when to stop, whatever is left; None for never.

    Returns:
        How many were rung.
    """
    return sum([await _ring_lane(ports, lane, await room(lane), until) for lane in URGENT_FIRST])


async def _ring_lane(ports: Ports, lane: Lane, left: int, until: datetime | None = None) -> int:
    """Ring what is overdue in a lane while its queue has room for so many; shards take turns at being the first."""
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
