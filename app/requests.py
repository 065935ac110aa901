"""A name for each request, which its lines in the log, its answer and the faults in it share."""

import re
import secrets

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bind_contextvars

REQUEST_ID = "X-Request-ID"
_HEADER = REQUEST_ID.lower().encode()
_SANE = re.compile(rb"[A-Za-z0-9][A-Za-z0-9_.:-]{0,127}")
"""What a proxy or a client may call a request; anything else might be a line of its own in somebody's log."""


class RequestIds:
    """ASGI middleware: takes a sane `X-Request-ID` or makes one, marks the log with it and answers it.

    A WebSocket is one request, with all its operations.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; each has a task, and so variables, of its own."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request_id = _given(scope) or secrets.token_hex(16)
        bind_contextvars(request_id=request_id)
        named = (_HEADER, request_id.encode())

        async def answer(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept"):
                message["headers"] = [*message.get("headers", ()), named]
            await send(message)

        await self._app(scope, receive, answer)


def _given(scope: Scope) -> str | None:
    for name, value in scope["headers"]:
        if name == _HEADER:
            return value.decode() if _SANE.fullmatch(value) else None
    return None
