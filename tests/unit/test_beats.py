"""When subscriptions look, and that what news lead to is read once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from domain.entities.news import News
from resolvers.beats import SAFETY_SECONDS, beats, slackened, states


class HandProgress:
    """Progress that goes by hand: everybody follows one topic."""

    def __init__(self) -> None:
        self.queues: list[asyncio.Queue[News]] = []

    async def tell(self, topic: str) -> None:
        news = News()
        for queue in self.queues:
            queue.put_nowait(news)

    @asynccontextmanager
    async def follow(self, topic: str) -> AsyncIterator[AsyncIterator[News]]:
        self.queues.append(asyncio.Queue())
        yield _Turns(self.queues[-1])


class _Turns:
    def __init__(self, queue: "asyncio.Queue[News]") -> None:
        self._queue = queue

    def __aiter__(self) -> "_Turns":
        return self

    async def __anext__(self) -> News:
        return await self._queue.get()


async def test_news_are_read_once_for_all_and_each_time_anew() -> None:
    progress, readings = HandProgress(), 0

    async def read() -> int:
        nonlocal readings
        readings += 1
        this = readings
        await asyncio.sleep(0)
        return this

    async def watch(seen: asyncio.Queue[int]) -> None:
        async with states(progress, "topic", "what", read) as found:
            async for state in found:
                seen.put_nowait(state)

    seen: list[asyncio.Queue[int]] = [asyncio.Queue() for _ in range(20)]
    watching = [asyncio.create_task(watch(each)) for each in seen]
    found: list[list[int]] = []
    async with asyncio.timeout(10):
        for _ in range(3):
            found.append([await each.get() for each in seen])
            await progress.tell("topic")
    for task in watching:
        task.cancel()
    await asyncio.wait(watching)
    assert sorted(found[0]) == list(range(1, 21))  # a snapshot each
    assert found[1:] == [[21] * 20, [22] * 20]


async def test_who_stops_waiting_stops_nobody_else() -> None:
    news, go = News(), asyncio.Event()

    async def read() -> str:
        await go.wait()
        return "read"

    first, second = (asyncio.create_task(news.once("what", read)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    go.set()
    assert await second == "read"


async def test_a_failure_is_everybodys() -> None:
    news = News()

    async def read() -> str:
        raise OSError("the store is away")

    for _ in range(2):
        with pytest.raises(OSError, match="away"):
            await news.once("what", read)


def test_without_news_the_looks_become_rare_and_never_end() -> None:
    pauses = [SAFETY_SECONDS]
    while pauses[-1] != slackened(pauses[-1]):
        pauses.append(slackened(pauses[-1]))
    assert pauses == [3, 6, 12, 24, 48, 60]


async def test_who_hears_nothing_looks_all_the_same() -> None:
    async with beats(HandProgress(), "topic", safety=0.01, spacing=0) as looks, asyncio.timeout(10):
        for _ in range(4):
            assert isinstance(await anext(looks), News)
