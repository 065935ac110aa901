"""Reads the values of strangers' rows: each becomes the right type, or None with a warning, and never raises.

Seen in the wild: `12.0` for an integer, `"525,000.00"` for a number, stamps without a zone, "TBD" for a date,
a scalar where an array is due, NUL and lone surrogates in text.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar
from urllib.parse import urlsplit

T = TypeVar("T")

TEXT = 255
"""RESO's usual length of a text field, in characters."""

MOST_WARNINGS = 20
MOST_ITEMS = 100

_DROPPED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_NUMBER = re.compile(r"[+-]?(\d{1,3}(,\d{3})+|\d+)?(\.\d*)?([eE][+-]?\d{1,3})?")
_EMPTY_ITEMS = frozenset({"none", "other", "see remarks"})
_CENT = Decimal("0.01")
_FLAGS = {
    **dict.fromkeys(("true", "t", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "0"), False),
}
_PLAIN_URL = re.compile(r"https?://[A-Za-z0-9.-]+(:\d+)?([/?#][!-~]*)?")


class Values:
    """The values of one row, or of one object within it.

    Every method takes the names under which a value may stand and gives the first that makes sense.

    Attributes:
        warnings: one sentence for each value that was dropped or cut, `MOST_WARNINGS` at most.
        zone: of stamps that name none.
    """

    __slots__ = ("raw", "warnings", "zone")

    def __init__(self, raw: Mapping[str, Any], warnings: list[str] | None = None, zone: tzinfo = UTC) -> None:
        self.raw = raw
        self.warnings: list[str] = [] if warnings is None else warnings
        self.zone = zone

    def within(self, raw: Mapping[str, Any]) -> "Values":
        """The values of an object within this one; its warnings are this one's."""
        return Values(raw, self.warnings, self.zone)

    def warn(self, text: str) -> None:
        """Keep a warning, unless there are many already."""
        if len(self.warnings) < MOST_WARNINGS:
            self.warnings.append(text)

    def text(self, *names: str, limit: int = TEXT) -> str | None:
        """Clean text, cut at `limit` characters with a warning."""
        found = self._first(names, to_text)
        if found is None or len(found) <= limit:
            return found
        self.warn(f"{' or '.join(names)} is longer than {limit} characters and was cut.")
        return found[:limit].rstrip()

    def texts(self, *names: str) -> tuple[str, ...]:
        """The items of all these lists, without duplicates and without "None" or "Other", at most 100."""
        items: dict[str, None] = {}
        for name in names:
            for item in self._first((name,), to_texts) or ():
                if item.casefold() not in _EMPTY_ITEMS:
                    items.setdefault(item[:TEXT])
        return tuple(items)[:MOST_ITEMS]

    def whole(self, *names: str, low: int = 0, high: int) -> int | None:
        """A whole number between the bounds, both included."""

        def read(value: Any) -> int:
            if type(value) is int and low <= value <= high:
                return value
            return int(_whole(_within(to_decimal(value), low, high)))

        return self._first(names, read)

    def number(self, *names: str, low: float = 0, high: float) -> float | None:
        """A finite number between the bounds, both included."""

        def read(value: Any) -> float:
            # Comparison with the bounds, which are finite, keeps out NaN too.
            if type(value) is float and low <= value <= high:
                return value
            return float(_within(to_decimal(value), low, high))

        return self._first(names, read)

    def money(self, *names: str) -> Decimal | None:
        """An exact amount of at least 0, with two places (RESO: Decimal(14,2))."""
        return self._first(names, _to_money)

    def price(self, *names: str) -> Decimal | None:
        """Like `money`; MLSs write 0 for a price that is not told, which is no price."""
        return self.money(*names) or None

    def flag(self, name: str) -> bool | None:
        """A truth value."""
        return self._first((name,), to_flag)

    def date(self, *names: str) -> date | None:
        """A day; of a stamp, the day as written."""
        return self._first(names, to_date)

    def moment(self, *names: str) -> datetime | None:
        """A moment in UTC."""
        return self._first(names, lambda value: to_moment(value, self.zone))

    def url(self, *names: str) -> str | None:
        """An absolute http or https URL of at most 8,000 characters."""
        return self._first(names, to_url)

    def _first(self, names: tuple[str, ...], read: Callable[[Any], T]) -> T | None:
        for name in names:
            value = self.raw.get(name)
            if value is None or value == "" or value == []:
                continue
            try:
                found = read(value)
            except (ValueError, OverflowError, InvalidOperation):
                self.warn(f"{name} makes no sense and was dropped: {_shown(value)}")
                continue
            if found is not None and found != "":
                return found
        return None


def to_text(value: Any) -> str:
    """Text without control characters and lone surrogates, trimmed; the items of a list are joined."""
    if isinstance(value, str):
        return (value if value.isprintable() else _DROPPED.sub("", value)).strip()
    if isinstance(value, list):
        return ", ".join(to_texts(value[:MOST_ITEMS]))
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("no text")
    exact = to_decimal(value)
    # A key that is a number in the MLS arrives as 4711 from one server and as 4711.0 from another.
    return str(int(exact)) if abs(exact) < 10**20 and exact == exact.to_integral_value() else str(exact)


def to_texts(value: Any) -> tuple[str, ...]:
    """The texts in a list; a scalar is a list as OData's flag enumerations write it, with commas."""
    if isinstance(value, str):
        value = value.split(",")
    texts: list[str] = []
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, list):
            raise ValueError("lists within a list")
        text = "" if item is None else to_text(item)
        if text:
            texts.append(text)
    return tuple(texts)


def to_decimal(value: Any) -> Decimal:
    """An exact finite number; text may have a dollar sign, and commas between thousands."""
    if isinstance(value, Decimal | int | float) and not isinstance(value, bool):
        number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    elif isinstance(value, str) and len(value) <= 40:
        digits = value.strip().removeprefix("$").strip()
        if not _NUMBER.fullmatch(digits):
            raise ValueError("no number")
        number = Decimal(digits.replace(",", ""))
    else:
        raise ValueError("no number")
    if not number.is_finite():
        raise ValueError("not finite")
    return number


def to_flag(value: Any) -> bool:
    """A truth value, also as `Y`, `"false"`, 1 or 0."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().casefold()
    if word not in _FLAGS:
        raise ValueError("neither true nor false")
    return _FLAGS[word]


def to_date(value: Any) -> date:
    """A day from 1900 on: databases write the years 1 and 9999 for "none"."""
    if not isinstance(value, str):
        raise ValueError("no date")
    day = date.fromisoformat(value.strip()[:10])
    if not 1900 <= day.year <= 2200:
        raise ValueError("no date in our time")
    return day


def to_moment(value: Any, zone: tzinfo = UTC) -> datetime:
    """A moment in UTC. Without a zone of its own it is taken for one in `zone`.

    OData knows stamps with a zone only, and servers that leave it out mean UTC; a RETS 1.7.2 server means its
    local time. An hour that clocks pass twice when they are set back is no moment: whichever of the two was
    guessed, news could look older than what is known. An hour that clocks leave out was written by a clock
    not yet set forward, and is read so.
    """
    if not isinstance(value, str):
        raise ValueError("no moment")
    moment = datetime.fromisoformat(value.strip())
    if not 1900 <= moment.year <= 2200:
        raise ValueError("no moment in our time")
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
        if zone is not UTC and _comes_twice(moment):
            raise ValueError("an hour that comes twice")
    return moment.astimezone(UTC)


def _comes_twice(moment: datetime) -> bool:
    first, second = moment.utcoffset(), moment.replace(fold=1).utcoffset()
    return first is not None and second is not None and first > second


def to_url(value: Any) -> str:
    """An absolute http or https URL without spaces."""
    if not isinstance(value, str) or len(value) > 8000:
        raise ValueError("no URL")
    url = value.strip()
    if _PLAIN_URL.fullmatch(url):
        return url
    parts = urlsplit(url)
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname or _DROPPED.search(url):
        raise ValueError("no web address")
    if any(map(str.isspace, url)):
        raise ValueError("spaces in a web address")
    return url


def _to_money(value: Any) -> Decimal:
    return _within(to_decimal(value), 0, 999_999_999_999).quantize(_CENT)


def _within(number: Decimal, low: float, high: float) -> Decimal:
    if not low <= number <= high:
        raise ValueError("out of bounds")
    return number


def _whole(number: Decimal) -> Decimal:
    if number != number.to_integral_value():
        raise ValueError("not whole")
    return number


def _shown(value: Any) -> str:
    """A value as a warning may show it: short, and safe to store."""
    if isinstance(value, dict | list):
        return f"a {type(value).__name__}"
    if isinstance(value, int) and abs(value) >= 10**40:
        return "a number of more than 40 digits"
    text = _DROPPED.sub("", str(value))
    return text if len(text) <= 40 else f"{text[:40]}…"
