"""The stored form of a listing's day: flat counters, because a sum inside of a map cannot be added to.

Attributes are `views` and its like in total, `p.<platform>.views` by platform, `s.<source>.views` by source and
`h.<hour>`. Platforms and sources come from outside: each is cut to 40 characters, and a day knows at most 20 of
each, then `other`. What platforms tell of our posts is named by us, and never goes into `other`. `names` counts the
names that a day has met.
"""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import UTC, date, datetime, time

from adapters.tables import key_indexes, keys
from adapters.tables.codec import number, text
from adapters.tables.table import Absent, Change, Condition, Equals, Item, Present, Value
from domain.entities.metrics import OF_PLATFORMS, Counts, DayMetrics, EventKind, MetricEvent, Reading

NAMES_MOST = 20
NAME_CHARACTERS = 40
OTHER = "other"

_KINDS = {
    EventKind.VIEW: "views",
    EventKind.SHARE: "shares",
    EventKind.INQUIRY: "inquiries",
    EventKind.CLICK: "clicks",
}
_COUNTED = tuple(field.name for field in fields(Counts))


def day_write(event: MetricEvent, day: date, known: Item | None, now: datetime) -> Change:
    """The write that counts an event on its day, given the day's item as it was read.

    An event that brings a name the day has not met has the condition that no other name came meanwhile.
    """
    names = [f"p.{_named(event.platform, 'p', known)}"]
    if event.source is not None:
        names.append(f"s.{_named(event.source, 's', known)}")
    hour = event.occurred_at.astimezone(UTC).hour
    counts = {_KINDS[event.kind]: 1}
    write = _write(event.user_id, event.listing_id, day, names, counts, known, now)
    return replace(write, add={**write.add, f"h.{hour:02d}": 1})


def gain_write(reading: Reading, gain: Counts, day: date, known: Item | None, now: datetime) -> Change:
    """The write that adds to a day what a platform has told of a post; conditions as in `day_write`."""
    counts = {kind: getattr(gain, kind) for kind in _COUNTED if getattr(gain, kind)}
    names = [f"p.{_named(reading.platform, 'p', known)}", f"s.{_named(reading.source, 's', known)}"]
    return _write(reading.user_id, reading.listing_id, day, names, counts, known, now)


def _write(
    user_id: str,
    listing_id: str,
    day: date,
    names: Sequence[str],
    counts: Mapping[str, int],
    known: Item | None,
    now: datetime,
) -> Change:
    fresh = [name for name in names if not _has(known, name)]
    stays: Item = {}
    condition: Condition = Present()
    if known is None:
        condition = Absent()
        stays = {
            "EntityType": "DayMetrics",
            "CreatedAt": keys.millis(datetime.combine(day, time(), UTC)),
            "listing": listing_id,
            "day": day.isoformat(),
            **key_indexes.metrics_indexes(user_id, listing_id, day),
        }
    elif fresh:
        condition = Equals("names", number(known, "names"))
    return Change(
        keys.metrics(user_id, listing_id, day),
        set={**stays, "UpdatedAt": keys.millis(now)},
        add={
            **counts,
            **{f"{name}.{kind}": count for name in names for kind, count in counts.items()},
            "names": len(fresh),
            "sequence": 1,
            "version": 1,
        },
        when=(condition,),
    )


def names_of(item: Item) -> Item:
    """As much of a day's item as `day_write` needs: its names, which only ever become more."""
    known: Item = {f"{group}.{name}.{_COUNTED[0]}": 0 for group in "ps" for name in _names(item, group)}
    return known | {"names": number(item, "names")}


def day_of(item: Item) -> DayMetrics:
    """The day of an item, from the table or its index."""
    named: dict[str, dict[str, dict[str, int]]] = {"p": {}, "s": {}}
    hours: dict[int, int] = {}
    # Once over all attributes: a page of listings with metrics reads hundreds of days.
    for name in item:
        group, dot, rest = name[:1], name[1:2], name[2:]
        if dot != ".":
            continue
        if group == "h":
            hours[int(rest)] = number(item, name)
        elif group in named:
            title, _, kind = rest.rpartition(".")
            counts = named[group].setdefault(title, {})
            if kind in _COUNTED:
                counts[kind] = number(item, name)
    return DayMetrics(
        listing_id=text(item, "listing"),
        day=date.fromisoformat(text(item, "day")),
        total=Counts(*(number(item, kind) for kind in _COUNTED)),
        platforms={title: Counts(**counts) for title, counts in named["p"].items()},
        sources={title: Counts(**counts) for title, counts in named["s"].items()},
        hours=dict(sorted(hours.items())),
        sequence=number(item, "sequence"),
    )


def _named(given: str | None, group: str, known: Item | None) -> str:
    """The name under which something is counted on this day."""
    name = "".join(letter for letter in given or "" if letter.isprintable())[:NAME_CHARACTERS]
    names = _names(known or {}, group)
    if name in names or name.startswith(OF_PLATFORMS):
        return name
    met = [one for one in names if one != OTHER and not one.startswith(OF_PLATFORMS)]
    return name if len(met) < NAMES_MOST else OTHER


def _names(item: Mapping[str, Value], group: str) -> set[str]:
    return {name[2:].rpartition(".")[0] for name in item if name.startswith(f"{group}.")}


def _has(known: Item | None, name: str) -> bool:
    return known is not None and any(f"{name}.{kind}" in known for kind in _COUNTED)
