"""What one criterion of a DMQL2 query asks of a row, by the type of its field."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.rets.fields import Column, Row, code_of, coded
from sandbox.rets.replies import Declined
from sandbox.rets.values import moment_of

Predicate = Callable[[Row], bool]
# The least and the greatest value that a criterion lets through; None is no bound.
Range = tuple[Any, Any]

_ITEM = re.compile(r'\s*("(?:[^"]|"")*"|[^",]*)\s*(?:,|$)')
_NUMBER = r"-?\d+(?:\.\d*)?"
_PERIOD = r"(?:TODAY|NOW|\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?)?)"
_WORD = r"[A-Za-z0-9]+"


@dataclass(frozen=True)
class Clock:
    """The server's time: what `NOW` and `TODAY` are, and where stamps without an offset belong."""

    now: Callable[[], datetime]
    zone: ZoneInfo


def criterion(column: Column, text: str, clock: Clock) -> Predicate:
    """The predicate of `(column=text)`. Raises Declined (20206) for what the column's type does not allow."""
    if text == ".EMPTY.":
        return lambda row: row.get(column.reso) in (None, "", [])
    if text == ".ANY.":
        return lambda row: True
    if not text:
        raise _wrong(column, text)
    if column.lookup is not None:
        return _codes(column, column.lookup, text)
    if column.type == "Boolean":
        return _flag(column, text)
    if column.type == "Character":
        return _strings(column, text)
    if column.type in ("Date", "DateTime"):
        return _within(column, [_period(column, item, clock) for item in text.split(",")], _day_or_moment)
    return _within(column, [_numbers(column, item) for item in text.split(",")], _number)


def _codes(column: Column, lookup: str, text: str) -> Predicate:
    """`|A,B` any of them (so too without the sign), `+A,B` all of them, `~A,B` none of them."""
    sign, rest = (text[0], text[1:]) if text[0] in "|+~" else ("|", text)
    wanted = {item.strip().strip('"') for item in rest.split(",")}
    if "" in wanted:
        raise _wrong(column, text)

    def matches(row: Row) -> bool:
        found = {code_of(lookup, value) for value in coded(column, row)}
        if sign == "+":
            return wanted <= found
        return bool(wanted & found) is (sign == "|")

    return matches


def _flag(column: Column, text: str) -> Predicate:
    if text not in ("0", "1"):
        raise _wrong(column, text)
    return lambda row: row.get(column.reso) is (text == "1")


def _strings(column: Column, text: str) -> Predicate:
    tests = [_string(column, item) for item in _items(column, text)]

    def matches(row: Row) -> bool:
        value = row.get(column.reso)
        return isinstance(value, str) and any(test(value.casefold()) for test in tests)

    return matches


def _items(column: Column, text: str) -> list[str]:
    """The items of a list, apart at the commas that are not within a literal."""
    items, place = [], 0
    while place <= len(text):
        found = _ITEM.match(text, place)
        if found is None or not found[1].strip():
            raise _wrong(column, text)
        items.append(found[1].strip())
        place = max(found.end(), place + 1)
        if place == len(text) and not text.endswith(","):
            break
    return items


def _string(column: Column, item: str) -> Callable[[str], bool]:
    """A literal in quotes, a word, a word with `*` or `?`, or a range of words; letters of any case."""
    if item.startswith('"'):
        literal = item[1:-1].replace('""', '"').casefold()
        return lambda value: value == literal
    lowered = item.casefold()
    if span := re.fullmatch(f"({_WORD})-({_WORD})", lowered):
        low, high = span[1], span[2]
        return lambda value: low <= value <= high
    if end := re.fullmatch(f"({_WORD})([+-])", lowered):
        bound = end[1]
        return lambda value: value >= bound if end[2] == "+" else value <= bound
    if not re.fullmatch(r"[\w*? ]+", lowered):
        # What is neither letter nor digit belongs into a literal.
        raise _wrong(column, item)
    pattern = re.compile(re.escape(lowered).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)
    return lambda value: pattern.fullmatch(value) is not None


def _numbers(column: Column, item: str) -> Range:
    return _range(column, item.strip(), _NUMBER, lambda text: (Decimal(text), Decimal(text)))


def _period(column: Column, item: str, clock: Clock) -> Range:
    return _range(column, item.strip(), _PERIOD, lambda text: _span(column, text, clock))


def _range(column: Column, item: str, atom: str, read: Callable[[str], Range]) -> Range:
    """`a-b`, `a+` (a or more), `a-` (a or less), or `a`; both bounds are let through."""
    found = re.fullmatch(f"({atom})(?:-({atom})|([+-]))?", item)
    if found is None:
        raise _wrong(column, item)
    try:
        low, high = read(found[1])
        if found[2] is not None:
            high = read(found[2])[1]
    except ValueError as error:
        raise _wrong(column, item) from error
    return (None if found[3] == "-" else low), (None if found[3] == "+" else high)


def _span(column: Column, text: str, clock: Clock) -> Range:
    """From when to when a date or a stamp is; a date in a field of stamps is the whole local day."""
    now = clock.now().astimezone(clock.zone)
    if text == "NOW":
        moment = now
    elif len(text) > len("2026-03-15"):
        given = datetime.fromisoformat(text)
        moment = given if given.tzinfo else given.replace(tzinfo=clock.zone)
    else:
        day = now.date() if text == "TODAY" else date.fromisoformat(text)
        if column.type == "Date":
            return day, day
        start = datetime.combine(day, time(), clock.zone)
        after = datetime.combine(day + timedelta(days=1), time(), clock.zone)
        return start.astimezone(UTC), after.astimezone(UTC) - timedelta(microseconds=1)
    if column.type == "Date":
        return moment.astimezone(clock.zone).date(), moment.astimezone(clock.zone).date()
    return moment.astimezone(UTC), moment.astimezone(UTC)


def _within(column: Column, ranges: list[Range], read: Callable[[Column, Any], Any]) -> Predicate:
    def matches(row: Row) -> bool:
        value = read(column, row.get(column.reso))
        return value is not None and any(
            (low is None or low <= value) and (high is None or value <= high) for low, high in ranges
        )

    return matches


def _number(_column: Column, value: Any) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _day_or_moment(column: Column, value: Any) -> date | None:
    if column.type == "DateTime":
        return moment_of(value)
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def _wrong(column: Column, text: str) -> Declined:
    return Declined(20206, f"{text[:40]} is nothing that {column.name} could be")
