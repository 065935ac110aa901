"""What strangers' browsers and mail programs load: `/t/…` counts, `/l/…` counts and leads to a listing."""

from collections.abc import Awaitable, Callable

import orjson
import structlog
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import Message, Receive, Scope, Send

from adapters.robots import is_automatic
from domain.entities.metrics import EventKind
from domain.entities.tracking import Visit, Visited
from domain.errors import Invalid, NotFound, Unavailable, YardsignError
from domain.ports import Ports
from domain.rules.urls import page_address
from domain.use_cases.tracking import count_visit, follow_link

Endpoint = Callable[[Request], Awaitable[Response]]

BEACONS = "/t/"
PIXEL = (
    b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff!\xf9\x04\x01\x00\x00\x00\x00"
    b",\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x01D\x00;"
)
"""A transparent GIF of one pixel."""

_VARY = (b"vary", b"Origin")
_LARGEST_BEACON = 2_000
_LONGEST_RECIPIENT = 200
_LONGEST_REFERRER = 2_000
_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}
_WAIT = {**_HEADERS, "Retry-After": "60"}

_log = structlog.get_logger(__name__)


def tracking_routes(ports: Ports) -> list[BaseRoute]:
    """Beacons may come from any page: they carry no login, and nothing is answered that is anybody's."""
    anywhere = Middleware(
        CORSMiddleware,
        allow_origins=["*"],
        allow_methods=["GET", "POST"],
        allow_headers=["Content-Type"],
        max_age=86_400,
    )
    beacons = [
        Route("/{token}.gif", _pixel(ports), methods=["GET"]),
        Route("/{token}", _beacon(ports), methods=["POST"]),
    ]
    return [
        Mount(BEACONS.rstrip("/"), routes=beacons, middleware=[anywhere]),
        Route("/l/{token}", _link(ports), methods=["GET"]),
    ]


class CrossOrigin(CORSMiddleware):
    """Which pages may call the server, but for beacons, which say that themselves."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Past it, or through it."""
        if scope["type"] != "http" or scope["path"].startswith(BEACONS):
            await self.app(scope, receive, send)
        elif any(name == b"origin" for name, _ in scope["headers"]):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, _varying(send))


def _varying(send: Send) -> Send:
    """Says to caches that a page would be answered otherwise, which is all that other programs need."""

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), _VARY]
        await send(message)

    return answer


def _pixel(ports: Ports) -> Endpoint:
    """The image, whatever becomes of the visit: a page or an e-mail that shows a broken one would suffer."""

    async def endpoint(request: Request) -> Response:
        try:
            await count_visit(
                ports,
                token=request.path_params["token"],
                kind=EventKind.VIEW,
                visit=visit_of(ports, request),
            )
        except NotFound:
            _log.info("pixel_unknown")
        except YardsignError as error:
            _log.warning("pixel_not_counted", error=error.message)
        return Response(PIXEL, media_type="image/gif", headers=_HEADERS)

    return endpoint


def _beacon(ports: Ports) -> Endpoint:
    """204 for what was understood, whether it counts or not; 400, 404, 429 or 503 for what was not taken."""

    async def endpoint(request: Request) -> Response:
        try:
            visited = await count_visit(
                ports,
                token=request.path_params["token"],
                kind=_kind(await request.body()),
                visit=visit_of(ports, request),
            )
        except NotFound as error:
            return PlainTextResponse(error.message, 404, headers=_HEADERS)
        except Invalid as error:
            return PlainTextResponse(error.message, 400, headers=_HEADERS)
        except Unavailable as error:
            return PlainTextResponse(error.message, 503, headers=_WAIT)
        if visited is Visited.TOO_MANY:
            return PlainTextResponse("Too many.", 429, headers=_WAIT)
        return Response(status_code=204, headers=_HEADERS)

    return endpoint


def _link(ports: Ports) -> Endpoint:
    """Leads to an address that we have chosen; robots too, since they make the preview of a post."""

    async def endpoint(request: Request) -> Response:
        try:
            page = await follow_link(
                ports, token=request.path_params["token"], visit=visit_of(ports, request)
            )
        except NotFound as error:
            return PlainTextResponse(error.message, 404, headers=_HEADERS)
        except Unavailable as error:
            return PlainTextResponse(error.message, 503, headers=_WAIT)
        return RedirectResponse(page, 302, headers=_HEADERS)

    return endpoint


def visit_of(ports: Ports, request: Request) -> Visit:
    """Who comes; the address is that of the connection, or what a trusted proxy says (`FORWARDED_ALLOW_IPS`)."""
    address = request.client.host if request.client else ""
    agent, referrer = request.headers.get("user-agent", ""), request.headers.get("referer", "")
    named = len(referrer) <= _LONGEST_REFERRER and page_address(referrer) is not None
    return Visit(
        visitor=ports.tracking.visitor(address, agent),
        recipient=request.query_params.get("to", "")[:_LONGEST_RECIPIENT],
        referrer=referrer if named else None,
        automatic=request.method == "HEAD" or is_automatic(request.headers),
    )


def _kind(body: bytes) -> EventKind:
    """A beacon's body: nothing (a view), a word, or `{"kind": "share"}`, of whatever type it says it is."""
    if len(body) > _LARGEST_BEACON:
        raise Invalid(f"A beacon may have {_LARGEST_BEACON} bytes.")
    text = body.strip()
    try:
        said = orjson.loads(text) if text[:1] in (b"{", b'"') else text.decode()
        word = said.get("kind", "") if isinstance(said, dict) else said
        return EventKind(str(word).upper() or "VIEW")
    except ValueError:
        raise Invalid('Say "view", "share" or "click".', field=("kind",)) from None
