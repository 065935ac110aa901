"""An HTTP server on loopback whose every byte the test decides, and which counts what reaches it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Handler = Callable[[asyncio.StreamWriter, "Seen"], Awaitable[None]]


@dataclass(frozen=True)
class Seen:
    """A request as it came: the request line, headers by lower-case name, body."""

    line: str
    headers: dict[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The target of the request line."""
        return self.line.split(" ")[1]


@dataclass
class Server:
    """Where it listens, how many connections were opened, are open and were at most, and every request."""

    port: int = 0
    connections: int = 0
    open: int = 0
    most_open: int = 0
    requests: list[Seen] = field(default_factory=list)


def answer(body: bytes = b"", *, status: str = "200 OK", **headers: str) -> bytes:
    """A whole answer; header names are written with underscores."""
    given = {"content_length": str(len(body))} | headers
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in given.items())
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body


def always(reply: bytes) -> Handler:
    """A handler that gives the same answer to everything."""

    async def handle(writer: asyncio.StreamWriter, seen: Seen) -> None:
        writer.write(reply)

    return handle


@asynccontextmanager
async def listening(
    handle: Handler, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """Serve while the block runs; connections are kept open until a side closes."""
    server = Server()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        server.open += 1
        server.most_open = max(server.most_open, server.open)
        try:
            while True:
                seen = await _request(reader)
                server.requests.append(seen)
                await handle(writer, seen)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
            server.open -= 1

    listener = await asyncio.start_server(connected, host, 0, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()


async def _request(reader: asyncio.StreamReader) -> Seen:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)
    }
    return Seen(head[0], headers, await reader.readexactly(int(headers.get("content-length", "0"))))
