"""The sides that are Python: `python -m benchmarks.graph.servers ours|stock|bytes FOLDER`.

Settings come from the environment, as those of `python -m app web` do. Says its URL on a line, and ends when its
input does.
"""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import strawberry
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp
from starlette.websockets import WebSocket
from strawberry.asgi import GraphQL
from strawberry.schema.config import StrawberryConfig
from uvicorn.loops.auto import auto_loop_factory

from adapters.budgets import RedisBuckets
from adapters.identity import Identity
from app.garbage import collect_seldom
from app.graphql_app import Mutation, Query
from app.identities import identity_of
from app.servers import config_of
from app.settings import Settings
from app.web import WebSettings, create_app
from app.wiring import Wired, wire
from benchmarks.children import Configure, serve_app
from benchmarks.installations import Silence
from domain.ports import Ports
from resolvers.subscriptions import Subscription
from schema.context import Context
from schema.scalars import SCALARS

_MUCH = 10**15
"""What the user may spend in a minute: what it costs is counted, but never too much."""

Make = Callable[[Settings, Wired], ASGIApp]


def ours(settings: Settings, wired: Wired) -> ASGIApp:
    """What `python -m app web` serves."""
    return create_app(
        ports=wired.ports,
        identity=identity_of(settings, wired.web),
        settings=WebSettings(production=True),
        ready=_ready,
        media=wired.stores.media,
        buckets=RedisBuckets(settings.broker_url, _MUCH),
    )


def stock(settings: Settings, wired: Wired) -> ASGIApp:
    """The same types and resolvers in Strawberry's own schema and view, as its documentation shows them."""
    schema = strawberry.Schema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    view = _StockView(schema, wired.ports, identity_of(settings, wired.web))
    return Starlette(routes=[Route("/graphql", view)])


class _StockView(GraphQL[Context, None]):
    """Strawberry's own, with the check of the token that every side makes."""

    def __init__(self, schema: strawberry.Schema, ports: Ports, identity: Identity) -> None:
        super().__init__(schema)
        self._ports, self._identity = ports, identity

    async def get_context(self, request: Request | WebSocket, response: Response | WebSocket) -> Context:
        return Context(self._ports, await self._identity.viewer(request.headers.get("authorization")))


def ready_bytes(folder: Path) -> ASGIApp:
    """Answers every request for `/<name>` with the file of that name, read beforehand."""
    answers = {path.name: path.read_bytes() for path in folder.iterdir()}

    async def endpoint(request: Request) -> Response:
        await request.body()
        return Response(answers[request.path_params["name"]], media_type="application/json")

    return Starlette(routes=[Route("/{name}", endpoint, methods=["POST"])])


class _Standard:
    """Standard output and input as the pipe that `serve_app` speaks to."""

    def send(self, url: str) -> None:
        print(url, flush=True)

    def fileno(self) -> int:
        return sys.stdin.fileno()


async def _serve(make: Make, configure: Configure) -> None:
    settings = Settings()
    async with wire(settings, Silence()) as wired:
        app = make(settings, wired)
        collect_seldom()
        await serve_app(_Standard(), app, configure)


async def _ready() -> dict[str, str]:
    return {}


def main() -> None:
    """Serve until the input ends, by the loop that `python -m app web` has."""
    run = asyncio.Runner(loop_factory=auto_loop_factory()).run
    match sys.argv[1:]:
        case ["ours"]:
            run(_serve(ours, config_of))
        case ["stock"]:
            run(_serve(stock, uvicorn.Config))
        case ["bytes", folder]:
            run(serve_app(_Standard(), ready_bytes(Path(folder))))


if __name__ == "__main__":
    main()
