"""A page of the PDF: the listing, its totals, the same by platform, and its chart."""

from collections.abc import Iterator
from dataclasses import replace

from adapters.reports.chart import MARGIN, chart
from adapters.reports.chart import WIDTH as CHART_WIDTH
from adapters.reports.palette import PALETTES, colours_of, title_of
from adapters.reports.shapes import Box, Drawing, Line, Shape, Text, shortened
from adapters.reports.wording import name_of, number, span, summary
from domain.entities.listing import Listing
from domain.entities.metrics import Counts
from domain.entities.report import ChartTheme, ListingReport
from domain.rules.wording import money

WIDTH, HEIGHT = 612, 792
"""US Letter, in points."""

_KINDS = ("views", "shares", "inquiries", "clicks", "likes", "comments")
_LEFT, _RIGHT = 54.0, WIDTH - 54.0
_PAPER = PALETTES[ChartTheme.LIGHT]
_CHART, _TABLE = 92.0, 420.0
_ROW, _FIRST_COLUMN = 20.0, 150.0
_MOST_ROWS = 12


def page_of(report: ListingReport, number_of_page: int) -> Drawing:
    """The page of a listing."""
    shapes = [*_heading(report), *_chart(report), *_table(report), *_foot(number_of_page)]
    return Drawing(WIDTH, HEIGHT, _PAPER.background, name_of(report.listing), summary(report), tuple(shapes))


def empty_page() -> Drawing:
    """What a document without listings shows: a PDF has a page at least."""
    text = Text(_LEFT, 80, "There are no listings.", 14, _PAPER.text)
    return Drawing(WIDTH, HEIGHT, _PAPER.background, text.text, "", (text, *_foot(1)))


def _heading(report: ListingReport) -> Iterator[Shape]:
    name = shortened(name_of(report.listing), 18, _RIGHT - _LEFT)
    yield Text(_LEFT, 72, name, 18, _PAPER.text, bold=True)
    yield Text(_LEFT, 92, _about(report.listing), 11, _PAPER.muted)
    days = span(report.first, report.last)
    yield Text(_LEFT, 112, f"Metrics of {days} (days in UTC)", 11, _PAPER.text)


def _about(listing: Listing) -> str:
    facts = listing.facts
    parts = (
        f"MLS number {facts.mls_number}" if facts.mls_number else "",
        listing.status.value.replace("_", " ").capitalize(),
        money(facts.price, facts.currency) if facts.price is not None else "",
    )
    return shortened(", ".join(part for part in parts if part), 11, _RIGHT - _LEFT)


def _chart(report: ListingReport) -> Iterator[Shape]:
    """As large as the page is wide, without the heading that it has where it stands alone."""
    scale = (_RIGHT - _LEFT) / (CHART_WIDTH - 2 * MARGIN)
    left = _LEFT - MARGIN * scale
    for shape in chart(report).shapes:
        if isinstance(shape, Text) and shape.y < 45:
            continue
        moved = replace(shape, x=left + shape.x * scale, y=_CHART + shape.y * scale)
        if isinstance(moved, Text):
            yield replace(moved, size=moved.size * scale)
        elif isinstance(moved, Box):
            yield replace(moved, width=moved.width * scale, height=moved.height * scale)
        else:
            yield replace(moved, width=moved.width * scale)


def _table(report: ListingReport) -> Iterator[Shape]:
    column = (_RIGHT - _LEFT - _FIRST_COLUMN) / len(_KINDS)
    ends = [_LEFT + _FIRST_COLUMN + column * (place + 1) for place in range(len(_KINDS))]
    for kind, x in zip(_KINDS, ends, strict=True):
        yield Text(x, _TABLE, kind.title(), 9.5, _PAPER.muted, "end")
    y = _TABLE
    for name, counts, bold in _table_rows(report):
        yield Line(_LEFT, y + 7, _RIGHT - _LEFT, _PAPER.grid)
        y += _ROW
        yield Text(_LEFT, y, shortened(name, 10.5, _FIRST_COLUMN), 10.5, _PAPER.text, bold=bold)
        for kind, x in zip(_KINDS, ends, strict=True):
            yield Text(x, y, number(getattr(counts, kind)), 10.5, _PAPER.text, "end", bold)


def _table_rows(report: ListingReport) -> Iterator[tuple[str, Counts, bool]]:
    platforms = report.sums.platforms
    for name in list(colours_of(platforms, _PAPER))[:_MOST_ROWS]:
        yield title_of(name), platforms[name], False
    yield "Total", report.sums.total, True


def _foot(number_of_page: int) -> Iterator[Shape]:
    yield Text(_LEFT, HEIGHT - 40, "Yardsign", 9, _PAPER.muted)
    yield Text(_RIGHT, HEIGHT - 40, f"Page {number_of_page}", 9, _PAPER.muted, "end")
