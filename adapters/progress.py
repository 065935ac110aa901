"""News of progress between processes, over Redis publish and subscribe."""

import asyncio
import logging
import random
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from domain.entities.news import News

_PREFIX = "yardsign:progress:"
_TELL_SECONDS = 1.0
_MOST_UNTOLD = 10_000
_SPREAD_SECONDS = 0.0005  # for each topic, over which followers are woken after Redis was away
_CONNECT_SECONDS = 5.0
_PING_SECONDS = 10.0
_SILENCE_SECONDS = 30.0  # pings are answered: a connection silent for so long is dead
_RETRY_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0)

_log = logging.getLogger(__name__)


class RedisProgress:
    """Implements `domain.ports.Progress`.

    All followers of a process share one connection. A follower is a flag, not a queue: one that is slow gets
    one turn for all it missed, and holds up nobody. After Redis was away every follower gets a turn, because
    messages may have been lost. Use it within one event loop.

    Args:
        url: of the Redis server, for example `redis://localhost:6379/0`.
    """

    def __init__(self, url: str) -> None:
        # Time is limited here: the client's own limit uses `asyncio.wait_for`, which on Python 3.11 can
        # swallow a task's cancelling.
        self._publisher = Redis.from_url(url, socket_timeout=None, retry=Retry(NoBackoff(), retries=1))
        self._subscriber = Redis.from_url(url, socket_timeout=None, retry=Retry(NoBackoff(), retries=0))
        self._followers: dict[str, set[_Follower]] = {}
        self._touched: set[str] = set()  # channels that may have to be subscribed, or no longer
        self._changed = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None
        self._untold: set[str] = set()
        self._teller: asyncio.Task[None] | None = None
        self._awaited: Counter[str] = Counter()  # subscriptions sent and not yet confirmed, by channel
        self._confirmed: set[str] = set()

    async def tell(self, topic: str) -> None:
        """Never raises, and takes a second at most; what cannot be told now is told later."""
        if await self._told(topic) or len(self._untold) == _MOST_UNTOLD:
            return
        self._untold.add(topic)
        if self._teller is None or self._teller.done():
            self._teller = asyncio.create_task(self._tell_later())

    async def _told(self, topic: str) -> bool:
        try:
            async with asyncio.timeout(_TELL_SECONDS):
                await self._publisher.publish(_PREFIX + topic, b"")
        except (RedisError, OSError, TimeoutError) as error:
            _log.debug("progress not told: %s", type(error).__name__)
            return False
        return True

    async def _tell_later(self) -> None:
        # Followers whose own connection was never lost do not know that they have missed something.
        while self._untold:
            await asyncio.sleep(_TELL_SECONDS)
            while self._untold and await self._told(topic := next(iter(self._untold))):
                self._untold.discard(topic)

    @asynccontextmanager
    async def follow(self, topic: str) -> AsyncIterator[AsyncIterator[News]]:
        """Yields once for each burst of changes.

        What is told after the body has been entered is not missed. If Redis is away, the body is entered
        after a second all the same, and gets a turn once Redis is back.
        """
        follower, channel = _Follower(), _PREFIX + topic
        self._followers.setdefault(channel, set()).add(follower)
        self._touched.add(channel)
        try:
            if channel in self._confirmed and not self._awaited[channel]:
                follower.ready.set()
            self._wake_reader()
            with suppress(TimeoutError):
                async with asyncio.timeout(_TELL_SECONDS):
                    await follower.ready.wait()
            follower.entered = True
            yield follower
        finally:
            self._leave(channel, follower)

    async def close(self) -> None:
        """End all followers' iterations and close the connections."""
        for task in (self._reader, self._teller):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
        for followers in self._followers.values():
            for follower in followers:
                follower.end()
        await self._publisher.aclose()
        await self._subscriber.aclose()

    def _leave(self, channel: str, follower: "_Follower") -> None:
        followers = self._followers[channel]
        followers.remove(follower)
        if not followers:
            del self._followers[channel]
            self._touched.add(channel)
            self._changed.set()

    def _wake_reader(self) -> None:
        self._changed.set()
        if self._reader is None:
            self._reader = asyncio.create_task(self._read_for_ever())

    async def _read_for_ever(self) -> None:
        failures = 0
        while True:
            try:
                await self._read_one_connection()
            except Exception as error:  # whatever it was, followers must not wait in vain
                failures = 0 if self._confirmed else failures + 1
                _log.debug("progress connection lost: %r", error)
            self._awaited.clear()
            self._confirmed.clear()
            await asyncio.sleep(_RETRY_SECONDS[min(failures, len(_RETRY_SECONDS) - 1)])

    async def _read_one_connection(self) -> None:
        """Subscribe, read and ping until the connection fails, then raise."""
        async with self._subscriber.pubsub() as connection, asyncio.TaskGroup() as group:
            # A channel nobody tells on keeps the connection in its mode while nobody follows.
            async with asyncio.timeout(_CONNECT_SECONDS):
                await connection.subscribe(_PREFIX)
            group.create_task(self._keep_subscribed(connection))
            group.create_task(self._pass_on(connection))

    async def _keep_subscribed(self, connection: PubSub) -> None:
        subscribed: set[str] = set()
        self._touched = set(self._followers)
        while True:
            self._changed.clear()
            wanted = self._touched & self._followers.keys()
            spare = (self._touched - wanted) & subscribed
            missing = wanted - subscribed
            self._touched = set()
            subscribed |= missing
            subscribed -= spare
            if missing:
                self._awaited.update(missing)
                await connection.subscribe(*missing)
            if spare:
                self._confirmed -= spare
                await connection.unsubscribe(*spare)
            try:
                async with asyncio.timeout(_PING_SECONDS):
                    await self._changed.wait()
            except TimeoutError:
                await connection.ping()

    async def _pass_on(self, connection: PubSub) -> None:
        while True:
            message: dict[str, Any] | None = await connection.get_message(timeout=_SILENCE_SECONDS)
            if message is None:
                raise TimeoutError
            if message["type"] in ("message", "subscribe", "unsubscribe"):
                self._heard(message["type"], message["channel"].decode())

    def _heard(self, kind: str, channel: str) -> None:
        if kind == "unsubscribe":
            self._confirmed.discard(channel)  # it may have been confirmed after it was given up
            return
        if kind == "subscribe":
            if self._awaited[channel] > 1:
                self._awaited[channel] -= 1
                return  # an older subscription, already given up and made anew
            del self._awaited[channel]
            self._confirmed.add(channel)
        followers = list(self._followers.get(channel, ()))
        if kind == "message":
            _wake(followers)
        elif waiting := [follower for follower in followers if follower.entered]:
            # All channels at once would be ten thousand looks, during which nothing else is done.
            delay = random.uniform(0, _SPREAD_SECONDS * len(self._followers))  # noqa: S311 - guards nothing
            asyncio.get_running_loop().call_later(delay, _wake, waiting)
        for follower in followers:
            follower.ready.set()


def _wake(followers: list["_Follower"]) -> None:
    news = News()
    for follower in followers:
        follower.wake(news)


class _Follower:
    """One watcher's turns; it holds the latest news alone, and wakes at once if there were some since its last."""

    __slots__ = ("_ended", "_news", "_told", "entered", "ready")

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self.entered = False
        self._told = asyncio.Event()
        self._news: News | None = None
        self._ended = False

    def __aiter__(self) -> "AsyncIterator[News]":
        return self

    async def __anext__(self) -> News:
        while True:
            await self._told.wait()
            if self._ended:
                raise StopAsyncIteration
            self._told.clear()
            news, self._news = self._news, None
            if news is not None:
                return news

    def wake(self, news: News) -> None:
        self._news = news
        self._told.set()

    def end(self) -> None:
        self._ended = True
        self._told.set()
