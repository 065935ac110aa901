"""Server-sent events: the protocol graphql-sse in its mode of distinct connections, one operation a request.

Source: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md
"""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import aclosing, suppress
from typing import ClassVar, cast

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from strawberry.http.streaming import SSETransport
from strawberry.types import ExecutionResult

from app.graphql_sockets import OperationLimits, one_too_many
from app.media_types import EVENTS, answered_as

HEARTBEAT_SECONDS = 15.0
"""Proxies close what has been silent for a minute or so."""

TAKEN_SECONDS = 30.0
"""Who takes nothing for so long is gone, like a WebSocket that answers no ping."""

_SILENT = b":\n\n"


class EventTransport(SSETransport):
    """What Strawberry's transport gets wrong for clients: it takes over whenever `Accept` lists events at all, and
    ends lines with CRLF, which urql does not parse."""

    headers: ClassVar[Mapping[str, str]] = {
        "Content-Type": f"{EVENTS}; charset=utf-8",
        "Cache-Control": "no-store, no-transform",
        "X-Accel-Buffering": "no",  # nginx would keep events back until they fill a buffer
    }

    def accepts(self, accept: str) -> bool:
        """Only if nothing else is wanted as much."""
        return answered_as(accept) == EVENTS

    def encode_event(self, event: str, data: str | None = None) -> str:
        """Data without line breaks; an event without any data would be ignored by browsers."""
        return f"event: {event}\ndata: {data or ''}\n\n"


class Streams:
    """Those that are open on this server, counted with the operations of their users over WebSockets.

    Args:
        under_way: how many operations run, by user.
    """

    def __init__(self, limits: OperationLimits, under_way: Counter[str]) -> None:
        self._limits = limits
        self._under_way = under_way

    async def counted(
        self, user_id: str, results: AsyncGenerator[ExecutionResult, None]
    ) -> AsyncGenerator[ExecutionResult, None]:
        """The same, or a refusal instead, as an event like every other error of an operation."""
        async with aclosing(results):
            refusal = one_too_many(self._limits, of_connection=0, of_user=self._under_way[user_id])
            if refusal is not None:
                yield ExecutionResult(data=None, errors=[refusal])
                return
            self._under_way[user_id] += 1
            try:
                async for result in results:
                    yield result
            finally:
                self._under_way[user_id] -= 1
                if not self._under_way[user_id]:
                    del self._under_way[user_id]


class _Stalled(Exception):
    """The client takes nothing any more."""


class EventStream(Response):
    """Sends events as they come and are taken; whatever ends it, what makes them is closed before.

    It ends without the event `complete` when the server ends or the user's token expires, so that clients connect
    again.

    Args:
        events: makes the generator of them, encoded; the client's pace is theirs.
        closing: set when the server ends.
        seconds: how long it may go on.
        heartbeat: in seconds.
        taken: how many seconds the client may take for one event.
    """

    def __init__(
        self,
        events: Callable[[], AsyncIterator[str]],
        *,
        headers: Mapping[str, str],
        closing: asyncio.Event,
        seconds: float,
        heartbeat: float = HEARTBEAT_SECONDS,
        taken: float = TAKEN_SECONDS,
    ) -> None:
        super().__init__(headers=headers)
        del self.headers["content-length"]
        self._events = events
        self._closing = closing
        self._seconds = seconds
        self._heartbeat = heartbeat
        self._taken = taken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Raises what the events raise, once the response has begun: the client sees it broken off."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        with suppress(_Stalled):  # uvicorn closes a connection whose response was left unfinished
            await self._give(send, _SILENT)  # some proxies pass nothing on before the first byte of a body
            await self._serve(receive, send)
            await self._give(send, b"", more_body=False)

    async def _serve(self, receive: Receive, send: Send) -> None:
        sending = asyncio.create_task(self._send(send))
        others = (self._beat(send), _disconnected(receive), self._closing.wait())
        tasks = [sending, *(asyncio.ensure_future(other) for other in others)]
        try:
            await asyncio.wait(tasks, timeout=self._seconds, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if not sending.cancelled():
            sending.result()

    async def _send(self, send: Send) -> None:
        async with aclosing(cast(AsyncGenerator[str, None], self._events())) as events:
            async for event in events:
                await self._give(send, event.encode())

    async def _beat(self, send: Send) -> None:
        while True:
            await asyncio.sleep(self._heartbeat)
            await self._give(send, _SILENT)

    async def _give(self, send: Send, body: bytes, *, more_body: bool = True) -> None:
        try:
            async with asyncio.timeout(self._taken):
                await send({"type": "http.response.body", "body": body, "more_body": more_body})
        except TimeoutError:
            raise _Stalled from None


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
