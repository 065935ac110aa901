"""What the doctor says of Redis, and of the workers and clocks that give signs of life there."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import redis

from app.findings import Finding, Level
from app.readiness import WORKERS
from app.settings import Settings
from app.skew import skew_finding
from tasks.heartbeat import connect, missing

NEEDED = (6, 0)
"""The first Redis that speaks RESP3, which the client asks for; its scripts may also write after `TIME`."""


async def queue_findings(settings: Settings, now: datetime) -> Sequence[Finding]:
    """Whether Redis can be used, keeps what it is given, and who is behind it."""
    async with connect(settings.broker_url) as client:
        try:
            before = datetime.now(UTC)
            seconds, micros = await client.time()
            between = before + (datetime.now(UTC) - before) / 2
            facts: Mapping[str, Any] = await client.info()
            silent = await missing(client, [*WORKERS, "clock"])
        except (redis.RedisError, OSError) as error:
            do = (
                "Start it, or set REDIS_URL to where it is."
                if settings.redis_url
                else "`make run` starts one."
            )
            return [Finding(Level.FAILURE, f"Redis cannot be used: {type(error).__name__}: {error}", do)]
    told = datetime.fromtimestamp(seconds + micros / 1e6, UTC)
    return [*server_findings(facts), skew_finding("Redis", told - between), *_life(silent, settings)]


def server_findings(facts: Mapping[str, Any]) -> Iterator[Finding]:
    """What Redis's INFO gives away."""
    version = str(facts.get("valkey_version") or facts.get("redis_version") or "0")
    if _numbers(version) < NEEDED:
        wanted = ".".join(map(str, NEEDED))
        yield Finding(Level.FAILURE, f"Redis is of version {version}.", f"Use {wanted} or newer, or Valkey.")
    else:
        yield Finding(Level.OK, f"Redis can be used; it is of version {version}.")
    policy = facts.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        what = f"Redis drops messages when its memory is full: maxmemory-policy is {policy}."
        yield Finding(Level.FAILURE, what, "Set maxmemory-policy to noeviction.")
    if not facts.get("aof_enabled"):
        what = "Redis writes no append-only file: what waits in it is late by seconds after its restart, not lost."
        yield Finding(Level.WARNING, what, "Set appendonly to yes, or keep a replica, as ElastiCache does.")


def _life(silent: Sequence[str], settings: Settings) -> Iterator[Finding]:
    lanes = sorted(name.removeprefix("worker:") for name in silent if name != "clock")
    if lanes:
        what = f"No worker gives a sign of life for: {', '.join(lanes)}."
        yield Finding(Level.FAILURE, what, f"Start one: `python -m app worker --queues {','.join(lanes)}`.")
    if "clock" in silent and not settings.cron_secrets:
        what = "No clock gives a sign of life: nothing is synchronized by itself."
        yield Finding(Level.FAILURE, what, "Start one: `python -m app clock`.")
    elif "clock" in silent:
        what = "No clock gives a sign of life: all depends on who calls /cron/sync-mls-status."
        yield Finding(Level.WARNING, what, "See that it is called every minute, or start a clock.")
    if not silent:
        yield Finding(Level.OK, "Workers of every queue and a clock give signs of life.")


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
