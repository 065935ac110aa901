"""The clock: rings again for every intent that is overdue, and keeps the store tidy."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from domain.entities.intent import IntentKind
from domain.errors import YardsignError
from domain.ports import Ports

SHARDS = 16
TICK_SECONDS = 2.0
OVERDUE = timedelta(seconds=2)
"""What is due for less was rung when it was asked for."""

MOST_PER_SHARD = 50
TIDY_EVERY = 30
"""Ticks between two rounds of tidying."""

log = structlog.get_logger(__name__)


async def run_clock(
    ports: Ports,
    *,
    is_short: Callable[[IntentKind], Awaitable[bool]],
    tidy: Callable[[], Awaitable[None]],
) -> None:
    """Tick until cancelled. Several clocks at once do no harm: a second ring finds the work taken."""
    tick = 0
    while True:
        try:
            await ring_what_is_overdue(ports, is_short)
            if tick % TIDY_EVERY == 0:
                await tidy()
        except YardsignError as error:
            log.warning("clock.tick_failed", error=error.message)
        tick += 1
        await asyncio.sleep(TICK_SECONDS)


async def ring_what_is_overdue(ports: Ports, is_short: Callable[[IntentKind], Awaitable[bool]]) -> int:
    """Read each shard from its beginning, never from a watermark: the index may lag.

    Returns:
        How many were rung.
    """
    rung = 0
    room = {kind: await is_short(kind) for kind in IntentKind}
    for shard in range(SHARDS):
        for intent in await ports.intents.due(shard, ports.now() - OVERDUE, MOST_PER_SHARD):
            if room[intent.kind]:
                await ports.bell.ring(intent.kind, intent.target)
                rung += 1
    return rung
