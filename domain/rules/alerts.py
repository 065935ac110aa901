"""When a threshold is crossed, read off the counters by day alone.

Events only ever add to a day, so that within a day a sum can rise past a threshold and cannot fall below it: it falls
when the window moves on at midnight (UTC). So there is at most one crossing a day, and whoever looks again, as often
as they like, finds the same one.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from domain.entities.alert import AlertComparison, MetricAlert

SLOT = timedelta(seconds=5)
"""Events of so long are looked at together."""

_DAY = timedelta(days=1)
_SETTLED = timedelta(minutes=10)

Numbers = Mapping[date, int]
"""How often something happened on each UTC day; a day that is missing is zero."""


def end_of_slot(now: datetime) -> datetime:
    """When the events of this moment are looked at."""
    begun = (now - datetime.min.replace(tzinfo=UTC)) % SLOT
    return now - begun + SLOT


def next_round(now: datetime) -> datetime:
    """When the windows that end with a day are looked at next: some minutes after it is over."""
    return datetime.combine(now.date() + _DAY, time(), UTC) + _SETTLED


def days_needed(alert: MetricAlert, day: date) -> tuple[date, date]:
    """The first and the last day of which `judged` reads the numbers."""
    return day - 2 * alert.window_days * _DAY, day


def total(alert: MetricAlert, numbers: Numbers, day: date) -> int:
    """The sum over the window that ends on this day, the day included."""
    return sum(numbers.get(day - ago * _DAY, 0) for ago in range(alert.window_days))


def is_reached(alert: MetricAlert, numbers: Numbers, day: date) -> bool:
    """Whether the threshold is reached by the end of the day, as far as its events are known."""
    return _fulfils(alert, total(alert, numbers, day))


def judged(alert: MetricAlert, numbers: Numbers, day: date) -> tuple[MetricAlert, bool]:
    """The alert after a look at this day, and whether it was crossed there and has not been told yet."""
    known = alert.reached_on
    if day < alert.armed_on or (known is not None and known >= day) or not is_reached(alert, numbers, day):
        return alert, False
    return replace(alert, reached_on=day), known is None or _was_left(alert, numbers, known, day)


def _was_left(alert: MetricAlert, numbers: Numbers, known: date, day: date) -> bool:
    """Whether the threshold was not reached at some time between two days on which it was.

    The lowest point of a day is its beginning, when nothing of it is counted yet. Farther back than a window nobody
    needs to look: with events there was a look, and without any the window is empty.
    """
    begin = max(known, day - (alert.window_days + 1) * _DAY)
    between = (begin + n * _DAY for n in range(1, (day - begin).days + 1))
    if alert.comparison is AlertComparison.AT_LEAST:
        lowest: Iterable[int] = (total(alert, numbers, one) - numbers.get(one, 0) for one in between)
    else:
        lowest = (total(alert, numbers, one) for one in between)
    return any(not _fulfils(alert, number) for number in lowest)


def _fulfils(alert: MetricAlert, number: int) -> bool:
    if alert.comparison is AlertComparison.AT_LEAST:
        return number >= alert.threshold
    return number <= alert.threshold
