"""The two ends of a copy: tables and stores of files, each as named things with a digest."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import orjson

from adapters.files.guarded import MARK as FILES_MARK
from adapters.tables.dynamodb import DynamoTable
from adapters.tables.guarded import MARK as TABLE_MARK
from adapters.tables.sqlite import SqliteTable
from adapters.tables.table import EXPIRES_AT, Delete, Item, Key, Put, key_of
from adapters.tables.whole import WholeTable
from app.upkeep.ledger import Seen
from domain.errors import Conflict, NotFound
from domain.ports import Files, StoredFile

FILES_TOGETHER = 8
"""Of 50 MB each at the most."""

HEED_SECONDS = 45.0
"""After which every process has noticed a mark (10), and every write that it let through before is over (30)."""


@dataclass(frozen=True, slots=True)
class Thing:
    """Something to be copied, and what it is known by."""

    seen: Seen
    content: Any


class End(Protocol):
    """One end of a copy.

    Attributes:
        heed_seconds: after `forbid`, until nobody writes any more.
    """

    heed_seconds: float

    def slices(self, after: str) -> AsyncIterator[Sequence[Thing]]:
        """Everything behind the thing of this name, in an order that stays; no slice is empty."""
        ...

    async def put(self, things: Sequence[Thing]) -> None:
        """Store exactly these."""
        ...

    async def remove(self, names: Sequence[str]) -> None: ...

    async def examine(self) -> None:
        """As a target: raises `Conflict` if it holds anything of its own."""
        ...

    async def forbid(self) -> None:
        """As a source: let nobody write. Raises `Conflict` if it can be none."""
        ...

    async def begin(self, *, anew: bool) -> None:
        """As a target: let nobody take it for complete."""
        ...

    async def finish(self) -> None:
        """As a target: it is complete."""
        ...

    async def allow(self) -> None:
        """As a source: whoever wants to may write again."""
        ...


class DynamoEnd:
    """A table in DynamoDB."""

    heed_seconds = HEED_SECONDS

    def __init__(self, table: DynamoTable) -> None:
        self._table = table

    def slices(self, after: str) -> AsyncIterator[Sequence[Thing]]:
        return _slices_of(self._table, after)

    async def put(self, things: Sequence[Thing]) -> None:
        await self._table.put_many([Put(thing.content) for thing in things])

    async def remove(self, names: Sequence[str]) -> None:
        for name in names:
            await self._table.write(Delete(_key_named(name)))

    async def examine(self) -> None:
        mark = await self._table.get(TABLE_MARK)
        if mark is None and await _holds_any(self):
            raise Conflict("The table in DynamoDB holds items already: a copy needs an empty one.")
        if mark is not None and mark["state"] != "target":
            raise Conflict("The table in DynamoDB was copied elsewhere itself: see --release.")

    async def forbid(self) -> None:
        await self._mark("source")

    async def begin(self, *, anew: bool) -> None:
        await self._mark("target")

    async def finish(self) -> None:
        await self._table.write(Delete(TABLE_MARK))

    async def allow(self) -> None:
        await self._table.write(Delete(TABLE_MARK))

    async def _mark(self, state: str) -> None:
        known = await self._table.get(TABLE_MARK)
        if known is not None and known["state"] != state:
            raise Conflict("This table is itself an unfinished copy.")
        item: Item = {"PK": TABLE_MARK.pk, "SK": TABLE_MARK.sk, "EntityType": "ReadOnly", "state": state}
        await self._table.write(Put(item))


class SqliteEnd:
    """A table in SQLite. A copy grows in a file beside, which takes its name when it is complete.

    Args:
        path: of the table's file.
    """

    heed_seconds = 0.0

    def __init__(self, path: Path) -> None:
        self._path = path
        self._growing = path.with_name(path.name + ".copy")
        self._open: SqliteTable | None = None

    def slices(self, after: str) -> AsyncIterator[Sequence[Thing]]:
        return _slices_of(self._table(), after)

    async def put(self, things: Sequence[Thing]) -> None:
        await self._table().put_many([Put(thing.content) for thing in things])

    async def remove(self, names: Sequence[str]) -> None:
        for name in names:
            await self._table().write(Delete(_key_named(name)))

    async def examine(self) -> None:
        if not self._path.exists():
            return
        present = SqliteTable(self._path)
        try:
            if (await present.everything()).items:
                raise Conflict(f"{self._path} holds items already: move it away.")
        finally:
            await present.close()

    async def forbid(self) -> None:
        await self._table().forbid_writes()

    async def begin(self, *, anew: bool) -> None:
        if anew:
            _remove_database(self._growing)
        self._open = SqliteTable(self._growing)

    async def finish(self) -> None:
        await self._table().truncate_wal()
        await self.close()
        _remove_database(self._path)
        self._growing.rename(self._path)
        _remove_database(self._growing)

    async def allow(self) -> None:
        await self._table().allow_writes()

    async def close(self) -> None:
        """Let the file go."""
        if self._open is not None:
            await self._open.close()
            self._open = None

    def _table(self) -> SqliteTable:
        if self._open is None:
            if not self._path.exists():
                raise Conflict(f"There is no table in {self._path}.")
            self._open = SqliteTable(self._path)
        return self._open


class FilesEnd:
    """A store of files."""

    heed_seconds = HEED_SECONDS

    def __init__(self, files: Files) -> None:
        self._files = files

    async def slices(self, after: str) -> AsyncIterator[Sequence[Thing]]:
        keys: list[str] = []
        async for key in self._files.list("", after):
            if key != FILES_MARK:
                keys.append(key)
            if len(keys) == FILES_TOGETHER:
                yield await self._read(keys)
                keys = []
        if keys:
            yield await self._read(keys)

    async def put(self, things: Sequence[Thing]) -> None:
        await asyncio.gather(*(self._put(thing.content) for thing in things))

    async def remove(self, names: Sequence[str]) -> None:
        for name in names:
            await self._files.delete(name)

    async def examine(self) -> None:
        state = await self._state()
        if state is None and await _holds_any(self):
            raise Conflict("The store holds files already: a copy needs an empty one.")
        if state == "source":
            raise Conflict("These files were copied elsewhere themselves: see --release.")

    async def forbid(self) -> None:
        await self._mark("source")

    async def begin(self, *, anew: bool) -> None:
        await self._mark("target")

    async def finish(self) -> None:
        await self._files.delete(FILES_MARK)

    async def allow(self) -> None:
        await self._files.delete(FILES_MARK)

    async def _read(self, keys: Sequence[str]) -> list[Thing]:
        return [_file_thing(file) for file in await asyncio.gather(*map(self._files.get, keys))]

    async def _put(self, file: StoredFile) -> None:
        await self._files.put(
            file.key, file.data, content_type=file.content_type, metadata=dict(file.metadata)
        )

    async def _state(self) -> str | None:
        try:
            return (await self._files.get(FILES_MARK)).data.decode()
        except NotFound:
            return None

    async def _mark(self, state: str) -> None:
        known = await self._state()
        if known is not None and known != state:
            raise Conflict("These files are themselves an unfinished copy.")
        await self._files.put(FILES_MARK, state.encode(), content_type="text/plain")


async def _slices_of(table: WholeTable, after: str) -> AsyncIterator[Sequence[Thing]]:
    position = _key_named(after) if after else None
    while True:
        found = await table.everything(position)
        things = [_item_thing(item) for item in found.items if key_of(item) != TABLE_MARK]
        if things:
            yield things
        if found.after is None:
            return
        position = found.after


async def _holds_any(end: End) -> bool:
    async for _ in end.slices(""):
        return True
    return False


def _item_thing(item: Item) -> Thing:
    digest = hashlib.sha256(orjson.dumps(item, option=orjson.OPT_SORT_KEYS)).digest()
    ends_at = item.get(EXPIRES_AT)
    name = orjson.dumps([*key_of(item)]).decode()
    return Thing(Seen(name, digest, ends_at if isinstance(ends_at, int) else None), item)


def _key_named(name: str) -> Key:
    return Key(*orjson.loads(name))


def _file_thing(file: StoredFile) -> Thing:
    about = orjson.dumps([file.content_type, dict(file.metadata)], option=orjson.OPT_SORT_KEYS)
    digest = hashlib.sha256(hashlib.sha256(file.data).digest() + about).digest()
    return Thing(Seen(file.key, digest), file)


def _remove_database(path: Path) -> None:
    for ending in ("", "-wal", "-shm", ".lock"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
