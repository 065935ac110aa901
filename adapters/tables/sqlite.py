"""The embedded engine: the table in one SQLite file, for one machine and any number of its processes."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from adapters.tables import sqlite_sql as sql
from adapters.tables import sqlite_writes as writes_of
from adapters.tables.attributes import Kind
from adapters.tables.checks import Checks, check_key
from adapters.tables.sqlite_reads import Reads, Rows, TooLong
from adapters.tables.sqlite_writer import Writer
from adapters.tables.table import Change, Delete, Item, Key, Page, Put, Query, Write
from adapters.tables.whole import Slice
from domain.errors import Unavailable

READERS = 2

INLINE = 1_000_000
"""How many characters queries may read on the event loop, which takes a millisecond or two. Handing them to a
thread takes as long as reading a page of 50 listings, and Python's lock changes hands at every row."""


class SqliteTable:
    """A `Table` in a SQLite file that is made if it is not there; its folder must exist.

    Beside the file lie its write-ahead log (`-wal`, `-shm`) and a lock (`.lock`) that the writers of all
    processes take in turn. The file must be on a local disk. Open it in each process for itself, after
    any fork. Raises `domain.errors.Unavailable` if the file cannot be used.

    Args:
        now: epoch seconds, for hiding items that have expired.
        types: the types of attributes known beforehand.
        patience: seconds that a write waits before it is given up as `Unavailable`.
    """

    def __init__(
        self,
        path: Path,
        *,
        now: Callable[[], float] = time.time,
        types: Mapping[str, Kind] | None = None,
        patience: float = 30.0,
    ) -> None:
        self._path = path
        self._now = now
        self._checks = Checks(types or {})
        self._writer = Writer(path, patience=patience)
        self._connections: list[sqlite3.Connection] = []
        self._rows = Rows()
        self._inline = self._connect(keep=True)
        self._local = threading.local()
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix=f"reader of {path.name}")
        self._open = True

    async def get(self, key: Key) -> Item | None:
        check_key(key)
        return self._get([key])[0]

    async def get_many(self, keys: Sequence[Key]) -> list[Item | None]:
        self._checks.keys(keys)
        return self._get(keys)

    async def query(self, query: Query) -> Page:
        self._checks.query(query)
        return (await self._pages([query]))[0]

    async def query_many(self, queries: Sequence[Query]) -> list[Page]:
        self._checks.queries(queries)
        return await self._pages(queries)

    async def put_many(self, puts: Sequence[Put]) -> list[Item | None]:
        self._checks.puts(puts)
        return await self._writer.do(writes_of.puts(puts))

    async def write(self, write: Put | Change | Delete) -> Item | None:
        self._checks.write(write)
        return (await self._writer.do(writes_of.transaction([write], self._checks)))[0]

    async def transact(self, writes: Sequence[Write]) -> None:
        self._checks.transaction(writes)
        await self._writer.do(writes_of.transaction(writes, self._checks))

    async def purge(self, now_seconds: int) -> int:
        """Delete at most 1,000 items that expired by then and say how many."""
        return await self._writer.do(writes_of.purge(now_seconds))

    async def truncate_wal(self) -> bool:
        """Empty the write-ahead log, which SQLite only ever reuses; False if a reader was in the way."""
        return await self._writer.do(writes_of.truncate_wal, own_transaction=False)

    async def everything(self, after: Key | None = None) -> Slice:
        """See `adapters.tables.whole.WholeTable`; in the order of the keys."""
        self._check_open()
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._slice, after)

    async def forbid_writes(self) -> None:
        """From now on every write by any process is refused as `Unavailable`; reads go on."""
        await self._writer.do(writes_of.statements(sql.FORBID))

    async def allow_writes(self) -> None:
        """Lift what `forbid_writes` has done; nothing if it has not."""
        await self._writer.do(writes_of.statements(sql.ALLOW))

    async def close(self) -> None:
        self._open = False
        await asyncio.get_running_loop().run_in_executor(None, self._close)

    def _close(self) -> None:
        self._writer.close()
        self._readers.shutdown()
        while self._connections:
            self._connections.pop().close()

    def _connect(self, *, keep: bool) -> Reads:
        with sql.unavailable():
            connection = sql.connect(self._path, busy_seconds=sql.READ_SECONDS, read_only=True)
        self._connections.append(connection)
        return Reads(connection, self._rows, keep=keep)

    def _get(self, keys: Sequence[Key]) -> list[Item | None]:
        """Inline: a get takes less time than handing it to a thread."""
        self._check_open()
        with sql.unavailable():
            return self._inline.get(keys, self._now())

    async def _pages(self, queries: Sequence[Query]) -> list[Page]:
        """Inline too, but what turns out to be long is begun anew in a thread."""
        self._check_open()
        now = self._now()
        try:
            with sql.unavailable():
                return self._inline.pages(queries, now, most=INLINE)
        except TooLong:
            return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, queries, now)

    def _read(self, queries: Sequence[Query], now: float) -> list[Page]:
        """In a reader's thread."""
        with sql.unavailable():
            return self._own_reads().pages(queries, now)

    def _slice(self, after: Key | None) -> Slice:
        """In a reader's thread."""
        with sql.unavailable():
            return self._own_reads().everything(after)

    def _own_reads(self) -> Reads:
        if not hasattr(self._local, "reads"):
            self._local.reads = self._connect(keep=False)
        reads: Reads = self._local.reads
        return reads

    def _check_open(self) -> None:
        if not self._open:
            raise Unavailable("The database is closed.")
