"""`python -m app copy`: from the embedded stores to AWS's and back."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from datetime import UTC, datetime

from adapters.tables.dynamodb import DynamoTable
from app.data_folder import alone
from app.settings import Settings
from app.stores import open_files
from app.upkeep.copying import Report, copy
from app.upkeep.ends import DynamoEnd, End, FilesEnd, SqliteEnd
from app.upkeep.ledger import Ledger
from domain.errors import YardsignError

_PAIRS = {("sqlite", "dynamodb"), ("dynamodb", "sqlite"), ("local", "s3"), ("s3", "local")}
_SETTING = {"sqlite": "TABLE", "dynamodb": "TABLE", "local": "FILES", "s3": "FILES"}


def move(settings: Settings, source: str, target: str, *, release: bool) -> None:
    """Copy, or let the source be written again; the addresses of both ends are those of the settings.

    Raises:
        SystemExit: with what the keeper of the installation has to know; 1 where the ends are not the same.
    """
    if (source, target) not in _PAIRS:
        raise SystemExit("yardsign: copy from sqlite to dynamodb, from local to s3, or back.")
    remote = settings.yardsign_s3_bucket if "s3" in (source, target) else settings.yardsign_dynamodb_table
    path = settings.yardsign_data / f"copy-{source}-{target}.ledger"
    try:
        if release:
            asyncio.run(_release(settings, source))
            path.unlink(missing_ok=True)  # its source may be another by the next time
            print(f"{source} may be written again.")
            return
        with ExitStack() as stack:
            if target in ("sqlite", "local"):
                stack.enter_context(alone(settings.yardsign_data))
            settings.yardsign_data.mkdir(parents=True, exist_ok=True)
            report = asyncio.run(_move(settings, source, target, Ledger(path, remote)))
    except YardsignError as error:
        raise SystemExit(f"yardsign: {error.message}") from error
    except sqlite3.OperationalError as error:
        raise SystemExit(f"yardsign: {path} cannot be used: {error}.") from error
    print(report)
    if report.differences:
        raise SystemExit(1)
    print(
        f"Complete. Set YARDSIGN_{_SETTING[target]}={target}; {source} stays read-only (--release lifts it)."
    )


async def _move(settings: Settings, source: str, target: str, ledger: Ledger) -> Report:
    try:
        async with _end(settings, source) as begin, _end(settings, target) as end:
            return await copy(begin, end, ledger, say=print)
    finally:
        ledger.close()


async def _release(settings: Settings, source: str) -> None:
    async with _end(settings, source) as end:
        await end.allow()


@asynccontextmanager
async def _end(settings: Settings, engine: str) -> AsyncIterator[End]:
    async with AsyncExitStack() as stack:
        if engine == "sqlite":
            local = SqliteEnd(settings.yardsign_data / "table.sqlite")
            stack.push_async_callback(local.close)
            yield local
        elif engine == "dynamodb":
            table = await DynamoTable.open(settings.yardsign_dynamodb_table)
            stack.push_async_callback(table.close)
            yield DynamoEnd(table)
        else:
            wanted = settings.model_copy(update={"yardsign_files": engine})
            # Nothing is shown to anybody, so that nothing is signed.
            files = open_files(wanted, b"-" * 32, lambda: datetime.now(UTC))
            yield FilesEnd(await stack.enter_async_context(files))
