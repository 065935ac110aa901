"""Waits between attempts, and the next poll."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.schedule import LOOK_UP, UNPUBLISH, after, backoff, next_poll, next_sweep, step

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_removals_are_tried_after_5_s_5_min_30_min_2_h_5_h_10_h_and_then_daily() -> None:
    waits = [step(UNPUBLISH, attempt).total_seconds() for attempt in range(1, 10)]
    assert waits == [5, 300, 1_800, 7_200, 18_000, 36_000, 86_400, 86_400, 86_400]


def test_unknown_outcomes_are_looked_up_after_10_s_1_5_and_15_minutes() -> None:
    assert [wait.total_seconds() for wait in LOOK_UP] == [10, 60, 300, 900]


@pytest.mark.parametrize(
    ("attempt", "random", "seconds"),
    [(1, 0.0, 1.0), (1, 0.5, 1.5), (2, 0.0, 2.0), (3, 0.25, 4.25), (10, 0.0, 512.0), (11, 0.0, 600.0)],
)
def test_backoff_doubles_with_up_to_a_second_more(attempt: int, random: float, seconds: float) -> None:
    assert backoff(attempt, random).total_seconds() == seconds


@given(st.integers(1, 10**9), st.floats(0, 1, exclude_max=True))
def test_backoff_never_waits_longer_than_its_limit(attempt: int, random: float) -> None:
    assert timedelta(seconds=1) <= backoff(attempt, random) <= timedelta(minutes=10)


@given(st.integers(5, 1_440), st.floats(0, 1, exclude_max=True))
def test_polls_spread_by_a_tenth_of_the_interval(minutes: int, random: float) -> None:
    wait = next_poll(NOW, minutes, random) - NOW
    assert timedelta(minutes=minutes) * 0.899 < wait < timedelta(minutes=minutes) * 1.101


@given(st.floats(0, 1, exclude_max=True))
def test_sweeps_are_a_day_apart_and_up_to_an_hour_more(random: float) -> None:
    assert timedelta(days=1) <= next_sweep(NOW, random) - NOW <= timedelta(days=1, hours=1)


def test_so_many_seconds_from_now() -> None:
    assert after(NOW, 1.5) == NOW + timedelta(seconds=1.5)
