"""The stored form of a listing's day: flat counters, because a sum inside of a map cannot be added to.

Attributes are `views` and its like in total, `p.<platform>.views` by platform, `s.<source>.views` by source and
`h.<hour>`. Platforms and sources come from outside: each is cut to 40 characters, and a day knows at most 20 of
each, then `other`. `names` counts the names that a day has met.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time

from adapters.tables import keys
from adapters.tables.codec import number, text
from adapters.tables.table import Absent, Change, Condition, Equals, Item, Value
from domain.entities.metrics import Counts, DayMetrics, EventKind, MetricEvent

NAMES_MOST = 20
NAME_CHARACTERS = 40
OTHER = "other"

_KINDS = {
    EventKind.VIEW: "views",
    EventKind.SHARE: "shares",
    EventKind.INQUIRY: "inquiries",
    EventKind.CLICK: "clicks",
}


def day_write(event: MetricEvent, day: date, known: Item | None, now: datetime) -> Change:
    """The write that counts an event on its day, given the day's item as it was read.

    Only an event that brings a name the day has not met has a condition: that no other name came meanwhile.
    """
    names = {f"p.{_named(event.platform, 'p', known)}": True}
    if event.source is not None:
        names[f"s.{_named(event.source, 's', known)}"] = True
    fresh = [name for name in names if not _has(known, name)]
    kind = _KINDS[event.kind]
    when: tuple[Condition, ...] = ()
    if fresh:
        when = (Absent(),) if known is None else (Equals("names", number(known, "names")),)
    hour = event.occurred_at.astimezone(UTC).hour
    return Change(
        keys.metrics(event.user_id, event.listing_id, day),
        set={
            "EntityType": "DayMetrics",
            "CreatedAt": keys.millis(datetime.combine(day, time(), UTC)),
            "UpdatedAt": keys.millis(now),
            "listing": event.listing_id,
            "day": day.isoformat(),
            **keys.metrics_indexes(event.user_id, event.listing_id, day),
        },
        add={
            kind: 1,
            **{f"{name}.{kind}": 1 for name in names},
            f"h.{hour:02d}": 1,
            "names": len(fresh),
            "sequence": 1,
            "version": 1,
        },
        when=when,
    )


def day_of(item: Item) -> DayMetrics:
    """The day of an item, from the table or its index."""
    return DayMetrics(
        listing_id=text(item, "listing"),
        day=date.fromisoformat(text(item, "day")),
        total=_counts(item, ""),
        platforms={name: _counts(item, f"p.{name}.") for name in _names(item, "p")},
        sources={name: _counts(item, f"s.{name}.") for name in _names(item, "s")},
        hours={int(name[2:]): number(item, name) for name in sorted(item) if name.startswith("h.")},
        sequence=number(item, "sequence"),
    )


def _named(given: str | None, group: str, known: Item | None) -> str:
    """The name under which something is counted on this day."""
    name = "".join(letter for letter in given or "" if letter.isprintable())[:NAME_CHARACTERS]
    names = _names(known or {}, group)
    return name if name in names or len(names - {OTHER}) < NAMES_MOST else OTHER


def _names(item: Mapping[str, Value], group: str) -> set[str]:
    return {name[2:].rpartition(".")[0] for name in item if name.startswith(f"{group}.")}


def _has(known: Item | None, name: str) -> bool:
    return known is not None and any(f"{name}.{kind}" in known for kind in _KINDS.values())


def _counts(item: Mapping[str, Value], before: str) -> Counts:
    return Counts(**{kind: number(item, before + kind) for kind in _KINDS.values()})
