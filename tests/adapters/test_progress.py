"""Progress over a real Redis-compatible server."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis

from adapters.progress import RedisProgress
from domain.entities.news import News
from tests.redis_server import RedisServer, free_port


@pytest.fixture
async def progress(redis_url: str) -> AsyncIterator[RedisProgress]:
    progress = RedisProgress(redis_url)
    yield progress
    await progress.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """A server of this test alone, not yet started."""
    server = RedisServer(tmp_path / "redis")
    yield server
    server.kill()


class Way:
    """A way of its own to a server; closed until it is opened."""

    def __init__(self, redis_url: str) -> None:
        self._port = urlsplit(redis_url).port
        self._own = free_port()
        self.url = f"redis://127.0.0.1:{self._own}/0"

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        async with await asyncio.start_server(self._join, "127.0.0.1", self._own):
            yield

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._port)
        await asyncio.gather(_pass_on(reader, back), _pass_on(there, writer))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65_536):
        writer.write(data)
    writer.close()


async def turn(follower: AsyncIterator[News]) -> None:
    """Wait for a turn; a test that waits in vain fails."""
    async with asyncio.timeout(10):
        await anext(follower)


async def has_no_turn(progress: RedisProgress, follower: AsyncIterator[News]) -> bool:
    """Whether nothing has reached the follower, once another follower has had what was told later."""
    waiting = asyncio.ensure_future(anext(follower))
    async with progress.follow("later") as later:
        await progress.tell("later")
        await turn(later)
    waiting.cancel()
    return bool((await asyncio.gather(waiting, return_exceptions=True))[0])


async def topics(redis_url: str) -> list[str]:
    """The topics that anybody follows, in order."""
    async with Redis.from_url(redis_url, decode_responses=True) as client:
        channels = await client.pubsub_channels("yardsign:progress:?*")
        return sorted(str(channel).removeprefix("yardsign:progress:") for channel in channels)


async def connections(redis_url: str) -> int:
    """How many clients are subscribed to anything."""
    async with Redis.from_url(redis_url) as client:
        return len(await client.client_list(_type="pubsub"))


async def becomes(found: Callable[[], Awaitable[object]], wanted: object) -> None:
    """Wait until the server says so; a test that waits in vain fails."""
    async with asyncio.timeout(10):
        while await found() != wanted:
            pass


async def test_what_is_told_is_heard(progress: RedisProgress) -> None:
    async with progress.follow("run:1") as follower:
        await progress.tell("run:1")
        await turn(follower)
        await progress.tell("run:1")
        await turn(follower)


async def test_between_processes(progress: RedisProgress, redis_url: str) -> None:
    other = RedisProgress(redis_url)
    async with progress.follow("run:ü 1") as follower:
        await other.tell("run:ü 1")
        await turn(follower)
    await other.close()


async def test_other_topics_are_not_heard(progress: RedisProgress) -> None:
    async with progress.follow("run:1") as follower:
        await progress.tell("run:2")
        await progress.tell("run:")
        await progress.tell("")
        assert await has_no_turn(progress, follower)


async def test_what_was_told_before_is_not_heard(progress: RedisProgress) -> None:
    await progress.tell("run:1")
    async with progress.follow("run:1") as follower:
        assert await has_no_turn(progress, follower)


async def test_all_who_hear_of_it_hold_the_same_news(progress: RedisProgress) -> None:
    async with progress.follow("run:1") as one, progress.follow("run:1") as other:
        await progress.tell("run:1")
        async with asyncio.timeout(10):
            first = await anext(one)
            assert await anext(other) is first
            await progress.tell("run:1")
            assert await anext(one) is not first


async def test_whoever_has_given_up_waiting_can_wait_again(progress: RedisProgress) -> None:
    async with progress.follow("run:1") as follower:
        waiting = asyncio.ensure_future(anext(follower))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        await progress.tell("run:1")
        await turn(follower)


async def test_a_burst_is_one_turn(progress: RedisProgress) -> None:
    async with progress.follow("run:1") as slow, progress.follow("run:1") as other:
        for _ in range(100):
            await progress.tell("run:1")
        async with progress.follow("run:2") as later:
            await progress.tell("run:2")
            await turn(later)
        await turn(slow)
        assert await has_no_turn(progress, slow)
        await turn(other)


async def test_a_stalled_follower_holds_up_nobody(progress: RedisProgress) -> None:
    async with progress.follow("run:1"), progress.follow("run:1") as healthy:
        for _ in range(200):
            await progress.tell("run:1")
            await turn(healthy)


async def test_all_followers_share_one_connection(server: RedisServer) -> None:
    server.start()
    progress = RedisProgress(server.url)
    async with progress.follow("a"), progress.follow("b"), progress.follow("a"):
        assert await connections(server.url) == 1
    await progress.close()
    await becomes(lambda: connections(server.url), 0)


async def test_the_last_follower_of_a_topic_unsubscribes(server: RedisServer) -> None:
    server.start()
    progress = RedisProgress(server.url)
    async with progress.follow("a"):
        async with progress.follow("a"), progress.follow("b"):
            assert await topics(server.url) == ["a", "b"]
        await becomes(lambda: topics(server.url), ["a"])
    await progress.close()


async def test_nothing_is_kept_of_topics_that_nobody_follows_any_more(progress: RedisProgress) -> None:
    async def kept() -> int:
        await asyncio.sleep(0.01)
        return sum(len(each) for each in vars(progress).values() if isinstance(each, (dict, set)))

    async with progress.follow("always") as follower:
        await progress.tell("always")
        await turn(follower)
        before = await kept()
        for number in range(20):
            async with progress.follow(f"topic {number}"):
                pass
        await becomes(kept, before)


async def test_coming_and_going_loses_nothing(progress: RedisProgress) -> None:
    async def visit() -> None:
        for _ in range(50):
            async with progress.follow("run:1") as follower:
                await progress.tell("run:1")
                await turn(follower)

    await asyncio.gather(*(visit() for _ in range(8)))


async def test_after_a_restart_followers_are_woken_and_hear_again(server: RedisServer) -> None:
    server.start()
    progress = RedisProgress(server.url)
    async with progress.follow("a") as first, progress.follow("b") as second:
        for _ in range(3):
            server.kill()
            await progress.tell("a")
            await asyncio.to_thread(server.start)
            await turn(first)
            await turn(second)
            await progress.tell("a")
            await turn(first)
            assert await has_no_turn(progress, second)
    await progress.close()


async def test_what_one_process_could_not_tell_it_tells_when_it_can(
    progress: RedisProgress, redis_url: str
) -> None:
    way = Way(redis_url)
    teller = RedisProgress(way.url)
    async with progress.follow("a") as first, progress.follow("b") as second:
        for topic in ("a", "b"):
            await teller.tell(topic)
        assert await has_no_turn(progress, first)
        async with way.open():
            await turn(first)
            await turn(second)
            await teller.close()


async def test_without_redis_nothing_fails(server: RedisServer) -> None:
    progress = RedisProgress(server.url)
    await progress.tell("a")
    async with progress.follow("a") as follower:
        await asyncio.to_thread(server.start)
        await turn(follower)
        await progress.tell("a")
        await turn(follower)
    await progress.close()


async def test_telling_a_server_that_is_silent_ends() -> None:
    silent = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    progress = RedisProgress(f"redis://127.0.0.1:{port}/0")
    async with asyncio.timeout(10):
        await progress.tell("a")
        async with progress.follow("a"):
            pass
        await progress.close()
    silent.close()


async def test_closing_ends_the_followers(redis_url: str) -> None:
    progress = RedisProgress(redis_url)
    async with progress.follow("a") as follower:
        waiting = asyncio.ensure_future(anext(follower, "ended"))
        await progress.close()
        async with asyncio.timeout(10):
            assert await waiting == "ended"


async def test_closing_what_was_never_used(redis_url: str) -> None:
    await RedisProgress(redis_url).close()
