"""The sandbox MLS as a Starlette application: RESO Web API, token endpoint, photos, control calls."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.mls.control import Control
from sandbox.mls.errors import Refused, error_body
from sandbox.mls.faults import FaultLayer, Faults
from sandbox.mls.feed import Feed, Paging
from sandbox.mls.odata import NextLink
from sandbox.mls.photo_files import photo_route
from sandbox.mls.state import State
from sandbox.mls.tokens import CLIENT_ID, CLIENT_SECRET, TOKEN, TOKEN_SECONDS, Tokens
from sandbox.mls.traffic import Traffic, TrafficLayer

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "TOKEN", "TOKEN_SECONDS", "create_app"]


def _utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(
    folder: Path,
    *,
    homes: int = 60,
    seed: int = 7,
    base_url: str | None = None,
    page_default: int = 20,
    page_max: int = 200,
    next_link: NextLink = "skip",
    media_max: int | None = None,
    now: Callable[[], datetime] = _utc_now,
) -> Starlette:
    """An MLS of `homes` seeded homes; what control calls change is kept in `folder`, by seed.

    The OData root is `/odata`, tokens come from `/oauth/token`, control calls go to `/_control`. `base_url`
    (without a trailing slash) begins every URL in answers; None takes it from each request. A page has
    `page_default` rows unless the client prefers otherwise, and never more than `page_max`. `next_link` is
    how answers link to the next page ("none": they do not, as RESO Web API Core 2.0 allows); `media_max` is
    how many children `$expand=Media` gives without a `$top` of its own (Bridge: 10). The application serves
    one run: its journal is closed at shutdown.
    """
    state, traffic, faults, tokens = State(folder, homes, seed, now), Traffic(), Faults(), Tokens(now)
    feed = Feed(state, tokens, Paging(page_default, page_max, next_link, media_max), base_url, now)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        state.close()

    return Starlette(
        routes=[
            *feed.routes(),
            Route("/oauth/token", tokens.issue, methods=["POST"]),
            photo_route(state),
            *Control(state, feed, faults, traffic, tokens).routes(),
        ],
        middleware=[Middleware(TrafficLayer, traffic, now), Middleware(FaultLayer, faults)],
        exception_handlers={Refused: _refused, HTTPException: _not_served},
        lifespan=lifespan,
    )


async def _refused(_request: Request, error: Exception) -> Response:
    if not isinstance(error, Refused):
        raise error
    headers = {"OData-Version": "4.0"}
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return Response(orjson.dumps(error.body), error.status, headers, "application/json")


async def _not_served(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    body = orjson.dumps(error_body(str(error.status_code), error.detail))
    return Response(body, error.status_code, error.headers, "application/json")
