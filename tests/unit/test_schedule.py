"""Waits between attempts, and the next poll."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.rules.schedule import (
    LOOK_UP,
    UNPUBLISH,
    after,
    backoff,
    first_poll,
    first_reading,
    next_poll,
    next_reading,
    next_sweep,
    step,
)

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_removals_are_tried_after_5_s_5_min_30_min_2_h_5_h_10_h_and_then_daily() -> None:
    waits = [step(UNPUBLISH, attempt).total_seconds() for attempt in range(1, 10)]
    assert waits == [5, 300, 1_800, 7_200, 18_000, 36_000, 86_400, 86_400, 86_400]


def test_figures_are_read_after_an_hour_then_every_6_hours_for_7_days_then_daily_for_90() -> None:
    assert first_reading(NOW, 0.5) == NOW + timedelta(hours=1)

    def wait(**age: float) -> timedelta | None:
        now = NOW + timedelta(**age)
        due = next_reading(NOW, now, 0.5)
        return None if due is None else due - now

    assert [wait(hours=1), wait(days=6.9)] == [timedelta(hours=6)] * 2
    assert [wait(days=7), wait(days=89.9)] == [timedelta(days=1)] * 2
    assert wait(days=90) is None
    spread = {next_reading(NOW, NOW, random) for random in (0.0, 1.0)}
    assert spread == {NOW + timedelta(hours=5.4), NOW + timedelta(hours=6.6)}


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


@given(st.integers(5, 1_440), st.floats(0, 1, exclude_max=True))
def test_first_polls_come_within_a_period_and_a_half_of_a_quarter_of_an_hour_at_most(
    minutes: int, random: float
) -> None:
    wait, period = first_poll(NOW, minutes, random) - NOW, timedelta(minutes=min(minutes, 15))
    assert period / 2 <= wait <= period * 1.5


def test_a_hundred_thousand_connections_made_at_once_are_polled_evenly_over_a_period() -> None:
    draw = Random(4).random
    seconds = Counter(int((first_poll(NOW, 15, draw()) - NOW).total_seconds()) for _ in range(100_000))
    # 900 seconds with 111 polls each on average; five standard deviations are 53.
    assert len(seconds) == 900
    assert 111 - 53 < min(seconds.values()) < max(seconds.values()) < 111 + 53


def test_polls_that_are_put_off_again_and_again_stay_spread() -> None:
    """As while the installation is off: whenever it is switched on, no minute gets much more than its share."""
    draw = Random(5).random
    for off_for in (timedelta(minutes=20), timedelta(hours=3)):
        on = NOW + off_for
        waits: Counter[int] = Counter()
        for _ in range(20_000):
            due = NOW  # the worst beginning: all at once
            while due <= on:
                due = first_poll(due, 15, draw())
            waits[int((due - on).total_seconds() // 60)] += 1
        assert max(waits) <= 22
        assert max(waits.values()) < 1.5 * 20_000 / 15


@given(st.floats(0, 1, exclude_max=True))
def test_sweeps_are_a_day_apart_and_up_to_an_hour_more(random: float) -> None:
    assert timedelta(days=1) <= next_sweep(NOW, random) - NOW <= timedelta(days=1, hours=1)


def test_so_many_seconds_from_now() -> None:
    assert after(NOW, 1.5) == NOW + timedelta(seconds=1.5)
