"""Subscribers by the thousand in one process, as cheap as they can be, so that the server is what is measured."""

import asyncio
import json
import os
import resource
import struct
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

_AT_ONCE = 200
_PATIENCE = 300.0
_PER_ADDRESS = 20_000  # the system gives each address of loopback some 28,000 ports for clients
_TEXT, _CLOSE, _PING, _PONG, _DEFLATED = 1, 8, 9, 10, 0x40
_NO_CODE, _ABNORMAL = 1005, 1006
_HANDSHAKE = "\r\n".join(
    [
        "GET /graphql HTTP/1.1",
        "Host: localhost",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: graphql-transport-ws",
        "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits",
        "",
        "",
    ]
).encode()


def raise_open_files() -> int:
    """Let this process open as many files as it may; answers how many that are."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a subscriber asks for.

    Attributes:
        url: of the server, `http://host:port`.
    """

    url: str
    token: str
    document: str
    variables: dict[str, str]


def subscribers(pipe: Connection, wanted: Sequence[Wanted]) -> None:
    """Open a connection for each, and tell of what comes, until the other end of the pipe is closed.

    Sends the seconds that it took until each had its first message. Then it answers `"news"` by the moments
    (`time.monotonic`) at which each had its next message, and `"closed"`, once all connections are, by the
    moment of the last and a mapping of their close codes.
    """
    raise_open_files()
    asyncio.run(_Crowd(pipe, wanted).run())


class _Crowd:
    def __init__(self, pipe: Connection, wanted: Sequence[Wanted]) -> None:
        self._pipe = pipe
        self._wanted = wanted
        self._open = 0
        self._moments: list[float] = []
        self._codes: Counter[int] = Counter()
        self._changed = asyncio.Event()

    async def run(self) -> None:
        begin = time.monotonic()
        await self._connect_all()
        await self._until(lambda: len(self._moments) == len(self._wanted))
        self._pipe.send(time.monotonic() - begin)
        while True:
            self._moments.clear()
            try:
                command = await asyncio.to_thread(self._pipe.recv)
            except EOFError:
                os._exit(0)  # ten thousand connections need no farewell
            if command == "news":
                await self._until(lambda: len(self._moments) >= len(self._wanted))
                self._pipe.send(self._moments)
            else:
                await self._until(lambda: self._open == 0)
                self._pipe.send((time.monotonic(), dict(self._codes)))

    def heard(self) -> None:
        """A subscriber has a message."""
        self._moments.append(time.monotonic())
        if len(self._moments) >= len(self._wanted):
            self._changed.set()

    def closed(self, code: int) -> None:
        """A subscriber's connection has ended."""
        self._codes[code] += 1
        self._open -= 1
        if not self._open:
            self._changed.set()

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(_PATIENCE):
            while not holds():
                self._changed.clear()
                await self._changed.wait()

    async def _connect_all(self) -> None:
        numbers = iter(range(len(self._wanted)))
        await asyncio.gather(*(self._connect(numbers) for _ in range(_AT_ONCE)))

    async def _connect(self, numbers: Iterator[int]) -> None:
        loop = asyncio.get_running_loop()
        for number in numbers:
            one = self._wanted[number]
            where = urlsplit(one.url)
            source = (f"127.0.0.{1 + number // _PER_ADDRESS}", 0)
            subscriber = _Subscriber(self, one)
            await loop.create_connection(
                subscriber.itself, where.hostname or "", where.port or 0, local_addr=source
            )
            self._open += 1
            await subscriber.begun


class _Subscriber(asyncio.Protocol):
    """One WebSocket with one subscription; its masks are zero, which spares the masking."""

    __slots__ = ("_buffer", "_code", "_crowd", "_known", "_transport", "_upgraded", "_wanted", "begun")
    _transport: asyncio.Transport

    def __init__(self, crowd: _Crowd, wanted: Wanted) -> None:
        self._crowd = crowd
        self._wanted: Wanted | None = wanted
        self._buffer = b""
        self._upgraded = self._known = False
        self._code = _ABNORMAL
        self.begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def itself(self) -> "_Subscriber":
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for a WebSocket, offering to deflate as browsers do."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(transport)
        self._transport = transport
        transport.write(_HANDSHAKE)

    def data_received(self, data: bytes) -> None:
        """Take frames apart, as far as they are there."""
        self._buffer += data
        if not self._upgraded and not self._upgrade():
            return
        while (place := _payload(self._buffer)) and len(self._buffer) >= place[1]:
            kind, payload = self._buffer[0], self._buffer[slice(*place)]
            self._buffer = self._buffer[place[1] :]
            self._take(kind, payload)

    def _upgrade(self) -> bool:
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if found:
            if b" 101 " not in head:
                raise RuntimeError(head.decode("latin-1"))
            self._upgraded, self._buffer = True, rest
            self._introduce()
        return self._upgraded

    def _introduce(self) -> None:
        one, self._wanted = self._wanted, None
        if one is None:
            raise RuntimeError("a second introduction")
        hello = {"type": "connection_init", "payload": {"authorization": f"Bearer {one.token}"}}
        payload = {"query": one.document, "variables": one.variables}
        asked = {"type": "subscribe", "id": "1", "payload": payload}
        self._transport.write(b"".join(_frame(_TEXT, json.dumps(each).encode()) for each in (hello, asked)))

    def _take(self, kind: int, payload: bytes) -> None:
        opcode = kind & 0x0F
        if opcode == _PING:
            self._transport.write(_frame(_PONG, payload))
        elif opcode == _CLOSE:
            self._code = struct.unpack("!H", payload[:2])[0] if payload else _NO_CODE
            self._transport.write(_frame(_CLOSE, payload))
        elif not self._known:
            self._known = True  # the acknowledgement
        elif kind & _DEFLATED or b'"next"' in payload:
            if not self.begun.done():
                self.begun.set_result(None)
            self._crowd.heard()
        else:
            raise RuntimeError(payload.decode())

    def connection_lost(self, exc: Exception | None) -> None:
        """Told to the crowd."""
        self._crowd.closed(self._code)


def _payload(buffer: bytes) -> tuple[int, int] | None:
    """Where the first frame's payload begins and ends; None until that much of it is there."""
    if len(buffer) < 2:
        return None
    short = buffer[1] & 0x7F
    if short < 126:
        return 2, 2 + short
    size = 2 if short == 126 else 8
    if len(buffer) < 2 + size:
        return None
    return 2 + size, 2 + size + int.from_bytes(buffer[2 : 2 + size], "big")


def _frame(opcode: int, payload: bytes) -> bytes:
    size = len(payload)
    length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + size.to_bytes(2, "big")
    return bytes([0x80 | opcode]) + length + bytes(4) + payload
