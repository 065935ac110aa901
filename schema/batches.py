"""Joins reads that are asked for at the same time, and ends one for which nobody waits any more."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

_TOGETHER = 100


class Loader(Generic[Key, Value]):
    """Reads by key, a hundred at once or what is asked for together.

    Strawberry's DataLoader reads in a task that outlives the operation that was given up: a slow store would be
    asked for more and more that nobody will see.

    Args:
        read: answers a value for each key, in their order.
    """

    def __init__(self, read: Callable[[list[Key]], Awaitable[Sequence[Value]]]) -> None:
        self._read = read
        self._open: _Batch | None = None

    def load(self, key: Key) -> "asyncio.Future[Value]":
        """The value, which comes with those of all that ask before the loop has run out of work."""
        return self._batch().wait_for(key)

    def load_many(self, keys: Sequence[Key]) -> "asyncio.Future[list[Value]]":
        """The values, in the order of the keys; they are never read apart from each other."""
        return self._batch().wait_for_all(keys)

    def _batch(self) -> "_Batch":
        batch = self._open
        if batch is None or len(batch.keys) >= _TOGETHER:
            loop = asyncio.get_running_loop()
            batch = self._open = _Batch(loop)
            loop.call_soon(self._start, batch)
        return batch

    def _start(self, batch: "_Batch") -> None:
        batch.task = batch.loop.create_task(self._run(batch))

    async def _run(self, batch: "_Batch") -> None:
        batch.reads = True
        if self._open is batch:
            self._open = None
        if not batch.wanted:
            return
        try:
            values = await self._read(batch.keys)
            if len(values) != len(batch.keys):
                raise ValueError(f"{len(values)} values were read for {len(batch.keys)} keys")
        except Exception as error:
            for waiter in batch.waiters:
                if not waiter.done():
                    waiter.set_exception(error)
            return
        for waiter in batch.waiters:
            if not waiter.done():
                waiter.set_result(values[waiter.place])


class _Batch:
    """What is read together, and for whom."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.keys: list[Any] = []
        self.waiters: list[_Waiter] = []
        self.wanted = 0
        self.task: asyncio.Task[None] | None = None
        self.reads = False

    def wait_for(self, key: Any) -> "_Waiter":
        waiter = self._waiter(len(self.keys))
        self.keys.append(key)
        return waiter

    def wait_for_all(self, keys: Sequence[Any]) -> "_Waiter":
        waiter = self._waiter(slice(len(self.keys), len(self.keys) + len(keys)))
        self.keys += keys
        return waiter

    def _waiter(self, place: int | slice) -> "_Waiter":
        waiter = _Waiter(self, place)
        self.waiters.append(waiter)
        self.wanted += 1
        return waiter

    def leave(self) -> None:
        self.wanted -= 1
        # Before it reads, others may still join: a task that is cancelled then would never begin for them.
        if not self.wanted and self.reads and self.task is not None:
            self.task.cancel()


class _Waiter(asyncio.Future[Any]):
    """Says when it is cancelled; a callback would cost every read that is not.

    Attributes:
        place: of its value, or of its values, among those that are read.
    """

    def __init__(self, batch: _Batch, place: int | slice) -> None:
        super().__init__(loop=batch.loop)
        self._batch = batch
        self.place: Any = place

    def cancel(self, msg: Any = None) -> bool:
        """Give up; the last one to do so ends the read."""
        cancelled = super().cancel(msg)
        if cancelled:
            self._batch.leave()
        return cancelled
