"""Reads from the SQLite file over one connection, which parse no row again that is as it was."""

import sqlite3
from collections.abc import Sequence

from adapters.remembered import Reread
from adapters.tables import sqlite_sql as sql
from adapters.tables.checks import EXAMINED
from adapters.tables.semantics import expired, passes
from adapters.tables.table import EXPIRES_AT, Index, Item, Key, Page, Query, cursor
from adapters.tables.whole import SLICE_BYTES, SLICE_ITEMS, Slice

KNOWN_CHARACTERS = 8_000_000
"""How much text of rows is kept beside what it says: some 1,500 listings, and four times as many bytes."""

_PER_QUERY, _PER_ROW = 10_000, 500
"""What a statement and a row cost, in characters of a row that take as long to parse."""


class Rows:
    """The items of rows, by their keys and their exact text; all connections of a process share them."""

    def __init__(self) -> None:
        self._known: Reread[tuple[str, str], tuple[str, Item]] = Reread(KNOWN_CHARACTERS)

    def item(self, pk: str, sk: str, text: str, keep: bool = True) -> Item:
        """The item with all that it has, for all who ask together: nobody may change it."""
        known = self._known.get((pk, sk))
        if known is None or known[0] != text:
            item = sql.item_of(text)
            if keep:
                self._known.put((pk, sk), (text, item), len(text))
            return item
        return known[1]


class TooLong(Exception):
    """The queries read more than was allowed."""


class Reads:
    """Reads over a connection of their own.

    Every statement is finished when a method returns, or the write-ahead log would grow.

    Args:
        keep: whether its rows are remembered; what reads through thousands would drive out what is read often.
    """

    def __init__(self, connection: sqlite3.Connection, rows: Rows, *, keep: bool) -> None:
        self._connection = connection
        self._rows = rows
        self._keep = keep

    def get(self, keys: Sequence[Key], now: float) -> list[Item | None]:
        """The items that have not expired, in the order of the keys."""
        return [self._get(key, now) for key in keys]

    def pages(self, queries: Sequence[Query], now: float, *, most: float = float("inf")) -> list[Page]:
        """A page for each query; raises `TooLong` if they read more than so many characters."""
        pages: list[Page] = []
        for query in queries:
            page, read = self._page(query, now, most - _PER_QUERY)
            most -= read + _PER_QUERY
            pages.append(page)
        return pages

    def everything(self, after: Key | None) -> Slice:
        """The items behind a key, as they are stored."""
        items: list[Item] = []
        read = 0
        rows = self._connection.execute(sql.EVERYTHING, after or ("", ""))
        try:
            for pk, sk, text in rows:
                items.append(sql.item_of(text))
                read += len(text)
                if len(items) == SLICE_ITEMS or read >= SLICE_BYTES:
                    return Slice(items, Key(pk, sk))
        finally:
            rows.close()
        return Slice(items, None)

    def _get(self, key: Key, now: float) -> Item | None:
        found = self._connection.execute(sql.READ, key).fetchall()
        if not found:
            return None
        item = self._rows.item(*key, found[0][0])
        return None if expired(item, now) else item.copy()

    def _page(self, query: Query, now: float, most: float) -> tuple[Page, float]:
        """The page, and how many characters were read for it."""
        items: list[Item] = []
        last: Item | None = None
        read, examined, limit, entire, filters = 0.0, 0, query.limit, query.entire, query.filters
        item_of, keep, add = self._rows.item, self._keep, items.append
        rows = self._connection.execute(*sql.select(query, EXAMINED))
        try:
            for examined, (pk, sk, text) in enumerate(rows, 1):
                if examined > limit and len(items) == limit:
                    return Page(items, True, cursor(query.index, last or {}), examined, entire), read
                read += len(text) + _PER_ROW
                if read > most:
                    raise TooLong
                last = item_of(pk, sk, text, keep)
                carried = last if entire else _carried(last, query.index)
                if EXPIRES_AT in last and expired(last, now):
                    continue
                if not filters or passes(filters, carried):
                    add(carried)
        finally:
            rows.close()
        if last is not None and examined == EXAMINED:
            return Page(items, True, cursor(query.index, last), examined, entire), read
        return Page(items, False, None, examined, entire), read


def _carried(item: Item, index: Index) -> Item:
    """The item as the index answers it; the caller's own."""
    if index.carries is None:
        return item.copy()
    return {name: value for name, value in item.items() if name in index.carries}
