"""Counts what an engine reads, by its own account."""

from collections.abc import Sequence

from adapters.tables.table import Item, Key, Page, Query, Table
from tests.contracts.nouns.wrapped import Wrapped


class Readings(Wrapped):
    """A table that adds up the items which queries examine and gets name, since `items` was set to 0."""

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self.items = 0

    async def get(self, key: Key) -> Item | None:
        self.items += 1
        return await super().get(key)

    async def get_many(self, keys: Sequence[Key]) -> list[Item | None]:
        self.items += len(keys)
        return await super().get_many(keys)

    async def query(self, query: Query) -> Page:
        page = await super().query(query)
        self.items += page.examined
        return page

    async def query_many(self, queries: Sequence[Query]) -> list[Page]:
        pages = await super().query_many(queries)
        self.items += sum(page.examined for page in pages)
        return pages
