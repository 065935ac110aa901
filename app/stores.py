"""Which engine keeps the table and which one the files: chosen by the settings, opened and closed here."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime

from adapters.files.guarded import GuardedFiles
from adapters.files.local import LocalFiles
from adapters.tables.guarded import GuardedTable
from adapters.tables.sqlite import SqliteTable
from adapters.tables.table import Table
from adapters.tables.whole import WholeTable
from app.data_folder import in_use
from app.settings import Settings
from domain.ports import Files

Now = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Stores:
    """The table and the files.

    Attributes:
        media: the files, if our own web server has to serve them.
        tidy: what the clock calls now and then; DynamoDB and S3 tidy themselves.
    """

    table: Table
    files: Files
    media: LocalFiles | None
    tidy: Callable[[], Awaitable[None]]


@asynccontextmanager
async def open_stores(settings: Settings, media_key: bytes, now: Now) -> AsyncIterator[Stores]:
    """Open both for the life of the process, which nothing may replace meanwhile: neither what is kept in the data
    folder nor the keys there, with which a process seals until its end.

    Raises:
        SystemExit: the data folder is being replaced.
    """
    embedded = settings.yardsign_table == "sqlite" or settings.yardsign_files == "local"
    keys_there = not (settings.yardsign_sealing_keys and settings.yardsign_media_key)
    with in_use(settings.yardsign_data) if embedded or keys_there else nullcontext():
        async with (
            _open_table(settings, now) as (table, tidy),
            open_files(settings, media_key, now) as files,
        ):
            media = files if isinstance(files, LocalFiles) else None
            yield Stores(table, GuardedFiles(files), media, tidy)


def described(settings: Settings) -> str:
    """Which engines these settings choose, for whoever starts the system."""
    table = (
        f"DynamoDB {settings.yardsign_dynamodb_table}" if settings.yardsign_table == "dynamodb" else "SQLite"
    )
    files = f"S3 {settings.yardsign_s3_bucket}" if settings.yardsign_files == "s3" else "a local folder"
    where = f" at {settings.aws_endpoint_url}" if settings.aws_endpoint_url and settings.uses_aws else ""
    return f"table: {table}, files: {files}{where}"


@asynccontextmanager
async def open_whole_table(settings: Settings) -> AsyncIterator[WholeTable]:
    """The table alone and as it is, for the keeper's work on all of it."""
    if settings.yardsign_table == "dynamodb":
        from adapters.tables.dynamodb import DynamoTable  # as below

        table: WholeTable = await DynamoTable.open(settings.yardsign_dynamodb_table)
    else:
        settings.yardsign_data.mkdir(parents=True, exist_ok=True)
        table = SqliteTable(settings.yardsign_data / "table.sqlite")
    try:
        yield table
    finally:
        await table.close()


@asynccontextmanager
async def _open_table(
    settings: Settings, now: Now
) -> AsyncIterator[tuple[Table, Callable[[], Awaitable[None]]]]:
    if settings.yardsign_table == "dynamodb":
        # Imported here because AWS's client takes as long to load as all the rest of a process.
        from adapters.tables.dynamodb import DynamoTable

        remote = await DynamoTable.open(settings.yardsign_dynamodb_table, now=lambda: now().timestamp())
        try:
            yield GuardedTable(remote), _nothing
        finally:
            await remote.close()
        return
    settings.yardsign_data.mkdir(parents=True, exist_ok=True)
    local = SqliteTable(settings.yardsign_data / "table.sqlite", now=lambda: now().timestamp())

    async def tidy() -> None:
        await local.purge(int(now().timestamp()))
        await local.truncate_wal()

    try:
        yield local, tidy
    finally:
        await local.close()


@asynccontextmanager
async def open_files(settings: Settings, media_key: bytes, now: Now) -> AsyncIterator[Files]:
    """The files alone, as they are."""
    if settings.yardsign_files == "s3":
        from adapters.files.s3 import open_s3_files  # as above

        public_url = settings.yardsign_public_files_url
        async with open_s3_files(settings.yardsign_s3_bucket, now=now, public_url=public_url) as remote:
            yield remote
        return
    yield LocalFiles(
        settings.yardsign_data / "files",
        base_url=settings.own_url,
        signing_key=media_key,
        now=now,
        public_url=settings.yardsign_public_files_url,
    )


async def _nothing() -> None:
    return
