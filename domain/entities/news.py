"""A burst of changes that many watchers hear of at once."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class News:
    """All watchers whom it wakes hold the same object, so that what they read because of it is read once.

    What changes after such a reading has begun comes with news of its own.
    """

    __slots__ = ("_readings",)

    def __init__(self) -> None:
        self._readings: dict[Hashable, asyncio.Future[Any]] = {}

    async def once(self, what: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """What `read` answers to the first who asks, for all; whoever stops waiting stops nobody else.

        Args:
            what: names the reading; two that could answer differently must not have the same name.
        """
        reading: asyncio.Future[T] | None = self._readings.get(what)
        if reading is None:
            reading = self._readings[what] = asyncio.ensure_future(read())
            # Else a failure would be reported as unseen if everybody had left before it.
            reading.add_done_callback(lambda done: done.cancelled() or done.exception())
        return await asyncio.shield(reading)
