"""Smart intervals: never out of their bounds, longer when it is quiet, back at once when news come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.entities.mls_connection import SmartInterval
from domain.errors import Invalid
from domain.rules.paces import checked_interval, paced, smart_interval


def run(smart: SmartInterval, interval: int, *news: bool) -> list[int]:
    """What the interval comes to, poll by poll."""
    found = []
    for one in news:
        smart = paced(smart, interval, news=one)
        found.append(smart.current)
    return found


@st.composite
def intervals(draw: st.DrawFn) -> tuple[int, SmartInterval]:
    """An interval and its bounds, somewhere between which it is now."""
    shortest, interval, longest = sorted(draw(st.tuples(*[st.integers(5, 1_440)] * 3)))
    smart = smart_interval(interval, shortest, longest)
    return interval, SmartInterval(
        shortest=shortest, longest=longest, current=draw(st.integers(shortest, smart.longest))
    )


def test_a_quiet_connection_is_asked_step_by_step_less_often() -> None:
    assert run(smart_interval(15), 15, *[False] * 6) == [22, 33, 49, 60, 60, 60]


def test_a_busy_connection_is_asked_more_often() -> None:
    assert run(smart_interval(15), 15, *[True] * 6) == [10, 7, 5, 5, 5, 5]


def test_news_bring_a_quiet_connection_back_at_once() -> None:
    assert run(smart_interval(15), 15, False, False, False, False, True, True) == [22, 33, 49, 60, 15, 10]


@given(intervals(), st.lists(st.booleans(), max_size=60))
def test_it_never_leaves_its_bounds(given_one: tuple[int, SmartInterval], news: list[bool]) -> None:
    interval, smart = given_one
    assert all(smart.shortest <= current <= smart.longest for current in run(smart, interval, *news))


@given(intervals(), st.booleans())
def test_quiet_never_hurries_and_news_never_slow_down(
    given_one: tuple[int, SmartInterval], news: bool
) -> None:
    interval, smart = given_one
    (current,) = run(smart, interval, news)
    if news:
        assert current <= min(smart.current, interval)
    else:
        assert current >= smart.current


@given(intervals())
def test_both_bounds_are_reached_and_the_same_news_lead_to_the_same_interval(
    given_one: tuple[int, SmartInterval],
) -> None:
    interval, smart = given_one
    assert run(smart, interval, *[False] * 20)[-1] == smart.longest
    assert run(smart, interval, *[True] * 20)[-1] == smart.shortest


@pytest.mark.parametrize(
    ("interval", "shortest", "longest"),
    [(5, 5, 20), (15, 5, 60), (60, 5, 240), (100, 5, 240), (1_440, 5, 1_440)],
)
def test_the_usual_bounds(interval: int, shortest: int, longest: int) -> None:
    found = smart_interval(interval)
    assert (found.shortest, found.longest, found.current) == (shortest, longest, interval)


@pytest.mark.parametrize("minutes", [-1, 0, 4, 1_441, 525_600])
def test_what_is_no_interval_is_refused_by_its_name(minutes: int) -> None:
    for refused, field in (
        (lambda: checked_interval(minutes), "minutes"),
        (lambda: smart_interval(15, minutes, None), "shortestMinutes"),
        (lambda: smart_interval(15, None, minutes), "longestMinutes"),
    ):
        with pytest.raises(Invalid) as caught:
            refused()
        assert caught.value.field == (field,)
        assert f"not {minutes}" in caught.value.message


@pytest.mark.parametrize(
    ("shortest", "longest", "field"),
    [(60, 10, "shortestMinutes"), (16, None, "shortestMinutes"), (None, 14, "longestMinutes")],
)
def test_bounds_on_the_wrong_side_are_refused(shortest: int | None, longest: int | None, field: str) -> None:
    with pytest.raises(Invalid) as caught:
        smart_interval(15, shortest, longest)
    assert caught.value.field == (field,)
