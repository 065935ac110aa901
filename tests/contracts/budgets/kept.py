"""Budgets of both kinds, whose time a test moves."""

import asyncio
from collections.abc import Awaitable, Sequence
from itertools import cycle
from typing import Any, Protocol, cast

from redis.asyncio import Redis

from adapters.budgets import Budget, Budgets, LocalBudgets, RedisBudgets


class Kept(Protocol):
    """An implementation and its time."""

    budgets: Budgets

    async def wait(self, seconds: float) -> None:
        """Let so much time pass: a multiple of every budget's step."""
        ...

    async def close(self) -> None: ...


class LocalKept:
    """Budgets by a clock that stands still."""

    def __init__(self) -> None:
        self._time = 1_000_000.0
        self.budgets: Budgets = LocalBudgets(lambda: self._time)

    async def wait(self, seconds: float) -> None:
        self._time += seconds

    async def close(self) -> None:
        """Nothing is open."""


class _InTurn:
    """Every call goes to the next process: what one of them remembers is never the whole."""

    def __init__(self, processes: Sequence[Budgets]) -> None:
        self._next = cycle(processes)

    async def take(self, name: str, budgets: Sequence[Budget]) -> float:
        return await next(self._next).take(name, budgets)

    async def spend(self, name: str, budgets: Sequence[Budget], amount: int) -> None:
        await next(self._next).spend(name, budgets, amount)

    async def pause(self, name: str, seconds: float) -> None:
        await next(self._next).pause(name, seconds)


class RedisKept:
    """Budgets in Redis, whose clock nobody can move: what is stored grows older instead."""

    def __init__(self, url: str, step: float = 60.0) -> None:
        self._time = 1_000_000.0
        self._step = step
        self._redis = Redis.from_url(url, decode_responses=True)
        self._processes = [RedisBudgets(url, now=lambda: self._time) for _ in range(2)]
        self.budgets: Budgets = _InTurn(self._processes)

    async def wait(self, seconds: float) -> None:
        self._time += seconds
        async for key in self._redis.scan_iter(match="yardsign:budget:*"):
            left = await self._redis.pttl(key) - int(seconds * 1000)
            kind = await self._redis.type(key)
            if left <= 0:
                await self._redis.delete(key)
                continue
            if kind == "list":
                moments = await _done(self._redis.lrange(key, 0, -1))
                await self._redis.delete(key)
                await _done(self._redis.rpush(key, *(str(float(at) - seconds * 1000) for at in moments)))
            elif kind == "hash":
                steps = await _done(self._redis.hgetall(key))
                await self._redis.delete(key)
                earlier = {int(at) - round(seconds / self._step): used for at, used in steps.items()}
                await _done(self._redis.hset(key, mapping=cast(Any, earlier)))
            await self._redis.pexpire(key, left)

    async def close(self) -> None:
        for process in self._processes:
            await process.close()
        await self._redis.aclose()


async def _done(answer: Awaitable[Any] | Any) -> Any:
    """redis-py types what is awaited as either."""
    return await cast(Awaitable[Any], answer)


async def all_at_once(budgets: Budgets, name: str, *given: Any, tasks: int = 20) -> list[float]:
    """What so many tasks are told that take at the same time."""
    return await asyncio.gather(*(budgets.take(name, given) for _ in range(tasks)))
