"""The web process: serves the graph, and at its end lets go of its clients in good order."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

from uvicorn.loops.auto import auto_loop_factory

from adapters.budgets import RedisBuckets
from app.garbage import collect_seldom
from app.graphql_sockets import OperationLimits
from app.identities import identity_of
from app.metrics import metrics_endpoint
from app.readiness import readiness
from app.servers import Server, config_of
from app.settings import Settings
from app.web import WebSettings, create_app
from app.wiring import Wired, wire
from schema.trusted import TrustedDocuments, WrongDocument, read_trusted
from tasks.clock import ring_what_is_overdue, tidy_up
from tasks.heartbeat import connect
from tasks.queue import QueueBell, make_broker

CRON_TIME = timedelta(seconds=8)
"""After so long a call of the outside scheduler stops ringing and is answered; the next one goes on."""

GRACE_SECONDS = 7
"""What requests under way get to end, once the connections are being closed."""


def web(settings: Settings) -> None:
    """Serve the graph until SIGTERM or SIGINT."""
    try:
        with asyncio.Runner(loop_factory=auto_loop_factory()) as runner:  # uvloop, where there is one
            runner.run(_web(settings))
    except WrongDocument as error:
        raise SystemExit(f"yardsign: GRAPHQL_TRUSTED_DOCUMENTS: {error}.") from None


def _trusted(settings: Settings) -> TrustedDocuments:
    path = settings.graphql_trusted_documents
    return TrustedDocuments(read_trusted(path) if path else None, only=settings.graphql_trusted_only)


async def _web(settings: Settings) -> None:
    broker, ending, closing = make_broker(settings.broker_url), asyncio.Event(), asyncio.Event()
    bell = QueueBell(broker)
    async with (
        connect(settings.broker_url) as client,
        wire(settings, bell) as wired,
        _buckets(settings) as buckets,
    ):
        check = readiness(wired.stores.table, client, clock=not settings.cron_secrets)
        app = create_app(
            ports=wired.ports,
            identity=identity_of(settings, wired.web.counted_as("issuer", wired.meter.requested)),
            settings=WebSettings(
                production=settings.production,
                cron_secrets=settings.cron_secrets,
                cost_limit=settings.graphql_cost_limit,
                operation_limits=OperationLimits(of_user=settings.graphql_operations_per_user),
                compiled=settings.graphql_compiled,
                trusted=_trusted(settings),
                requests_at_once=settings.web_requests_at_once,
                sockets_at_once=settings.web_sockets_at_once,
            ),
            ready=_until(ending, check),
            media=wired.stores.media,
            sync_due=_sync_due(wired, bell),
            metrics=metrics_endpoint(settings, wired.meter),
            buckets=buckets,
            closing=closing,
            traces=wired.traces,
        )
        config = config_of(
            app,
            host=settings.host,
            port=settings.port,
            forwarded_allow_ips=settings.forwarded_allow_ips,
            timeout_keep_alive=settings.web_keep_alive_seconds,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        collect_seldom()
        await _serve(Server(config, closing), ending, settings.web_drain_seconds)
    broker.close()


@asynccontextmanager
async def _buckets(settings: Settings) -> AsyncIterator[RedisBuckets | None]:
    """What users have spent of late, unless they may spend any amount."""
    if not settings.graphql_cost_per_minute:
        yield None
        return
    buckets = RedisBuckets(settings.broker_url, settings.graphql_cost_per_minute)
    try:
        yield buckets
    finally:
        await buckets.close()


def _sync_due(wired: Wired, bell: QueueBell) -> Callable[[], Awaitable[int]]:
    """What the clock does, for a scheduler outside, and no longer than that waits."""
    ports = wired.ports

    async def ring() -> int:
        rung = await ring_what_is_overdue(ports, bell.room, until=ports.now() + CRON_TIME)
        await tidy_up(wired.tidy)
        return rung

    return ring


def _until(
    ending: asyncio.Event, ready: Callable[[], Awaitable[dict[str, str]]]
) -> Callable[[], Awaitable[dict[str, str]]]:
    """The check, which fails from the moment on that the process is asked to end."""

    async def check() -> dict[str, str]:
        return {"web": "is ending"} if ending.is_set() else await ready()

    return check


async def _serve(server: Server, ending: asyncio.Event, drain_seconds: float) -> None:
    """Serve; asked to end, say so for a while, so that no load balancer sends more, then close everything.

    Whoever asks twice does not want to wait.
    """
    loop = asyncio.get_running_loop()

    def close() -> None:
        server.should_exit = True

    def stop() -> None:
        loop.call_later(0 if ending.is_set() else drain_seconds, close)
        ending.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop)
    await server.serve()
