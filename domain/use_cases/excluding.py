"""Listings that their owner takes out of the synchronization, and brings back into it."""

from dataclasses import replace

from domain.entities.intent import Ask, IntentKind
from domain.entities.listing import Listing, Takedown
from domain.errors import Conflict
from domain.ports import ListingSave, Ports
from domain.rules import trail
from domain.rules.statuses import takedown_of
from domain.use_cases.again import until_unchallenged
from domain.use_cases.lookup import listing_of
from domain.use_cases.merging import asks


async def set_listing_sync(ports: Ports, *, user_id: str, listing_id: str, excluded: bool) -> Listing:
    """Leave a listing out of every synchronization, or take it in again; asking twice changes nothing.

    While it is left out its posts come down and nothing new of it is published. Taken in again, it cannot be
    published before the MLS has told its present state, which is asked for at once.

    Raises:
        NotFound: there is no such listing.
        Conflict: it comes from no MLS.
    """

    async def attempt() -> tuple[Listing, tuple[Ask, ...]]:
        before = await listing_of(ports, user_id, listing_id)
        if before.excluded_from_sync == excluded:
            return before, ()
        after = _left_out(before) if excluded else await _taken_in(ports, before)
        after = replace(after, updated_at=ports.now())
        wanted = asks(before, after, None)
        if not excluded:
            wanted = (*wanted, Ask(IntentKind.RESTORE, user_id, listing_id))
        line = trail.exclusion(after, at=after.updated_at, new_id=ports.new_id)
        save = ListingSave(listing=after, changes=(line,), ask=wanted)
        return await ports.listings.update(save), wanted

    if (await listing_of(ports, user_id, listing_id)).connection_id is None:
        raise Conflict("This listing does not come from an MLS.", field=("listingId",))
    listing, wanted = await until_unchallenged(ports, attempt)
    for ask in wanted:
        await ports.bell.ring(ask.kind, ask.target)
    await ports.progress.tell(f"listings:{user_id}")
    return listing


def _left_out(before: Listing) -> Listing:
    return replace(before, excluded_from_sync=True, publishable=False, takedown=Takedown.EXCLUDED)


async def _taken_in(ports: Ports, before: Listing) -> Listing:
    """By the status as it is stored; the empty hash lets the MLS's row count as new whatever it says."""
    connection = await ports.mls_connections.get(before.user_id, before.connection_id or "")
    facts, settings = before.facts, connection.settings if connection else {}
    return replace(
        before,
        excluded_from_sync=False,
        takedown=takedown_of(before.status, facts.standard_status, facts.mls_status, settings=settings),
        content_hash="",
    )
