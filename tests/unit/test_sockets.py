"""What a WebSocket's client that does not read can do to the server: little, and not for long."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from uvicorn._types import ASGIReceiveCallable, ASGISendCallable, Scope

from app import sockets

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
)
PING = b"\x89\xfd" + bytes(4) + bytes(125)
A_LOT = 40_000_000
HIGH_WATER = 65_536
ONE_READ = 262_144
"""The most that asyncio reads at once."""
PATIENCE = 10


class Impatient(sockets.Socket):
    """Does not wait long; remembers all there were."""

    stalled_seconds = 0.2
    ending_seconds = 0.2


class Patient(sockets.Socket):
    """Waits longer than any test."""

    stalled_seconds = 600


class Talker:
    """An application that talks without end, or listens; `ended` once a client is gone."""

    def __init__(self, *, talks: bool) -> None:
        self.ended = asyncio.Event()
        self.begun = asyncio.Event()
        self._talks = talks

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if scope["type"] != "websocket":
            return
        await receive()
        await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
        self.begun.set()
        try:
            while self._talks:
                await send({"type": "websocket.send", "bytes": bytes(100_000), "text": None})
            await receive()
        finally:
            self.ended.set()


@asynccontextmanager
async def serving(app: Talker, ws: type[sockets.Socket], **settings: float) -> AsyncIterator[uvicorn.Server]:
    """Serve, and end without waiting for anybody."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            app,
            lifespan="off",
            log_level="critical",
            timeout_graceful_shutdown=PATIENCE,
            ws_ping_interval=settings.get("ping", 20),
            ws_ping_timeout=settings.get("ping", 20),
            **{**sockets.SETTINGS, "ws": ws},
        )
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listener])
        yield server
        await server.shutdown(sockets=[listener])


async def stalled(server: uvicorn.Server) -> socket.socket:
    """A client that has said hello and will not read."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    client.setblocking(False)
    loop = asyncio.get_running_loop()
    await loop.sock_connect(client, server.servers[0].sockets[0].getsockname())
    await loop.sock_sendall(client, HANDSHAKE)
    return client


def buffered(server: uvicorn.Server) -> int:
    """How many bytes the server holds for its one client."""
    [connection] = server.server_state.connections
    assert isinstance(connection, sockets.Socket)
    return connection.transport.get_write_buffer_size()


async def settled(server: uvicorn.Server) -> int:
    """The same, once it is something and changes no more."""
    before = 0
    while not before or before != buffered(server):
        before = buffered(server)
        await asyncio.sleep(0.1)
    return before


async def test_who_never_reads_is_dropped() -> None:
    app = Talker(talks=True)
    async with serving(app, Impatient) as server, asyncio.timeout(PATIENCE):
        with await stalled(server):
            await app.ended.wait()


async def test_nothing_is_piled_up_for_who_never_reads() -> None:
    app = Talker(talks=True)
    async with serving(app, Patient) as server, asyncio.timeout(PATIENCE):
        with await stalled(server):
            await app.begun.wait()
            assert await settled(server) <= HIGH_WATER + 2 * 100_000
            assert not app.ended.is_set()


async def test_pings_of_who_never_reads_are_not_answered_without_end() -> None:
    app = Talker(talks=False)
    async with serving(app, Patient) as server, asyncio.timeout(PATIENCE):
        with await stalled(server) as client:
            await app.begun.wait()
            sent, pings = 0, PING * 1_000
            while sent < A_LOT:
                try:
                    async with asyncio.timeout(0.5):
                        await asyncio.get_running_loop().sock_sendall(client, pings)
                except TimeoutError:
                    break
                sent += len(pings)
            assert sent < A_LOT
            assert buffered(server) <= HIGH_WATER + 2 * ONE_READ


async def test_who_answers_no_ping_is_dropped() -> None:
    app = Talker(talks=True)
    async with serving(app, Patient, ping=0.1) as server, asyncio.timeout(PATIENCE):
        with await stalled(server):
            await app.ended.wait()


async def test_the_servers_end_does_not_wait_for_who_never_reads() -> None:
    app = Talker(talks=True)

    class Ending(Patient):
        ending_seconds = 0.1

    async with serving(app, Ending) as server:
        client = await stalled(server)
        await app.begun.wait()
        await settled(server)
    # Only a connection that was given up leaves without the grace period's end.
    assert not server.server_state.connections
    client.close()


async def test_messages_are_not_deflated() -> None:
    app = Talker(talks=False)
    async with serving(app, Patient) as server, asyncio.timeout(PATIENCE):
        with await stalled(server) as client:
            await app.begun.wait()
            answer = await asyncio.get_running_loop().sock_recv(client, 4_096)
    assert answer.startswith(b"HTTP/1.1 101 ")
    assert b"permessage-deflate" not in answer
