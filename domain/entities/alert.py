"""Alerts: numbers that a user wants to hear of when they are reached."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

WINDOWS = (1, 7, 30)
"""Days over which events are added up."""


class AlertMetric(StrEnum):
    """What is counted, by the names that `domain.entities.metrics.Counts` has for it."""

    VIEWS = "VIEWS"
    SHARES = "SHARES"
    INQUIRIES = "INQUIRIES"
    CLICKS = "CLICKS"

    @property
    def counter(self) -> str:
        """The field of `Counts`."""
        return self.value.lower()


class AlertComparison(StrEnum):
    """On which side of the threshold there is something to tell."""

    AT_LEAST = "AT_LEAST"
    AT_MOST = "AT_MOST"


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricAlert:
    """A threshold; its user is told each time it is crossed.

    Attributes:
        listing_id: whose numbers; None for all the user's listings together.
        window_days: 1, 7 or 30: so many UTC days are added up. For AT_LEAST today is the last of them; for
            AT_MOST, which a day that has just begun always fulfils, yesterday is.
        armed_on: the UTC day from which on crossings are told.
        reached_on: the last UTC day on which the threshold is known to have been reached; None for never.
        last_fired_at: when the user was told last.
    """

    id: str
    user_id: str
    listing_id: str | None = None
    metric: AlertMetric
    comparison: AlertComparison = AlertComparison.AT_LEAST
    threshold: int
    window_days: int
    enabled: bool = True
    armed_on: date
    reached_on: date | None = None
    last_fired_at: datetime | None = None
    created_at: datetime
    updated_at: datetime
    version: int = 0

    def watches(self, metric: AlertMetric, listing_id: str) -> bool:
        """Whether an event of this listing may cross it."""
        return (
            self.enabled
            and self.comparison is AlertComparison.AT_LEAST
            and self.metric is metric
            and self.listing_id in (None, listing_id)
        )
