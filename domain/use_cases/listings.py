"""Listings by the user's own hand: created, edited and deleted."""

from collections.abc import Mapping
from dataclasses import fields, replace

from domain.entities.change import ChangeSource, ListingChange, ListingChangeKind
from domain.entities.intent import Ask, IntentKind
from domain.entities.listing import Address, Listing, ListingFacts, ListingStatus, Takedown
from domain.errors import Invalid
from domain.ports import ListingSave, Ports
from domain.rules import trail
from domain.use_cases.again import until_unchallenged
from domain.use_cases.lookup import listing_of
from domain.use_cases.merging import asks

MANUAL = "manual"
_ADDRESS = frozenset(field.name for field in fields(Address))
_TAKEDOWN = {ListingStatus.SOLD: Takedown.SOLD, ListingStatus.EXPIRED: Takedown.EXPIRED}


async def create_listing(
    ports: Ports, *, user_id: str, facts: ListingFacts, status: ListingStatus
) -> Listing:
    """Create a listing that comes from no MLS."""
    _check(facts)
    now = ports.now()
    listing = Listing(
        id=f"{MANUAL}-{ports.new_id().lower()}",
        user_id=user_id,
        mls_provider=MANUAL,
        facts=facts,
        status=status,
        publishable=status is ListingStatus.ACTIVE,
        takedown=_TAKEDOWN.get(status),
        off_market_since=now if status in _TAKEDOWN else None,
        created_at=now,
        updated_at=now,
    )
    created = await ports.listings.create(
        ListingSave(listing=listing, with_photos=True, changes=_trail(ports, None, listing))
    )
    await ports.progress.tell(f"listings:{user_id}")
    return created


async def update_listing(
    ports: Ports, *, user_id: str, listing_id: str, changes: Mapping[str, object]
) -> Listing:
    """Change facts of a listing; for one that comes from an MLS the next sync restores what the MLS says.

    Args:
        changes: by the names of `ListingFacts` and `Address`, and `status`.
    """

    async def attempt() -> Listing:
        before = await listing_of(ports, user_id, listing_id)
        after = _changed(before, changes, ports)
        if (before.facts, before.status) == (after.facts, after.status):
            return before
        save = ListingSave(
            listing=after,
            changes=_trail(ports, before, after),
            ask=(*asks(before, after, None), *_restoration(after)),
        )
        return await ports.listings.update(save)

    listing = await until_unchallenged(ports, attempt)
    for ask in (*asks(None, listing, None), *_restoration(listing)):
        await ports.bell.ring(ask.kind, ask.target)
    await ports.progress.tell(f"listings:{user_id}")
    return listing


async def delete_listing(ports: Ports, *, user_id: str, listing_id: str) -> str:
    """Delete a listing: its live posts are taken down, its photos removed after that."""
    await remove_listing(ports, await listing_of(ports, user_id, listing_id))
    return listing_id


async def remove_listing(ports: Ports, listing: Listing) -> None:
    """Delete a listing that was read already."""

    async def attempt() -> None:
        now = await ports.listings.get(listing.user_id, listing.id)
        if now is None:
            return
        payload = {"deletedAt": ports.now().isoformat()}
        await ports.listings.delete(
            now,
            changes=[_deletion(ports, now)],
            ask=[
                Ask(IntentKind.TAKEDOWN, now.user_id, now.id, payload=payload),
                Ask(IntentKind.ERASE, now.user_id, now.id),
            ],
        )

    await until_unchallenged(ports, attempt)
    await ports.bell.ring(IntentKind.TAKEDOWN, listing.id)
    await ports.progress.tell(f"listings:{listing.user_id}")


def _changed(before: Listing, changes: Mapping[str, object], ports: Ports) -> Listing:
    address = {name: value for name, value in changes.items() if name in _ADDRESS}
    plain = {n: v for n, v in changes.items() if n not in _ADDRESS and n != "status"}
    facts = replace(before.facts, address=replace(before.facts.address, **address), **plain)  # type: ignore[arg-type]
    _check(facts)
    status = ListingStatus(str(changes.get("status", before.status)))
    moved = status is not before.status
    open_to_posts = moved and not before.excluded_from_sync
    now = ports.now()
    return replace(
        before,
        facts=facts,
        status=status,
        publishable=status is ListingStatus.ACTIVE if open_to_posts else before.publishable,
        takedown=_TAKEDOWN.get(status) if open_to_posts else before.takedown,
        off_market_since=(now if status in _TAKEDOWN else None) if moved else before.off_market_since,
        local_edits=_edits(before, facts, moved=moved),
        content_hash="",
        updated_at=now,
    )


def _edits(before: Listing, facts: ListingFacts, *, moved: bool) -> tuple[str, ...]:
    """What the user has set since the MLS last spoke of the home; nothing for a listing of the user's own."""
    if before.connection_id is None:
        return ()
    names = {name for name, _, _ in trail.differences(before.facts, facts)} | ({"status"} if moved else set())
    return tuple(sorted({*before.local_edits, *names}))


def _restoration(listing: Listing) -> tuple[Ask, ...]:
    if listing.connection_id is None:
        return ()
    return (Ask(IntentKind.RESTORE, listing.user_id, listing.id),)


def _check(facts: ListingFacts) -> None:
    for name in ("price", "original_price", "close_price", "square_feet", "bedrooms", "bathrooms"):
        value = getattr(facts, name)
        if value is not None and value < 0:
            raise Invalid("This cannot be negative.", field=(name,))
    if facts.latitude is not None and not -90 <= facts.latitude <= 90:
        raise Invalid("A latitude lies between -90 and 90 degrees.", field=("latitude",))
    if facts.longitude is not None and not -180 <= facts.longitude <= 180:
        raise Invalid("A longitude lies between -180 and 180 degrees.", field=("longitude",))


def _trail(ports: Ports, before: Listing | None, after: Listing) -> tuple[ListingChange, ...]:
    return trail.changes(
        before, after, source=ChangeSource.USER, run_id=None, at=after.updated_at, new_id=ports.new_id
    )


def _deletion(ports: Ports, listing: Listing) -> ListingChange:
    return ListingChange(
        id=ports.new_id(),
        user_id=listing.user_id,
        listing_id=listing.id,
        kind=ListingChangeKind.DELETED,
        source=ChangeSource.USER,
        at=ports.now(),
    )
