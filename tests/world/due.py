"""Where in a world's table work is due: each partition costs a query, so only those are asked that hold any."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

from adapters.tables import keys
from adapters.tables.table import GSI2, Change, Put, Query, Table, Write
from adapters.tables.wishes import intent_of
from domain.entities.intent import Intent, Lane

SHARDS = 16
PARTITIONS = [keys.due(lane, f"{shard:02d}") for lane in Lane for shard in range(SHARDS)]


class DueWork:
    """Remembers in which partitions something was written.

    Args:
        empty: nothing can be in the table that was not written through `noting`.
    """

    def __init__(self, *, empty: bool) -> None:
        self._known: set[str] = set()
        self._complete = empty

    def noting(self, table: Table) -> Table:
        """The same table; what is written through it is noted, whatever becomes of it."""
        return cast(Table, _Noting(table, self._known))

    async def first(self, table: Table, until: datetime) -> Intent | None:
        """What is due first, if it is due before."""
        if not self._complete:
            pages = await table.query_many([Query(GSI2, due, limit=1) for due in PARTITIONS])
            self._known.update(due for due, page in zip(PARTITIONS, pages, strict=True) if page.items)
            self._complete = True
        high = keys.padded(keys.millis(until) + 1)
        asked = [Query(GSI2, due, high=high, limit=1) for due in PARTITIONS if due in self._known]
        pages = await table.query_many(asked) if asked else []
        found = [intent_of(item) for page in pages for item in page.items]
        return min(found, key=lambda intent: intent.due, default=None)


class _Noting:
    def __init__(self, table: Table, known: set[str]) -> None:
        self._table = table
        self._known = known

    def __getattr__(self, name: str) -> Any:
        return getattr(self._table, name)

    async def write(self, write: Any) -> Any:
        self._note([write])
        return await self._table.write(write)

    async def put_many(self, puts: Sequence[Put]) -> Any:
        self._note(puts)
        return await self._table.put_many(puts)

    async def transact(self, writes: Sequence[Write]) -> None:
        self._note(writes)
        await self._table.transact(writes)

    def _note(self, writes: Sequence[Write]) -> None:
        values = [_values(write).get(GSI2.pk) for write in writes]
        self._known.update(str(value) for value in values if value is not None)


def _values(write: Write) -> Any:
    if isinstance(write, Put):
        return write.item
    return write.set if isinstance(write, Change) else {}
