"""What is read off counts: rates, trends, rankings, and the hours in which most happens."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from domain.entities.metrics import Counts, DayMetrics, MetricsOrderField

FLAT_WITHIN = 1.0
"""A change of less than so many per cent is none."""

HeatMap = dict[tuple[int, int], int]
"""Events by weekday (ISO: 1 is Monday, 7 is Sunday) and UTC hour (0 to 23); all 168 are there."""


class TrendDirection(StrEnum):
    """Where a number goes, compared with the period before."""

    UP = "UP"
    DOWN = "DOWN"
    FLAT = "FLAT"


@dataclass(frozen=True, slots=True)
class Trend:
    """How a number has changed.

    Attributes:
        change: in per cent of what it was, 25.0 for a quarter more; None if it was zero.
    """

    direction: TrendDirection
    change: float | None


def conversion_rate(counts: Counts) -> float | None:
    """Inquiries for each view; None while there are no views."""
    return counts.inquiries / counts.views if counts.views else None


def engagement_rate(counts: Counts) -> float | None:
    """Whatever visitors did beyond looking, for each view; None while there are no views."""
    done = counts.shares + counts.inquiries + counts.clicks + counts.likes + counts.comments
    return done / counts.views if counts.views else None


def trend(before: int, now: int) -> Trend:
    """From one period to the next."""
    if before == 0:
        return Trend(TrendDirection.UP if now else TrendDirection.FLAT, None)
    change = 100 * (now - before) / before
    if abs(change) < FLAT_WITHIN:
        return Trend(TrendDirection.FLAT, change)
    return Trend(TrendDirection.UP if change > 0 else TrendDirection.DOWN, change)


def span_before(first: date, last: date) -> tuple[date, date] | None:
    """As many days as these, right before them; None if the calendar begins later."""
    try:
        return first - (last - first) - timedelta(days=1), first - timedelta(days=1)
    except OverflowError:
        return None


def rank(field: MetricsOrderField, counts: Counts) -> float:
    """What listings are sorted by; a rate that there is not is below all others."""
    match field:
        case MetricsOrderField.CONVERSION:
            rate = conversion_rate(counts)
        case MetricsOrderField.ENGAGEMENT:
            rate = engagement_rate(counts)
        case _:
            return float(getattr(counts, field.value.lower()))
    return -1.0 if rate is None else rate


def heat_map(days: Iterable[DayMetrics]) -> HeatMap:
    """When events came."""
    cells: HeatMap = {(weekday, hour): 0 for weekday in range(1, 8) for hour in range(24)}
    for day in days:
        for hour, events in day.hours.items():
            cells[day.day.isoweekday(), hour] += events
    return cells


def peak_weekday(cells: HeatMap) -> int | None:
    """The weekday with most events, the earliest of several; None without events."""
    return _peak((weekday, events) for (weekday, _), events in cells.items())


def peak_hour(cells: HeatMap) -> int | None:
    """The hour with most events, the earliest of several; None without events."""
    return _peak((hour, events) for (_, hour), events in cells.items())


def _peak(parts: Iterable[tuple[int, int]]) -> int | None:
    sums: Counter[int] = Counter()
    for part, events in parts:
        sums[part] += events
    most = max(sums.values(), default=0)
    return min(part for part, events in sums.items() if events == most) if most else None
