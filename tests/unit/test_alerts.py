"""When a threshold counts as crossed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from domain.entities.alert import AlertComparison, AlertMetric, MetricAlert
from domain.rules.alerts import end_of_slot, judged, next_round

TODAY = date(2026, 3, 10)
NOW = datetime(2026, 3, 10, 23, 59, 58, 500_000, tzinfo=UTC)
ALERT = MetricAlert(
    id="A",
    user_id="u",
    metric=AlertMetric.VIEWS,
    threshold=10,
    window_days=1,
    armed_on=date(2026, 1, 1),
    created_at=NOW,
    updated_at=NOW,
)
WEEK = replace(ALERT, window_days=7)
FEW = replace(ALERT, comparison=AlertComparison.AT_MOST, threshold=2)


def told_on(alert: MetricAlert, *numbers: int) -> list[int]:
    """On which of these days, the first of which is today, the user is told; each is looked at twice."""
    by_day = {TODAY + timedelta(days=n): number for n, number in enumerate(numbers)}
    found = []
    for n, day in enumerate(by_day):
        seen = {one: number for one, number in by_day.items() if one <= day}
        for _ in range(2):
            alert, is_crossed = judged(alert, seen, day)
            found += [n] if is_crossed else []
    return found


@pytest.mark.parametrize(
    ("alert", "numbers", "days"),
    [
        (ALERT, [9], []),
        (ALERT, [10], [0]),
        (ALERT, [12, 9, 15, 10], [0, 2, 3]),
        (WEEK, [6, 3, 1, 5, 0, 0, 0], [2]),  # carried on, though less came
        (WEEK, [10, 0, 0, 0, 0, 0, 0, 0, 10], [0, 8]),
        (WEEK, [10, 0, 0, 0, 0, 0, 0, 10], [0, 7]),  # at the beginning of the eighth day it was zero
        (WEEK, [5, 5, 0, 0, 0, 0, 0, 5], [1, 7]),
        (WEEK, [10, 10, 0, 0, 0, 0, 0, 1], [0]),
        (FEW, [2], [0]),
        (FEW, [0, 0, 0], [0]),
        (FEW, [0, 3, 0, 0, 5, 1], [0, 2, 5]),
        (replace(FEW, window_days=7), [0, 3, 0, 0, 0, 0, 0, 0, 0], [0, 8]),
    ],
)
def test_each_crossing_is_told_on_its_day(alert: MetricAlert, numbers: list[int], days: list[int]) -> None:
    assert told_on(alert, *numbers) == days


def test_what_was_reached_before_the_alert_is_no_crossing() -> None:
    assert told_on(replace(ALERT, armed_on=TODAY + timedelta(days=1)), 10, 10) == [1]
    assert told_on(replace(WEEK, reached_on=TODAY), 10, 10) == []


def test_days_that_nobody_looked_at_are_read_off_the_counters() -> None:
    known = replace(WEEK, reached_on=TODAY - timedelta(days=9))
    busy = {TODAY - timedelta(days=ago): 10 for ago in range(20)}
    assert not judged(known, busy, TODAY)[1]
    assert judged(known, {TODAY: 10}, TODAY)[1]


def test_slots_are_the_same_for_everybody_and_end_after_their_events() -> None:
    midnight = datetime(2026, 3, 11, tzinfo=UTC)
    assert end_of_slot(NOW) == end_of_slot(NOW - timedelta(seconds=3)) == midnight
    assert end_of_slot(midnight) == midnight + timedelta(seconds=5)
    assert next_round(NOW) == midnight + timedelta(minutes=10)
