"""What came of listings, one by one, for pictures and files."""

from collections.abc import AsyncIterator
from datetime import date

from domain.entities.common import PageRequest
from domain.entities.listing import ListingFilter, ListingOrder, ListingOrderField
from domain.entities.report import ListingReport
from domain.ports import Ports
from domain.use_cases.lookup import listing_of

MOST_LISTINGS = 25
MOST_DAYS = 1_500
"""So much of either is read, and in memory, at once."""

_OLDEST_FIRST = ListingOrder(field=ListingOrderField.LISTED, descending=False)
"""Nothing that a sync writes moves a listing within this order while it is being read."""


async def listing_report(
    ports: Ports, *, user_id: str, listing_id: str, first: date, last: date
) -> ListingReport:
    """Of one listing; raises `NotFound`."""
    listing = await listing_of(ports, user_id, listing_id)
    days = await ports.metrics.days(user_id, listing.id, first, last)
    return ListingReport(listing, days, first, last)


async def listing_reports(
    ports: Ports, *, user_id: str, first: date, last: date
) -> AsyncIterator[list[ListingReport]]:
    """Of all the user's listings, some at a time, so that they never are in memory as a whole."""
    at_once = max(1, min(MOST_LISTINGS, MOST_DAYS // ((last - first).days + 1)))
    after: str | None = None
    while True:
        page = await ports.listings.page(
            user_id, ListingFilter(), _OLDEST_FIRST, PageRequest(first=at_once, after=after)
        )
        ids = [listing.id for listing in page.items]
        days = await ports.metrics.days_of_listings(user_id, ids, first, last)
        yield [
            ListingReport(listing, of_listing, first, last)
            for listing, of_listing in zip(page.items, days, strict=True)
        ]
        if not page.more or page.end is None:
            return
        after = page.end
