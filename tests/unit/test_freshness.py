"""How old what is known of an MLS is, and when that is too old."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.entities.freshness import Freshness
from domain.entities.mls_connection import MlsConnection, SmartInterval
from domain.rules.freshness import age, freshness, is_stale

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def connection(minutes_ago: float | None = None, **more: Any) -> MlsConnection:
    """Made a day ago, and synchronized so many minutes ago."""
    synced = None if minutes_ago is None else NOW - timedelta(minutes=minutes_ago)
    made = NOW - timedelta(days=1)
    given = {"last_synced_at": synced, "created_at": made, "updated_at": made, **more}
    return MlsConnection(id="c", user_id="u", provider="p", protocol="rets", url="", **given)


def test_the_age_is_that_of_the_last_success() -> None:
    assert age(connection(None), NOW) is None
    assert age(connection(7), NOW) == timedelta(minutes=7)
    assert age(connection(-1), NOW) == timedelta()  # by another machine's clock


@pytest.mark.parametrize(
    ("found", "stale"),
    [
        (connection(30), False),
        (connection(30.1), True),
        (connection(None), True),
        (connection(None, created_at=NOW - timedelta(minutes=29)), False),
        (connection(119, sync_interval_minutes=60), False),
        (connection(121, sync_interval_minutes=60), True),
        (connection(90, smart=SmartInterval(shortest=5, longest=60, current=60)), False),
        (connection(11, smart=SmartInterval(shortest=5, longest=60, current=5)), True),
        (connection(9_999, enabled=False), False),
        (connection(31, needs_action="Reconnect."), True),
    ],
)
def test_stale_is_what_missed_two_periods(found: MlsConnection, stale: bool) -> None:
    assert is_stale(found, NOW) is stale


def test_many_are_summed_up_without_names() -> None:
    waiting = connection(40, needs_action="Enter the password.")  # it would keep an alarm on for ever
    many = [connection(5), connection(45), connection(None), connection(1, enabled=False), waiting]
    summed = Freshness(
        enabled=4, stale=2, last_success=NOW - timedelta(minutes=1), oldest=timedelta(minutes=45)
    )
    assert freshness(many, NOW) == summed
    assert freshness([], NOW) == Freshness(enabled=0, stale=0, last_success=None, oldest=None)
    for cut in range(len(many) + 1):  # however they are divided into pages
        assert freshness(many[:cut], NOW).and_of(freshness(many[cut:], NOW)) == summed
