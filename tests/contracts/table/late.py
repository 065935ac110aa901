"""A table whose indexes are late: what is written shows in them seconds later, as in DynamoDB's at worst.

No emulator's indexes lag, and SQLite's never do; so the lag is made here, around any engine.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence

from adapters.tables.checks import EXAMINED, target
from adapters.tables.ranges import Range, range_of
from adapters.tables.semantics import expired, passes
from adapters.tables.table import BASE, Change, Delete, Item, Key, Page, Put, Query, Table, Write, cursor

SECONDS = 5.0


class Past:
    """What the indexes know, and what they will know when its time has come."""

    def __init__(self) -> None:
        self._items: dict[Key, Item] = {}
        self._news: deque[tuple[float, Key, Item | None]] = deque()
        self.turn = asyncio.Lock()

    def learn(self, when: float, key: Key, item: Item | None) -> None:
        """From then on the indexes know that an item has become this, or is gone."""
        self._news.append((when, key, item))

    def items(self, now: float) -> list[Item]:
        while self._news and self._news[0][0] <= now:
            _, key, item = self._news.popleft()
            if item is None:
                self._items.pop(key, None)
            else:
                self._items[key] = item
        return list(self._items.values())


class LateIndexes:
    """A table around another one whose base reads are the other's, and whose indexes are seconds late.

    The indexes know only what was written through a `LateIndexes` with the same `past`; give it on to the next
    one when a process is started again.

    Args:
        now: epoch seconds, by the clock of the table; while it stands, the indexes learn nothing.
        seconds: how late they are.
    """

    def __init__(
        self,
        table: Table,
        now: Callable[[], float],
        *,
        seconds: float = SECONDS,
        past: Past | None = None,
    ) -> None:
        self._table = table
        self._now = now
        self._seconds = seconds
        self.past = past or Past()

    async def get(self, key: Key) -> Item | None:
        return await self._table.get(key)

    async def get_many(self, keys: Sequence[Key]) -> list[Item | None]:
        return await self._table.get_many(keys)

    async def query(self, query: Query) -> Page:
        found = await self._table.query(query)  # which refuses what it has to refuse
        return found if query.index is BASE else self._page(query)

    async def query_many(self, queries: Sequence[Query]) -> list[Page]:
        found = await self._table.query_many(queries)
        return [
            page if query.index is BASE else self._page(query)
            for query, page in zip(queries, found, strict=True)
        ]

    async def put_many(self, puts: Sequence[Put]) -> list[Item | None]:
        try:
            return await self._table.put_many(puts)
        finally:
            await self._learn(puts)

    async def write(self, write: Put | Change | Delete) -> Item | None:
        try:
            return await self._table.write(write)
        finally:
            await self._learn([write])

    async def transact(self, writes: Sequence[Write]) -> None:
        try:
            await self._table.transact(writes)
        finally:
            await self._learn(writes)

    async def purge(self, now_seconds: int) -> int:
        return await self._table.purge(now_seconds)

    async def close(self) -> None:
        await self._table.close()

    async def _learn(self, writes: Sequence[Write]) -> None:
        """Look at what has become of the items, in turn, so that nothing older is learned after something newer."""
        try:
            keys = [target(write) for write in writes]
        except ValueError:
            return  # nothing was written under a key that cannot be
        async with self.past.turn:
            items = await self._readable(keys)
            when = self._now() + self._seconds
            for key, item in items:
                self.past.learn(when, key, item)

    async def _readable(self, keys: Sequence[Key]) -> list[tuple[Key, Item | None]]:
        try:
            return list(zip(keys, await self._table.get_many(keys), strict=True))
        except ValueError:
            return []  # the keys were unfit: nothing was written

    def _page(self, query: Query) -> Page:
        now = self._now()
        wanted = range_of(query)
        rows = [item for item in self.past.items(now) if item.get(query.index.pk) == query.pk]
        rows = [item for item in rows if _inside(wanted, str(item[query.index.sk]))]
        rows.sort(key=lambda item: str(item[query.index.sk]), reverse=not query.ascending)
        items: list[Item] = []
        for examined, row in enumerate(rows):
            if examined == EXAMINED or len(items) == query.limit:
                return Page(items, True, cursor(query.index, rows[examined - 1]), examined)
            if not expired(row, now) and passes(query.filters, row):
                items.append(_carried(query, row))
        return Page(items, False, None, len(rows))


def _inside(wanted: Range, position: str) -> bool:
    low, high = wanted.low, wanted.high
    above = low is None or position > low or (position == low and not wanted.low_open)
    below = high is None or position < high or (position == high and not wanted.high_open)
    return above and below


def _carried(query: Query, item: Item) -> Item:
    carries = query.index.carries
    return {name: value for name, value in item.items() if carries is None or name in carries}
