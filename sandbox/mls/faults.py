"""Faults that the sandbox MLS can be told to have, and the ASGI layer that has them."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.mls.errors import error_body
from sandbox.mls.traffic import ENTRY, kind_of
from sandbox.serving import RESET

Kind = Literal["status", "timeout", "truncate", "slow", "html", "error200", "garbage", "reset"]
_PIECES = 10
_MAINTENANCE = (
    "<!doctype html><html><head><title>Maintenance</title></head><body><h1>Back soon</h1></body></html>"
)


class Fault(BaseModel):
    """One fault, as `POST /_control/faults` takes it.

    `match`: "odata", "rets", "photos", "token", or the beginning of a path. The first `after` requests that match
    are let through, the next `times` have the fault (null: all of them, until the faults are cleared).

    Kinds: `status` answers `status` with an error body, and with `retry_after` seconds if given; `timeout`
    says nothing for `seconds`, then hangs up; `truncate` breaks the true answer off in the middle; `slow`
    spreads the true answer over `seconds`; `html` is an HTML page with status 200, `error200` an OData error
    object with status 200; `garbage` are bytes that are neither JSON nor an image, under the right content
    type; `reset` resets the connection. A RETS server's `error200` has the ReplyCode `reply_code`.
    """

    model_config = ConfigDict(extra="forbid")

    match: str = "odata"
    kind: Kind
    status: Annotated[int, Field(ge=200, le=599)] = 500
    retry_after: Annotated[int, Field(ge=0)] | None = None
    times: Annotated[int, Field(ge=1)] | None = 1
    seconds: Annotated[float, Field(ge=0)] = 5
    after: Annotated[int, Field(ge=0)] = 0
    reply_code: int = 20210

    def concerns(self, path: str) -> bool:
        """Whether a request of this path can have the fault."""
        return path.startswith(self.match) if self.match.startswith("/") else kind_of(path) == self.match


class Faults:
    """The faults waiting to happen; the first that matches a request is had."""

    def __init__(self) -> None:
        self.waiting: list[Fault] = []

    def take(self, path: str) -> Fault | None:
        """The fault that a request of this path has, counted as had; None if it has none."""
        for fault in [fault for fault in self.waiting if fault.concerns(path)]:
            if fault.after > 0:
                fault.after -= 1
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self.waiting.remove(fault)
            return fault
        return None


class FaultLayer:
    """ASGI middleware that answers the requests which have a fault."""

    def __init__(
        self, app: ASGIApp, faults: Faults, instead: Callable[[Fault, str], Response] | None = None
    ) -> None:
        """`instead` gives the answer to a path for the kinds that replace the true one; OData's unless given."""
        self._app = app
        self._faults = faults
        self._instead = instead or answer_instead

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, with its fault if it has one."""
        fault = None
        if scope["type"] == "http" and kind_of(scope["path"]) != "control":
            fault = self._faults.take(scope["path"])
        if fault is None:
            await self._app(scope, receive, send)
            return
        scope[ENTRY]["fault"] = fault.kind
        match fault.kind:
            case "timeout" | "reset":
                await _hang_up(scope, receive, fault.seconds if fault.kind == "timeout" else 0)
            case "truncate":
                await self._app(scope, receive, _Truncated(send))
            case "slow":
                await self._app(scope, receive, _slowed(send, fault.seconds))
            case _:
                await self._instead(fault, scope["path"])(scope, receive, send)


def answer_instead(fault: Fault, path: str) -> Response:
    """The answer given instead of the true one."""
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    match fault.kind:
        case "html":
            return HTMLResponse(_MAINTENANCE)
        case "garbage":
            kind = "image/jpeg" if kind_of(path) == "photos" else "application/json"
            return Response(b"\x00\x01 this is neither \xff\xfe" * 40, media_type=kind)
        case "error200":
            body, status = error_body("500", "an error that came with status 200"), 200
        case _:
            message = "too many requests" if fault.status == 429 else "a fault that was asked for"
            body, status = error_body(str(fault.status), message), fault.status
    return Response(orjson.dumps(body), status, headers, "application/json")


async def _hang_up(scope: Scope, receive: Receive, seconds: float) -> None:
    """Say nothing for so many seconds or until the client gives up, then reset the connection."""
    try:
        async with asyncio.timeout(seconds):
            await _disconnected(receive)
    except TimeoutError:
        reset: Callable[[], None] = scope["state"][RESET]
        reset()
        await _disconnected(receive)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class _Truncated:
    """Sends half of an answer whose headers promise all of it; the server then breaks the connection off."""

    def __init__(self, send: Send) -> None:
        self._send = send

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.body":
            body = message.get("body", b"")
            message = {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}
        await self._send(message)


def _slowed(send: Send, seconds: float) -> Send:
    async def slow(message: Message) -> None:
        body = message.get("body", b"")
        if not body:
            await send(message)
            return
        size = -(-len(body) // _PIECES)
        for start in range(0, len(body), size):
            await asyncio.sleep(seconds / _PIECES)
            more = start + size < len(body) or message.get("more_body", False)
            await send({"type": "http.response.body", "body": body[start : start + size], "more_body": more})

    return slow
