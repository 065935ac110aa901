"""The sort keys that a query reads: its prefix or bounds, and its cursor, as one range."""

from dataclasses import dataclass

from adapters.tables.table import Query, position

_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Range:
    """Sort keys from `low` to `high`, by the order of their UTF-8 bytes; None is without a bound.

    `low_open` and `high_open` say that the bound itself is left out.
    """

    low: str | None
    low_open: bool
    high: str | None
    high_open: bool


def range_of(query: Query) -> Range:
    """The range that is left of a query after its cursor.

    The cursor can only narrow it: a forged one never reaches outside the prefix or the bounds.
    """
    low, high, high_open = query.low, query.high, False
    if query.prefix is not None:
        low, high, high_open = query.prefix, _end_of(query.prefix), True
    low_open = False
    if query.after is not None:
        after = position(query.after)
        if query.ascending and (low is None or after >= low):
            low, low_open = after, True
        elif not query.ascending and (high is None or after <= high):
            high, high_open = after, True
    return Range(low, low_open, high, high_open)


def _end_of(prefix: str) -> str | None:
    """The first string after all that begin with the prefix, or None if there is none.

    The order of code points is the order of UTF-8 bytes; surrogates are no characters and are stepped over.
    """
    stem = prefix.rstrip(_LAST)
    if not stem:
        return None
    last = ord(stem[-1]) + 1
    return stem[:-1] + chr(0xE000 if 0xD800 <= last <= 0xDFFF else last)
