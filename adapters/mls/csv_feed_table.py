"""Takes a CSV file apart: its delimiter, its header, and its lines, each with what is wrong with it.

Source: RFC 4180, and what spreadsheets make of it.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice

from domain.errors import Rejected

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}

_END = "\x1fend\x1f"
_SAMPLE_LINES = 30
_MOST_COLUMNS = 2000

# A limit of the whole process, and of 131,072 characters unless set; files are bounded themselves.
csv.field_size_limit(100_000_000)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file.

    Attributes:
        number: of its first line in the file, from 1, as an editor shows it.
        fault: why it cannot be used, or None.
    """

    number: int
    cells: list[str]
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV file.

    Attributes:
        header: a name of its own for each column.
        cut: the line from which on nothing could be read, or None.
    """

    header: list[str]
    lines: list[Line] = field(default_factory=list)
    cut: int | None = None


def read_table(text: str, delimiter: str | None = None) -> Table:
    """The file's table; blank lines are left out.

    A line with more or fewer cells than the header is faulty: a value that holds a delimiter or a line break
    without quotation marks has moved those behind it.

    Args:
        delimiter: found by itself if None.

    Raises:
        Rejected: there is no header.
    """
    if text[:4].lower() == "sep=" and text[5:6] in ("\r", "\n", ""):
        # Excel's note to itself.
        delimiter = delimiter or text[4]
        text = "\n" + text[5:].removeprefix("\r\n").removeprefix("\n")
    delimiter = delimiter or _delimiter(text)
    table: Table | None = None
    for number, cells in _records(text, delimiter):
        if cells is None:
            message = "A quotation mark is opened here and never closed: from here on nothing could be read."
            header = table.header if table else []
            lines = [*(table.lines if table else []), Line(number, [], message)]
            table = Table(header, lines, cut=number)
        elif any(map(str.strip, cells)):
            if table is None:
                table = Table(_names(cells))
            else:
                table.lines.append(_line(number, cells, len(table.header)))
    if table is None or not table.header:
        raise Rejected("The CSV file has no header: its first line must name the columns.")
    return table


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str] | None]]:
    """Each record with the number of its first line; None for one whose quotation mark is never closed."""
    reader = csv.reader(chain(io.StringIO(text, newline=""), [_END]), delimiter=delimiter)
    number = 1
    try:
        for cells in reader:
            if cells == [_END]:
                return
            if cells and cells[-1].endswith(_END):
                yield number, None
                return
            yield number, cells
            number = reader.line_num + 1
    except csv.Error as error:
        raise Rejected(f"Line {number} of the CSV file cannot be read: {error}.") from None


def _delimiter(text: str) -> str:
    """The one by which the header has columns, and most of the first lines as many as the header."""
    best, most = ",", (0, 0)
    for delimiter in DELIMITERS.values():
        records = (cells for _, cells in _records(text, delimiter) if cells)
        first = list(islice(records, _SAMPLE_LINES))
        width = len(first[0]) if first else 0
        score = (sum(len(cells) == width for cells in first), width)
        if width > 1 and score > most:
            best, most = delimiter, score
    return best


def _names(cells: list[str]) -> list[str]:
    """The columns' names; what has none, or another's, gets one."""
    if len(cells) > _MOST_COLUMNS:
        raise Rejected(f"The CSV file has more than {_MOST_COLUMNS} columns.")
    names: list[str] = []
    for place, cell in enumerate(cells, start=1):
        name = " ".join(cell.split()) or f"column {place}"
        names.append(name if name not in names else f"{name} (column {place})")
    return names


def _line(number: int, cells: list[str], columns: int) -> Line:
    while len(cells) > columns and not cells[-1].strip():
        cells.pop()
    fault = f"It has {len(cells)} cells, and the header {columns}." if len(cells) != columns else None
    return Line(number, cells, fault)
