"""A table that writes nothing while it is marked as read-only; for the engine that cannot refuse writes itself.

SQLite refuses them by triggers. DynamoDB has nothing of the kind short of taking permissions away, so that every
process looks for the mark: before its first write, and then once in a while.
"""

import time
from collections.abc import Callable, Sequence

from adapters.tables.table import Change, Delete, Item, Key, Page, Put, Query, Table, Write
from adapters.tables.whole import READ_ONLY
from domain.errors import Unavailable

MARK = Key("INSTALLATION", "READ_ONLY")
"""The item that says so."""

LOOK_SECONDS = 10.0


class GuardedTable:
    """A `Table` over another one.

    Args:
        monotonic: seconds; tells when the mark has to be looked for again.
    """

    def __init__(self, table: Table, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._table = table
        self._monotonic = monotonic
        self._look_at = float("-inf")

    async def get(self, key: Key) -> Item | None:
        return await self._table.get(key)

    async def get_many(self, keys: Sequence[Key]) -> list[Item | None]:
        return await self._table.get_many(keys)

    async def query(self, query: Query) -> Page:
        return await self._table.query(query)

    async def query_many(self, queries: Sequence[Query]) -> list[Page]:
        return await self._table.query_many(queries)

    async def put_many(self, puts: Sequence[Put]) -> list[Item | None]:
        await self._look()
        return await self._table.put_many(puts)

    async def write(self, write: Put | Change | Delete) -> Item | None:
        await self._look()
        return await self._table.write(write)

    async def transact(self, writes: Sequence[Write]) -> None:
        await self._look()
        await self._table.transact(writes)

    async def purge(self, now_seconds: int) -> int:
        await self._look()
        return await self._table.purge(now_seconds)

    async def close(self) -> None:
        await self._table.close()

    async def _look(self) -> None:
        """Raises `Unavailable` if there is the mark; each write looks then, so that its end is noticed at once."""
        begun = self._monotonic()
        if begun < self._look_at:
            return
        if await self._table.get(MARK) is not None:
            raise Unavailable(READ_ONLY)
        self._look_at = begun + LOOK_SECONDS
