"""What Prometheus scrapes: `/metrics` on the web server, and on a port of its own for worker and clock."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from adapters.meter import PrometheusMeter
from app.bearers import opens
from app.servers import Server
from app.settings import Settings

Endpoint = Callable[[Request], Awaitable[Response]]


def metrics_endpoint(settings: Settings, meter: PrometheusMeter) -> Endpoint:
    """Open to the bearer of a METRICS_TOKEN; without one to everybody in development, to nobody in production."""
    tokens = settings.metrics_tokens

    async def endpoint(request: Request) -> Response:
        if not tokens and settings.production:
            return PlainTextResponse("No METRICS_TOKEN is configured.", 503)
        if tokens and not opens(request.headers.get("authorization", ""), tokens):
            return PlainTextResponse("Not allowed.", 401, headers={"WWW-Authenticate": "Bearer"})
        text, media_type = meter.exposition(request.headers.get("accept", ""))
        return Response(text, headers={"Content-Type": media_type, "Cache-Control": "no-store"})

    return endpoint


@asynccontextmanager
async def metrics_served(settings: Settings, meter: PrometheusMeter) -> AsyncIterator[None]:
    """Serve `/metrics` on METRICS_PORT while the body runs; nothing, if there is no such port.

    `/healthz` there tells whoever watches the process that its event loop goes round. Whether work is done at all
    is told by `/readyz` of the web server: no restart of this process would mend a Redis that is away.

    Raises:
        SystemExit: if the port is taken.
    """
    if settings.metrics_port is None:
        yield
        return
    app = Starlette(
        routes=[Route("/metrics", metrics_endpoint(settings, meter)), Route("/healthz", _healthz)]
    )
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.metrics_port,
        log_config=None,  # its lines go the way of all others
        log_level="warning",
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    try:
        listener = config.bind_socket()  # says why in the log
    except SystemExit:
        raise SystemExit(f"yardsign: cannot listen on METRICS_PORT {settings.metrics_port}.") from None
    server = Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


async def _healthz(request: Request) -> Response:
    return PlainTextResponse("ok")
