"""Fetches photos that an MLS links to."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager, nullcontext
from datetime import UTC, datetime
from urllib.parse import urlsplit

from adapters.http import WebClient, retry_after
from adapters.photo_hosts import PhotoHosts
from domain.errors import Rejected, Unavailable

MAX_BYTES = 20_000_000
SECONDS = 30.0
_LATER = (408, 425, 429)


class WebDownloads:
    """Implements `domain.ports.Downloads` over the one client for untrusted URLs.

    Args:
        hosts: which hosts may be asked now; without it, all.
        now: the time, in UTC.
    """

    def __init__(
        self,
        web: WebClient,
        *,
        hosts: PhotoHosts | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._web = web
        self._hosts = hosts
        self._now = now

    async def photo(self, url: str) -> bytes:
        """The bytes behind a photo's URL, as `fetch` gets them, if its host may be asked now.

        Raises:
            Rejected, Unavailable: as `fetch`; `Unavailable.asked` is False if the host may not be asked.
        """
        async with self.visit(url):
            return await self.fetch(url)

    def visit(self, url: str) -> AbstractAsyncContextManager[None]:
        """For whoever has more to do before it calls `fetch`; see `PhotoHosts.visit`."""
        return self._hosts.visit(url) if self._hosts else nullcontext()

    async def fetch(self, url: str, *, headers: Mapping[str, str] | None = None) -> bytes:
        """The bytes behind a photo's URL, whatever they are, 20 MB at most, within 30 s; asked for once.

        Args:
            headers: of the request. They may hold a token, so that with them no redirect is followed.

        Raises:
            Rejected: no such photo, not allowed, or too large. Messages name the status and the host, never
                the path or the query, which may hold a token.
            Unavailable: it may work later; with `retry_after` if the other side said when.
        """
        reply = await self._web.send(
            "GET",
            url,
            headers=headers,
            max_bytes=MAX_BYTES,
            seconds=SECONDS,
            identity=True,
            redirects=0 if headers else 3,
        )
        host = urlsplit(reply.url).hostname
        if reply.status in _LATER or reply.status >= 500:
            raise Unavailable(f"{host} answered {reply.status}.", retry_after=retry_after(reply, self._now()))
        if reply.status in (404, 410):
            raise Rejected(f"{host} has no such photo: it answered {reply.status}.")
        if reply.status != 200:
            raise Rejected(f"{host} did not give the photo: it answered {reply.status}.")
        if not reply.body:
            raise Rejected(f"{host} gave a photo without any bytes.")
        return reply.body
