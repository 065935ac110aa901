"""The control calls of the sandbox MLS: change homes, inject faults, see what was asked."""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol, TypeVar

import orjson
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.mls.errors import Refused
from sandbox.mls.faults import Fault, Faults
from sandbox.mls.homes import Home
from sandbox.mls.media import Media
from sandbox.mls.state import State
from sandbox.mls.traffic import Traffic, kind_of

Result = TypeVar("Result")


class Gallery(Protocol):
    """What shows the media of a home."""

    def media(self, home: Home, request: Request) -> list[Media]:
        """The media as a client of the MLS would see them."""
        ...


class Access(Protocol):
    """What lets clients in."""

    def revoke(self) -> None:
        """Make whatever was issued to them invalid."""
        ...


class Control:
    """The views below `/_control`, open to anybody who reaches the port."""

    def __init__(
        self, state: State, gallery: Gallery, faults: Faults, traffic: Traffic, access: Access
    ) -> None:
        self._state = state
        self._gallery = gallery
        self._faults = faults
        self._traffic = traffic
        self._access = access

    def routes(self) -> list[Route]:
        """The routes of the control calls."""
        views: list[tuple[str, str, Callable[[Request], Awaitable[Response]]]] = [
            ("GET", "/homes", self._list),
            ("POST", "/homes", self._create),
            ("GET", "/homes/{key}", self._show),
            ("POST", "/homes/{key}", self._change),
            ("DELETE", "/homes/{key}", self._delete),
            ("POST", "/reset", self._reset),
            ("GET", "/faults", self._show_faults),
            ("POST", "/faults", self._add_fault),
            ("DELETE", "/faults", self._clear_faults),
            ("GET", "/log", self._log),
            ("DELETE", "/log", self._clear_log),
            ("DELETE", "/tokens", self._revoke),
        ]
        return [Route(f"/_control{path}", view, methods=[method]) for method, path, view in views]

    async def _list(self, _request: Request) -> Response:
        return _json([_summary(home) for home in self._state.all()])

    async def _create(self, request: Request) -> Response:
        changes = await _object(request)
        return self._home(_attempt(lambda: self._state.create(changes)), request, status=201)

    async def _show(self, request: Request) -> Response:
        return self._home(_known(self._state.get(request.path_params["key"])), request)

    async def _change(self, request: Request) -> Response:
        key, changes = request.path_params["key"], await _object(request)
        return self._home(_known(_attempt(lambda: self._state.change(key, changes))), request)

    async def _delete(self, request: Request) -> Response:
        vanish = request.query_params.get("vanish") == "true"
        if not self._state.delete(request.path_params["key"], vanish=vanish):
            raise Refused(404, "there is no such home")
        return Response(status_code=204)

    async def _reset(self, _request: Request) -> Response:
        self._state.reset()
        self._faults.waiting.clear()
        return Response(status_code=204)

    async def _show_faults(self, _request: Request) -> Response:
        return _json([fault.model_dump() for fault in self._faults.waiting])

    async def _add_fault(self, request: Request) -> Response:
        try:
            fault = Fault.model_validate_json(await request.body())
        except ValidationError as error:
            raise Refused(400, str(error)) from error
        self._faults.waiting.append(fault)
        return _json(fault.model_dump(), 201)

    async def _clear_faults(self, _request: Request) -> Response:
        self._faults.waiting.clear()
        return Response(status_code=204)

    async def _log(self, request: Request) -> Response:
        kind = request.query_params.get("kind")
        requests = [entry for entry in self._traffic.requests if kind in (None, kind_of(entry["path"]))]
        return _json({"counts": self._traffic.counts, "requests": requests})

    async def _clear_log(self, _request: Request) -> Response:
        self._traffic.clear()
        return Response(status_code=204)

    async def _revoke(self, _request: Request) -> Response:
        self._access.revoke()
        return Response(status_code=204)

    def _home(self, home: Home, request: Request, status: int = 200) -> Response:
        return _json({"key": home.key, **home.row, "Media": self._gallery.media(home, request)}, status)


def _summary(home: Home) -> dict[str, Any]:
    row = home.row
    return {
        "key": home.key,
        "number": row.get("ListingId"),
        "status": row.get("StandardStatus"),
        "price": row.get("ListPrice"),
        "photos": row.get("PhotosCount"),
        "modified": row.get("ModificationTimestamp"),
        "address": row.get("UnparsedAddress"),
    }


def _attempt(call: Callable[[], Result]) -> Result:
    try:
        return call()
    except ValueError as error:
        raise Refused(400, str(error)) from error


def _known(home: Home | None) -> Home:
    if home is None:
        raise Refused(404, "there is no such home")
    return home


async def _object(request: Request) -> dict[str, Any]:
    body = await request.body() or b"{}"
    try:
        changes = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(400, f"the body is no JSON: {error}") from error
    if not isinstance(changes, dict):
        raise Refused(400, "the body must be a JSON object")
    return changes


def _json(body: object, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")
