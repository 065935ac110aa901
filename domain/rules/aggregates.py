"""Sums over the days of a period."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from enum import StrEnum
from operator import attrgetter

from domain.entities.metrics import Counts, DayMetrics
from domain.errors import Invalid

_NUMBERS = attrgetter(*(one.name for one in fields(Counts)))

LONGEST_RANGE = timedelta(days=731)


class MetricsPeriod(StrEnum):
    """Today; the last 7 days; the last 30 days; today (UTC) is always included."""

    DAILY = "DAILY"
    WEEKLY = "WEEKLY"
    MONTHLY = "MONTHLY"


_DAYS = {MetricsPeriod.DAILY: 1, MetricsPeriod.WEEKLY: 7, MetricsPeriod.MONTHLY: 30}


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """Sums over the days from `first` to `last`, both included.

    Attributes:
        listing_id: None for all the user's listings together.
        period: None for a free range.
        days: one for each day, zeros where nothing happened; the totals are their sums.
    """

    listing_id: str | None
    period: MetricsPeriod | None
    first: date
    last: date
    total: Counts
    platforms: dict[str, Counts]
    sources: dict[str, Counts]
    days: tuple[DayMetrics, ...]


def days_of(period: MetricsPeriod, today: date) -> tuple[date, date]:
    """The first and the last day of a period that ends today."""
    return today - timedelta(days=_DAYS[period] - 1), today


def range_of(period: MetricsPeriod | None, range: tuple[date, date] | None, today: date) -> tuple[date, date]:
    """The days that are meant; raises `Invalid` unless just one of period and range is given and sensible."""
    if period is not None and range is None:
        return days_of(period, today)
    if period is not None or range is None:
        raise Invalid("Give either a period or a range.", field=("period",))
    first, last = range
    if first > last:
        raise Invalid("The range ends before it begins.", field=("range", "to"))
    if last - first >= LONGEST_RANGE:
        raise Invalid("A range may span two years at most.", field=("range",))
    return first, last


def aggregate(
    days: Iterable[DayMetrics],
    first: date,
    last: date,
    *,
    listing_id: str | None = None,
    period: MetricsPeriod | None = None,
) -> Aggregate:
    """Add up the days; days of several listings on one date become one."""
    by_day: dict[date, list[DayMetrics]] = defaultdict(list)
    for day in days:
        by_day[day.day].append(day)
    name = listing_id or ""
    filled = tuple(_day(name, moment, by_day.get(moment, [])) for moment in _each_day(first, last))
    whole = _joined(name, last, [day for day in filled if day.day in by_day])
    return Aggregate(
        listing_id=listing_id,
        period=period,
        first=first,
        last=last,
        total=whole.total,
        platforms=whole.platforms,
        sources=whole.sources,
        days=filled,
    )


def _each_day(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _day(listing_id: str, day: date, parts: list[DayMetrics]) -> DayMetrics:
    """What is counted already is not added up again."""
    if not parts:
        return DayMetrics(listing_id=listing_id, day=day)
    if len(parts) == 1 and parts[0].listing_id == listing_id:
        return parts[0]
    return _joined(listing_id, day, parts)


def _joined(listing_id: str, day: date, parts: Sequence[DayMetrics]) -> DayMetrics:
    if len(parts) == 1 and (parts[0].listing_id, parts[0].day) == (listing_id, day):
        return parts[0]
    hours: dict[int, int] = {}
    for part in parts:
        for hour, events in part.hours.items():
            hours[hour] = hours.get(hour, 0) + events
    return DayMetrics(
        listing_id=listing_id,
        day=day,
        total=_sum([part.total for part in parts]),
        platforms=_sums(part.platforms for part in parts),
        sources=_sums(part.sources for part in parts),
        hours=hours,
        sequence=sum(part.sequence for part in parts),
    )


def _sums(parts: Iterable[Mapping[str, Counts]]) -> dict[str, Counts]:
    """Name by name."""
    found: dict[str, list[Counts]] = defaultdict(list)
    for part in parts:
        for name, counts in part.items():
            found[name].append(counts)
    return {name: _sum(counts) for name, counts in found.items()}


def _sum(parts: Sequence[Counts]) -> Counts:
    """All at once: an addition of two makes a Counts each time, of which a page of listings would make thousands."""
    return Counts(*map(sum, zip(*map(_NUMBERS, parts), strict=True)))
