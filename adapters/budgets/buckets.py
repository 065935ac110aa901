"""Buckets of points that drain by the second: what users may spend, kept in Redis for all processes together."""

import asyncio
import logging
import math
import time
from collections.abc import Callable
from hashlib import sha256

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from adapters.budgets.scripts import POUR

_PREFIX = "yardsign:bucket:"
_TOGETHER = 200  # buckets told in one round trip
_PATIENCE = 0.5  # seconds for Redis to answer
_TIDY_AFTER = 10_000

_log = logging.getLogger(__name__)


class LocalBuckets:
    """Buckets of one process, one for each name. A full one is empty again after a minute.

    Args:
        per_minute: what a bucket holds, and how much runs out of it in a minute.
        now: seconds on a clock that never goes back.
    """

    def __init__(self, per_minute: int, *, now: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self.per_second = per_minute / 60
        self._now = now
        self._buckets: dict[str, _Bucket] = {}
        self._tidy_at = _TIDY_AFTER

    def take(self, name: str, points: int) -> float:
        """Take points if they fit in.

        Returns:
            0.0 if they were taken; else the seconds until they fit, or infinity, and nothing was taken.
        """
        bucket = self._drained(name)
        excess = bucket.level + points - self.per_minute
        if excess > 0:
            return excess / self.per_second if points <= self.per_minute else math.inf
        bucket.level += points
        bucket.untold += points
        return 0.0

    def available(self, name: str) -> int:
        """How many points would fit in."""
        return max(0, math.floor(self.per_minute - self._drained(name).level))

    def remembered(self) -> int:
        """How many are remembered."""
        return len(self._buckets)

    def _drained(self, name: str) -> "_Bucket":
        now = self._now()
        bucket = self._buckets.get(name)
        if bucket is None:
            if len(self._buckets) >= self._tidy_at:
                self._tidy(now)
            bucket = self._buckets[name] = _Bucket(now)
        bucket.drain(now, self.per_second)
        return bucket

    def _tidy(self, now: float) -> None:
        """Forget whoever has spent nothing of late."""
        for bucket in self._buckets.values():
            bucket.drain(now, self.per_second)
        self._buckets = {name: one for name, one in self._buckets.items() if one.level}
        self._tidy_at = max(_TIDY_AFTER, 2 * len(self._buckets))


class RedisBuckets(LocalBuckets):
    """Buckets that all processes with the same Redis share. Use it within one event loop.

    Nobody waits for Redis: a process decides by what it knows, and tells what was taken, and hears what others
    took, some times a second. So a user who asks several processes at once may take too much for that long and
    no longer. While Redis is away each process counts for itself.

    Args:
        url: of the Redis server, for example `redis://localhost:6379/0`.
        every: seconds between two rounds of telling.
    """

    def __init__(
        self, url: str, per_minute: int, *, every: float = 0.2, now: Callable[[], float] = time.monotonic
    ) -> None:
        super().__init__(per_minute, now=now)
        self._redis = Redis.from_url(url, socket_timeout=None, retry=Retry(NoBackoff(), retries=1))
        self._pour = self._redis.register_script(POUR)
        self._every = every
        self._untold: set[str] = set()
        self._telling: asyncio.Task[None] | None = None
        self._away = False

    def take(self, name: str, points: int) -> float:
        """See `LocalBuckets.take`."""
        wait = super().take(name, points)
        if not wait:
            self._untold.add(name)
            if self._telling is None or self._telling.done():
                self._telling = asyncio.get_running_loop().create_task(self._tell_on())
        return wait

    async def close(self) -> None:
        """Close the connections."""
        if self._telling is not None:
            self._telling.cancel()
            await asyncio.wait([self._telling])
        await self._redis.aclose()

    async def _tell_on(self) -> None:
        """Until nobody takes any more."""
        while self._untold:
            await asyncio.sleep(self._every)
            names = list(self._untold)
            self._untold.clear()
            for start in range(0, len(names), _TOGETHER):
                await self._tell(names[start : start + _TOGETHER])

    async def _tell(self, names: list[str]) -> None:
        told = [(name, one, one.due()) for name in names if (one := self._buckets.get(name))]
        try:
            async with asyncio.timeout(_PATIENCE), self._redis.pipeline(transaction=False) as pipeline:
                for name, _, points in told:
                    await self._pour([_key(name)], [points, self.per_minute], client=pipeline)
                levels: list[bytes] = await pipeline.execute()
        except (RedisError, OSError, TimeoutError) as error:
            self._note(away=type(error).__name__)
            return  # what was taken is told with what is taken next
        self._note(away=None)
        now = self._now()
        for (_, bucket, points), level in zip(told, levels, strict=True):
            bucket.untold -= points
            bucket.level, bucket.at = float(level) + bucket.untold, now

    def _note(self, *, away: str | None) -> None:
        if away and not self._away:
            _log.warning("Redis is away (%s): this process counts costs by itself", away)
        elif self._away and not away:
            _log.info("Redis is back: costs are shared again")
        self._away = away is not None


class _Bucket:
    """How full it is, when that was, and what of it Redis has not been told."""

    __slots__ = ("at", "level", "untold")

    def __init__(self, now: float) -> None:
        self.level = 0.0
        self.at = now
        self.untold = 0

    def due(self) -> int:
        """What Redis is to be told; what has run out since it could last be told is of no interest."""
        self.untold = min(self.untold, math.ceil(self.level))
        return self.untold

    def drain(self, now: float, per_second: float) -> None:
        self.level = max(0.0, self.level - (now - self.at) * per_second)
        self.at = now


def _key(name: str) -> str:
    return f"{_PREFIX}{sha256(name.encode()).hexdigest()[:32]}"
