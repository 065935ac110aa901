"""A limit of time that costs nothing where nothing is waited for."""

import asyncio
from contextlib import suppress

import pytest

from app.patience import within


class Work:
    """Waits for some futures, one after the other; remembers how it ended."""

    def __init__(self, *waits: "asyncio.Future[int]") -> None:
        self._waits = waits
        self.ended = ""

    async def do(self) -> int:
        found = 1
        try:
            for each in self._waits:
                with suppress(LookupError):
                    found += await each
        except BaseException as error:
            self.ended = type(error).__name__
            raise
        self.ended = "done"
        return found


def _future(value: int | Exception, *, later: bool = True) -> "asyncio.Future[int]":
    future: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def end() -> None:
        if isinstance(value, Exception):
            future.set_exception(value)
        else:
            future.set_result(value)

    if later:
        asyncio.get_running_loop().call_later(0.001, end)
    return future


async def test_what_is_there_at_once_is_given() -> None:
    assert await within(0, Work().do()) == 1


async def test_what_is_awaited_is_given_with_its_errors() -> None:
    assert await within(30, Work(_future(2), _future(LookupError()), _future(3)).do()) == 6
    with pytest.raises(ValueError, match="wrong"):
        await within(30, Work(_future(2), _future(ValueError("wrong"))).do())
    with pytest.raises(ZeroDivisionError):
        await within(30, _fails())


async def test_the_work_is_ended_after_its_time_or_with_its_task() -> None:
    slow = Work(_future(1), _future(1, later=False))
    with pytest.raises(TimeoutError):
        await within(0.01, slow.do())
    left = Work(_future(1, later=False))
    task = asyncio.ensure_future(within(30, left.do()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (slow.ended, left.ended) == ("CancelledError", "CancelledError")


async def _fails() -> int:
    return 1 // 0
