"""Budgets that go by a test's clock, as the real ones go by the machine's."""

from collections.abc import Sequence

from adapters.budgets import Budget, Unit
from tests.contracts.mls.cases import Clock


class ClockBudgets:
    """Implements `adapters.budgets.Budgets` by remembering when everything was used.

    Attributes:
        used: of each name, (moment, unit, amount).
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.used: dict[str, list[tuple[float, Unit, int]]] = {}
        self.paused: dict[str, float] = {}

    async def take(self, name: str, budgets: Sequence[Budget]) -> float:
        wait = max(
            [self.paused.get(name, 0.0) - self._now, *(self._wait(name, budget) for budget in budgets)]
        )
        if wait > 0:
            return wait
        if any(budget.unit is Unit.REQUESTS for budget in budgets):
            self.used.setdefault(name, []).append((self._now, Unit.REQUESTS, 1))
        return 0.0

    async def spend(self, name: str, budgets: Sequence[Budget], amount: int) -> None:
        self.used.setdefault(name, []).append((self._now, Unit.BYTES, amount))

    async def pause(self, name: str, seconds: float) -> None:
        self.paused[name] = max(self.paused.get(name, 0.0), self._now + seconds)

    @property
    def _now(self) -> float:
        return self._clock.time.timestamp()

    def _wait(self, name: str, budget: Budget) -> float:
        """Seconds until something of the window's uses has left it, and with it enough room."""
        inside = [
            (moment, amount)
            for moment, unit, amount in self.used.get(name, [])
            if unit is budget.unit and moment > self._now - budget.seconds
        ]
        over = sum(amount for _, amount in inside) - budget.amount
        for moment, amount in inside:
            if over < 0:
                return 0.0
            over -= amount
            if over < 0:
                return moment + budget.seconds - self._now
        return 0.0 if over < 0 else float(budget.seconds)
