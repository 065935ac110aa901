"""What conditions, filters and changes mean, for an engine that works them out here.

They mean what DynamoDB's expressions mean: a missing attribute matches no comparison, and a string is
never compared with a number.
"""

from collections.abc import Mapping

from adapters.tables.attributes import check_integer
from adapters.tables.table import (
    BASE,
    EXPIRES_AT,
    Absent,
    Below,
    Between,
    Change,
    Condition,
    Contains,
    Equals,
    Filter,
    In,
    Item,
    Present,
    Unfit,
    Value,
    Within,
)


def holds(when: tuple[Condition, ...], item: Item | None) -> bool:
    """Whether all conditions hold for the item as it is stored (None if there is none)."""
    return all(_holds(condition, item) for condition in when)


def passes(filters: tuple[Filter, ...], item: Item) -> bool:
    """Whether the item is one that all filters want."""
    return all(_passes(wanted, item.get(wanted.name)) for wanted in filters)


def expired(item: Mapping[str, Value], now: float) -> bool:
    """Whether readers must take the item as absent."""
    end = item.get(EXPIRES_AT)
    return isinstance(end, int) and end <= now


def changed(item: Item | None, change: Change) -> Item:
    """The item that a Change makes of this one; raises `Unfit` if it adds to a string, or too much."""
    new: Item = {BASE.pk: change.key.pk, BASE.sk: change.key.sk} if item is None else dict(item)
    new.update(change.set)
    for name, by in change.add.items():
        before = new.get(name, 0)
        if isinstance(before, str):
            raise Unfit(
                f"attribute {name} of {change.key.pk} / {change.key.sk} is a string: nothing can be added"
            )
        check_integer(name, before + by)
        new[name] = before + by
    return new


def ordered(low: Value, high: Value, *, strictly: bool = False) -> bool:
    """Whether two values of one type are in this order; strings by their UTF-8 bytes."""
    if isinstance(low, str) and isinstance(high, str):
        return low < high or (low == high and not strictly)
    if isinstance(low, int) and isinstance(high, int):
        return low < high or (low == high and not strictly)
    return False


def _holds(condition: Condition, item: Item | None) -> bool:
    match condition:
        case Absent():
            return item is None
        case Present():
            return item is not None
        case Equals(name, value):
            return item is not None and item.get(name) == value
        case Below(name, value):
            found = None if item is None else item.get(name)
            return found is None or ordered(found, value, strictly=True)


def _passes(wanted: Filter, found: Value | None) -> bool:
    match wanted:
        case _ if found is None:
            return False
        case In(_, values):
            return found in values
        case Between(_, low, high):
            return ordered(low, found) and ordered(found, high)
        case Within(_, ranges):
            return any(ordered(low, found) and ordered(found, high) for low, high in ranges)
        case Contains(_, text):
            return isinstance(found, str) and text in found
