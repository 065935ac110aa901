"""The web server's application: the graph, and all that stands beside it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp

from adapters.budgets import LocalBuckets
from adapters.files.local import LocalFiles
from adapters.identity import Identity
from adapters.traces import Traces
from app.bearers import opens
from app.bodies import BodyLimit
from app.charts import chart_routes
from app.connections import Admission
from app.consent import oauth_callback
from app.exports import export_routes
from app.graphql_app import Schema, build_schema
from app.graphql_sockets import OperationLimits
from app.graphql_view import GraphView
from app.media import media_endpoint
from app.mls_webhooks import mls_webhook
from app.requests import REQUEST_ID, RequestIds
from app.settings import COST_LIMIT
from app.social_webhooks import social_webhook
from app.straight import Straight
from app.tracking import CrossOrigin, tracking_routes
from app.uploads import UPLOADS, mls_upload
from domain.ports import Ports
from schema.trusted import TrustedDocuments

Ready = Callable[[], Awaitable[Mapping[str, str]]]
"""Says what is not ready, and why; empty if a mutation would be carried out."""

_GRAPH = "/graphql"

READY_SECONDS = 1.0
CRON_SECONDS = 15.0

_CLIENTS_HEADERS = (
    "Apollo-Require-Preflight",
    "Apollographql-Client-Name",
    "Apollographql-Client-Version",
    "GraphQL-Client-Name",
    "GraphQL-Client-Version",
    "GraphQL-Require-Preflight",
    "X-Apollo-Operation-Id",
    "X-Apollo-Operation-Name",
    "X-Requested-With",
    REQUEST_ID,
    "Baggage",
    "Traceparent",
    "Tracestate",
)
"""What GraphQL clients, and tracing in browsers, send beside: a page whose request has another header is refused."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """How the web server behaves.

    Attributes:
        production: no introspection, no suggestions, no GraphiQL.
        cron_secrets: any of them opens `/cron/…`; several, so that they can be changed without a gap.
        allowed_origins: of browser applications; `*` for any: tokens are no cookies.
        operation_seconds: how long a query or a mutation may take.
        cost_limit: what an operation may cost; 0 for any amount.
        operation_limits: how many may run at once over WebSockets.
        compiled: whether documents are executed by generated functions.
        introduction_seconds: how long a WebSocket may say nothing before it is closed.
        trusted: documents that are known beforehand, perhaps the only ones that may be asked.
        requests_at_once: how many requests are carried at a time, streams of events among them.
        sockets_at_once: how many WebSockets.
    """

    production: bool
    cron_secrets: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ("*",)
    operation_seconds: float = 30.0
    cost_limit: int = COST_LIMIT
    operation_limits: OperationLimits = field(default_factory=OperationLimits)
    compiled: bool = True
    introduction_seconds: float = 10.0
    trusted: TrustedDocuments = field(default_factory=TrustedDocuments)
    requests_at_once: int = 2_000
    sockets_at_once: int = 20_000


def create_app(
    *,
    ports: Ports,
    identity: Identity,
    settings: WebSettings,
    ready: Ready,
    media: LocalFiles | None = None,
    sync_due: Callable[[], Awaitable[int]] | None = None,
    metrics: Callable[[Request], Awaitable[Response]] | None = None,
    buckets: LocalBuckets | None = None,
    closing: asyncio.Event | None = None,
    traces: Traces | None = None,
) -> ASGIApp:
    """The ASGI application.

    Args:
        media: the local file store, if photos are kept there.
        sync_due: rings the workers for whatever is due and says for how much; without it there is no
            `/cron/sync-mls-status`.
        metrics: answers `/metrics`, and says to whom.
        buckets: what each user has spent of late; without them users may spend any amount.
        closing: to be set when the server closes its connections, so that streams of events end.
        traces: where the spans of operations begin, if anywhere.

    Raises:
        WrongDocument: a trusted document is not valid.
    """
    graph = GraphView(
        _schema(settings, buckets, traces),
        ports=ports,
        identity=identity,
        allowed_origins=settings.allowed_origins,
        explorer=not settings.production,
        operation_limits=settings.operation_limits,
        introduction_seconds=settings.introduction_seconds,
        trusted=settings.trusted,
        closing=closing or asyncio.Event(),
    )
    routes: list[BaseRoute] = [
        Route(_GRAPH, graph, methods=["GET", "POST"]),
        WebSocketRoute(_GRAPH, graph),
        Route("/healthz", _healthz),
        Route("/readyz", _readyz(ready)),
        Route("/oauth/callback/{platform}", oauth_callback),
        Route("/webhooks/mls/{key}", mls_webhook(ports), methods=["POST"]),
        Route("/webhooks/social/{platform}", social_webhook(ports), methods=["GET", "POST"]),
        Route(f"{UPLOADS}mls/{{id}}", mls_upload(ports, identity), methods=["PUT"]),
        *tracking_routes(ports),
        *export_routes(ports, identity),
        *chart_routes(ports, identity),
    ]
    if media is not None:
        routes.append(Route("/media/{key:path}", media_endpoint(media, ports.now)))
    if sync_due is not None:
        cron = _cron(sync_due, settings.cron_secrets)
        routes.append(Route("/cron/sync-mls-status", cron, methods=["GET", "POST"]))
    if metrics is not None:
        routes.append(Route("/metrics", metrics))
    # Around Starlette and not in it, where what is answered straight would pass through its handling of errors.
    app: ASGIApp = Starlette(routes=routes)
    for each in reversed(_around(settings, graph)):
        app = each.cls(app, *each.args, **each.kwargs)
    return app


def _schema(settings: WebSettings, buckets: LocalBuckets | None, traces: Traces | None) -> Schema:
    return build_schema(
        production=settings.production,
        seconds=settings.operation_seconds,
        cost_limit=settings.cost_limit,
        buckets=buckets,
        compiled=settings.compiled,
        trusted=settings.trusted,
        traces=traces,
    )


def _around(settings: WebSettings, graph: GraphView) -> list[Middleware]:
    """From the outermost."""
    return [
        Middleware(RequestIds),
        _cross_origin(settings),
        Middleware(Admission, requests=settings.requests_at_once, sockets=settings.sockets_at_once),
        Middleware(BodyLimit, streamed=UPLOADS),
        Middleware(Straight, path=_GRAPH, to=graph),
    ]


def _cross_origin(settings: WebSettings) -> Middleware:
    return Middleware(
        CrossOrigin,
        allow_origins=list(settings.allowed_origins),
        allow_methods=["GET", "POST", "PUT"],
        allow_headers=["Authorization", "Content-Type", *_CLIENTS_HEADERS],
        expose_headers=["Retry-After", "WWW-Authenticate", REQUEST_ID],
        max_age=3_600,
    )


async def _healthz(request: Request) -> Response:
    """Touches nothing: the process answers, that is all."""
    return PlainTextResponse("ok")


def _readyz(ready: Ready) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        try:
            async with asyncio.timeout(READY_SECONDS):
                reasons = dict(await ready())
        except TimeoutError:
            reasons = {"checks": f"no answer within {READY_SECONDS:g} s"}
        except Exception as error:  # whatever it is, the server is not ready
            _log.warning("readiness_check_failed", error=repr(error))
            reasons = {"checks": "failed"}
        if reasons:
            return JSONResponse({"status": "not ready", "reasons": reasons}, 503)
        return JSONResponse({"status": "ready"})

    return endpoint


def _cron(
    sync_due: Callable[[], Awaitable[int]], secrets: tuple[str, ...]
) -> Callable[[Request], Awaitable[Response]]:
    """For a scheduler outside, such as Vercel's, which sends GET: nothing on the way may answer in our place."""
    headers = {"Cache-Control": "no-store"}

    async def endpoint(request: Request) -> Response:
        if not secrets:
            return PlainTextResponse("No CRON_SECRET is configured.", 503)
        if not opens(request.headers.get("authorization", ""), secrets):
            return PlainTextResponse("Not allowed.", 401, headers={"WWW-Authenticate": "Bearer"})
        try:
            async with asyncio.timeout(CRON_SECONDS):
                return JSONResponse({"rung": await sync_due()}, headers=headers)
        except TimeoutError:
            return PlainTextResponse("The store or the queue does not answer.", 503, headers=headers)

    return endpoint
