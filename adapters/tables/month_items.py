"""The stored form of a listing's month: its sums by day, and nothing else, so that a year of them is read at once.

It moves in the transaction that counts on the day itself (`day_items`), so that the two never differ. An attribute
is a letter for what is counted and the day of the month: `v05` holds the views of the fifth.
"""

from dataclasses import fields
from datetime import UTC, date, datetime, time

from adapters.tables import keys
from adapters.tables.codec import number, text
from adapters.tables.table import Change, Item
from domain.entities.metrics import Counts

_LETTERS = {"views": "v", "shares": "s", "inquiries": "i", "clicks": "c", "likes": "l", "comments": "m"}
"""By the names of `Counts`."""
_LAST = 31
_KINDS = tuple(field.name for field in fields(Counts))
_PLACES = {
    f"{_LETTERS[kind]}{day:02d}": (place, day)
    for place, kind in enumerate(_KINDS)
    for day in range(1, _LAST + 1)
}
"""By the name of an attribute: which of `_KINDS` it counts, and the day."""


def month_write(user_id: str, listing_id: str, day: date, of_day: Change) -> Change:
    """The write that goes with the one that counts on the day."""
    counts = of_day.add
    return Change(
        keys.metrics_month(user_id, listing_id, day),
        set={
            "EntityType": "MonthMetrics",
            "CreatedAt": keys.millis(datetime.combine(day.replace(day=1), time(), UTC)),
            "UpdatedAt": number(of_day.set, "UpdatedAt"),
            "listing": listing_id,
        },
        add={f"{_LETTERS[kind]}{day.day:02d}": counts[kind] for kind in _LETTERS if kind in counts}
        | {"version": 1},
    )


def month_of(item: Item, first: int = 1, last: int = _LAST) -> tuple[str, Counts]:
    """The listing of an item, and what its days come to, the first and the last included."""
    sums = [0] * len(_KINDS)
    for name, value in item.items():
        place, day = _PLACES.get(name, (0, 0))
        if first <= day <= last:
            sums[place] += int(value)
    return text(item, "listing"), Counts(*sums)


def months_of(first: date, last: date) -> list[tuple[date, int, int]]:
    """The months of a span, each by its first day, with the first and the last day that are meant of it."""
    found: list[tuple[date, int, int]] = []
    month = first.replace(day=1)
    while month <= last:
        begins = first.day if (first.year, first.month) == (month.year, month.month) else 1
        ends = last.day if (last.year, last.month) == (month.year, month.month) else _LAST
        found.append((month, begins, ends))
        if (month.year, month.month) == (last.year, last.month):
            break
        month = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    return found
