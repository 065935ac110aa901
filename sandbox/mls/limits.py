"""Counts what tokens ask for, refuses what goes over a vendor's limits, and tells what is left."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

from starlette.requests import Request

from sandbox.mls.errors import Refused
from sandbox.mls.flavours import Flavour, Window

_ANYBODY = "media"
_HOUR = 3_600.0
_SUSPENDED = (
    "This access token has been suspended because it went over its limits too often. "
    "Contact support to have it reinstated."
)


class Limiter:
    """What each token used in the windows it is in; in memory, so a restart forgets it."""

    def __init__(self, flavour: Flavour, now: Callable[[], datetime]) -> None:
        self._limits = flavour.limits
        self._quota = flavour.quota
        self._now = now
        self._used: dict[tuple[str, str, int], tuple[int, int]] = {}
        self._refusals: Counter[str] = Counter()
        self._suspended: set[str] = set()
        self._fetched: dict[str, float] = {}

    def take(self, token: str) -> None:
        """Count one request for data. Raises Refused (429), having counted nothing."""
        if token in self._suspended:
            raise Refused(429, _SUSPENDED, headers=self.headers(token))
        over = [window for window in self._limits.requests if self._left(token, "requests", window) <= 0]
        over += [window for window in self._limits.bytes if self._left(token, "bytes", window) <= 0]
        if over:
            self._refuse(token, over[0])
        for window in self._limits.requests:
            self._add(token, "requests", window, 1)

    def spend(self, token: str, amount: int) -> None:
        """Count the bytes of an answer."""
        for window in self._limits.bytes:
            self._add(token, "bytes", window, amount)

    def take_photo(self) -> None:
        """Count one file. Raises Refused (429)."""
        for window in self._limits.media:
            if self._left(_ANYBODY, "media", window) <= 0:
                raise Refused(429, "too many requests for media")
        for window in self._limits.media:
            self._add(_ANYBODY, "media", window, 1)

    def take_photo_once(self, request: Request, token: str) -> None:
        """Let each URL of a photo be fetched once an hour, by who has the token as User-Agent.

        Raises Refused: 403 for another User-Agent, 429 within the hour.
        """
        if request.headers.get("user-agent") != token:
            raise Refused(403, "the User-Agent of requests for media must be the access token")
        moment = self._now().timestamp()
        if moment - self._fetched.get(request.url.path, -_HOUR) < _HOUR:
            raise Refused(429, "this media item was downloaded within the last hour")
        self._fetched[request.url.path] = moment

    def suspend(self, token: str) -> None:
        """Refuse whatever the token asks for."""
        self._suspended.add(token)

    def clear(self) -> None:
        """Forget everything: nothing is used, nobody is suspended, no photo was fetched."""
        self._used.clear()
        self._refusals.clear()
        self._suspended.clear()
        self._fetched.clear()

    def headers(self, token: str) -> dict[str, str]:
        """What the vendor's answers tell of the token's quota."""
        by_seconds = {seconds: (amount, seconds) for amount, seconds in self._limits.requests}
        minute, hour = by_seconds.get(60), by_seconds.get(3600)
        if self._quota is None or minute is None or hour is None:
            return {}
        return (
            self._trestle(token, minute, hour)
            if self._quota == "trestle"
            else self._bridge(token, minute, hour)
        )

    def _trestle(self, token: str, minute: Window, hour: Window) -> dict[str, str]:
        return {
            "Minute-Quota-Limit": f"{minute[0]:.1f}",
            "Minute-Quota-Available": f"{self._left(token, 'requests', minute):.1f}",
            "Hour-Quota-Limit": f"{hour[0]:.1f}",
            "Hour-Quota-Available": f"{self._left(token, 'requests', hour):.1f}",
            "Hour-Quota-ResetTime": str(self._end(hour) * 1000),
        }

    def _bridge(self, token: str, minute: Window, hour: Window) -> dict[str, str]:
        told = {}
        for name, window in (("Burst", minute), ("Application", hour)):
            reset = datetime.fromtimestamp(self._end(window), UTC)
            told[f"{name}-RateLimit-Limit"] = str(window[0])
            told[f"{name}-RateLimit-Remaining"] = str(self._left(token, "requests", window))
            told[f"{name}-RateLimit-Reset"] = reset.strftime("%Y-%m-%dT%H:%M:%SZ")
        return told

    def _refuse(self, token: str, window: Window) -> None:
        self._refusals[token] += 1
        after = self._limits.suspend_after
        if after is not None and self._refusals[token] >= after:
            self.suspend(token)
        headers = self.headers(token)
        if self._limits.retry_after:
            headers["Retry-After"] = str(max(1, self._end(window) - int(self._now().timestamp())))
        amount, seconds = window
        raise Refused(429, f"over the limit of {amount} in {seconds} seconds", headers=headers)

    def _end(self, window: Window) -> int:
        """When the window that we are in ends, in seconds since 1970."""
        seconds = window[1]
        return (int(self._now().timestamp()) // seconds + 1) * seconds

    def _left(self, token: str, unit: str, window: Window) -> int:
        end, used = self._used.get((token, unit, window[1]), (0, 0))
        return max(0, window[0] - (used if end == self._end(window) else 0))

    def _add(self, token: str, unit: str, window: Window, amount: int) -> None:
        now_ends = self._end(window)
        end, used = self._used.get((token, unit, window[1]), (0, 0))
        self._used[token, unit, window[1]] = (now_ends, amount + (used if end == now_ends else 0))
