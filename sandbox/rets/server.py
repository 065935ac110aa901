"""The sandbox RETS server as a Starlette application: its five transactions, photos, control calls."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sandbox.mls.control import Control
from sandbox.mls.errors import Refused
from sandbox.mls.faults import FaultLayer, Faults
from sandbox.mls.photo_files import photo_route
from sandbox.mls.state import State
from sandbox.mls.traffic import Traffic, TrafficLayer
from sandbox.rets.access import PASSWORD, USER, Access
from sandbox.rets.faults import rets_instead
from sandbox.rets.habits import Habits
from sandbox.rets.login import logged_in, logged_out
from sandbox.rets.metadata import Metadata
from sandbox.rets.objects import Objects
from sandbox.rets.replies import Declined, Unauthorized, answer, document
from sandbox.rets.search import Arguments, Search

__all__ = ["PASSWORD", "USER", "create_app"]

# A transaction, given the request, its arguments, and the session it is of.
Transaction = Callable[[Request, Arguments, str], Awaitable[Response]]


def _utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(
    folder: Path,
    *,
    homes: int = 60,
    seed: int = 7,
    base_url: str | None = None,
    now: Callable[[], datetime] = _utc_now,
    **habits: Any,
) -> Starlette:
    """An MLS of `homes` seeded homes; what control calls change is kept in `folder`, by seed.

    The login is `/rets/login`, for `USER` with `PASSWORD`; control calls go to `/_control`, as the RESO Web API
    sandbox has them; they set RESO's fields, of which RETS shows those in `fields.COLUMNS`. `DELETE
    /_control/tokens` ends every session. `base_url` (without a trailing slash) begins every URL in answers; None
    takes it from each request. `habits` are those of `Habits`. The application serves one run: its journal is
    closed at shutdown.
    """
    own = Habits(**habits)
    state, traffic, faults = State(folder, homes, seed, now), Traffic(), Faults()
    access, objects = Access(own, now), Objects(state, own, base_url)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        state.close()

    return Starlette(
        routes=[
            *_transactions(state, own, access, objects, now),
            photo_route(state),
            *Control(state, objects, faults, traffic, access).routes(),
        ],
        middleware=[
            Middleware(TrafficLayer, traffic, now),
            Middleware(FaultLayer, faults, rets_instead),
        ],
        exception_handlers={
            Declined: _declined(own),
            Unauthorized: _unauthorized(own, access),
            Refused: _refused,
        },
        lifespan=lifespan,
    )


def _transactions(
    state: State, habits: Habits, access: Access, objects: Objects, now: Callable[[], datetime]
) -> list[Route]:
    search, metadata = Search(state, habits, now), Metadata(state, habits, now)

    async def login(request: Request) -> Response:
        access.check(request)
        return _versioned(logged_in(habits, objects.base(request), access.open()), habits)

    async def searched(_request: Request, arguments: Arguments, _session: str) -> Response:
        return search.answer(arguments)

    async def described(_request: Request, arguments: Arguments, _session: str) -> Response:
        return metadata.answer(arguments)

    async def photographed(request: Request, arguments: Arguments, _session: str) -> Response:
        return await objects.answer(request, arguments)

    async def logout(_request: Request, _arguments: Arguments, session: str) -> Response:
        access.close(session)
        return logged_out()

    def route(path: str, transaction: Transaction) -> Route:
        async def view(request: Request) -> Response:
            access.check(request)
            session = access.use(request)
            return _versioned(await transaction(request, await _arguments(request), session), habits)

        return Route(path, view, methods=["GET", "POST"])

    return [
        Route("/rets/login", login, methods=["GET", "POST"]),
        route("/rets/search", searched),
        route("/rets/getmetadata", described),
        route("/rets/getobject", photographed),
        route("/rets/logout", logout),
    ]


async def _arguments(request: Request) -> dict[str, str]:
    """The arguments of the query, or of the form of a POST; names in lower case."""
    form = await request.form() if request.method == "POST" else {}
    pairs = [*request.query_params.items(), *form.items()]
    return {name.lower(): value for name, value in pairs if isinstance(value, str)}


def _versioned(response: Response, habits: Habits) -> Response:
    response.headers["RETS-Version"] = habits.version
    return response


def _declined(habits: Habits) -> Callable[[Request, Exception], Response]:
    def handler(_request: Request, error: Exception) -> Response:
        if not isinstance(error, Declined):
            raise error
        return _versioned(answer(document(error.code, detail=error.detail)), habits)

    return handler


def _unauthorized(habits: Habits, access: Access) -> Callable[[Request, Exception], Response]:
    def handler(_request: Request, _error: Exception) -> Response:
        headers = {"WWW-Authenticate": access.challenge()}
        return _versioned(PlainTextResponse("authorization is required", 401, headers), habits)

    return handler


async def _refused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, Refused):
        raise error
    return Response(orjson.dumps(error.body), error.status, media_type="application/json")
