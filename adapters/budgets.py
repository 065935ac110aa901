"""How many requests and bytes a token may still use: limits that hold across workers and restarts."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, Protocol, cast

from limits import RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter


class Unit(StrEnum):
    """What is counted."""

    REQUESTS = "requests"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Budget:
    """So much in a window of so many seconds."""

    amount: int
    seconds: int
    unit: Unit = Unit.REQUESTS


class Budgets(Protocol):
    """Budgets of tokens. A token's name is whatever identifies the account, hashed before it is stored."""

    async def take(self, name: str, budgets: Sequence[Budget]) -> float:
        """Take one request out of every budget of requests, if all budgets have room and nobody paused.

        Returns:
            0.0 if it was taken; else the seconds until there is room, and nothing was taken.
        """
        ...

    async def spend(self, name: str, budgets: Sequence[Budget], amount: int) -> None:
        """Count bytes that came against the budgets of bytes."""
        ...

    async def pause(self, name: str, seconds: float) -> None:
        """Let nobody take for so long: the other side asked for it. A longer pause stays."""
        ...


class _Windows:
    """Budgets over a storage of the package `limits`."""

    def __init__(self, storage: Storage) -> None:
        self._limiter = MovingWindowRateLimiter(cast(Any, storage))
        self._paused: dict[str, float] = {}

    async def take(self, name: str, budgets: Sequence[Budget]) -> float:
        """See `Budgets.take`."""
        wait = self._paused.get(name, 0.0) - time.time()
        if wait > 0:
            return wait
        for budget in sorted(budgets, key=lambda budget: budget.seconds):
            if budget.unit is Unit.REQUESTS and not await self._limiter.hit(_item(budget), _hash(name)):
                reset, _ = await self._limiter.get_window_stats(_item(budget), _hash(name))
                return max(reset - time.time(), 0.01)
        return 0.0

    async def spend(self, name: str, budgets: Sequence[Budget], amount: int) -> None:
        """See `Budgets.spend`."""

    async def pause(self, name: str, seconds: float) -> None:
        """See `Budgets.pause`."""
        self._paused[name] = max(self._paused.get(name, 0.0), time.time() + seconds)


class LocalBudgets(_Windows):
    """Budgets of one process."""

    def __init__(self) -> None:
        super().__init__(MemoryStorage())


class RedisBudgets(_Windows):
    """Budgets that all processes share."""

    def __init__(self, url: str) -> None:
        super().__init__(RedisStorage(f"async+{url}", implementation="redispy"))

    async def close(self) -> None:
        """Close the connections."""


def _item(budget: Budget) -> RateLimitItemPerSecond:
    return RateLimitItemPerSecond(budget.amount, budget.seconds)


def _hash(name: str) -> str:
    return sha256(name.encode()).hexdigest()[:32]
