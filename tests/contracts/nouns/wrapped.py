"""A table around another one, to be made to misbehave."""

from collections.abc import Sequence

from adapters.tables.table import Change, Delete, Item, Key, Page, Put, Query, Table, Write


class Wrapped:
    """A table that hands everything on."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def get(self, key: Key) -> Item | None:
        return await self._table.get(key)

    async def get_many(self, keys: Sequence[Key]) -> list[Item | None]:
        return await self._table.get_many(keys)

    async def query(self, query: Query) -> Page:
        return await self._table.query(query)

    async def query_many(self, queries: Sequence[Query]) -> list[Page]:
        return await self._table.query_many(queries)

    async def put_many(self, puts: Sequence[Put]) -> list[Item | None]:
        return await self._table.put_many(puts)

    async def write(self, write: Put | Change | Delete) -> Item | None:
        return await self._table.write(write)

    async def transact(self, writes: Sequence[Write]) -> None:
        await self._table.transact(writes)

    async def purge(self, now_seconds: int) -> int:
        return await self._table.purge(now_seconds)

    async def close(self) -> None:
        await self._table.close()
