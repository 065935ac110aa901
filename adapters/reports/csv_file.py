"""Metrics as CSV (RFC 4180), in pieces: a row for each listing, UTC day and platform."""

import asyncio
import csv
from collections.abc import AsyncIterator, Callable, Iterator
from io import StringIO

from adapters.reports.wording import name_of
from domain.entities.listing import Listing
from domain.entities.metrics import Counts, DayMetrics
from domain.entities.report import ListingReport

COLUMNS = (
    "date",
    "listing",
    "mls_number",
    "address",
    "platform",
    "views",
    "shares",
    "inquiries",
    "clicks",
    "likes",
    "comments",
)
_MARK = "\ufeff"
"""Without it Excel takes UTF-8 for the code page of the machine."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


async def csv_pieces(
    batches: AsyncIterator[list[ListingReport]], public_id: Callable[[Listing], str]
) -> AsyncIterator[bytes]:
    """The file, a listing at a time; its rows are written in a thread.

    Each day has a row without a platform, of what names none (zeros, if there is nothing), and one for each
    platform that has something: a column's sum is what was counted.
    """
    yield _MARK.encode() + _lines([COLUMNS])
    async for batch in batches:
        for report in batch:
            yield await asyncio.to_thread(_lines, _rows(report, public_id(report.listing)))


def defused(cell: str) -> str:
    """The cell, so that no spreadsheet takes it for a formula.

    https://owasp.org/www-community/attacks/CSV_Injection
    """
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _lines(rows: Iterator[tuple[str | int, ...]] | list[tuple[str, ...]]) -> bytes:
    text = StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(errors="replace")


def _rows(report: ListingReport, public_id: str) -> Iterator[tuple[str | int, ...]]:
    facts = report.listing.facts
    about = tuple(map(defused, (public_id, facts.mls_number or "", name_of(report.listing))))
    for day in report.sums.days:
        for platform, counts in _platforms(day):
            numbers = (counts.views, counts.shares, counts.inquiries)
            more = (counts.clicks, counts.likes, counts.comments)
            yield (day.day.isoformat(), *about, defused(platform), *numbers, *more)


def _platforms(day: DayMetrics) -> Iterator[tuple[str, Counts]]:
    yield "", day.platforms.get("", Counts())
    yield from sorted((name, counts) for name, counts in day.platforms.items() if name)
