"""How far the comparison of stored photos with listings is, in the table."""

from dataclasses import replace

from adapters.tables import keys
from adapters.tables.codec import Codec, stamped, version_of
from adapters.tables.table import Absent, Condition, Equals, Item, Put, Table
from adapters.tables.transaction import Now, commit
from domain.entities.file_sweep import FileSweep
from domain.entities.intent import Fence

_SWEEP = Codec(FileSweep, apart={"version"})


class FileSweeps:
    """`domain.ports.FileSweeps` over a table."""

    def __init__(self, table: Table, now: Now) -> None:
        self._table = table
        self._now = now

    async def get(self) -> FileSweep | None:
        item = await self._table.get(keys.file_sweep())
        return None if item is None else _SWEEP.decode(str(item["Data"]), version=version_of(item))

    async def save(self, sweep: FileSweep, *, fence: Fence) -> FileSweep:
        now = self._now()
        saved = replace(sweep, version=sweep.version + 1)
        expected: Condition = Equals("version", sweep.version) if sweep.version else Absent()
        item: Item = {
            **stamped(keys.file_sweep(), "FileSweep", created=sweep.begun_at, now=now, version=saved.version),
            "Data": _SWEEP.encode(saved),
        }
        await commit(self._table, self._now, [Put(item, when=(expected,))], fence=fence)
        return saved
