"""The sandbox SimplyRETS as a Starlette application: listings, their metadata, photos, control calls."""

import base64
import binascii
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.mls.control import Control
from sandbox.mls.errors import Refused
from sandbox.mls.faults import Fault, FaultLayer, Faults, answer_instead
from sandbox.mls.homes import Home
from sandbox.mls.media import Media
from sandbox.mls.photo_files import photo_route
from sandbox.mls.state import State
from sandbox.mls.traffic import Traffic, TrafficLayer
from sandbox.simplyrets.listings import listing, mls_id
from sandbox.simplyrets.searches import STATUSES, check_vendor, next_link, page, read_search

__all__ = ["PASSWORD", "USERNAME", "create_app"]

USERNAME = PASSWORD = "simplyrets"  # noqa: S105 -- those of SimplyRETS's own demo, which are public
MEDIA_TYPE = "vnd.simplyrets-v0.1"


def _utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(
    folder: Path,
    *,
    homes: int = 60,
    seed: int = 7,
    base_url: str | None = None,
    vendors: Sequence[str] = ("sandbox",),
    statuses: frozenset[str] = STATUSES,
    now: Callable[[], datetime] = _utc_now,
) -> Starlette:
    """A SimplyRETS over the homes that the sandbox MLS has for the same `homes` and `seed`.

    The listings are at `/properties`, control calls at `/_control`, as in `sandbox.mls.reso.create_app`.
    `vendors` are the feeds that the account has: with several, requests must name one. A status that is not
    among `statuses` is refused. `X-SimplyRETS-LastUpdate` moves with every control call that changes a home.
    The application serves one run.
    """
    state, traffic, faults = State(folder, homes, seed, now), Traffic(), Faults()
    properties = Properties(state, base_url, tuple(vendors), statuses, now)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        state.close()

    return Starlette(
        routes=[
            *properties.routes(),
            photo_route(state),
            *Control(state, properties, faults, traffic, properties).routes(),
        ],
        middleware=[
            Middleware(TrafficLayer, traffic, now),
            Middleware(FaultLayer, faults, _fault),
        ],
        exception_handlers={Refused: _refused, HTTPException: _not_served},
        lifespan=lifespan,
    )


class Properties:
    """The views of `/properties`."""

    def __init__(
        self,
        state: State,
        base_url: str | None,
        vendors: tuple[str, ...],
        statuses: frozenset[str],
        now: Callable[[], datetime],
    ) -> None:
        self._state = state
        self._base_url = base_url
        self._vendors = vendors
        self._statuses = statuses
        self._now = now
        self._revision = state.revision
        self._updated = now()

    def routes(self) -> list[Route]:
        """The routes of the service."""
        return [
            Route("/properties", self._search, methods=["GET"]),
            Route("/properties", self._metadata, methods=["OPTIONS"]),
            Route("/properties/{id:int}", self._one, methods=["GET"]),
        ]

    def media(self, home: Home, request: Request) -> list[Media]:
        """A home's media with whole URLs, for control calls."""
        base = self._base(request)
        return [row | {"MediaURL": f"{base}{row.get('MediaURL')}"} for row in home.media]

    def revoke(self) -> None:
        """Nothing is issued here that could be revoked."""

    async def _search(self, request: Request) -> Response:
        _check_account(request)
        search = read_search(request, self._vendors, self._statuses)
        found, total, more = page(search, self._state.all())
        headers = {"X-SimplyRETS-LastUpdate": self._last_update()}
        if search.count:
            headers["X-Total-Count"] = str(total)
        if more:
            headers["Link"] = next_link(request, f"{self._base(request)}/properties", mls_id(found[-1]))
        return _json([listing(home, self._base(request)) for home in found], headers=headers)

    async def _one(self, request: Request) -> Response:
        _check_account(request)
        check_vendor(request, self._vendors)
        for home in self._state.all():
            if mls_id(home) == request.path_params["id"]:
                return _json(listing(home, self._base(request)))
        raise Refused(404, "there is no such listing")

    async def _metadata(self, request: Request) -> Response:
        _check_account(request)
        check_vendor(request, self._vendors)
        fields = {"status": sorted(self._statuses)}
        expires = (self._now() + timedelta(days=1)).isoformat()
        return _json({"lastUpdate": self._last_update(), "expires": expires, "fields": fields})

    def _last_update(self) -> str:
        if self._revision != self._state.revision:
            self._revision = self._state.revision
            # Two refreshes are never one, however short the time between them.
            self._updated = max(self._now(), self._updated + timedelta(milliseconds=1))
        return self._updated.astimezone(UTC).isoformat().replace("+00:00", "Z")

    def _base(self, request: Request) -> str:
        return self._base_url or str(request.base_url).rstrip("/")


def _check_account(request: Request) -> None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    try:
        given = base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        given = ""
    if scheme.lower() != "basic" or given != f"{USERNAME}:{PASSWORD}":
        raise Refused(401, "Authentication Required")


def _fault(fault: Fault, path: str) -> Response:
    """Errors as SimplyRETS words them, an answer of another kind as everywhere."""
    if fault.kind not in ("status", "error200"):
        return answer_instead(fault, path)
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    body = {
        "error": 500 if fault.kind == "error200" else fault.status,
        "message": "a fault that was asked for",
    }
    return _json(body, 200 if fault.kind == "error200" else fault.status, headers)


async def _refused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, Refused):
        raise error
    headers = {"WWW-Authenticate": 'Basic realm="SimplyRETS"'} if error.status == 401 else {}
    return _json({"error": error.status, "message": str(error)}, error.status, headers)


async def _not_served(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return _json({"error": error.status_code, "message": error.detail}, error.status_code)


def _json(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    kept = {"X-SimplyRETS-Media-Type": MEDIA_TYPE, **(headers or {})}
    return Response(orjson.dumps(body), status, kept, "application/json")
