"""What is written into a listing's trail when it changes."""

import dataclasses
import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from domain.entities.change import ChangeSource, ListingChange, ListingChangeKind
from domain.entities.listing import Address, Listing, ListingFacts, ListingStatus

LONGEST_VALUE = 1_000
_UNTRACKED = frozenset({"modified_in_mls_at", "days_on_market", "extras", "address"})
"""Moves with every touch of the row, or counts the days: no news to a reader of the trail."""


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
    """The lines of the trail for a write: one for each field that is another now."""

    def line(
        kind: ListingChangeKind, field: str | None = None, old: object = None, new: object = None
    ) -> ListingChange:
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
        )

    if before is None:
        return (line(ListingChangeKind.CREATED, "status", None, after.status),)
    lines = []
    if before.status is not after.status:
        lines.append(line(status_change(before.status, after.status), "status", before.status, after.status))
    for name, old, new in differences(before.facts, after.facts):
        kind = ListingChangeKind.PRICE_CHANGED if name == "price" else ListingChangeKind.CHANGED
        lines.append(line(kind, name, old, new))
    if [photo.media for photo in before.photos] != [photo.media for photo in after.photos]:
        lines.append(line(ListingChangeKind.PHOTOS_CHANGED, "photos", len(before.photos), len(after.photos)))
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


def differences(before: ListingFacts, after: ListingFacts) -> list[tuple[str, Any, Any]]:
    """The facts that differ, as (name, old, new); parts of the address each for itself."""
    return [
        *_differing(ListingFacts, before, after),
        *_differing(Address, before.address, after.address),
    ]


def _differing(shape: type, before: Any, after: Any) -> list[tuple[str, Any, Any]]:
    names = [field.name for field in dataclasses.fields(shape) if field.name not in _UNTRACKED]
    pairs = [(name, getattr(before, name), getattr(after, name)) for name in names]
    return [(name, old, new) for name, old, new in pairs if old != new]


def _text(value: object) -> str | None:
    if value is None:
        return None
    joined = ", ".join(value) if isinstance(value, tuple) else str(value)
    return joined if len(joined) <= LONGEST_VALUE else joined[: LONGEST_VALUE - 1] + "…"
