"""How reports name listings, days and numbers."""

from datetime import date

from domain.entities.listing import Listing
from domain.entities.report import ListingReport
from domain.rules.wording import address_line


def name_of(listing: Listing) -> str:
    """Its address, or what else is known of it."""
    return address_line(listing.facts.address) or f"MLS number {listing.facts.mls_number or 'unknown'}"


def day(moment: date) -> str:
    """As `Oct 1`."""
    return f"{moment:%b} {moment.day}"


def span(first: date, last: date) -> str:
    """As `Oct 1 to Oct 30, 2026`."""
    if first == last:
        return f"{day(last)}, {last.year}"
    year = "" if first.year == last.year else f", {first.year}"
    return f"{day(first)}{year} to {day(last)}, {last.year}"


def number(count: int) -> str:
    """With thousands set off."""
    return f"{count:,}"


def summary(report: ListingReport) -> str:
    """The totals in a sentence."""
    total, days = report.sums.total, span(report.first, report.last)
    return (
        f"{number(total.views)} views, {number(total.shares)} shares and {number(total.inquiries)} inquiries"
        f" on {days} (days in UTC)."
    )
