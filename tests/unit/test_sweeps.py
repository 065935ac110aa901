"""What a connection's settings say of the sweep."""

from datetime import timedelta

import pytest

from domain.rules.sweeps import grace, is_swept, most_missing


@pytest.mark.parametrize(
    ("given", "hours"),
    [
        (None, 24),
        (48, 48),
        ("6.5", 6.5),
        (0, 0),
        (-3, 0),
        (1e300, 24 * 365),
        (float("nan"), 24),
        ("soon", 24),
        (True, 24),
        ([], 24),
        (10**400, 24),
    ],
)
def test_the_grace_is_a_number_of_hours(given: object, hours: float) -> None:
    assert grace({} if given is None else {"graceHours": given}) == timedelta(hours=hours)


@pytest.mark.parametrize(
    ("held", "percent", "most"),
    [
        (0, None, 10),
        (50, None, 10),
        (54, None, 10),
        (55, None, 11),
        (100, 50, 50),
        (100, 0, 10),
        (100, 900, 100),
    ],
)
def test_ten_homes_or_a_share_may_be_missing(held: int, percent: object, most: int) -> None:
    assert most_missing({} if percent is None else {"sweepLimitPercent": percent}, held) == most


@pytest.mark.parametrize(("given", "swept"), [(None, True), (False, False), ("no", False), ("yes", True)])
def test_it_is_on_unless_it_is_switched_off(given: object, swept: bool) -> None:
    assert is_swept({} if given is None else {"sweep": given}) is swept
