"""The clock: rings again for every intent that is overdue, and keeps the store tidy."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from domain.ports import Ports
from tasks.queue import QUEUES

SHARDS = 16
TICK_SECONDS = 2.0
OVERDUE = timedelta(seconds=2)
"""What is due for less was rung when it was asked for."""

MOST_PER_SHARD = 1_000
"""So many that a backlog of photos does not hide a removal behind it."""

TIDY_EVERY = 30
"""Ticks between two rounds of tidying."""

Room = Callable[[str], Awaitable[int]]
"""How many messages a queue still takes."""

log = structlog.get_logger(__name__)


async def run_clock(ports: Ports, *, room: Room, tidy: Callable[[], Awaitable[None]]) -> None:
    """Tick until cancelled. Several clocks at once do no harm: a second ring finds the work taken."""
    tick = 0
    while True:
        await ring_what_is_overdue(ports, room)
        if tick % TIDY_EVERY == 0:
            await _tidy(tidy)
        tick += 1
        await asyncio.sleep(TICK_SECONDS)


async def ring_what_is_overdue(ports: Ports, room: Room) -> int:
    """Read each shard from its beginning, never from a watermark: the index may lag.

    Returns:
        How many were rung.
    """
    left = {queue: await room(queue) for queue in sorted(set(QUEUES.values()))}
    rung = 0
    for shard in range(SHARDS):
        try:
            overdue = await ports.intents.due(shard, ports.now() - OVERDUE, MOST_PER_SHARD)
        except Exception as error:  # whatever is wrong with one shard must not silence the others
            log.warning("clock.shard_unreadable", shard=shard, error=repr(error))
            continue
        for intent in overdue:
            queue = QUEUES[intent.kind]
            if left[queue] > 0:
                left[queue] -= 1
                await ports.bell.ring(intent.kind, intent.target)
                rung += 1
    return rung


async def _tidy(tidy: Callable[[], Awaitable[None]]) -> None:
    try:
        await tidy()
    except Exception as error:  # tidying can wait, ringing cannot
        log.warning("clock.not_tidied", error=repr(error))
