"""The processes behind the web server: worker and clock."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from dramatiq.brokers.redis import RedisBroker

from adapters.remembered import Reread
from app.garbage import collect_seldom
from app.metrics import metrics_served
from app.settings import Settings
from app.versions import VersionWatch
from app.wiring import wire
from domain.ports import Ports
from tasks.clock import run_clock
from tasks.heartbeat import beating
from tasks.queue import QueueBell, make_broker
from tasks.watching import watch
from tasks.work import Limits
from tasks.worker import run_worker


def worker(settings: Settings, queues: set[str]) -> None:
    """Carry out intents of some queues until SIGTERM or SIGINT."""
    Reread.worth_while = False  # what it reads it changes

    @asynccontextmanager
    async def open_ports(broker: RedisBroker) -> AsyncIterator[Ports]:
        async with wire(settings, QueueBell(broker)) as wired, metrics_served(settings, wired.meter):
            VersionWatch(wired.ports.social).look(wired.ports.now())
            collect_seldom()
            yield wired.ports

    limits = Limits.of_lease(settings.worker_lease_seconds)
    run_worker(settings.broker_url, queues, settings.worker_threads, open_ports, limits)


def clock(settings: Settings) -> None:
    """Ring for what is overdue until SIGTERM or SIGINT."""
    asyncio.run(_clock(settings))


async def _clock(settings: Settings) -> None:
    Reread.worth_while = False
    broker = make_broker(settings.broker_url)
    bell = QueueBell(broker)
    async with (
        wire(settings, bell) as wired,
        metrics_served(settings, wired.meter),
        beating(settings.broker_url, "clock"),
    ):
        versions = VersionWatch(wired.ports.social)

        async def tidy() -> None:
            versions.look(wired.ports.now())
            await wired.tidy()

        versions.look(wired.ports.now())
        ticking = asyncio.gather(run_clock(wired.ports, room=bell.room, tidy=tidy), watch(wired.ports))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, ticking.cancel)
        with suppress(asyncio.CancelledError):
            await ticking
    broker.close()
