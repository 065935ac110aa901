"""A listing with metrics, to be drawn and exported."""

from datetime import UTC, date, datetime, timedelta

from domain.entities.listing import Address, Listing, ListingFacts, ListingStatus
from domain.entities.metrics import Counts, DayMetrics
from domain.entities.report import ListingReport

FIRST = date(2026, 10, 1)
NOW = datetime(2026, 10, 30, tzinfo=UTC)


def report(
    days: dict[int, dict[str, Counts]], *, length: int = 30, street: str = "1 Elm Street"
) -> ListingReport:
    """What was counted on days after the first, by platform."""
    listing = Listing(
        id="north-1",
        user_id="demo",
        mls_provider="north",
        facts=ListingFacts(mls_number="N1", address=Address(street=street, city="Salem")),
        status=ListingStatus.ACTIVE,
        publishable=True,
        created_at=NOW,
        updated_at=NOW,
    )
    found = [
        DayMetrics(
            listing_id=listing.id,
            day=FIRST + timedelta(days=day),
            total=sum(platforms.values(), Counts()),
            platforms=platforms,
        )
        for day, platforms in days.items()
    ]
    return ListingReport(listing, found, FIRST, FIRST + timedelta(days=length - 1))
