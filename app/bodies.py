"""Reads whole requests before anything looks at them, and refuses those that are too large or too slow."""

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.patience import within

LARGEST_BODY = 1_000_000
"""In bytes; give it to uvicorn as `ws_max_size` too."""

BODY_SECONDS = 30.0
_DRAINED = 32 * LARGEST_BODY


class BodyLimit:
    """ASGI middleware: the application gets a body as one message, or never hears of the request.

    Args:
        streamed: the beginning of paths whose bodies the application reads, and limits, itself.
    """

    def __init__(
        self,
        app: ASGIApp,
        largest: int = LARGEST_BODY,
        seconds: float = BODY_SECONDS,
        streamed: str | None = None,
    ) -> None:
        self._app = app
        self._streamed = streamed
        self._largest = largest
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 413 or 408."""
        if scope["type"] != "http" or (self._streamed and scope["path"].startswith(self._streamed)):
            await self._app(scope, receive, send)
            return
        try:
            body = await within(self._seconds, self._read(receive))
        except TimeoutError:
            await _refusal(408, "The request took too long to arrive.")(scope, receive, send)
            return
        except ClientDisconnect:
            return
        if body is None:
            message = f"A request may have {self._largest} bytes."
            await _refusal(413, message)(scope, receive, send)
            return
        await self._app(
            scope, replaying({"type": "http.request", "body": body, "more_body": False}, receive), send
        )

    async def _read(self, receive: Receive) -> bytes | None:
        """The body; None if it is too large: then it is read on for a while and thrown away, because a client
        that is still sending would not see the answer."""
        pieces: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientDisconnect
            piece = message.get("body", b"")
            size += len(piece)
            if size <= self._largest:
                pieces.append(piece)
            if not message.get("more_body", False) or size > _DRAINED:
                return b"".join(pieces) if size <= self._largest else None


def replaying(message: Message, receive: Receive) -> Receive:
    """Says this again before anything else."""
    pending = [message]

    async def replay() -> Message:
        return pending.pop() if pending else await receive()

    return replay


def _refusal(status: int, message: str) -> Response:
    error = {"message": message, "extensions": {"code": "LIMIT_EXCEEDED"}}
    return JSONResponse({"errors": [error]}, status, headers={"Connection": "close"})
