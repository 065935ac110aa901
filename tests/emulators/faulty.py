"""A proxy in front of a DynamoDB that loses requests and replies, throttles, and does batches by halves."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
from aiohttp import web

Body = dict[str, Any]


@dataclass(frozen=True)
class Error:
    """The server answers this, and does nothing."""

    code: str
    status: int = 400
    more: Body = field(default_factory=dict)


@dataclass(frozen=True)
class LoseRequest:
    """The connection breaks before the server has heard of it."""


@dataclass(frozen=True)
class LoseReply:
    """The server does it, then `meanwhile` happens, and the connection breaks."""

    meanwhile: Callable[[], Awaitable[object]] | None = None


@dataclass(frozen=True)
class DoPart:
    """The server does the first of the things in a batch, so many, and says that the others are left."""

    count: int


Fault = Error | LoseRequest | LoseReply | DoPart
THROTTLED = Error("ProvisionedThroughputExceededException")


@dataclass
class FaultyDynamoDb:
    """The proxy.

    Attributes:
        url: where it listens.
        fault: given an operation such as `PutItem` and its request, what is to go wrong this time.
        heard: the operations that arrived, in their order.
    """

    url: str
    fault: Callable[[str, Body], Fault | None] = lambda operation, body: None
    heard: list[str] = field(default_factory=list)

    def once(self, operation: str, *faults: Fault) -> None:
        """These faults, one after the other, at the next calls of an operation."""
        left = list(faults)
        self.fault = lambda heard, body: left.pop(0) if heard == operation and left else None


@asynccontextmanager
async def faulty_dynamodb(behind: str) -> AsyncIterator[FaultyDynamoDb]:
    """A proxy in front of the server at a URL."""
    async with aiohttp.ClientSession(skip_auto_headers=("Content-Type",)) as http:
        proxy = FaultyDynamoDb("")

        async def answer(request: web.Request) -> web.StreamResponse:
            operation = request.headers["X-Amz-Target"].rpartition(".")[2]
            proxy.heard.append(operation)
            sent = await request.read()
            fault = proxy.fault(operation, orjson.loads(sent))
            if isinstance(fault, Error):
                said = {"__type": f"com.amazonaws.dynamodb.v20120810#{fault.code}", **fault.more}
                return _json(orjson.dumps(said), fault.status)
            if isinstance(fault, LoseRequest):
                return _broken(request)
            if isinstance(fault, DoPart):
                return await _part(http, behind, request, orjson.loads(sent), fault.count)
            status, said_back = await _forward(http, behind, request, sent)
            if isinstance(fault, LoseReply):
                if fault.meanwhile is not None:
                    await fault.meanwhile()
                return _broken(request)
            return _json(said_back, status)

        app = web.Application(client_max_size=32 * 1024 * 1024)
        app.router.add_post("/", answer)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        proxy.url = f"http://127.0.0.1:{port}"
        try:
            yield proxy
        finally:
            await asyncio.sleep(0)
            await runner.cleanup()


async def _forward(
    http: aiohttp.ClientSession, behind: str, request: web.Request, sent: bytes
) -> tuple[int, bytes]:
    headers = {name: value for name, value in request.headers.items() if name not in _OWN}
    async with http.post(behind, data=sent, headers=headers) as answer:
        return answer.status, await answer.read()


_OWN = ("Host", "Content-Length", "Connection")


async def _part(
    http: aiohttp.ClientSession, behind: str, request: web.Request, body: Body, count: int
) -> web.Response:
    """Do a part of a BatchWriteItem or BatchGetItem of one table."""
    ((table, wanted),) = body["RequestItems"].items()
    reads = isinstance(wanted, dict)
    everything = wanted["Keys"] if reads else wanted
    now, later = everything[:count], everything[count:]
    sent = {"RequestItems": {table: {**wanted, "Keys": now} if reads else now}}
    status, said = await _forward(http, behind, request, orjson.dumps(sent)) if now else (200, b"{}")
    assert status == 200, said
    name = "UnprocessedKeys" if reads else "UnprocessedItems"
    left = {table: {**wanted, "Keys": later} if reads else later} if later else {}
    return _json(orjson.dumps({**orjson.loads(said), name: left}), status)


def _json(body: bytes, status: int) -> web.Response:
    return web.Response(body=body, status=status, content_type="application/x-amz-json-1.0")


def _broken(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
