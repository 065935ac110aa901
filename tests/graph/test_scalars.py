"""How values look on the wire, and what is taken for them."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.scalars import JSON

from schema.money import per_square_foot
from schema.scalars import SCALARS


def read(kind: object, value: object) -> Any:
    parse = SCALARS[kind].parse_value
    assert parse is not None
    return parse(value)


def write(kind: object, value: object) -> Any:
    serialize = SCALARS[kind].serialize
    assert serialize is not None
    return serialize(value)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("2026-05-31T12:00:00Z", "2026-05-31T12:00:00Z"),
        ("2026-05-31T12:00:00.5Z", "2026-05-31T12:00:00.500Z"),
        ("2026-05-31t14:00:00+02:00", "2026-05-31T12:00:00Z"),
        ("2026-05-31T12:00:00.123456789Z", "2026-05-31T12:00:00.123Z"),
    ],
)
def test_moments_are_rfc_3339_in_utc(text: str, written: str) -> None:
    assert write(datetime, read(datetime, text)) == written


def test_a_moment_of_another_zone_is_written_in_utc() -> None:
    there = datetime(2026, 5, 31, 14, tzinfo=timezone(timedelta(hours=2)))
    assert write(datetime, there) == "2026-05-31T12:00:00Z"
    assert write(datetime, datetime(2026, 1, 1, tzinfo=UTC)) == "2026-01-01T00:00:00Z"


@pytest.mark.parametrize(
    "value",
    ["2026-05-31", "2026-05-31T12:00:00", "20260531T120000Z", "2026-13-01T00:00:00Z", "٢026-05-31T12:00:00Z",
     "0001-01-01T00:00:00+23:59", "now", 5, None, "2026-05-31T12:00:00Z\n"],
)  # fmt: skip
def test_other_moments_are_refused(value: object) -> None:
    with pytest.raises(StrawberryInputCoercionError):
        read(datetime, value)


@pytest.mark.parametrize("value", ["2026-02-30", "20260228", "2026-2-28", 5, "2026-05-31T00:00:00Z"])
def test_other_days_are_refused(value: object) -> None:
    assert read(date, "2026-02-28") == date(2026, 2, 28)
    with pytest.raises(StrawberryInputCoercionError):
        read(date, value)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("525000.00", "525000.00"),
        (525000, "525000"),
        (0.1, "0.1"),
        (1e20, "100000000000000000000"),
        ("-1", "-1"),
    ],
)
def test_decimals_keep_their_digits(value: object, written: str) -> None:
    assert write(Decimal, read(Decimal, value)) == written


def test_a_decimal_is_written_without_an_exponent() -> None:
    assert write(Decimal, Decimal("5.25E+5")) == "525000"


@pytest.mark.parametrize(
    "value", ["NaN", "Infinity", "1e5", "", " 1", "1_000", "٣", True, [1], float("inf"), 1e300]
)
def test_other_decimals_are_refused(value: object) -> None:
    with pytest.raises(StrawberryInputCoercionError):
        read(Decimal, value)


def test_json_may_not_be_nested_without_end() -> None:
    deep: Any = 1
    for _ in range(20):
        deep = {"x": deep}
    assert read(JSON, deep) == deep
    with pytest.raises(StrawberryInputCoercionError):
        read(JSON, [deep])


@pytest.mark.parametrize(
    ("price", "feet", "each"),
    [
        ("525000", 1500.0, "350.00"),
        ("1", 3.0, "0.33"),
        ("1", 0.0, None),
        ("1e20", 10.0, None),
        ("1", None, None),
    ],
)
def test_the_price_of_a_square_foot(price: str, feet: float | None, each: str | None) -> None:
    assert per_square_foot(Decimal(price), feet) == (None if each is None else Decimal(each))
