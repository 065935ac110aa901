"""Sums over runs, kept by day, so that asking for them costs the same however many runs there were."""

from datetime import date
from typing import Protocol

from domain.entities.statistics import SyncTotals


class Statistics(Protocol):
    """What runs came to, by UTC day: counted in the transactions that end a run, or that count a photo or a
    removal in one. Days are inclusive; the first must not lie after the last."""

    async def of_connection(
        self, user_id: str, connection_id: str, first: date, last: date
    ) -> SyncTotals: ...

    async def of_user(self, user_id: str, first: date, last: date) -> SyncTotals:
        """Of all the user's connections, disconnected ones included."""
        ...

    async def of_all(self, first: date, last: date) -> SyncTotals:
        """Of all users together; costs at most 256 items a day."""
        ...
