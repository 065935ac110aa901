"""What a connection's settings say of the sweep: whether, how patiently, and how much may vanish at once."""

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from domain.rules.statuses import switch

SWEEP = "sweep"
"""Setting of a connection, on unless set: once a day all keys of the MLS are compared with the listings."""

GRACE_HOURS = "graceHours"
"""Setting of a connection, 24 unless set: so long a home may be missing before it is off the market."""

SWEEP_LIMIT_PERCENT = "sweepLimitPercent"
"""Setting of a connection, 20 unless set: if more of the homes for sale are missing, nothing is done."""

FEW = 10
"""So many homes may be missing at once however few there are."""


def is_swept(settings: Mapping[str, Any]) -> bool:
    """Whether the connection's keys are compared at all."""
    return switch(settings, SWEEP, default=True)


def grace(settings: Mapping[str, Any]) -> timedelta:
    """How long a home may be missing before it is off the market; a year at most."""
    return timedelta(hours=number_in(settings, GRACE_HOURS, default=24, high=24 * 365))


def most_missing(settings: Mapping[str, Any], held: int) -> int:
    """How many of `held` homes for sale may be missing; if it is more, the feed is taken for broken."""
    percent = number_in(settings, SWEEP_LIMIT_PERCENT, default=20, high=100)
    return max(FEW, math.floor(held * percent / 100))


def number_in(settings: Mapping[str, Any], name: str, *, default: float, high: float) -> float:
    """A setting from 0 to `high`.

    Settings are JSON that people write: `"24"` is a number too, and what is none counts as not set.
    """
    value = settings.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return default
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return default
    return min(max(number, 0.0), high) if math.isfinite(number) else default
