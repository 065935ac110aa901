"""What the clock keeps an eye on for the meter: work that is late or was given up, and how fresh connections are."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import structlog

from domain.entities.common import PageRequest
from domain.entities.intent import LANES, Lane
from domain.ports import Ports
from domain.use_cases.freshness import count_freshness
from tasks.clock import SHARDS

LANES_SECONDS = 15.0
REMOVALS_SECONDS = 60.0
FRESHNESS_SECONDS = 60.0
MOST_OF_A_SHARD = 1_000
"""Removals that are looked at, due or not; the ones that wait for longest may come last of all."""

_END_OF_TIME = datetime(9999, 1, 1, tzinfo=UTC)

log = structlog.get_logger(__name__)


async def watch(ports: Ports) -> None:
    """Measure until cancelled, beside the ringing and never in its way."""
    await asyncio.gather(
        _every(LANES_SECONDS, ports, measure_lanes),
        _every(REMOVALS_SECONDS, ports, measure_removals),
        _every(FRESHNESS_SECONDS, ports, count_freshness),
    )


async def measure_lanes(ports: Ports) -> None:
    """Tell the meter how long the oldest due work of each lane has waited; one read for each shard."""
    for lane in Lane:
        longest = timedelta()
        for shard in range(SHARDS):
            now = ports.now()
            for intent in await ports.intents.due(lane, shard, now, 1):
                longest = max(longest, now - intent.due)
        ports.meter.waits(lane, longest)


async def measure_removals(ports: Ports) -> None:
    """Tell the meter for how long the oldest post that must come down has been waiting to, and what was given up.

    Retries move the due time and leave the wish's own, so that all that is owed is read, due or not; removals
    that were given up are owed all the same. The latter are read page by page, so that any number may be.
    """
    begun: list[datetime] = []
    dead = dict.fromkeys(Lane, 0)
    for shard in range(SHARDS):
        owed = await ports.intents.due(Lane.UNPUBLISH, shard, _END_OF_TIME, MOST_OF_A_SHARD)
        after: str | None = None
        while True:
            page = await ports.intents.dead(shard, PageRequest(100, after))
            for intent in page.items:
                dead[LANES[intent.kind]] += 1
            owed += [intent for intent in page.items if LANES[intent.kind] is Lane.UNPUBLISH]
            if page.end is None:
                break
            after = page.end
        begun += [min(intent.created_at for intent in owed)] if owed else []
    ports.meter.overdue(ports.now() - min(begun) if begun else timedelta())
    ports.meter.dead(dead)


async def _every(seconds: float, ports: Ports, measure: Callable[[Ports], Awaitable[None]]) -> None:
    while True:
        try:
            await measure(ports)
        except Exception as error:  # whatever it is, the next time may go better
            log.warning("clock.not_measured", what=measure.__name__, error=repr(error))
        await asyncio.sleep(seconds)
