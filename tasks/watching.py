"""What the clock keeps an eye on for the meter: how late work is, and how fresh the connections are."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from domain.entities.intent import Lane
from domain.ports import Ports
from domain.use_cases.freshness import count_freshness
from tasks.clock import SHARDS

LANES_SECONDS = 15.0
FRESHNESS_SECONDS = 60.0

log = structlog.get_logger(__name__)


async def watch(ports: Ports) -> None:
    """Measure until cancelled, beside the ringing and never in its way."""
    await asyncio.gather(
        _every(LANES_SECONDS, ports, measure_lanes), _every(FRESHNESS_SECONDS, ports, count_freshness)
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


async def _every(seconds: float, ports: Ports, measure: Callable[[Ports], Awaitable[None]]) -> None:
    while True:
        try:
            await measure(ports)
        except Exception as error:  # whatever it is, the next time may go better
            log.warning("clock.not_measured", what=measure.__name__, error=repr(error))
        await asyncio.sleep(seconds)
