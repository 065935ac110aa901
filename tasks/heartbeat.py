"""Signs of life of workers and clock, kept in Redis for as long as they are fresh."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import redis.asyncio
import structlog
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

FRESH_SECONDS = 15
_BEAT_SECONDS = 3.0
_PATIENCE_SECONDS = 2.0

log = structlog.get_logger(__name__)


def connect(redis_url: str) -> "redis.asyncio.Redis":
    """A client that says at once when Redis is away; how long it may take is for the caller to limit."""
    # The client's own limit uses `asyncio.wait_for`, which on Python 3.11 can swallow a task's cancelling.
    return redis.asyncio.Redis.from_url(redis_url, socket_timeout=None, retry=Retry(NoBackoff(), 1))


@asynccontextmanager
async def beating(redis_url: str, *names: str) -> AsyncIterator[None]:
    """Say every few seconds that the names live, while the body runs."""
    async with connect(redis_url) as client:
        task = asyncio.create_task(_beat(client, names))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.wait([task])


async def missing(client: "redis.asyncio.Redis", names: Sequence[str]) -> list[str]:
    """Those of the names that have shown no life lately."""
    values = await client.mget([_key(name) for name in names])
    return [name for name, value in zip(names, values, strict=True) if value is None]


async def _beat(client: "redis.asyncio.Redis", names: Sequence[str]) -> None:
    while True:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                for name in names:
                    await client.set(_key(name), "1", ex=FRESH_SECONDS)
        except (redis.RedisError, OSError, TimeoutError) as error:
            log.warning("heartbeat.not_written", names=names, error=type(error).__name__)
        await asyncio.sleep(_BEAT_SECONDS)


def _key(name: str) -> str:
    return f"yardsign:heartbeat:{name}"
