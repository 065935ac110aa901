"""How times, days, amounts and free JSON look on the wire."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import strawberry
from strawberry.exceptions import StrawberryInputCoercionError
from strawberry.scalars import JSON
from strawberry.types.scalar import ScalarDefinition

_RFC3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,30}(\.\d{1,15})?", re.ASCII)
_DEEPEST_JSON = 20


def _write_moment(value: datetime) -> str:
    utc = value.astimezone(UTC)
    unit = "milliseconds" if utc.microsecond else "seconds"
    return utc.isoformat(timespec=unit).removesuffix("+00:00") + "Z"


def _read_moment(value: object) -> datetime:
    if not isinstance(value, str) or not _RFC3339.fullmatch(value):
        raise StrawberryInputCoercionError("A DateTime is written as 2026-05-31T12:00:00Z (RFC 3339).")
    # fromisoformat takes six digits of a second at most.
    text = re.sub(r"(\.\d{6})\d+", r"\1", value.upper())
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise StrawberryInputCoercionError("There is no such moment.") from None


def _read_day(value: object) -> date:
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise StrawberryInputCoercionError("A Date is written as 2026-05-31.")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise StrawberryInputCoercionError("There is no such day.") from None


def _write_decimal(value: Decimal) -> str:
    return format(value, "f")


def _read_decimal(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise StrawberryInputCoercionError("A Decimal is a string of digits or a number.")
    try:
        # A float's shortest text is what its sender wrote; an exponent only comes from a number.
        text = value if isinstance(value, str) else format(Decimal(str(value)), "f")
    except (InvalidOperation, ValueError):
        text = ""
    if not _NUMBER.fullmatch(text):
        raise StrawberryInputCoercionError('A Decimal is written as "525000.00", without an exponent.')
    return Decimal(text)


def _read_json(value: object) -> object:
    if not _no_deeper(value, _DEEPEST_JSON):
        raise StrawberryInputCoercionError(f"JSON may be nested {_DEEPEST_JSON} deep at most.")
    return value


def _no_deeper(value: object, levels: int) -> bool:
    if isinstance(value, dict):
        return levels > 0 and all(_no_deeper(part, levels - 1) for part in value.values())
    if isinstance(value, list):
        return levels > 0 and all(_no_deeper(part, levels - 1) for part in value)
    return True


def _same(value: Any) -> Any:
    return value


SCALARS: Mapping[object, ScalarDefinition] = {
    datetime: strawberry.scalar(
        name="DateTime",
        description="A moment in UTC, as RFC 3339: 2026-05-31T12:00:00Z.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc3339",
        serialize=_write_moment,
        parse_value=_read_moment,
    ),
    date: strawberry.scalar(
        name="Date",
        description="A day: 2026-05-31.",
        serialize=date.isoformat,
        parse_value=_read_day,
    ),
    Decimal: strawberry.scalar(
        name="Decimal",
        description='An exact number as a string: "525000.00". Numbers are taken too, NaN and Infinity are not.',
        serialize=_write_decimal,
        parse_value=_read_decimal,
    ),
    JSON: strawberry.scalar(
        name="JSON",
        description=f"Any JSON value, nested {_DEEPEST_JSON} deep at most.",
        specified_by_url="https://datatracker.ietf.org/doc/html/rfc8259",
        serialize=_same,
        parse_value=_read_json,
    ),
}
"""For `StrawberryConfig.scalar_map`."""
