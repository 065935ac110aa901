"""Drawings as the pages of a PDF (ISO 32000-1), each written as soon as it is there and then forgotten."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from io import BytesIO

import pydyf
from anyascii import anyascii

from adapters.reports.pages import empty_page, page_of
from adapters.reports.shapes import Box, Drawing, Text, rgb, width_of
from domain.entities.report import ListingReport

_FONTS = {"F1": "Helvetica", "F2": "Helvetica-Bold"}
"""Every reader has them; they know the letters of Western Europe."""

_NUMERALS = frozenset("0123456789,")


async def pdf_pieces(batches: AsyncIterator[list[ListingReport]], title: str) -> AsyncIterator[bytes]:
    """The file, some pages at a time; they are drawn in a thread."""
    document = _Document(title)
    pages = 0
    async for batch in batches:
        yield await asyncio.to_thread(_add, document, batch, pages)
        pages += len(batch)
    yield document.end() if pages else document.add(empty_page()) + document.end()


def _add(document: "_Document", batch: Sequence[ListingReport], before: int) -> bytes:
    return b"".join(
        document.add(page_of(report, number)) for number, report in enumerate(batch, start=before + 1)
    )


class _Document:
    """A PDF that is written from its beginning to its end; of written pages only their places are kept."""

    def __init__(self, title: str) -> None:
        self._pdf = pydyf.PDF()
        self._fonts = pydyf.Dictionary({key: _font(name) for key, name in _FONTS.items()})
        self._pdf.add_object(self._fonts)
        self._pdf.info["Title"] = pydyf.String(title)
        self._pdf.info["Producer"] = pydyf.String("Yardsign")
        self._pdf.catalog["Lang"] = pydyf.String("en-US")
        self._begun = False

    def add(self, drawing: Drawing) -> bytes:
        """A page, and what comes before the first one."""
        output = BytesIO()
        if not self._begun:
            self._begun = True
            self._pdf.write_line(b"%PDF-1.7", output)
            self._pdf.write_line(b"%\xe2\xe3\xcf\xd3", output)
        content = pydyf.Stream(_content(drawing), compress=True)
        self._pdf.add_object(content)
        page = pydyf.Dictionary(
            {
                "Type": "/Page",
                "Parent": self._pdf.pages.reference,
                "MediaBox": pydyf.Array([0, 0, drawing.width, drawing.height]),
                "Contents": content.reference,
                "Resources": pydyf.Dictionary({"Font": self._fonts.reference}),
            }
        )
        self._pdf.add_page(page)
        for written in (content, page):
            self._write(written, output)
        content.stream.clear()
        page.clear()
        return output.getvalue()

    def end(self) -> bytes:
        """What all pages share, the table of where everything is, and the trailer."""
        output = BytesIO()
        pdf = self._pdf
        pdf.add_object(pdf.info)
        for shared in (self._fonts, pdf.pages, pdf.catalog, pdf.info):
            self._write(shared, output)
        start = pdf.current_position
        places = [f"{each.offset:010} {each.generation:05} {each.free} " for each in pdf.objects]
        trailer = pydyf.Dictionary(
            {"Size": len(pdf.objects), "Root": pdf.catalog.reference, "Info": pdf.info.reference}
        )
        for line in ("xref", f"0 {len(pdf.objects)}", *places, "trailer"):
            pdf.write_line(line.encode(), output)
        for end in (trailer.data, b"startxref", str(start).encode(), b"%%EOF"):
            pdf.write_line(end, output)
        return output.getvalue()

    def _write(self, written: pydyf.Object, output: BytesIO) -> None:
        written.offset = self._pdf.current_position
        self._pdf.write_line(written.indirect, output)


def _font(name: str) -> pydyf.Dictionary:
    return pydyf.Dictionary(
        {"Type": "/Font", "Subtype": "/Type1", "BaseFont": f"/{name}", "Encoding": "/WinAnsiEncoding"}
    )


def _content(drawing: Drawing) -> list[bytes]:
    """The operators of a page, whose y grows upwards (section 8.3.2.3)."""
    content = pydyf.Stream()
    for shape in drawing.shapes:
        content.set_color_rgb(*(round(part / 255, 3) for part in rgb(shape.colour)))
        if isinstance(shape, Text):
            _write_text(content, shape, drawing.height)
        else:
            height = shape.height if isinstance(shape, Box) else 0.5
            bottom = drawing.height - shape.y - (height if isinstance(shape, Box) else 0)
            content.rectangle(*(round(part, 2) for part in (shape.x, bottom, shape.width, height)))
            content.fill()
    found: list[bytes] = content.stream
    return found


def _write_text(content: pydyf.Stream, text: Text, height: int) -> None:
    wide = _width_of(text)
    left = text.x - {"start": 0.0, "middle": wide / 2, "end": wide}[text.anchor]
    content.begin_text()
    content.set_font_size("F2" if text.bold else "F1", round(text.size, 2))
    content.set_text_matrix(1, 0, 0, 1, round(left, 2), round(height - text.y, 2))
    content.show_text_string(_latin(text.text))
    content.end_text()


def _width_of(text: Text) -> float:
    """Numbers by Helvetica's own figures, so that those of a column end in one line."""
    if set(text.text) <= _NUMERALS:
        return text.size * sum(0.278 if letter == "," else 0.556 for letter in text.text)
    return width_of(text.text, text.size)


def _latin(text: str) -> bytes:
    """In the fonts' own encoding; letters of other scripts as those that sound like them."""
    return b"".join(
        letter.encode("cp1252", "ignore") or anyascii(letter).encode("ascii", "replace") or b"?"
        for letter in text
        if letter.isprintable()
    )
