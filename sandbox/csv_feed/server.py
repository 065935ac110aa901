"""The sandbox's CSV file as a Starlette application: the file, photos, control calls."""

import base64
import binascii
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.csv_feed.table import DELIMITERS, ENCODINGS, Header, Style, document
from sandbox.mls.control import Control
from sandbox.mls.errors import Refused, bad
from sandbox.mls.faults import FaultLayer, Faults
from sandbox.mls.homes import Home
from sandbox.mls.media import Media
from sandbox.mls.photo_files import photo_route
from sandbox.mls.state import State
from sandbox.mls.traffic import Traffic, TrafficLayer

__all__ = ["PASSWORD", "TOKEN", "USERNAME", "create_app"]

USERNAME = "office"
PASSWORD = "csv-secret"  # noqa: S105 -- the credentials of a sandbox are public
TOKEN = "csv-token"  # noqa: S105 -- as above
_HEADERS: dict[str, Header] = {"reso": "reso", "plain": "plain"}


def _utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(
    folder: Path,
    *,
    homes: int = 60,
    seed: int = 7,
    base_url: str | None = None,
    etags: bool = True,
    now: Callable[[], datetime] = _utc_now,
) -> Starlette:
    """A CSV file of the homes that the sandbox MLS has for the same `homes` and `seed`.

    The file is at `/files/homes.csv`, for who has the user name and password or the token, and at
    `/open/homes.csv` for anybody; `/moved/homes.csv` redirects there. `?header=plain`, `?delimiter=semicolon`,
    `?encoding=utf-16` and `?photos=;` say how it is written. It has a Last-Modified and, with `etags`, an ETag.
    Control calls are at `/_control`, as in `sandbox.mls.reso.create_app`. The application serves one run.
    """
    state, traffic, faults = State(folder, homes, seed, now), Traffic(), Faults()
    file = Homes(state, base_url, etags, now)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        state.close()

    return Starlette(
        routes=[
            *file.routes(),
            photo_route(state),
            *Control(state, file, faults, traffic, file).routes(),
        ],
        middleware=[Middleware(TrafficLayer, traffic, now), Middleware(FaultLayer, faults)],
        exception_handlers={Refused: _refused, HTTPException: _not_served},
        lifespan=lifespan,
    )


class Homes:
    """The views of the file."""

    def __init__(self, state: State, base_url: str | None, etags: bool, now: Callable[[], datetime]) -> None:
        self._state = state
        self._base_url = base_url
        self._etags = etags
        self._now = now
        self._revision = state.revision
        self._changed = now()

    def routes(self) -> list[Route]:
        """The routes of the file."""
        return [
            Route("/files/homes.csv", self._guarded),
            Route("/open/homes.csv", self._file),
            Route("/moved/homes.csv", self._moved),
        ]

    def media(self, home: Home, request: Request) -> list[Media]:
        """A home's media with whole URLs, for control calls."""
        base = self._base(request)
        return [row | {"MediaURL": f"{base}{row.get('MediaURL')}"} for row in home.media]

    def revoke(self) -> None:
        """Nothing is issued here that could be revoked."""

    async def _guarded(self, request: Request) -> Response:
        _check_account(request)
        return await self._file(request)

    async def _moved(self, request: Request) -> Response:
        return Response(status_code=302, headers={"Location": f"{self._base(request)}/open/homes.csv"})

    async def _file(self, request: Request) -> Response:
        data = document(self._state.all(), _style(request), self._base(request))
        modified = self._last_modified()
        headers = {"Last-Modified": format_datetime(modified, usegmt=True)}
        if self._etags:
            headers["ETag"] = f'"{sha256(data).hexdigest()[:24]}"'
        if _is_known(request, headers.get("ETag"), modified):
            return Response(status_code=304, headers=headers)
        return Response(data, headers=headers, media_type="text/csv")

    def _last_modified(self) -> datetime:
        if self._revision != self._state.revision:
            self._revision, self._changed = self._state.revision, self._now()
        return self._changed.astimezone(UTC).replace(microsecond=0)

    def _base(self, request: Request) -> str:
        return self._base_url or str(request.base_url).rstrip("/")


def _style(request: Request) -> Style:
    given = request.query_params
    header, delimiter = given.get("header", "reso"), given.get("delimiter", "comma")
    encoding = given.get("encoding", "utf-8")
    if header not in _HEADERS or delimiter not in DELIMITERS or encoding not in ENCODINGS:
        raise bad("there is no such header, delimiter or encoding")
    return Style(_HEADERS[header], DELIMITERS[delimiter], encoding, given.get("photos", "|"))


def _is_known(request: Request, etag: str | None, modified: datetime) -> bool:
    """Whether the client has the file already (RFC 9110, section 13.2.2: an ETag goes before a date)."""
    if "if-none-match" in request.headers:
        return etag is not None and request.headers["if-none-match"] == etag
    since = request.headers.get("if-modified-since")
    return since is not None and modified <= parsedate_to_datetime(since)


def _check_account(request: Request) -> None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    try:
        basic = base64.b64decode(given, validate=True).decode() if scheme.lower() == "basic" else ""
    except (binascii.Error, UnicodeDecodeError):
        basic = ""
    if basic != f"{USERNAME}:{PASSWORD}" and (scheme.lower(), given) != ("bearer", TOKEN):
        raise Refused(401, "who are you?")


async def _refused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, Refused):
        raise error
    headers = {"WWW-Authenticate": 'Basic realm="homes"'} if error.status == 401 else {}
    return PlainTextResponse(str(error), error.status, headers)


async def _not_served(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    return PlainTextResponse(error.detail, error.status_code)
