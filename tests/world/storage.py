"""Where a world keeps its things: embedded, or on stand-ins of DynamoDB and S3."""

import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from adapters.files.local import LocalFiles
from adapters.files.s3 import open_s3_files
from adapters.files.s3_bucket import create_bucket
from adapters.tables.dynamodb import DynamoTable
from adapters.tables.sqlite import SqliteTable
from adapters.tables.table import Table
from domain.ports import Files
from tests.contracts.table.engines import REGION, dynamodb_session, make_table
from tests.contracts.table.late import SECONDS, LateIndexes, Past
from tests.emulators.s3 import s3_session

Now = Callable[[], datetime]
BUCKET = "worlds"
_with_bucket: set[str] = set()
"""The servers that have it."""


@dataclass(frozen=True)
class Storage:
    """How a world opens its table and its files; opened again, both are as they were left.

    Attributes:
        lag: by how many seconds the table's indexes are late.
    """

    table: Callable[[Path, Now], AbstractAsyncContextManager[Table]]
    files: Callable[[Path, Now], AbstractAsyncContextManager[Files]]
    lag: float = 0.0


def late(storage: Storage) -> Storage:
    """The same, its indexes seconds late as DynamoDB's may be."""
    pasts: dict[Path, Past] = defaultdict(Past)

    @asynccontextmanager
    async def open_table(folder: Path, now: Now) -> AsyncIterator[Table]:
        async with storage.table(folder, now) as table:
            yield LateIndexes(table, lambda: now().timestamp(), past=pasts[folder])

    return Storage(open_table, storage.files, lag=SECONDS)


@asynccontextmanager
async def sqlite(folder: Path, now: Now) -> AsyncIterator[Table]:
    """A file in the world's folder."""
    table = SqliteTable(folder / "table.sqlite", now=lambda: now().timestamp())
    try:
        yield table
    finally:
        await table.close()


@asynccontextmanager
async def local(folder: Path, now: Now) -> AsyncIterator[Files]:
    """A folder in the world's folder."""
    yield LocalFiles(folder / "files", base_url="http://127.0.0.1:1", signing_key=b"k" * 32, now=now)


EMBEDDED = Storage(sqlite, local)


def dynamodb(url: str) -> Callable[[Path, Now], AbstractAsyncContextManager[Table]]:
    """A table of its own for each world, at a server that speaks DynamoDB."""

    @asynccontextmanager
    async def open_table(folder: Path, now: Now) -> AsyncIterator[Table]:
        known = (folder / "dynamodb").exists()
        name = _name_in(folder, "dynamodb")
        if not known:
            make_table(url, name)
        table = await DynamoTable.open(
            name,
            region=REGION,
            endpoint_url=url,
            session=dynamodb_session(),
            now=lambda: now().timestamp(),
        )
        try:
            yield table
        finally:
            await table.close()

    return open_table


def s3(url: str) -> Callable[[Path, Now], AbstractAsyncContextManager[Files]]:
    """A part of one bucket for each world, at a server that speaks S3."""

    @asynccontextmanager
    async def open_files(folder: Path, now: Now) -> AsyncIterator[Files]:
        prefix = _name_in(folder, "s3")
        if url not in _with_bucket:
            await create_bucket(BUCKET, endpoint_url=url)
            _with_bucket.add(url)
        async with open_s3_files(
            BUCKET, now=now, prefix=prefix, endpoint_url=url, session=s3_session()
        ) as files:
            yield files

    return open_files


def _name_in(folder: Path, noun: str) -> str:
    """The same whenever this folder's world opens it again."""
    note = folder / noun
    if not note.exists():
        note.write_text(f"world-{uuid.uuid4().hex[:12]}")
    return note.read_text()
