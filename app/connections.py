"""uvicorn's HTTP connections and requests, of which nobody can take so many or so long that others get none."""

import asyncio
from typing import Any, cast

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_PROBES = frozenset(("/healthz", "/readyz", "/metrics"))
"""Answered however much there is to do: who does not answer these is taken for dead."""

_FULL = orjson.dumps(
    {
        "errors": [
            {
                "message": "The server carries as many requests as it can. Ask again in a moment.",
                "extensions": {"code": "OVERLOADED"},
            }
        ]
    }
)


class Connection(HttpToolsProtocol):
    """Closes connections that begin no request, end no head or take no answer, and saves at what each answer costs.

    The parser has no limit of its own (h11's `h11_max_incomplete_event_size` is h11's alone), and uvicorn's
    `timeout_keep_alive` runs only behind an answer: who opens connections and says nothing, or sends headers
    without end, would hold files and memory for as long as it likes. So would who reads nothing of an answer, because
    uvicorn waits for that without end, or sends on and on of a body that was answered long ago.

    uvicorn sends the head and the body of an answer by a call of the system each, and makes a timer behind each
    answer; here both go together, and one timer looks after all the answers of a connection.

    Attributes:
        head_bytes: how long a head may be, give or take what comes at once.
        head_seconds: how long it may take to come, from the connection's beginning or the head's own.
        stalled_seconds: after so long without taking anything of what it is sent, a client is dropped.
    """

    head_bytes = 65_536
    head_seconds = 10.0
    stalled_seconds = 60.0
    _in_head = True
    _heads = 0
    _came = 0
    _late: asyncio.TimerHandle | None = None
    _idle_since: float | None = None
    _idle: asyncio.TimerHandle | None = None
    _stalled: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        """Called by the transport."""
        super().connection_made(cast(asyncio.Transport, _Together(transport, self.loop)))
        self._await_head()

    def data_received(self, data: bytes) -> None:
        """Take what came; more than `head_bytes` without the head's end close the connection."""
        heads = self._heads
        super().data_received(data)
        if self._in_head and self._heads == heads and not self.transport.is_closing():
            # Otherwise it was the end of a body.
            if self._late is None:
                self._await_head()
            self._came += len(data)
            if self._came > self.head_bytes:
                self.send_400_response("The head of the request is too long.")

    def on_headers_complete(self) -> None:
        """Called by the parser."""
        self._in_head = False
        self._idle_since = None
        self._forget_head()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Called by the parser: what comes now is another head."""
        self._in_head = True
        self._heads += 1
        self._came = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Called behind each answer: what uvicorn's does, but for the timer."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            self._watch()
            return
        self.flow.resume_reading()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
            return
        self._idle_since = self.loop.time()
        if self._idle is None:
            self._idle = self.loop.call_later(self.timeout_keep_alive, self._close_if_idle)

    def handle_websocket_upgrade(self) -> None:
        """Called by the parser: WebSockets write for themselves.

        Nobody may ask for one before he is answered: the request before would never hear that its client has gone.
        """
        if self.cycle is not None and not self.cycle.response_complete:
            self.transport.close()
            return
        self._forget_idling()
        self._forget_stalling()
        self.transport = cast(_Together, self.transport).own
        super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        """Called by the transport when too much is on the way."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """Called by the transport when most of it has gone, and at the end."""
        self._forget_stalling()
        super().resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called once it is over."""
        self._forget_head()
        self._forget_idling()
        self._forget_stalling()
        super().connection_lost(exc)

    def _unset_keepalive_if_required(self) -> None:
        """Called when something has come; the rest of a body is no request."""
        if self._in_head:
            self._idle_since = None

    def _close_if_idle(self) -> None:
        self._idle = None
        if self._idle_since is None:
            return
        left = self._idle_since + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._idle = self.loop.call_later(left, self._close_if_idle)
        else:
            self.timeout_keep_alive_handler()
            self._watch()

    def _await_head(self) -> None:
        self._late = self.loop.call_later(self.head_seconds, self.transport.abort)

    def _watch(self) -> None:
        """See to it that what is on the way is taken; a transport that closes waits for that too."""
        left = self.transport.get_write_buffer_size()
        if left and self._stalled is None:
            self._stalled = self.loop.call_later(self.stalled_seconds, self._drop_if_stalled, left)

    def _drop_if_stalled(self, before: int) -> None:
        self._stalled = None
        if self.transport.get_write_buffer_size() == before:
            self.transport.abort()
        else:
            self._watch()

    def _forget_stalling(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None

    def _forget_head(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _forget_idling(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None


class _Together:
    """A transport that sends what is written in one go by one call of the system.

    What is written first waits for what comes next, but no longer than until the loop's next turn.

    Attributes:
        own: the transport itself.
    """

    def __init__(self, own: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self.own = own
        self._loop = loop
        self._first: bytes | None = None
        # What uvicorn asks of it with every request.
        self.is_closing = own.is_closing

    def write(self, data: bytes) -> None:
        """Send it, now or soon."""
        first, self._first = self._first, None
        if first is None:
            self._first = data
            self._loop.call_soon(self._send)
        else:
            self.own.writelines((first, data))

    def close(self) -> None:
        """Close, once everything has been sent."""
        self._send()
        self.own.close()

    def _send(self) -> None:
        first, self._first = self._first, None
        if first is not None and not self.own.is_closing():
            self.own.write(first)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.own, name)


class Admission:
    """An ASGI application before another: carries so many requests and WebSockets at a time and refuses more.

    Args:
        requests: how many of HTTP; streams of events count for as long as they are open.
        sockets: how many WebSockets.
    """

    def __init__(self, app: ASGIApp, *, requests: int, sockets: int) -> None:
        self._app = app
        self._room = {"http": requests, "websocket": sockets}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let it in, or answer 503 with the seconds to wait."""
        if scope["type"] == "lifespan" or scope["path"] in _PROBES:
            await self._app(scope, receive, send)
            return
        kind = scope["type"]
        if self._room[kind] <= 0:
            await _refuse(scope, send)
            return
        self._room[kind] -= 1
        try:
            await self._app(scope, receive, send)
        finally:
            self._room[kind] += 1


async def _refuse(scope: Scope, send: Send) -> None:
    kind = "websocket.http.response" if scope["type"] == "websocket" else "http.response"
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(_FULL)).encode()),
        (b"retry-after", b"1"),
    ]
    await send({"type": f"{kind}.start", "status": 503, "headers": headers})
    await send({"type": f"{kind}.body", "body": _FULL})
