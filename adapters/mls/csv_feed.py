"""CSV files, as small MLSs and offices hand them out: at a web address, or sent by the user.

There is no query for what changed, nor for a listing: whoever asks for anything gets the file. As long as it is the
file of the last run there is nothing to do, and what did not change in a new one is found by comparing.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from adapters.mls.csv_feed_columns import Columns
from adapters.mls.csv_feed_file import CsvFiles, File
from adapters.mls.csv_feed_form import AT_URL, SENT, read_delimiter, read_size
from adapters.mls.csv_feed_pages import KeptPages, Page, Place, cut, read_place
from adapters.mls.csv_feed_table import Line, Table, read_table
from adapters.mls.field_map import propose, read_field_map
from adapters.mls.reso_keys import is_tombstone
from adapters.mls.reso_mapping import read_row
from adapters.mls.shared_settings import read_currency
from adapters.mls.tools import Tools
from adapters.mls.values import Values
from domain.entities.listing import Media
from domain.entities.mls import (
    MlsDefect,
    MlsKeys,
    MlsPage,
    MlsQuery,
    MlsRecord,
    MlsSample,
    MlsVendor,
    SourceField,
)
from domain.entities.mls_connection import MlsSource
from domain.errors import Rejected
from domain.ports import Mls

_VALUES = 20
"""A column with so many values, or fewer, is shown as a list of choices."""


@dataclass(frozen=True, slots=True)
class _Read:
    """A file taken apart; lines that repeat a listing are faulty."""

    file: File
    table: Table
    columns: Columns


class CsvFeed:
    """Implements `domain.ports.Mls`. The key of a row is its ListingKey or, without such a column, its number."""

    name = "csv"
    title = "CSV file"
    vendors: tuple[MlsVendor, ...] = (AT_URL, SENT)

    def __init__(self, tools: Tools) -> None:
        self._downloads = tools.downloads
        self._csv = CsvFiles(tools)
        self._pages = KeptPages(tools.files)

    async def check(self, source: MlsSource) -> None:
        """Read the file; one that is to be sent may come later, since it is sent to the connection."""
        _check_settings(source.settings)
        if not await self._csv.is_awaited(source):
            await self._read(source)

    async def fetch(self, source: MlsSource, query: MlsQuery, position: str | None) -> MlsPage:
        """One page, in the order of the file, of the same file for all positions.

        `since` narrows nothing: a file that `query.cursors` name gives no rows unless they are wanted anew,
        another one all of them. Of a listing with several lines the first counts; the others, and lines that
        cannot be read, are defects.
        """
        if position is not None:
            return await self._fetch_on(source, read_place(position))
        if query.keys is not None or query.numbers is not None:
            return await self._fetch_named(source, query)
        _check_settings(source.settings)
        file = await self._csv.get(source, {} if query.anew else query.cursors)
        if file.same:
            await self._pages.forget(source.connection_id, file.sha256)
            return MlsPage(rows=(), position=None, cursors=file.cursors)
        pages = _cut(await _taken_apart(file, source.settings), read_size(source.settings))
        if len(pages) > 1:
            await self._pages.keep(source.connection_id, file.sha256, pages)
        return await _page(source, pages[0])

    async def keys(self, source: MlsSource, position: str | None) -> MlsKeys:
        """All keys of the file; raises `Rejected` if a part of it cannot be read."""
        read = await self._read(source)
        if read.table.cut is not None:
            raise _cut_off(read.table.cut)
        found = await asyncio.to_thread(_keys, read)
        return MlsKeys(keys=tuple(found), position=None)

    async def photo(self, source: MlsSource, media: Media) -> bytes:
        """What is behind the photo's URL."""
        return await self._downloads.photo(media.url)

    async def sample(self, source: MlsSource) -> MlsSample:
        """The columns, and the first line that can be read."""
        read = await self._read(source)
        columns, lines = read.columns, read.table.lines
        fields = tuple(_fields(read.table))
        line = next((line for line in lines if line.fault is None), lines[0] if lines else None)
        unread = [field for field in fields if field.name not in columns.photos]
        return MlsSample(
            fields=fields,
            raw=columns.raw(line.cells) if line else None,
            row=_row(line, columns, read_currency(source.settings)) if line else None,
            sources=columns.sources(),
            proposal=propose(unread, columns.field_map),
        )

    async def close(self) -> None:
        """Nothing to do: the web client belongs to who made it."""

    async def _fetch_on(self, source: MlsSource, place: Place) -> MlsPage:
        page = await self._pages.get(source.connection_id, place)
        if page is not None:
            return await _page(source, page)
        # Somebody has emptied the store; what is there now will do if it is the same file.
        read = await self._read(source)
        pages = _cut(read, place.size)
        if read.file.sha256 != place.file or len(pages) != place.pages:
            raise Rejected("The CSV file changed while it was read. Start the import again.")
        await self._pages.keep(source.connection_id, place.file, pages)
        return await _page(source, pages[place.page])

    async def _fetch_named(self, source: MlsSource, query: MlsQuery) -> MlsPage:
        if not query.keys and not query.numbers:
            return MlsPage(rows=(), position=None)
        read, currency = await self._read(source), read_currency(source.settings)
        return MlsPage(rows=await asyncio.to_thread(_named, read, query, currency), position=None)

    async def _read(self, source: MlsSource) -> _Read:
        """The file taken apart, whether or not it is known already."""
        _check_settings(source.settings)
        return await _taken_apart(await self._csv.get(source, {}), source.settings)


def protocol(tools: Tools) -> Mls:
    """The protocol, for `adapters.mls.discover`."""
    return CsvFeed(tools)


def _check_settings(given: Mapping[str, Any]) -> None:
    """Raises `ActionRequired` for what can be told wrong without the file."""
    read_currency(given), read_size(given), read_delimiter(given), read_field_map(given)


async def _taken_apart(file: File, settings: Mapping[str, Any]) -> _Read:
    return await asyncio.to_thread(_take_apart, file, settings)


def _take_apart(file: File, settings: Mapping[str, Any]) -> _Read:
    table = read_table(file.text, read_delimiter(settings))
    columns = Columns(table.header, settings)
    first: dict[str, int] = {}
    lines = [_told_apart(line, columns, first) for line in table.lines]
    return _Read(file, replace(table, lines=lines), columns)


def _told_apart(line: Line, columns: Columns, first: dict[str, int]) -> Line:
    """The line; faulty if its listing stood in another one before, `first` key -> line."""
    key = columns.key(line.cells) if line.fault is None else None
    if key is None:
        return line
    number = first.setdefault(key, line.number)
    if number == line.number:
        return line
    return replace(line, fault=f"The listing {key[:40]} stands in line {number} already, which counts.")


def _cut(read: _Read, size: int) -> list[Page]:
    return cut(read.table, read.file.sha256, read.file.cursors, size)


async def _page(source: MlsSource, page: Page) -> MlsPage:
    def rows() -> Iterable[MlsRecord | MlsDefect]:
        columns, currency = Columns(page.header, source.settings), read_currency(source.settings)
        return [_row(line, columns, currency) for line in page.lines]

    found = tuple(await asyncio.to_thread(rows))
    return MlsPage(rows=found, position=page.after, total=page.total, cursors=page.cursors)


def _row(line: Line, columns: Columns, currency: str) -> MlsRecord | MlsDefect:
    """What the line says; a defect names it."""
    if line.fault is not None:
        return MlsDefect(code="UNREADABLE", message=f"Line {line.number}: {line.fault}")
    row = read_row(columns.row(line.cells), currency=currency)
    if isinstance(row, MlsRecord):
        return row
    if row.code == "NO_KEY":
        return replace(row, message=f"Line {line.number}: The listing has neither a key nor a number.")
    return replace(row, message=f"Line {line.number}: {row.message}")


def _named(read: _Read, query: MlsQuery, currency: str) -> tuple[MlsRecord | MlsDefect, ...]:
    """The listings that are asked for; of one whose line cannot be used, that it is there.

    Raises `Rejected` if some are not found, but may stand where the file cannot be read.
    """
    keys, numbers = frozenset(query.keys or ()), frozenset(query.numbers or ())
    found: dict[str, MlsRecord | MlsDefect] = {}
    came: set[str] = set()
    for line in read.table.lines:
        key, number = read.columns.key(line.cells), read.columns.number(line.cells)
        if key is None or key in found or (key not in keys and number not in numbers):
            continue
        row = _row(line, read.columns, currency)
        found[key] = replace(row, key=key, mls_number=number) if isinstance(row, MlsDefect) else row
        came |= {key, number or key}
    if read.table.cut is not None and not came >= keys | numbers:
        raise _cut_off(read.table.cut)
    return tuple(found.values())


def _cut_off(line: int) -> Rejected:
    return Rejected(f"The CSV file cannot be read from line {line} on: a quotation mark is not closed.")


def _keys(read: _Read) -> Sequence[str]:
    """Of lines that cannot be used too: they do not mean that the home is gone."""
    found: dict[str, None] = {}
    for line in read.table.lines:
        row = Values(read.columns.row(line.cells))
        key = row.text("ListingKey", "ListingId")
        if key is not None and not is_tombstone(row.flag("MlgCanView"), row.text("StandardStatus")):
            found.setdefault(key)
    return list(found)


def _fields(table: Table) -> Iterable[SourceField]:
    cells = [line.cells for line in table.lines if line.fault is None]
    for place, name in enumerate(table.header):
        values = dict.fromkeys(filter(None, (row[place].strip()[:80] for row in cells)))
        yield SourceField(name=name, values=tuple(values) if len(values) <= _VALUES else ())
