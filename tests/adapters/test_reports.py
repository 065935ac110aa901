"""Metrics as charts, CSV and PDF: every count is there, and no text breaks out of its place."""

import csv
from collections.abc import AsyncIterator
from io import BytesIO, StringIO
from xml.etree import ElementTree

import pytest
from PIL import Image
from pypdf import PdfReader

from adapters.reports.chart import chart
from adapters.reports.csv_file import COLUMNS, csv_pieces
from adapters.reports.pdf import pdf_pieces
from adapters.reports.png import png
from adapters.reports.shapes import Box, Drawing, Text
from adapters.reports.svg import svg
from domain.entities.metrics import Counts
from domain.entities.report import ChartTheme, ListingReport
from tests.adapters.reported import report

BUSY = {
    0: {"": Counts(views=3), "facebook": Counts(views=5, shares=1)},
    29: {"facebook": Counts(views=4, inquiries=1), "linkedin": Counts(clicks=2)},
}
HOSTILE = (
    "</title><script>alert(1)</script>&\x00\x1b",
    '=HYPERLINK("https://evil.example")',
    "北京市 Улица 🏠 (\\) é ﷽",
    "two\r\nlines\u2028or three",
    "long " * 200,
)
SVG = "{http://www.w3.org/2000/svg}"


async def batches(*of: list[ListingReport]) -> AsyncIterator[list[ListingReport]]:
    for batch in of:
        yield batch


async def rows_of(*of: ListingReport) -> list[dict[str, str]]:
    file = b"".join([piece async for piece in csv_pieces(batches(list(of)), lambda listing: "id")])
    assert file.startswith(b"\xef\xbb\xbfdate,")
    assert file.endswith(b"\r\n")
    return list(csv.DictReader(StringIO(file.decode("utf-8-sig"), newline="")))


async def pdf_of(*of: list[ListingReport]) -> PdfReader:
    file = b"".join([piece async for piece in pdf_pieces(batches(*of), "Metrics")])
    return PdfReader(BytesIO(file), strict=True)


def boxes(drawing: Drawing, kind: str) -> list[Box]:
    found = [shape for shape in drawing.shapes if isinstance(shape, Box)]
    return [box for box in found if f" {kind}," in box.label]


def test_a_chart_stacks_the_platforms_of_each_day() -> None:
    drawing = chart(report(BUSY))
    views = boxes(drawing, "views")
    assert [box.label for box in views] == [
        "Oct 1, 2026: 3 views, Own pages",
        "Oct 1, 2026: 5 views, Facebook",
        "Oct 30, 2026: 4 views, Facebook",
    ]
    own, facebook, last = views
    assert facebook.y + facebook.height == pytest.approx(own.y)
    assert facebook.height / own.height == pytest.approx(5 / 3)
    assert facebook.colour == last.colour != own.colour
    assert own.x < last.x < drawing.width
    assert len(boxes(drawing, "shares")) == len(boxes(drawing, "inquiries")) == 1
    texts = [shape.text for shape in drawing.shapes if isinstance(shape, Text)]
    assert {"12", "Views", "Shares", "Inquiries", "Facebook", "LinkedIn", "Own pages"} <= set(texts)
    assert drawing.description.startswith("12 views, 1 shares and 1 inquiries on Oct 1 to Oct 30, 2026")


def test_weeks_are_shown_of_two_years_and_nothing_is_lost() -> None:
    days = {day: {"": Counts(views=1)} for day in range(731)}
    drawing = chart(report(days, length=731))
    labels = [box.label for box in boxes(drawing, "views")]
    assert len(labels) == 105
    assert labels[0] == "Oct 1 to Oct 7, 2026: 7 views, Own pages"
    assert labels[-1].startswith("Sep 28 to Sep 30, 2028: 3 views")
    assert any(isinstance(shape, Text) and "by week (UTC)" in shape.text for shape in drawing.shapes)


def test_all_shapes_lie_within_the_picture() -> None:
    for days, length in ((BUSY, 30), ({0: {"": Counts(views=123_456_789)}}, 1), ({}, 731)):
        drawing = chart(report(days, length=length))
        for shape in drawing.shapes:
            assert 0 <= shape.x <= drawing.width
            assert 0 <= shape.y <= drawing.height
            if isinstance(shape, Box):
                assert shape.x + shape.width <= drawing.width


@pytest.mark.parametrize("street", HOSTILE)
async def test_any_text_can_be_drawn(street: str) -> None:
    hostile = report(BUSY, street=street)
    drawing = chart(hostile)
    root = ElementTree.fromstring(svg(drawing))
    assert {element.tag for element in root.iter()} <= {
        f"{SVG}{tag}" for tag in ("svg", "title", "desc", "rect", "text")
    }
    assert root.findtext(f"{SVG}title")
    Image.open(BytesIO(png(drawing))).verify()
    [page] = (await pdf_of([hostile])).pages
    assert "Metrics of Oct 1 to Oct 30, 2026" in page.extract_text()


def test_both_themes_and_an_empty_listing_are_drawn() -> None:
    for theme, corner in ((ChartTheme.LIGHT, (255, 255, 255)), (ChartTheme.DARK, (20, 24, 31))):
        image = Image.open(BytesIO(png(chart(report({}), theme))))
        assert image.size == (1_200, 600)
        assert image.convert("RGB").getpixel((0, 0)) == corner
        assert "0 views" in image.info["Description"]
    assert b"Nothing was counted" in svg(chart(report({})))


async def test_the_sums_of_csv_are_what_was_counted() -> None:
    rows = await rows_of(report(BUSY))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["date"], row["platform"], row["views"]) for row in rows[:3]] == [
        ("2026-10-01", "", "3"),
        ("2026-10-01", "facebook", "5"),
        ("2026-10-02", "", "0"),
    ]
    assert len({row["date"] for row in rows}) == 30
    sums = {kind: sum(int(row[kind]) for row in rows) for kind in ("views", "shares", "inquiries", "clicks")}
    assert sums == {"views": 12, "shares": 1, "inquiries": 1, "clicks": 2}


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝"])
async def test_no_cell_is_a_formula(first: str) -> None:
    [row, *_] = await rows_of(report({}, street=f'{first}1+1,"x"'))
    assert row["address"] == f'\'{first}1+1,"x", Salem'


async def test_a_pdf_has_a_page_for_each_listing() -> None:
    quiet, busy = report({}, street="2 Oak Street"), report(BUSY)
    document = await pdf_of([busy, quiet], [busy])
    assert document.metadata is not None
    assert document.metadata.title == "Metrics"
    texts = [page.extract_text() for page in document.pages]
    assert [text.splitlines()[0] for text in texts] == [
        "1 Elm Street, Salem",
        "2 Oak Street, Salem",
        "1 Elm Street, Salem",
    ]
    assert "Total" in texts[0]
    assert "12" in texts[0]
    assert [text.splitlines()[-1] for text in texts] == [f"Yardsign Page {number}" for number in (1, 2, 3)]


async def test_a_pdf_of_no_listings_says_so() -> None:
    [page] = (await pdf_of([])).pages
    assert "There are no listings." in page.extract_text()


async def test_files_are_written_as_the_listings_come() -> None:
    read: list[int] = []

    async def many() -> AsyncIterator[list[ListingReport]]:
        for number in (1, 2, 3):
            read.append(number)
            yield [report(BUSY)]

    for pieces in (csv_pieces(many(), lambda listing: "id"), pdf_pieces(many(), "Metrics")):
        read.clear()
        seen = [len(read) async for _ in pieces]
        assert {1, 2, 3} <= set(seen)
