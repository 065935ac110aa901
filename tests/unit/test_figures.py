"""Rates, trends, hours and months: what is read off counts."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.tables.month_items import month_of, months_of
from adapters.tables.table import Item
from domain.entities.metrics import Counts, DayMetrics, MetricsOrderField
from domain.rules.figures import (
    Trend,
    TrendDirection,
    conversion_rate,
    engagement_rate,
    heat_map,
    peak_hour,
    peak_weekday,
    rank,
    span_before,
    trend,
)

MONDAY = date(2026, 11, 16)
DATES = st.dates(date(2024, 1, 1), date(2027, 12, 31))
NUMBERS = st.integers(0, 10_000)
COUNTS = st.builds(Counts, *(NUMBERS for _ in range(6)))


@pytest.mark.parametrize(
    ("before", "now", "direction", "change"),
    [
        (0, 0, TrendDirection.FLAT, None),
        (0, 3, TrendDirection.UP, None),
        (3, 0, TrendDirection.DOWN, -100.0),
        (4, 5, TrendDirection.UP, 25.0),
        (200, 201, TrendDirection.FLAT, 0.5),
        (200, 199, TrendDirection.FLAT, -0.5),
        (100, 101, TrendDirection.UP, 1.0),
        (100, 99, TrendDirection.DOWN, -1.0),
    ],
)
def test_trends(before: int, now: int, direction: TrendDirection, change: float | None) -> None:
    assert trend(before, now) == Trend(direction, change)


def test_rates_need_views() -> None:
    counts = Counts(views=10, shares=1, inquiries=2, clicks=3, likes=4, comments=5)
    assert (conversion_rate(counts), engagement_rate(counts)) == (0.2, 1.5)
    assert conversion_rate(Counts(inquiries=2)) is engagement_rate(Counts(clicks=3)) is None


@given(COUNTS)
def test_a_rate_that_there_is_not_ranks_lowest(counts: Counts) -> None:
    for field in MetricsOrderField:
        assert rank(field, counts) >= 0 or (counts.views == 0 and rank(field, counts) == -1)


@given(DATES, st.integers(0, 730))
def test_the_span_before_is_as_long_and_ends_where_the_other_begins(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    before = span_before(first, last)
    assert before is not None
    assert before[1] - before[0] == last - first
    assert before[1] + timedelta(days=1) == first


def test_before_the_calendar_there_is_nothing() -> None:
    assert span_before(date.min, date.min) is None
    assert span_before(date(1, 1, 5), date(1, 1, 20)) is None


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 23), st.integers(1, 50)), max_size=30))
def test_the_heat_map_holds_every_event_once(events: list[tuple[int, int, int]]) -> None:
    days = [
        DayMetrics(listing_id="l", day=MONDAY + timedelta(days=ago), hours={hour: number})
        for ago, hour, number in events
    ]
    cells = heat_map(days)
    assert len(cells) == 168
    assert sum(cells.values()) == sum(number for _, _, number in events)
    for (weekday, hour), number in cells.items():
        assert number == sum(n for ago, h, n in events if (ago % 7 + 1, h) == (weekday, hour))
    by_hour = [sum(cells[weekday, hour] for weekday in range(1, 8)) for hour in range(24)]
    assert peak_hour(cells) == (by_hour.index(max(by_hour)) if events else None)
    by_day = [sum(cells[weekday, hour] for hour in range(24)) for weekday in range(1, 8)]
    assert peak_weekday(cells) == (by_day.index(max(by_day)) + 1 if events else None)


@given(DATES, st.integers(0, 730))
def test_the_months_of_a_span_hold_each_of_its_days_once(first: date, days: int) -> None:
    last = first + timedelta(days=days)
    found = [
        month + timedelta(days=day - 1)
        for month, begins, ends in months_of(first, last)
        for day in range(begins, ends + 1)
        if (month + timedelta(days=day - 1)).month == month.month
    ]
    assert found == [first + timedelta(days=number) for number in range(days + 1)]


def test_an_empty_span_has_no_days() -> None:
    assert months_of(MONDAY, MONDAY - timedelta(days=40)) == []
    item: Item = {"listing": "l", "v01": 3, "v15": 4, "m31": 1, "version": 9}
    assert month_of(item, 20, 15) == ("l", Counts())
    assert month_of(item) == ("l", Counts(views=7, comments=1))
    assert month_of(item, 2, 30) == ("l", Counts(views=4))
