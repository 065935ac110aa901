"""Keeps a media host that is slow or dead from holding up the photos of others."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from adapters.budgets import Budgets
from domain.errors import Unavailable

AT_ONCE = 10
"""Requests to one host at a time, of one process."""

PATIENCE = 1.5
"""Seconds that a request waits for its turn; after them its worker has better things to do."""

FAILURES = 8
"""In a row: after these a host is left alone for a while, and then asked by one request at a time."""

SHORTEST_PAUSE, LONGEST_PAUSE = 30.0, 900.0
"""Seconds for which a host is left alone, the first time and at most; doubled each time in between."""

_SOON = 3.0


@dataclass(slots=True)
class _Host:
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    visitors: int = 0
    failures: int = 0
    pauses: int = 0


class PhotoHosts:
    """Which hosts may be asked for a photo now. Use it within one event loop.

    The requests to a host are bounded, so that one that is slow has no more than a few workers of each process
    waiting for it; a host that fails time after time is not asked at all for a while, which all processes know
    of. Whoever may not ask is told so at once or soon, and can do something else.

    Args:
        budgets: where pauses are kept.
        random: a number from 0 up to 1; so that not all come back at the same moment.
    """

    def __init__(self, budgets: Budgets, *, random: Callable[[], float]) -> None:
        self._budgets = budgets
        self._random = random
        self._hosts: dict[str, _Host] = {}

    @asynccontextmanager
    async def visit(self, url: str) -> AsyncIterator[None]:
        """The body may ask the host of this URL; its `Unavailable` counts against the host.

        Raises:
            Unavailable: nobody may ask now; `asked` is False.
        """
        name = _name(url)
        if wait := await self._budgets.take(_budget(name), ()):
            raise self._not_now(f"{name} is in trouble, and is left alone for a while.", wait)
        host = self._hosts.setdefault(name, _Host())
        host.visitors += 1
        try:
            await self._turn(name, host)
            try:
                async with self._watching(name, host):
                    yield
            finally:
                host.turns.release()
        finally:
            host.visitors -= 1
            if not host.visitors and not host.failures:
                del self._hosts[name]

    async def _turn(self, name: str, host: _Host) -> None:
        if host.failures >= FAILURES and host.visitors > 1:
            raise self._not_now(f"{name} has been in trouble, and is being tried.", _SOON)
        try:
            async with asyncio.timeout(PATIENCE):
                await host.turns.acquire()
        except TimeoutError:
            raise self._not_now(f"{name} is busy with other photos.", _SOON) from None

    @asynccontextmanager
    async def _watching(self, name: str, host: _Host) -> AsyncIterator[None]:
        try:
            yield
        except Unavailable as error:
            if error.asked:
                await self._failed(name, host)
            raise
        except Exception:
            host.failures = host.pauses = 0  # it has answered, whatever it has said
            raise
        host.failures = host.pauses = 0

    async def _failed(self, name: str, host: _Host) -> None:
        host.failures += 1
        if host.failures >= FAILURES and not await self._budgets.take(_budget(name), ()):
            pause = min(SHORTEST_PAUSE * 2**host.pauses, LONGEST_PAUSE)
            host.pauses += 1
            await self._budgets.pause(_budget(name), pause)

    def _not_now(self, message: str, wait: float) -> Unavailable:
        return Unavailable(message, retry_after=wait * (1 + self._random()), asked=False)


def _name(url: str) -> str:
    """The host with its port; empty for an address that is none, which the client refuses."""
    try:
        return urlsplit(url).netloc.rpartition("@")[2].casefold()
    except ValueError:
        return ""


def _budget(name: str) -> str:
    return f"photo host {name}"
