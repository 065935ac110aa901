"""Remembers what was asked of the sandbox MLS, so that tests can see it."""

from collections import Counter, deque
from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.mls.flavours import FLAVOURS
from sandbox.mls.selling import stamp
from sandbox.mls.tokens import TOKEN

# The key in a request's scope of its entry in the log.
ENTRY = "sandbox.entry"
_KEPT = 2_000
_KINDS = {
    **{flavour.root: "odata" for flavour in FLAVOURS.values()},
    **{flavour.token_path: "token" for flavour in FLAVOURS.values() if flavour.token_path is not None},
    "/rets/": "rets",
    "/photos/": "photos",
    "/_control": "control",
}
_HEADERS = ("user-agent", "prefer", "accept", "accept-encoding", "if-none-match", "odata-maxversion")


def kind_of(path: str) -> str:
    """What a path belongs to: "odata", "rets", "photos", "token", "control" or "other"."""
    return next((kind for start, kind in _KINDS.items() if path.startswith(start)), "other")


class Traffic:
    """The last requests but control calls, and how many there were by kind and by kind and status."""

    def __init__(self) -> None:
        self.requests: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self.counts: Counter[str] = Counter()

    def asked(self, entry: dict[str, Any]) -> None:
        """Remember a request that came in."""
        self.requests.append(entry)
        self.counts[kind_of(entry["path"])] += 1

    def answered(self, entry: dict[str, Any], status: int) -> None:
        """Remember what it is answered with."""
        entry["status"] = status
        self.counts[f"{kind_of(entry['path'])} {status}"] += 1

    def clear(self) -> None:
        """Forget all of it."""
        self.requests.clear()
        self.counts.clear()


class TrafficLayer:
    """ASGI middleware that notes every request; a status of null is an answer that never began."""

    def __init__(self, app: ASGIApp, traffic: Traffic, now: Callable[[], datetime]) -> None:
        self._app = app
        self._traffic = traffic
        self._now = now

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Note one request and how its answer begins."""
        if scope["type"] != "http" or kind_of(scope["path"]) == "control":
            await self._app(scope, receive, send)
            return
        entry = self._entry(scope)
        self._traffic.asked(entry)
        # The layer of faults, further in, says here which one it had.
        scope[ENTRY] = entry

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._traffic.answered(entry, message["status"])
            await send(message)

        await self._app(scope, receive, watched)

    def _entry(self, scope: Scope) -> dict[str, Any]:
        headers = Headers(scope=scope)
        return {
            "at": stamp(self._now()),
            "method": scope["method"],
            "path": scope["path"],
            "query": scope["query_string"].decode("ascii", "replace"),
            "headers": {
                # MLS Grid wants the token for a User-Agent.
                name: headers[name].replace(TOKEN, "(token)")
                for name in _HEADERS
                if name in headers
            },
            # Whether a token came with it; the token itself is nobody's business.
            "authorization": _scheme(headers.get("authorization", "")),
            "fault": None,
            "status": None,
        }


def _scheme(authorization: str) -> str | None:
    scheme, space, _ = authorization.partition(" ")
    return scheme if space else None
