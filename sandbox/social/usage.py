"""How a sandbox of Meta's counts calls: by the hour, for the app and for each account, told with every answer."""

import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.social.control import Refused, body_of
from sandbox.social.graph import GraphError

_HOUR = 3_600
_LIMITS = {"app": 20_000, "account": 10_000}
_REFUSALS = {"pages": 80_001, "instagram": 80_002}

UseCase = tuple[str, str]
"""The account that a call is about, and "pages" or "instagram"."""


@dataclass
class Meter:
    """The calls of the last hour.

    Attributes:
        limits: calls in an hour, of the app and of one account.
    """

    now: Callable[[], float]
    limits: dict[str, int] = field(default_factory=lambda: dict(_LIMITS))
    _calls: deque[tuple[float, str]] = field(default_factory=deque)

    def count(self, use_case: UseCase | None) -> None:
        """One more call; raises GraphError where that is more than the limit, which counts all the same."""
        full_app, full_account = self.app() >= 100, self.account(use_case) >= 100
        self._calls.append((self.now(), use_case[0] if use_case else ""))
        if full_app:
            raise GraphError(4, status=403)
        if full_account and use_case is not None:
            raise GraphError(_REFUSALS[use_case[1]])

    def app(self) -> int:
        """Per cent of the app's limit."""
        return self._per_cent(len(self._of_the_hour()), "app")

    def account(self, use_case: UseCase | None) -> int:
        """Per cent of the account's limit; 0 for a call that is about none."""
        if use_case is None:
            return 0
        return self._per_cent(sum(account == use_case[0] for _, account in self._of_the_hour()), "account")

    def headers(self, use_case: UseCase | None) -> dict[str, str]:
        """What goes with the answer of a call."""
        return usage_headers(self.app(), use_case, self.account(use_case))

    def forget(self) -> None:
        """Back to the beginning."""
        self._calls.clear()
        self.limits = dict(_LIMITS)

    def routes(self) -> list[Route]:
        """The control calls: `/_control/limits` reads and sets {"app": calls, "account": calls}."""
        return [Route("/_control/limits", self._set, methods=["GET", "POST"])]

    async def _set(self, request: Request) -> Response:
        if request.method == "POST":
            body = await body_of(request)
            if not body or not set(body) <= set(_LIMITS) or not all(_is_limit(n) for n in body.values()):
                raise Refused('say {"app": n} or {"account": n}, calls in an hour')
            self.limits |= body
        return JSONResponse({"limits": self.limits, "calls": len(self._of_the_hour())})

    def _of_the_hour(self) -> deque[tuple[float, str]]:
        while self._calls and self._calls[0][0] <= self.now() - _HOUR:
            self._calls.popleft()
        return self._calls

    def _per_cent(self, calls: int, of: str) -> int:
        return min(100, calls * 100 // self.limits[of])


def usage_headers(
    app: int, use_case: UseCase | None, account: int, regain_minutes: int = 0
) -> dict[str, str]:
    """The headers that tell how much of the limits is used, in per cent."""
    headers = {"x-app-usage": json.dumps(_used(app))}
    if use_case is not None:
        node, kind = use_case
        business = {"type": kind} | _used(account) | {"estimated_time_to_regain_access": regain_minutes}
        if kind == "pages":
            headers["x-page-usage"] = json.dumps(_used(account))
        headers["x-business-use-case-usage"] = json.dumps({node: [business]})
    return headers


def _used(per_cent: int) -> dict[str, int]:
    return {"call_count": per_cent, "total_cputime": per_cent, "total_time": per_cent}


def _is_limit(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0
