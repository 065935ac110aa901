"""Keeps connections open for the next request to the same origin."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from typing import Protocol, cast

import httpcore

_Origin = tuple[bytes, bytes, int]
_Connection = httpcore.AsyncConnectionInterface


class _Stream(Protocol):
    def __aiter__(self) -> AsyncIterator[bytes]: ...
    async def aclose(self) -> None: ...


class Pool(httpcore.AsyncConnectionPool):
    """Connections by origin; one that lies idle is looked at only when it may be used or dropped.

    Httpcore's own pool goes through all idle connections at every request, for each of them once more through
    all: with 60 idle hosts that takes longer than the request. Nobody waits here for longer than he likes,
    because `WebClient` sets a limit of time for everything together.

    Args:
        connections: how many may be open at once, idle ones among them.
        idle_seconds: after which an idle one is not used again.
    """

    def __init__(
        self,
        *,
        ssl_context: ssl.SSLContext,
        connections: int,
        idle_seconds: float,
        network: httpcore.AsyncNetworkBackend,
    ) -> None:
        super().__init__(ssl_context=ssl_context, keepalive_expiry=idle_seconds, network_backend=network)
        self._most = connections
        self._turns = asyncio.Semaphore(connections)
        self._active: set[_Connection] = set()
        # The origin that was used longest ago comes first.
        self._idle: dict[_Origin, list[_Connection]] = {}
        self._idle_count = 0

    @property
    def connections(self) -> list[_Connection]:
        """All that are open."""
        return [*self._active, *(connection for found in self._idle.values() for connection in found)]

    async def handle_async_request(self, request: httpcore.Request) -> httpcore.Response:
        """Send a request; its connection is given back when the answer is closed."""
        await self._turns.acquire()
        origin, closing = request.url.origin, list[_Connection]()
        key = (origin.scheme, origin.host, origin.port)
        connection = self._again(key, closing) or self.create_connection(origin)
        self._active.add(connection)
        while self._idle_count and self._idle_count + len(self._active) > self._most:
            closing.append(self._oldest())
        give_back = partial(self._give_back, connection, key)
        try:
            await _close(closing)
            response = await connection.handle_async_request(request)
        except BaseException:
            await give_back()
            raise
        body = _Body(cast(_Stream, response.stream), give_back)
        return httpcore.Response(
            response.status, headers=response.headers, content=body, extensions=response.extensions
        )

    async def aclose(self) -> None:
        """Close every connection."""
        closing = self.connections
        self._active.clear()
        self._idle.clear()
        self._idle_count = 0
        await _close(closing)

    def _again(self, key: _Origin, closing: list[_Connection]) -> _Connection | None:
        """An idle connection to the origin that can be used; those that cannot be are to be closed."""
        while found := self._idle.get(key):
            connection = self._without(key, found, -1)
            if not connection.has_expired():
                return connection
            closing.append(connection)
        return None

    def _oldest(self) -> _Connection:
        key, found = next(iter(self._idle.items()))
        return self._without(key, found, 0)

    def _without(self, key: _Origin, found: list[_Connection], place: int) -> _Connection:
        connection = found.pop(place)
        self._idle_count -= 1
        if not found:
            del self._idle[key]
        return connection

    async def _give_back(self, connection: _Connection, key: _Origin) -> None:
        self._turns.release()
        if connection not in self._active:
            return
        self._active.remove(connection)
        closing = []
        if connection.is_idle() and not connection.is_closed():
            self._idle[key] = [*self._idle.pop(key, []), connection]
            self._idle_count += 1
        else:
            closing.append(connection)
        while self._idle and next(iter(self._idle.values()))[0].has_expired():
            closing.append(self._oldest())
        await _close(closing)


class _Body:
    """An answer's body, which gives its connection back once."""

    def __init__(self, stream: _Stream, give_back: Callable[[], Awaitable[None]]) -> None:
        self._stream = stream
        self._give_back = give_back
        self._closed = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for part in self._stream:
                yield part
        except BaseException:
            await self.aclose()
            raise

    async def aclose(self) -> None:
        """Stop reading; what was not read is lost with its connection."""
        if self._closed:
            return
        self._closed = True
        try:
            await self._stream.aclose()
        finally:
            await self._give_back()


async def _close(connections: list[_Connection]) -> None:
    for connection in connections:
        await connection.aclose()
