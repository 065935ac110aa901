"""A worker that rings for everything three times and out of order: `python -m tests.processes.repeating`."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dramatiq.brokers.redis import RedisBroker

from app.settings import Settings
from app.wiring import wire
from domain.entities.intent import IntentKind
from domain.ports import Ports
from tasks.queue import QueueBell
from tasks.worker import ALL_QUEUES, run_worker

TIMES = 3
_GATHER_SECONDS = 0.05


class RepeatingBell:
    """Gathers what is rung for within a moment, and enqueues all of it three times, shuffled."""

    def __init__(self, broker: RedisBroker) -> None:
        self._bell = QueueBell(broker)
        self._chance = random.Random(5)
        self._gathered: list[tuple[IntentKind, str]] = []
        self._ringing: asyncio.Task[None] | None = None

    async def ring(self, kind: IntentKind, target: str) -> None:
        """Returns at once."""
        self._gathered += [(kind, target)] * TIMES
        if self._ringing is None or self._ringing.done():
            self._ringing = asyncio.create_task(self._ring())

    async def _ring(self) -> None:
        while self._gathered:
            await asyncio.sleep(_GATHER_SECONDS)
            batch, self._gathered = self._gathered, []
            self._chance.shuffle(batch)
            for kind, target in batch:
                await self._bell.ring(kind, target)


def main() -> None:
    """Work on all queues until SIGTERM."""
    settings = Settings()

    @asynccontextmanager
    async def open_ports(broker: RedisBroker) -> AsyncIterator[Ports]:
        async with wire(settings, RepeatingBell(broker)) as wired:
            yield wired.ports

    run_worker(settings.broker_url, set(ALL_QUEUES), settings.worker_threads, open_ports)


if __name__ == "__main__":
    main()
