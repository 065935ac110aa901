"""How old what is known of many MLSs is, summed up without names."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """Of many connections together, for graphs and alarms that name no user.

    Attributes:
        enabled: how many of them are on.
        stale: how many of these are stale and wait for nothing that only their user can mend.
        last_success: when any of them last went through; None if none ever did.
        oldest: the greatest age among those that are on and went through once; None if there are none.
    """

    enabled: int = 0
    stale: int = 0
    last_success: datetime | None = None
    oldest: timedelta | None = None

    def and_of(self, others: "Freshness") -> "Freshness":
        """That of these and other connections together."""
        successes = [at for at in (self.last_success, others.last_success) if at is not None]
        ages = [age for age in (self.oldest, others.oldest) if age is not None]
        return Freshness(
            enabled=self.enabled + others.enabled,
            stale=self.stale + others.stale,
            last_success=max(successes, default=None),
            oldest=max(ages, default=None),
        )
