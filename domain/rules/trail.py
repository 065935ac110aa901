"""What is written into a listing's trail when it changes."""

import dataclasses
import hashlib
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

from domain.entities.change import ChangeSource, ListingChange, ListingChangeKind
from domain.entities.listing import Address, Listing, ListingFacts, ListingStatus, Media, Photo

LONGEST_VALUE = 1_000
MOST_EXTRAS = 20
"""So many extra fields get a line each, and all others one together: the lines of a write are one transaction."""

_UNTRACKED = frozenset({"modified_in_mls_at", "days_on_market", "extras", "address"})
"""Moves with every touch of the row, or counts the days: no news to a reader of the trail. The last two have
lines for their parts."""

Difference = tuple[str, Any, Any]
"""A field's name, its old value and its new one."""


def content_hash(facts: ListingFacts) -> str:
    """Equal for equal facts; the modification stamp and the count of days alone are no difference."""
    lasting = dataclasses.replace(facts, modified_in_mls_at=None, days_on_market=None)
    return hashlib.sha256(repr(lasting).encode()).hexdigest()[:32]


def changes(
    before: Listing | None,
    after: Listing,
    *,
    source: ChangeSource,
    run_id: str | None,
    at: datetime,
    new_id: Callable[[], str],
) -> tuple[ListingChange, ...]:
    """The lines of the trail for a write: one for each field that is another now.

    A line of the MLS over a value that the user had set says so; what else the MLS changed meanwhile is news
    like any other.
    """
    edited = frozenset() if before is None or source is ChangeSource.USER else frozenset(before.local_edits)

    def line(kind: ListingChangeKind, field: str, old: object, new: object) -> ListingChange:
        return ListingChange(
            id=new_id(),
            user_id=after.user_id,
            listing_id=after.id,
            kind=kind,
            field=field,
            old=_text(old),
            new=_text(new),
            source=source,
            run_id=run_id,
            at=at,
            overrode_local_edit=field in edited,
        )

    if before is None:
        return (line(ListingChangeKind.CREATED, "status", None, after.status),)
    lines = []
    if before.status is not after.status:
        lines.append(line(status_change(before.status, after.status), "status", before.status, after.status))
    for name, old, new in differences(before.facts, after.facts):
        lines.append(line(_kind(name, overrode=name in edited), name, old, new))
    for name, old, new in photo_differences(before.photos, after.photos):
        lines.append(line(ListingChangeKind.PHOTOS_CHANGED, name, old, new))
    return tuple(lines)


def exclusion(after: Listing, *, at: datetime, new_id: Callable[[], str]) -> ListingChange:
    """The line of the trail for a listing that its owner takes out of the synchronization, or back in."""
    now = after.excluded_from_sync
    return ListingChange(
        id=new_id(),
        user_id=after.user_id,
        listing_id=after.id,
        kind=ListingChangeKind.CHANGED,
        field="excluded_from_sync",
        old=str(not now).lower(),
        new=str(now).lower(),
        source=ChangeSource.USER,
        at=at,
    )


def status_change(old: ListingStatus, new: ListingStatus) -> ListingChangeKind:
    """Back for sale is a restoration, gone from the market without a sale is off the market."""
    if new is ListingStatus.ACTIVE:
        return ListingChangeKind.RESTORED
    if new is ListingStatus.EXPIRED:
        return ListingChangeKind.OFF_MARKET
    return ListingChangeKind.STATUS_CHANGED


def differences(before: ListingFacts, after: ListingFacts) -> list[Difference]:
    """The facts that differ; parts of the address, and extra fields as `extras.<name>`, each for itself."""
    return [
        *_differing(ListingFacts, before, after),
        *_differing(Address, before.address, after.address),
        *_extras(before.extras, after.extras),
    ]


def photo_differences(before: Sequence[Photo], after: Sequence[Photo]) -> list[Difference]:
    """How the photos that the MLS names differ, by their keys: which came, which went, which of those that
    stayed are others now (picture, caption or preference), and in which order those stand."""
    old, new = _media(before), _media(after)
    kept = [key for key in old if key in new]
    others = [key for key in kept if _looks(old[key]) != _looks(new[key])]
    order = [key for key in new if key in old]
    found: list[Difference] = [
        ("photos.added", None, _keys(key for key in new if key not in old)),
        ("photos.removed", _keys(key for key in old if key not in new), None),
        ("photos.changed", None, _keys(others)),
    ]
    if kept != order:
        found.append(("photos.order", _keys(kept), _keys(order)))
    return [difference for difference in found if difference[1] or difference[2]]


def _media(photos: Iterable[Photo]) -> dict[str, Media]:
    """In the order in which the photos are shown."""
    return {photo.media.key: photo.media for photo in photos}


def _looks(media: Media) -> Media:
    return dataclasses.replace(media, order=0)


def _keys(keys: Iterable[str]) -> tuple[str, ...] | None:
    return tuple(keys) or None


def _kind(name: str, *, overrode: bool) -> ListingChangeKind:
    if overrode:
        return ListingChangeKind.RESTORED
    return ListingChangeKind.PRICE_CHANGED if name == "price" else ListingChangeKind.CHANGED


def _differing(shape: type, before: Any, after: Any) -> list[Difference]:
    names = [field.name for field in dataclasses.fields(shape) if field.name not in _UNTRACKED]
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in names]
    return [(name, old, new) for name, old, new in pairs if old != new]


def _extras(before: dict[str, str], after: dict[str, str]) -> list[Difference]:
    names = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    lines: list[Difference] = [
        (f"extras.{name}", before.get(name), after.get(name)) for name in names[:MOST_EXTRAS]
    ]
    if rest := names[MOST_EXTRAS:]:
        lines.append(("extras", _named(before, rest), _named(after, rest)))
    return lines


def _named(extras: dict[str, str], names: Iterable[str]) -> tuple[str, ...] | None:
    return tuple(f"{name}: {extras[name]}" for name in names if name in extras) or None


def _text(value: object) -> str | None:
    if value is None:
        return None
    joined = ", ".join(value) if isinstance(value, tuple) else str(value)
    return joined if len(joined) <= LONGEST_VALUE else joined[: LONGEST_VALUE - 1] + "…"
