"""Faults a sandbox platform can be told to have, and the ASGI layer that has them."""

import asyncio
import re
import socket
import struct
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl, urlencode

from pydantic import BaseModel, ConfigDict, Field, model_validator
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

Kind = Literal[
    "status", "error", "timeout", "slow", "lost_before", "lost_after", "error_after", "reset", "success_false"
]
_SECRET_PARAMETERS = {
    "access_token",
    "client_secret",
    "code",
    "fb_exchange_token",
    "appsecret_proof",
    "input_token",
}


class Fault(BaseModel):
    """One fault, as `POST /_control/faults` takes it.

    `match` is "any", "feed", "photos", "delete", "oauth", or a regular expression searched for in the path.
    The first `after` matching requests are left alone, the next `times` have the fault (null: every one).

    Kinds: `status` answers a bare `status` with no JSON; `error` the platform's envelope with `code` and
    `subcode`; `timeout` does nothing and is silent for `seconds`, then hangs up; `slow` waits `seconds` and
    goes on as usual; `lost_before` hangs up before the effect; `lost_after` has the effect, then hangs up
    without an answer; `error_after` has the effect, then answers HTTP 500 with code 2; `reset` resets the
    connection before the effect; `success_false` answers 200 with {"success": false} and does nothing.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Kind
    match: str = "any"
    method: str | None = None
    status: int | None = Field(default=None, ge=200, le=599)
    code: int | None = None
    subcode: int | None = None
    message: str | None = None
    times: int | None = Field(default=1, ge=1)
    after: int = Field(default=0, ge=0)
    seconds: float = Field(default=30, ge=0)

    @model_validator(mode="after")
    def _complete(self) -> "Fault":
        if self.kind == "status" and self.status is None:
            raise ValueError("a status fault needs `status`")
        if self.kind == "error" and self.code is None:
            raise ValueError("an error fault needs `code`")
        re.compile(self.match)
        return self

    def concerns(self, method: str, path: str) -> bool:
        """Whether a request of this method and path can have the fault."""
        if self.method is not None and self.method.upper() != method:
            return False
        match self.match:
            case "any":
                return True
            case "feed" | "photos":
                return path.endswith("/" + self.match)
            case "delete":
                return method == "DELETE"
            case "oauth":
                return "/oauth" in path
            case pattern:
                return re.search(pattern, path) is not None


@dataclass
class Faults:
    """The faults that are armed, oldest first; they are not kept over a restart."""

    armed: list[Fault]

    def take(self, method: str, path: str) -> Fault | None:
        """The fault this request has, counted down; None if it has none."""
        for fault in self.armed:
            if not fault.concerns(method, path):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self.armed.remove(fault)
            return fault
        return None


class Misbehaving:
    """ASGI layer around a platform: keeps a log of the requests and applies the faults to them.

    Paths under `/_control` are neither logged nor disturbed. `envelope(fault, code, status)` makes the
    platform's own error answer.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        faults: Faults,
        log: deque[dict[str, Any]],
        envelope: Callable[[Fault], Response],
        now: Callable[[], float],
    ) -> None:
        self._app = app
        self._faults = faults
        self._log = log
        self._envelope = envelope
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_control"):
            await self._app(scope, receive, send)
            return
        fault = self._faults.take(scope["method"], scope["path"])
        entry = self._entry(scope, fault)
        self._log.append(entry)

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry["status"] = message["status"]
            await send(message)

        if fault is None:
            await self._app(scope, receive, noting)
        else:
            await self._misbehave(fault, scope, receive, noting)

    def _entry(self, scope: Scope, fault: Fault | None) -> dict[str, Any]:
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        shown = [(name, "hidden" if name in _SECRET_PARAMETERS else value) for name, value in query]
        return {
            "at": self._now(),
            "method": scope["method"],
            "path": scope["path"],
            "query": urlencode(shown, safe=","),
            "fault": fault.kind if fault else None,
            "status": None,
        }

    async def _misbehave(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        match fault.kind:
            case "slow":
                await asyncio.sleep(fault.seconds)
                await self._app(scope, receive, send)
            case "lost_after" | "error_after":
                await self._app(scope, receive, _swallow)
                if fault.kind == "lost_after":
                    await _hang_up(receive)
                else:
                    await self._envelope(fault)(scope, receive, send)
            case "timeout" | "lost_before" | "reset":
                await _read_all(receive)
                if fault.kind == "timeout":
                    await _silence(receive, fault.seconds)
                await _hang_up(receive, reset=fault.kind == "reset")
            case "status" | "error" | "success_false":
                await _read_all(receive)
                await self._refusal(fault)(scope, receive, send)

    def _refusal(self, fault: Fault) -> Response:
        if fault.kind == "status":
            return PlainTextResponse("The sandbox was told to answer this.", status_code=fault.status or 500)
        if fault.kind == "success_false":
            return JSONResponse({"success": False})
        return self._envelope(fault)


async def _swallow(message: Message) -> None:
    """Stands in for `send` where the effect is wanted and the answer is not."""


async def _read_all(receive: Receive) -> None:
    # Unread bytes would turn an orderly close into a reset.
    message = await receive()
    while message["type"] == "http.request" and message.get("more_body"):
        message = await receive()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _silence(receive: Receive, seconds: float) -> None:
    waiting: Awaitable[None] = _gone(receive)
    try:
        await asyncio.wait_for(waiting, seconds)
    except TimeoutError:
        return


async def _hang_up(receive: Receive, *, reset: bool = False) -> None:
    """Close the connection without a byte of an answer; with `reset` by RST, else by FIN.

    ASGI has no word for this, so it reaches for the transport behind uvicorn's `receive`.
    """
    transport = getattr(getattr(receive, "__self__", None), "transport", None)
    if not isinstance(transport, asyncio.Transport):
        raise RuntimeError("this fault needs uvicorn, whose transport it closes")
    if reset and not transport.is_closing():
        transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
    transport.abort()
    await _gone(receive)
