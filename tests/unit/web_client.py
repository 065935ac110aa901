"""What the tests of the HTTP client share: a resolver, and short ways to ask."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from adapters.http import Reply, WebClient
from tests.unit.raw_http_server import Server


class Names:
    """A resolver that answers as the test says; the last answer of a name is repeated."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self.answers = {name.replace("_", "."): list(rows) for name, rows in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append(host)
        rows = self.answers.get(host, [["127.0.0.1"]])
        return rows.pop(0) if len(rows) > 1 else rows[0]


@asynccontextmanager
async def opened(**options: Any) -> AsyncIterator[WebClient]:
    """A client that may use http, and is closed at the end."""
    client = WebClient(allow_http=True, **options)
    try:
        yield client
    finally:
        await client.aclose()


async def get(client: WebClient, url: str, **options: Any) -> Reply:
    limits = {"max_bytes": 10_000, "seconds": 5.0}
    return await client.send("GET", url, **(limits | options))


def at(server: Server, path: str = "/") -> str:
    return f"http://127.0.0.1:{server.port}{path}"
