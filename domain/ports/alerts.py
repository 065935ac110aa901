"""Users' alerts, which every event asks for."""

from collections.abc import Sequence
from typing import Protocol

from domain.entities.alert import MetricAlert
from domain.entities.intent import Ask, Fence

RECENT_SECONDS = 5
"""So soon every process has heard of a change."""


class Alerts(Protocol):
    """What users want to hear of."""

    async def get(self, user_id: str, alert_id: str) -> MetricAlert | None: ...

    async def of_user(self, user_id: str) -> list[MetricAlert]:
        """All of the user's, oldest first."""
        ...

    async def recent(self, user_id: str) -> Sequence[MetricAlert]:
        """As they were at most `RECENT_SECONDS` ago, for those who ask all the time: most answers cost nothing."""
        ...

    async def save(
        self, alert: MetricAlert, *, ask: Sequence[Ask] = (), fence: Fence | None = None
    ) -> MetricAlert:
        """Create (version 0) or update; raises `Conflict`."""
        ...

    async def delete(self, alert: MetricAlert) -> None:
        """Forget it; one that is gone already is no error. Raises `Conflict` if it has changed."""
        ...
