"""The sandbox MLS as a Starlette application: a vendor's RESO Web API, tokens, photos, control calls."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
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
from sandbox.mls.door import Door
from sandbox.mls.errors import Refused, error_body, spark_body
from sandbox.mls.faults import FaultLayer, Faults
from sandbox.mls.feed import Feed
from sandbox.mls.flavours import Flavour, flavour
from sandbox.mls.limits import Limiter
from sandbox.mls.photo_files import photo_route
from sandbox.mls.state import State
from sandbox.mls.tokens import CLIENT_ID, CLIENT_SECRET, PASSWORD, TOKEN, TOKEN_SECONDS, USERNAME, Tokens
from sandbox.mls.traffic import Traffic, TrafficLayer
from sandbox.mls.webhook import Webhook

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "PASSWORD", "TOKEN", "TOKEN_SECONDS", "USERNAME", "create_app"]


def _utc_now() -> datetime:
    return datetime.now(UTC)


def create_app(
    folder: Path,
    vendor: str = "generic",
    *,
    homes: int = 60,
    photos: tuple[int, int] | None = None,
    seed: int = 7,
    base_url: str | None = None,
    now: Callable[[], datetime] = _utc_now,
    **changes: Any,
) -> Starlette:
    """An MLS of `homes` seeded homes; what control calls change is kept in `folder`, by seed.

    `photos` bounds how many photos a home has, from and to; None for the usual number.

    It behaves as the flavour of the vendor does, with the fields of `sandbox.mls.flavours.Flavour` that
    `changes` names set to other values: `page_max=50`, `events=True`, `limits=UNLIMITED`. Control calls go to
    `/_control`. `base_url` (without a trailing slash) begins every URL in answers; None takes it from each
    request. `now` is the clock of stamps, tokens and limits. The application serves one run: its journal is
    closed at shutdown. Raises ValueError for an unknown vendor.
    """
    chosen = flavour(vendor, **changes)
    state, traffic, faults = State(folder, homes, seed, now, chosen, photos), Traffic(), Faults()
    tokens, limiter, webhook = Tokens(chosen, now), Limiter(chosen, now), Webhook(now)
    door = Door(chosen, tokens, limiter)
    feed = Feed(state, door, chosen, base_url, now)
    state.at_event.append(webhook.happened)
    state.at_reset += [limiter.clear, webhook.clear]

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        pushing = asyncio.create_task(webhook.run())
        yield
        pushing.cancel()
        state.close()

    return Starlette(
        routes=[
            *feed.routes(),
            *([Route(chosen.token_path, tokens.issue, methods=["POST"])] if chosen.token_path else []),
            photo_route(state, door.enter_photos),
            *(webhook.routes() if chosen.events else []),
            Route("/_control/tokens/suspend", _suspension(door), methods=["POST"]),
            *Control(state, feed, faults, traffic, door).routes(),
        ],
        middleware=[Middleware(TrafficLayer, traffic, now), Middleware(FaultLayer, faults)],
        exception_handlers={Refused: _refusal(chosen), HTTPException: _not_served},
        lifespan=lifespan,
    )


def _suspension(door: Door) -> Callable[[Request], Awaitable[Response]]:
    async def suspend(_request: Request) -> Response:
        door.suspend()
        return Response(status_code=204)

    return suspend


def _refusal(chosen: Flavour) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def refused(_request: Request, error: Exception) -> Response:
        if not isinstance(error, Refused):
            raise error
        body = spark_body(error) if chosen.spark_errors else error.body
        headers = {"OData-Version": "4.0", **error.headers}
        return Response(orjson.dumps(body), error.status, headers, "application/json")

    return refused


async def _not_served(_request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    body = orjson.dumps(error_body(str(error.status_code), error.detail))
    return Response(body, error.status_code, error.headers, "application/json")
