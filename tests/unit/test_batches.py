"""Reads of one moment are one read, and one for which nobody waits is ended."""

import asyncio
from collections.abc import Sequence

import pytest

from schema.batches import Loader


class Store:
    """Answers when it is let; remembers what it was asked and whether it was left."""

    def __init__(self, *, lets: bool = True) -> None:
        self.asked: list[list[int]] = []
        self.left = 0
        self._let = asyncio.Event()
        if lets:
            self._let.set()

    async def read(self, keys: list[int]) -> Sequence[str]:
        self.asked.append(list(keys))
        try:
            await self._let.wait()
        except asyncio.CancelledError:
            self.left += 1
            raise
        if 1313 in keys:
            raise LookupError("there is no such thing")
        return [str(key) for key in keys if key >= 0]

    def let(self) -> None:
        self._let.set()


async def _load(loader: Loader[int, str], key: int) -> str:
    return await loader.load(key)


async def test_what_is_asked_at_the_same_time_is_read_together() -> None:
    store = Store()
    loader = Loader(store.read)
    assert await asyncio.gather(*(_load(loader, key) for key in range(250))) == [
        str(key) for key in range(250)
    ]
    assert [len(keys) for keys in store.asked] == [100, 100, 50]
    assert await loader.load(1) == "1"
    assert store.asked[-1] == [1]


async def test_many_are_read_with_one_and_never_apart() -> None:
    store = Store()
    loader = Loader(store.read)
    one, many, more = loader.load(7), loader.load_many(range(150)), loader.load_many([8])
    assert (await one, await many, await more) == ("7", [str(key) for key in range(150)], ["8"])
    assert [len(keys) for keys in store.asked] == [151, 1]


async def test_a_read_ends_when_the_last_who_waits_gives_up() -> None:
    store = Store(lets=False)
    loader = Loader(store.read)
    one, other = (asyncio.ensure_future(_load(loader, key)) for key in (1, 2))
    await asyncio.sleep(0.01)
    one.cancel()
    await asyncio.sleep(0.01)
    assert (store.asked, store.left) == ([[1, 2]], 0)
    other.cancel()
    await asyncio.sleep(0.01)
    assert store.left == 1


async def test_who_goes_on_waiting_gets_the_answer() -> None:
    store = Store(lets=False)
    loader = Loader(store.read)
    one, other = (asyncio.ensure_future(_load(loader, key)) for key in (1, 2))
    await asyncio.sleep(0.01)
    one.cancel()
    store.let()
    assert await other == "2"


async def test_what_nobody_wants_any_more_is_not_read_at_all() -> None:
    store = Store()
    loader = Loader(store.read)
    loader.load(1).cancel()
    await asyncio.sleep(0.01)
    assert store.asked == []


@pytest.mark.parametrize(
    ("wrong", "error"), [(1313, LookupError), (-1, ValueError)], ids=["raises", "forgets one"]
)
async def test_a_fault_reaches_all_who_wait(wrong: int, error: type[Exception]) -> None:
    loader = Loader(Store().read)
    answers = await asyncio.gather(_load(loader, 1), _load(loader, wrong), return_exceptions=True)
    assert [type(answer) for answer in answers] == [error, error]


async def test_who_asks_in_the_moment_in_which_the_others_give_up_gets_the_answer() -> None:
    loader = Loader(Store().read)
    given_up = loader.load(1)
    await asyncio.sleep(0)  # the batch's task is made, and has not begun
    given_up.cancel()
    async with asyncio.timeout(1):
        assert await loader.load(2) == "2"
