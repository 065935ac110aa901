"""Fetches photos that an MLS links to."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from tenacity import AsyncRetrying, RetryCallState, stop_after_attempt, wait_random

from adapters.http import Reply, WebClient
from domain.errors import Rejected, Unavailable

MAX_BYTES = 20_000_000
SECONDS = 30.0
ATTEMPTS = 2
LONGEST_RETRY_AFTER = 3_600.0
_LATER = (408, 425, 429)


class WebDownloads:
    """Implements `domain.ports.Downloads` over the one client for untrusted URLs.

    Args:
        now: the time, in UTC.
        sleep: waits for seconds between two attempts.
    """

    def __init__(
        self,
        web: WebClient,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._web = web
        self._now = now
        self._retrying = AsyncRetrying(
            sleep=sleep,
            stop=stop_after_attempt(ATTEMPTS),
            wait=wait_random(0.5, 1.5),
            retry=_is_worth_another_attempt,
            reraise=True,
        )

    async def photo(self, url: str) -> bytes:
        """The bytes behind a photo's URL, whatever they are, 20 MB at most, within 30 s an attempt.

        Raises:
            Rejected: no such photo, not allowed, or too large. Messages name the status and the host, never
                the path or the query, which may hold a token.
            Unavailable: after two attempts, or after one if the other side said when to come again.
        """
        return await self._retrying(self._attempt, url)

    async def _attempt(self, url: str) -> bytes:
        reply = await self._web.send("GET", url, max_bytes=MAX_BYTES, seconds=SECONDS, identity=True)
        host = urlsplit(reply.url).hostname
        if reply.status in _LATER or reply.status >= 500:
            raise Unavailable(
                f"{host} answered {reply.status}.", retry_after=_retry_after(reply, self._now())
            )
        if reply.status in (404, 410):
            raise Rejected(f"{host} has no such photo: it answered {reply.status}.")
        if reply.status != 200:
            raise Rejected(f"{host} did not give the photo: it answered {reply.status}.")
        if not reply.body:
            raise Rejected(f"{host} gave a photo without any bytes.")
        return reply.body


def _is_worth_another_attempt(state: RetryCallState) -> bool:
    error = state.outcome.exception() if state.outcome else None
    return isinstance(error, Unavailable) and error.retry_after is None


def _retry_after(reply: Reply, now: datetime) -> float | None:
    """The seconds of Retry-After, which may be a date (RFC 9110, 10.2.3); None if it says nothing usable."""
    text = reply.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        return min(float(text), LONGEST_RETRY_AFTER)
    try:
        seconds = (parsedate_to_datetime(text) - now).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return None
    return max(0.0, min(seconds, LONGEST_RETRY_AFTER))
