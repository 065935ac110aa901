"""Keeps budgets in Redis, for all processes together."""

import asyncio
import logging
import math
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from weakref import WeakValueDictionary

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.commands.core import AsyncScript
from redis.exceptions import RedisError

from adapters.budgets.local import LONGEST_PAUSE, TIDY_AFTER, Budget, LocalBudgets, Unit
from adapters.budgets.scripts import PAUSE, SPEND, TAKE

_PATIENCE, _ABSENCE = 0.5, 1.0  # seconds for an answer of Redis, and before it is asked again after none
_PREFIX = "yardsign:budget:"

UNPAUSED = 1.0
"""Seconds for which Redis's word that nobody pauses is believed where nothing is counted: it would else be asked
for that at every photo and every call of a platform."""

_log = logging.getLogger(__name__)


class RedisBudgets:
    """Budgets that all processes with the same Redis share, by its clock. Use it within one event loop.

    Each process counts for itself too. So one that finds Redis gone, or emptied, goes on within what it has
    used itself, never raises, and waits for Redis half a second at most; only what others use meanwhile is
    unknown to it. Where nothing is counted, another's pause is known within a second.

    Args:
        url: of the Redis server, for example `redis://localhost:6379/0`.
        now: for this process's own account, as `LocalBudgets` takes it.
    """

    def __init__(self, url: str, *, now: Callable[[], float] = time.monotonic) -> None:
        # Time is limited here: the client's own limit uses `asyncio.wait_for`, which on Python 3.11 can
        # swallow a task's cancelling.
        self._redis = Redis.from_url(url, socket_timeout=None, retry=Retry(NoBackoff(), retries=1))
        self._take = self._redis.register_script(TAKE)
        self._spend = self._redis.register_script(SPEND)
        self._pause = self._redis.register_script(PAUSE)
        self._now = now
        self._own = LocalBudgets(now)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._away_until: float | None = None
        self._unpaused_until: dict[str, float] = {}

    async def take(self, name: str, budgets: Sequence[Budget]) -> float:
        """See `Budgets.take`."""
        # One at a time, or all of a process's tasks would find room in an emptied Redis.
        async with self._turns.setdefault(name, asyncio.Lock()):
            wait = self._own.wait(name, budgets)
            if not budgets and not wait and self._now() < self._unpaused_until.get(name, -math.inf):
                return wait
            if not wait:
                arguments = [value for budget in budgets for value in _arguments(budget)]
                answer = await self._ask(self._take, _keys(name, budgets), arguments)
                if answer == 0 and not budgets:
                    self._is_unpaused(name)
                wait = (answer or 0) / 1000
            if not wait:
                self._own.add(name, budgets, Unit.REQUESTS, 1)
            return wait

    async def spend(self, name: str, budgets: Sequence[Budget], amount: int) -> None:
        """See `Budgets.spend`."""
        counted = [budget for budget in budgets if budget.unit is Unit.BYTES]
        if not counted or amount <= 0:
            return
        self._own.add(name, counted, Unit.BYTES, amount)
        arguments = [value for budget in counted for value in (budget.seconds * 1000, budget.step * 1000)]
        await self._ask(self._spend, _keys(name, counted), [amount, *arguments])

    async def pause(self, name: str, seconds: float) -> None:
        """See `Budgets.pause`."""
        if seconds > 0:
            await self._own.pause(name, seconds)
            await self._ask(self._pause, _keys(name), [math.ceil(min(seconds, LONGEST_PAUSE) * 1000)])

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    def _is_unpaused(self, name: str) -> None:
        if len(self._unpaused_until) >= TIDY_AFTER:
            self._unpaused_until.clear()
        self._unpaused_until[name] = self._now() + UNPAUSED

    async def _ask(
        self, script: AsyncScript, keys: list[str], arguments: Sequence[float | str]
    ) -> int | None:
        """What the script answers; None if Redis is away."""
        if self._away_until is not None and self._now() < self._away_until:
            return None
        try:
            async with asyncio.timeout(_PATIENCE):
                answer: int = await script(keys, arguments)
        except (RedisError, OSError, TimeoutError) as error:
            if self._away_until is None:
                _log.warning("Redis is away (%s): this process keeps budgets by itself", type(error).__name__)
            self._away_until = self._now() + _ABSENCE
            return None
        if self._away_until is not None:
            _log.info("Redis is back: budgets are shared again")
            self._away_until = None
        return answer


def _keys(name: str, budgets: Sequence[Budget] = ()) -> list[str]:
    """The pause's key, and one for each window; the braces keep them on one node of a cluster."""
    account = f"{_PREFIX}{{{sha256(name.encode()).hexdigest()[:32]}}}"
    return [f"{account}:pause", *(f"{account}:{budget.unit}:{budget.seconds}" for budget in budgets)]


def _arguments(budget: Budget) -> tuple[str, int, float, float]:
    return (budget.unit, budget.amount, budget.seconds * 1000, budget.step * 1000)
