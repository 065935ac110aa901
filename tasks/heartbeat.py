"""Signs of life of workers and clock, kept in Redis for as long as they are fresh."""

import asyncio

import redis.asyncio
import structlog

FRESH_SECONDS = 15
_BEAT_SECONDS = 3.0

log = structlog.get_logger(__name__)


async def beat(client: "redis.asyncio.Redis", name: str) -> None:
    """Say every few seconds that `name` lives, until cancelled."""
    while True:
        try:
            await client.set(_key(name), "1", ex=FRESH_SECONDS)
        except (redis.RedisError, OSError) as error:
            log.warning("heartbeat.not_written", name=name, error=type(error).__name__)
        await asyncio.sleep(_BEAT_SECONDS)


async def missing(client: "redis.asyncio.Redis", names: list[str]) -> list[str]:
    """Those of the names that have shown no life lately."""
    values = await client.mget([_key(name) for name in names])
    return [name for name, value in zip(names, values, strict=True) if value is None]


def _key(name: str) -> str:
    return f"yardsign:heartbeat:{name}"
