"""Budgets, and what keeps them within one process."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

EXACT = 60
"""Windows of requests up to so many seconds remember every request; longer ones, and bytes, count in steps."""

STEPS = 60
"""A longer window is counted in so many steps, and a step counts until all of it has left the window: at
most a sixtieth of a window is waited too long, and never is there more in it than the amount."""

LONGEST_PAUSE = 30 * 86_400.0
"""Seconds."""

TIDY_AFTER = 10_000
"""How many names are kept before those that say nothing any more are looked for."""

_MARGIN = 0.001  # seconds by which a window is longer, since it has both its ends


class Unit(StrEnum):
    """What is counted."""

    REQUESTS = "requests"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class Budget:
    """So much in any window of so many seconds, both at least 1."""

    amount: int
    seconds: float
    unit: Unit = Unit.REQUESTS

    def __post_init__(self) -> None:
        if self.amount < 1 or self.seconds < 1:
            raise ValueError("a budget is of 1 at least, in a second at least")

    @property
    def step(self) -> float:
        """Seconds by which what was used is told apart; 0.0 if every use is remembered by itself."""
        exact = self.unit is Unit.REQUESTS and self.seconds <= EXACT
        return 0.0 if exact else self.seconds / STEPS


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


class LocalBudgets:
    """Budgets of one process.

    Args:
        now: seconds on a clock that never goes back.
    """

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._windows: dict[tuple[str, float, Unit], _Window] = {}
        self._paused: dict[str, float] = {}
        self._tidy_at = TIDY_AFTER

    async def take(self, name: str, budgets: Sequence[Budget]) -> float:
        """See `Budgets.take`."""
        wait = self.wait(name, budgets)
        if not wait:
            self.add(name, budgets, Unit.REQUESTS, 1)
        return wait

    async def spend(self, name: str, budgets: Sequence[Budget], amount: int) -> None:
        """See `Budgets.spend`."""
        self.add(name, budgets, Unit.BYTES, amount)

    async def pause(self, name: str, seconds: float) -> None:
        """See `Budgets.pause`."""
        if seconds > 0:
            until = self._now() + min(seconds, LONGEST_PAUSE)
            self._paused[name] = max(self._paused.get(name, until), until)

    def wait(self, name: str, budgets: Sequence[Budget]) -> float:
        """Seconds until a request may be taken; 0.0 for now."""
        now = self._now()
        wait = self._paused.get(name, now) - now
        for budget in budgets:
            window = self._windows.get((name, budget.seconds, budget.unit))
            if window is not None:
                wait = max(wait, window.wait(now, budget.amount))
        return max(wait, 0.0)

    def add(self, name: str, budgets: Sequence[Budget], unit: Unit, amount: int) -> None:
        """Count what was used."""
        now = self._now()
        for budget in budgets:
            if budget.unit is unit and amount > 0:
                key = (name, budget.seconds, unit)
                window = self._windows.get(key) or self._windows.setdefault(key, _Window(budget))
                window.add(now, amount)
        if len(self._windows) + len(self._paused) >= self._tidy_at:
            self._tidy(now)

    def _tidy(self, now: float) -> None:
        """Forget accounts that nobody has used of late, so that those of years take no room."""
        self._paused = {name: until for name, until in self._paused.items() if until > now}
        self._windows = {key: window for key, window in self._windows.items() if not window.is_over(now)}
        self._tidy_at = max(TIDY_AFTER, 2 * (len(self._windows) + len(self._paused)))


class _Window:
    """What was used of a budget in the last so many seconds: moments and amounts, oldest first."""

    __slots__ = ("_life", "_step", "_uses")

    def __init__(self, budget: Budget) -> None:
        self._step = budget.step
        self._life = budget.seconds + budget.step + _MARGIN
        self._uses: list[list[float]] = []

    def wait(self, now: float, amount: int) -> float:
        while self._uses and now >= self._uses[0][0] + self._life:
            self._uses.pop(0)
        left = sum(used for _, used in self._uses)
        freed = now
        for moment, used in self._uses:
            if left < amount:
                break
            left -= used
            freed = moment + self._life
        return max(freed - now, _MARGIN) if freed > now else 0.0

    def add(self, now: float, amount: int) -> None:
        moment = now - now % self._step if self._step else now
        if self._step and self._uses and self._uses[-1][0] == moment:
            self._uses[-1][1] += amount
        else:
            self._uses.append([moment, amount])

    def is_over(self, now: float) -> bool:
        return not self._uses or now >= self._uses[-1][0] + self._life
