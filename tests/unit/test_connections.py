"""What somebody who takes connections and requests, and gives nothing, can take from others."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from app.connections import Admission, Connection
from app.sockets import SETTINGS

PATIENCE = 10
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n" + bytes(100_000)
SOCKET = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Impatient(Connection):
    """Does not wait long for a head, nor for an answer to be taken."""

    head_seconds = 0.2
    stalled_seconds = 0.1


class Slow:
    """Answers requests to `/held` once it is told to, all others at once."""

    def __init__(self) -> None:
        self.held = asyncio.Semaphore(0)
        self.go_on = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/held":
            self.held.release()
            await self.go_on.wait()
        while (await receive()).get("more_body"):
            pass
        headers = [(b"content-length", b"2")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ok"})


class Talk:
    """A client's connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def status(self) -> int:
        """Of the next answer, which is read."""
        return (await self.answer())[0]

    async def answer(self) -> tuple[int, str, bytes]:
        """The status, the head and the body of the next answer."""
        async with asyncio.timeout(PATIENCE):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
            return int(head.split()[1]), head, await self.reader.readexactly(length)

    async def rest(self) -> bytes:
        """All that comes until the server closes."""
        async with asyncio.timeout(PATIENCE):
            try:
                return await self.reader.read()
            except ConnectionError:
                return b""


@asynccontextmanager
async def served(
    app: ASGIApp, requests: int = 100, http: type[Connection] = Connection, keep_alive: int = 5
) -> AsyncIterator[int]:
    """The port on which it listens."""
    config = uvicorn.Config(
        Admission(app, requests=requests, sockets=0),
        port=0,
        http=http,
        lifespan="off",
        log_config=None,
        timeout_keep_alive=keep_alive,
        **SETTINGS,
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    yield server.servers[0].sockets[0].getsockname()[1]
    if isinstance(app, Slow):
        app.go_on.set()
    await server.shutdown()


@asynccontextmanager
async def talk(port: int) -> AsyncIterator[Talk]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Talk(reader, writer)
    finally:
        writer.close()


async def test_who_says_nothing_or_never_comes_to_an_end_is_dropped() -> None:
    async with served(Slow(), http=Impatient) as port, talk(port) as silent, talk(port) as slow:
        slow.writer.write(GET)
        assert await slow.status() == 200
        slow.writer.write(GET[:-2])

        assert await silent.rest() == b""
        assert await slow.rest() == b""


async def test_a_head_without_end_is_refused_and_a_long_body_is_not() -> None:
    async with served(Slow()) as port, talk(port) as endless, talk(port) as long:
        for _ in range(2):
            long.writer.write(POST)
            assert await long.status() == 200

        endless.writer.write(GET[:-2] + b"X: ")
        for _ in range(8):
            endless.writer.write(b"x" * 10_000)
            await asyncio.sleep(0)
        assert b" 400 " in await endless.rest()


async def test_one_request_too_many_is_told_when_to_come_again() -> None:
    slow = Slow()
    async with (
        served(slow, requests=2) as port,
        talk(port) as first,
        talk(port) as second,
        talk(port) as third,
    ):
        for client in (first, second):
            client.writer.write(GET.replace(b"/ ", b"/held "))
        async with asyncio.timeout(PATIENCE):
            await slow.held.acquire()
            await slow.held.acquire()

        third.writer.write(GET)
        status, head, body = await third.answer()
        assert (status, json.loads(body)["errors"][0]["extensions"]) == (503, {"code": "OVERLOADED"})
        assert "retry-after: 1\r\n" in head
        third.writer.write(GET.replace(b"/ ", b"/healthz "))
        assert await third.status() == 200
        async with talk(port) as fourth:
            fourth.writer.write(SOCKET)
            assert await fourth.status() == 503

        slow.go_on.set()
        assert [await first.status(), await second.status()] == [200, 200]
        third.writer.write(GET)
        assert await third.status() == 200


async def test_who_asks_nothing_more_is_dropped_and_who_asks_again_is_not() -> None:
    slow = Slow()
    async with served(slow, keep_alive=1) as port, talk(port) as idle, talk(port) as busy, talk(port) as late:
        late.writer.write(GET.replace(b"/ ", b"/held "))
        begin = asyncio.get_running_loop().time()
        idle.writer.write(GET)
        assert await idle.status() == 200
        for _ in range(6):
            busy.writer.write(GET)
            assert await busy.status() == 200
            await asyncio.sleep(0.25)
        assert await idle.rest() == b""
        assert await busy.rest() == b""
        assert asyncio.get_running_loop().time() - begin >= 2.2
        slow.go_on.set()
        assert await late.status() == 200


async def test_requests_that_come_together_are_answered_in_their_order() -> None:
    slow = Slow()
    async with served(slow) as port, talk(port) as client:
        client.writer.write(GET.replace(b"/ ", b"/held ") + POST + GET + GET[:-2])
        async with asyncio.timeout(PATIENCE):
            await slow.held.acquire()
        slow.go_on.set()
        client.writer.write(b"\r\n")
        assert [await client.status() for _ in range(4)] == [200] * 4


async def test_an_answer_of_many_parts_comes_as_it_is_sent() -> None:
    parts, go_on = [b"one", b"two", b"three", b"four"], asyncio.Event()

    async def stream(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await go_on.wait()
        await send({"type": "http.response.body", "body": b"five"})

    async with served(stream) as port, talk(port) as client:
        client.writer.write(GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        came = b""
        async with asyncio.timeout(PATIENCE):
            while not came.endswith(b"four\r\n"):
                came += await client.reader.read(65_536)
        go_on.set()
        came += await client.rest()
    chunks = came.partition(b"\r\n\r\n")[2]
    assert chunks == b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in [*parts, b"five", b""])


async def test_who_takes_nothing_of_an_answer_is_dropped() -> None:
    dropped = asyncio.Queue[str]()

    class Watched(Impatient):
        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            dropped.put_nowait(self.scope["path"])

    async def send_much(scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(b"content-length", b"24000000")]
        if scope["path"] == "/closing":
            headers.append((b"connection", b"close"))
        parts = [bytes(6_000_000)] * 4 if scope["path"] == "/parts" else [bytes(24_000_000)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for part in parts:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b""})

    paths = {"/one", "/parts", "/closing"}
    async with served(send_much, http=Watched) as port, AsyncExitStack() as stack:
        for path in paths:
            client = await stack.enter_async_context(talk(port))
            client.writer.write(GET.replace(b"/ ", path.encode() + b" "))
        async with asyncio.timeout(PATIENCE):
            assert {await dropped.get() for _ in paths} == paths


async def test_the_rest_of_a_body_that_was_answered_keeps_no_connection() -> None:
    async def refuse(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})

    async with served(refuse, keep_alive=1) as port, talk(port) as client:
        client.writer.write(POST[:-2])
        assert await client.status() == 413
        client.writer.write(b"x")
        assert await client.rest() == b""


async def test_a_socket_that_is_asked_for_before_an_answer_leaves_no_request_behind() -> None:
    begun, over = asyncio.Event(), asyncio.Event()

    async def wait(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        begun.set()
        while (await receive())["type"] != "http.disconnect":
            pass
        over.set()

    async with served(wait) as port, talk(port) as client, asyncio.timeout(PATIENCE):
        client.writer.write(GET)
        await begun.wait()
        client.writer.write(SOCKET)
        assert await client.rest() == b""
        await over.wait()
