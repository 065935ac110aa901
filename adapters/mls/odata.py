"""Asks an OData 4 server for JSON: authorizes each request, and tries again a little before giving up."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception, stop_after_attempt

from adapters.http import Reply, WebClient
from adapters.mls.answers import read_object
from adapters.mls.tokens import Tokens
from domain.entities.mls_connection import MlsCredentials
from domain.errors import Unavailable

PAGE_BYTES = 50_000_000
SECONDS = 60.0
ATTEMPTS = 3
PATIENCE = 10.0
"""The longest Retry-After, in seconds, that is waited for within a call; a longer one is handed on."""


class OData:
    """Gets JSON objects, in up to `ATTEMPTS` attempts a call."""

    def __init__(
        self,
        web: WebClient,
        *,
        now: Callable[[], datetime],
        sleep: Callable[[float], Awaitable[None]],
        random: Callable[[], float],
    ) -> None:
        self._web = web
        self._now = now
        self._sleep = sleep
        self._random = random
        self._tokens = Tokens(web, now=now)

    async def get(
        self, url: str, credentials: MlsCredentials, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The JSON object at `url`.

        Raises `ActionRequired`, `Refused`, `Rejected` or `Unavailable` as `answers.read_object` does, and
        `ActionRequired` without credentials.
        """
        attempts = AsyncRetrying(
            stop=stop_after_attempt(ATTEMPTS),
            wait=self._pause,
            sleep=self._sleep,
            retry=retry_if_exception(_is_worth_another),
            reraise=True,
        )
        return await attempts(self._get, url, credentials, dict(headers or {}))

    async def _get(self, url: str, credentials: MlsCredentials, headers: dict[str, str]) -> dict[str, Any]:
        token = await self._tokens.get(credentials)
        reply = await self._send(url, token, headers)
        if reply.status == 401 and self._tokens.forget(credentials, token):
            # The server may have ended it before its time; a fresh one shows whether we are welcome.
            token = await self._tokens.get(credentials)
            reply = await self._send(url, token, headers)
        secrets = [token, credentials.client_secret or ""]
        # A page has megabytes: it is parsed away from the event loop.
        return await asyncio.to_thread(read_object, reply, now=self._now(), secrets=secrets)

    async def _send(self, url: str, token: str, headers: dict[str, str]) -> Reply:
        return await self._web.send(
            "GET",
            url,
            headers={"Accept": "application/json", **headers, "Authorization": f"Bearer {token}"},
            max_bytes=PAGE_BYTES,
            seconds=SECONDS,
            # Followed, a redirect could carry the token to a stranger.
            redirects=0,
        )

    def _pause(self, state: RetryCallState) -> float:
        """1 s · 2^n + 0 to 1 s, or longer where the server asks for it."""
        backoff = 2.0 ** (state.attempt_number - 1) + self._random()
        failure = state.outcome.exception() if state.outcome else None
        asked = failure.retry_after if isinstance(failure, Unavailable) else None
        return max(backoff, asked or 0.0)


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of a web address. Raises `ValueError` if it is none or names a user."""
    parts = urlsplit(url)
    ports = {"http": 80, "https": 443}
    if parts.scheme not in ports or not parts.hostname or "@" in parts.netloc:
        raise ValueError("no web address, or one with a user")
    return parts.scheme, parts.hostname, parts.port or ports[parts.scheme]


def _is_worth_another(failure: BaseException) -> bool:
    return isinstance(failure, Unavailable) and (failure.retry_after or 0.0) <= PATIENCE
