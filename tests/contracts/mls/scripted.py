"""An OData server that answers as it is told, for what the sandbox MLS never does."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from domain.entities.mls_connection import MlsCredentials, MlsSource
from sandbox.serving import serve

Answer = Callable[[Request], Response]


@dataclass
class Scripted:
    """A server on `base_url`, what it was asked, and how it answers (`answer` may be replaced)."""

    base_url: str = ""
    answer: Answer = field(init=False)
    asked: list[Request] = field(init=False)

    def __post_init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forget what was asked, and answer with a page of nothing."""
        self.asked = []
        self.answer = lambda _request: body()

    @property
    def authorizations(self) -> list[str | None]:
        return [request.headers.get("authorization") for request in self.asked]

    def source(self, token: str = "the-token", **settings: Any) -> MlsSource:
        return MlsSource(
            connection_id="C1",
            url=f"{self.base_url}/odata",
            vendor="generic",
            settings=settings,
            credentials=MlsCredentials(token=token),
        )


def body(*rows: Any, next: str | None = None, count: int | None = None) -> Response:
    """A page of rows as OData sends it."""
    notes = {"@odata.nextLink": next, "@odata.count": count}
    told = {name: value for name, value in notes.items() if value is not None}
    return JSONResponse({"value": list(rows), **told})


def raw(text: str | bytes, status: int = 200, kind: str = "application/json", **headers: str) -> Response:
    """Any answer."""
    return Response(text, status, {name.replace("_", "-"): value for name, value in headers.items()}, kind)


def error(status: int, code: str, message: Any, told: int | None = None) -> Response:
    """An OData error of a status, sent with the status `told` if that is given."""
    content = orjson.dumps({"error": {"code": code, "message": message}})
    return raw(content, told or status)


def homes(*numbers: int) -> list[dict[str, Any]]:
    return [{"ListingKey": f"K{number}"} for number in numbers]


@contextmanager
def scripted() -> Iterator[Scripted]:
    server = Scripted()

    async def serving(request: Request) -> Response:
        await request.body()
        server.asked.append(request)
        return server.answer(request)

    with serve(Starlette(routes=[Route("/{path:path}", serving, methods=["GET", "POST"])])) as base_url:
        server.base_url = base_url
        yield server
