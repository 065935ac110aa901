"""A limit of time for what mostly waits for nothing: whatever is done at once is spared the timer."""

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

T = TypeVar("T")


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """What the work comes to; raises TimeoutError if it still waits for something after so long, and ends it."""
    try:
        awaited = work.send(None)
    except StopIteration as done:
        found: T = done.value
        return found
    async with asyncio.timeout(seconds):
        return await _Begun(work, awaited)


class _Begun(Generic[T]):
    """Goes on with a coroutine that was begun by hand, in the same task.

    Args:
        awaited: what the coroutine waits for.
    """

    def __init__(self, work: Coroutine[Any, Any, T], awaited: Any) -> None:
        self._work = work
        self._awaited = awaited

    def __await__(self) -> Generator[Any, Any, T]:
        work, awaited = self._work, self._awaited
        try:
            while True:
                try:
                    sent = yield awaited
                except GeneratorExit:
                    work.close()
                    raise
                except BaseException as error:  # such as the task's end: the coroutine's to handle
                    awaited = work.throw(error)
                else:
                    awaited = work.send(sent)
        except StopIteration as done:
            found: T = done.value
            return found
