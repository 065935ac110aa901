"""Sums over the days of a period."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.entities.metrics import Counts, DayMetrics
from domain.errors import Invalid
from domain.rules.aggregates import Aggregate, MetricsPeriod, aggregate, days_of, range_of

TODAY = date(2026, 11, 21)
LONG_AGO = TODAY - timedelta(days=9)


def a_day(day: date, listing: str = "L1", **more: Any) -> DayMetrics:
    return DayMetrics(listing_id=listing, day=day, **more)


@pytest.mark.parametrize(
    ("period", "days"),
    [(MetricsPeriod.DAILY, 1), (MetricsPeriod.WEEKLY, 7), (MetricsPeriod.MONTHLY, 30)],
)
def test_a_period_ends_today_and_includes_it(period: MetricsPeriod, days: int) -> None:
    first, last = days_of(period, TODAY)
    assert last == TODAY
    assert (last - first).days + 1 == days
    assert range_of(period, None, TODAY) == (first, last)


def test_a_range_is_taken_as_given_up_to_two_years() -> None:
    longest = (TODAY - timedelta(days=730), TODAY)
    assert range_of(None, longest, TODAY) == longest
    assert range_of(None, (TODAY, TODAY), TODAY) == (TODAY, TODAY)


@pytest.mark.parametrize(
    ("period", "range", "field"),
    [
        (None, None, ("period",)),
        (MetricsPeriod.DAILY, (TODAY, TODAY), ("period",)),
        (None, (TODAY, TODAY - timedelta(days=1)), ("range", "to")),
        (None, (TODAY - timedelta(days=731), TODAY), ("range",)),
        (None, (date.min, date.max), ("range",)),
    ],
)
def test_what_makes_no_sense_is_refused(
    period: MetricsPeriod | None, range: tuple[date, date] | None, field: tuple[str, ...]
) -> None:
    with pytest.raises(Invalid) as caught:
        range_of(period, range, TODAY)
    assert caught.value.field == field


def test_days_without_events_are_zeros() -> None:
    found = aggregate([], LONG_AGO, TODAY, listing_id="L1")
    assert [day.day for day in found.days] == [LONG_AGO + timedelta(days=n) for n in range(10)]
    assert {day.total for day in found.days} == {Counts()}
    assert (found.total, found.platforms, found.sources) == (Counts(), {}, {})


def test_several_listings_on_one_day_become_one() -> None:
    one = a_day(TODAY, "L1", total=Counts(2), platforms={"facebook": Counts(2)}, hours={9: 2}, sequence=2)
    two = a_day(
        TODAY, "L2", total=Counts(1, 1), platforms={"": Counts(1, 1)}, hours={9: 1, 10: 1}, sequence=2
    )
    (day,) = aggregate([one, two], TODAY, TODAY).days
    assert day.total == Counts(3, 1)
    assert day.platforms == {"facebook": Counts(2), "": Counts(1, 1)}
    assert day.hours == {9: 3, 10: 1}


_COUNTS = st.builds(Counts, *(st.integers(0, 1_000) for _ in range(4)))
_DAYS = st.lists(
    st.builds(
        lambda ago, listing, total, source: a_day(
            TODAY - timedelta(days=ago),
            listing,
            total=total,
            platforms={"facebook": total},
            sources={source: total},
        ),
        st.integers(0, 9),
        st.sampled_from(["L1", "L2"]),
        _COUNTS,
        st.sampled_from(["flyer", "mail", "other"]),
    ),
    max_size=30,
)


@given(_DAYS)
def test_totals_are_the_sums_of_the_days(days: list[DayMetrics]) -> None:
    found: Aggregate = aggregate(days, LONG_AGO, TODAY)
    assert len(found.days) == 10
    assert found.total == sum((day.total for day in days), Counts())
    assert found.total == sum((day.total for day in found.days), Counts())
    assert found.total == sum(found.platforms.values(), Counts())
    assert found.total == sum(found.sources.values(), Counts())
