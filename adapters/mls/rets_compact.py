"""Reads COMPACT tables, in which RETS servers send rows and metadata (RETS 1.7.2, sections 7.4 and 11.2)."""

from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from adapters.mls.rets_answers import attribute, number_of

_TAB = "\t"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a table.

    Attributes:
        values: by column; None if there is not one value for each column.
        line: as it came.
    """

    values: dict[str, str] | None
    line: str


@dataclass(frozen=True, slots=True)
class Table:
    """A page of a search.

    Attributes:
        count: how many rows the server says match, if it says.
        more: the server says that there are more rows than these.
    """

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    count: int | None = None
    more: bool = False


def read_table(root: Element) -> Table:
    """The rows of a search's answer; an answer without COLUMNS has none."""
    named = {child.tag.upper(): child for child in root if isinstance(child.tag, str)}
    count = named.get("COUNT")
    delimiter = _delimiter(named.get("DELIMITER"))
    header = named.get("COLUMNS")
    columns = _split(header.text or "", delimiter) if header is not None else []
    return Table(
        columns=tuple(name.strip() for name in columns),
        rows=tuple(_rows(root, columns, delimiter)),
        count=None if count is None else number_of(attribute(count, "Records")),
        more="MAXROWS" in named,
    )


def _rows(root: Element, columns: list[str], delimiter: str) -> Iterator[Row]:
    names = [name.strip() for name in columns]
    for child in root:
        if isinstance(child.tag, str) and child.tag.upper() == "DATA":
            text = child.text or ""
            values = _split(text, delimiter)
            if len(values) != len(names):
                # A server that puts no delimiter around the line, with an empty value at one of its ends.
                values = text.strip("\r\n").split(delimiter)
            fits = bool(names) and len(values) == len(names)
            yield Row(dict(zip(names, values, strict=True)) if fits else None, text)


def _split(line: str, delimiter: str) -> list[str]:
    """The values between delimiters, one of which stands before the first and one behind the last value."""
    line = line.strip("\r\n")
    if delimiter != _TAB:
        line = line.strip()
    return line.removeprefix(delimiter).removesuffix(delimiter).split(delimiter)


def _delimiter(element: Element | None) -> str:
    """The delimiter, which is declared in hexadecimal; a tab unless declared."""
    text = (attribute(element, "value") or "") if element is not None else ""
    try:
        return chr(int(text, 16)) if 0 < int(text, 16) < 256 else _TAB
    except ValueError:
        return _TAB
