"""Pushes the sandbox MLS's events to a webhook, signed, as `POST /_control/webhook` asks for.

The body is a RESO EntityEvent payload with one event. `X-Yardsign-Signature` is the hexadecimal HMAC-SHA-256,
under the webhook's secret, of `X-Yardsign-Timestamp` (seconds since 1970), a full stop and the body.
"""

import asyncio
import hmac
from collections import deque
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from typing import Any

import httpx
import orjson
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.mls.errors import bad
from sandbox.mls.journal import Event

_CONTEXT = "urn:reso:metadata:2.0:resource:entityevent"
_SECONDS = 10.0
_KEPT = 1_000
_Pushed = deque[dict[str, Any]]


class Target(BaseModel):
    """Where events are pushed to, and the secret that they are signed with."""

    model_config = ConfigDict(extra="forbid")

    url: str
    secret: str


class Webhook:
    """Pushes events one after the other, each once; without a target they are not pushed at all.

    What became of the last ones is told by `GET /_control/webhook`: `status` is null where nobody answered.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._target: Target | None = None
        self._pushed = _Pushed(maxlen=_KEPT)
        # With each event where to push it, and where to say what became of it.
        self._waiting: asyncio.Queue[tuple[Event, Target, _Pushed]] = asyncio.Queue()

    def routes(self) -> list[Route]:
        """The control calls that set the target, show what was pushed, and stop."""
        path = "/_control/webhook"
        return [
            Route(path, self._set, methods=["POST"]),
            Route(path, self._show, methods=["GET"]),
            Route(path, self._stop, methods=["DELETE"]),
        ]

    def happened(self, event: Event) -> None:
        """Push an event as soon as those before it are."""
        if self._target is not None:
            self._waiting.put_nowait((event, self._target, self._pushed))

    def clear(self) -> None:
        """Push nothing more, and forget what was."""
        self._target = None
        self._pushed = _Pushed(maxlen=_KEPT)
        while not self._waiting.empty():
            self._waiting.get_nowait()

    async def run(self) -> None:
        """Push what happens, until cancelled."""
        async with httpx.AsyncClient(timeout=_SECONDS, trust_env=False) as client:
            while True:
                event, target, pushed = await self._waiting.get()
                status = await self._push(client, target, event)
                pushed.append({"EntityEventSequence": event.sequence, "status": status})

    async def _push(self, client: httpx.AsyncClient, target: Target, event: Event) -> int | None:
        body, stamp = payload(event), str(int(self._now().timestamp()))
        headers = {
            "Content-Type": "application/json",
            "X-Yardsign-Timestamp": stamp,
            "X-Yardsign-Signature": signature(target.secret, stamp, body),
        }
        try:
            return (await client.post(target.url, content=body, headers=headers)).status_code
        except (httpx.HTTPError, httpx.InvalidURL):
            return None

    async def _set(self, request: Request) -> Response:
        try:
            self._target = Target.model_validate_json(await request.body())
        except ValidationError as error:
            raise bad(str(error)) from error
        return Response(status_code=204)

    async def _show(self, _request: Request) -> Response:
        url = None if self._target is None else self._target.url
        body = orjson.dumps({"url": url, "pushed": list(self._pushed)})
        return Response(body, media_type="application/json")

    async def _stop(self, _request: Request) -> Response:
        self.clear()
        return Response(status_code=204)


def payload(event: Event) -> bytes:
    """The body of a push."""
    row = {
        "EntityEventSequence": event.sequence,
        "ResourceName": "Property",
        "ResourceRecordKey": event.key,
    }
    return orjson.dumps({"@reso.context": _CONTEXT, "value": [row]})


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """The value of `X-Yardsign-Signature`."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()
