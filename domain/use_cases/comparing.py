"""Listings beside each other: all of them ranked, or a few compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.entities.common import Page, PageRequest
from domain.entities.listing import Listing
from domain.entities.metrics import Counts, MetricsOrder
from domain.errors import Invalid, LimitExceeded, NotFound
from domain.ports import Ports
from domain.rules.aggregates import MetricsPeriod, range_of

MOST_COMPARED = 10


@dataclass(frozen=True, slots=True)
class ListingSums:
    """A listing and what came of it from `first` to `last`, both included."""

    listing: Listing
    first: date
    last: date
    period: MetricsPeriod | None
    counts: Counts


async def rank_listings(
    ports: Ports,
    *,
    user_id: str,
    period: MetricsPeriod | None,
    range: tuple[date, date] | None,
    order: MetricsOrder,
    page: PageRequest,
) -> Page[ListingSums]:
    """A page of all the user's listings in order; those that were deleted since are left out of it."""
    first, last = range_of(period, range, ports.now().date())
    ranked = await ports.metrics.ranking(user_id, first, last, order, page)
    listings = await ports.listings.get_many(user_id, [one.listing_id for one in ranked.items])
    found = [
        (ListingSums(listing, first, last, period, one.counts), cursor)
        for one, cursor, listing in zip(ranked.items, ranked.cursors, listings, strict=True)
        if listing is not None
    ]
    end = ranked.end or (ranked.cursors[-1] if ranked.cursors else None)
    return Page(
        items=[sums for sums, _ in found], cursors=[cursor for _, cursor in found], end=end, more=ranked.more
    )


async def compare_listings(
    ports: Ports,
    *,
    user_id: str,
    listing_ids: Sequence[str],
    period: MetricsPeriod | None,
    range: tuple[date, date] | None,
) -> list[ListingSums]:
    """The sums of 1 to 10 listings over the same days, in the order of the ids, each once."""
    ids = list(dict.fromkeys(listing_ids))
    if not ids:
        raise Invalid("Name at least one listing.", field=("listingIds",))
    if len(ids) > MOST_COMPARED:
        raise LimitExceeded(f"At most {MOST_COMPARED} listings are compared.", field=("listingIds",))
    first, last = range_of(period, range, ports.now().date())
    listings = await ports.listings.get_many(user_id, ids)
    if None in listings:
        raise NotFound("There is no such listing.", field=("listingIds",))
    totals = await ports.metrics.totals(user_id, ids, first, last)
    return [
        ListingSums(listing, first, last, period, counts)
        for listing, counts in zip(listings, totals, strict=True)
        if listing is not None
    ]
