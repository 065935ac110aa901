"""A full import of listings without photos, beside what it is made of: reading the MLS, and writing the store."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from app.settings import Settings
from app.wiring import wire
from benchmarks.children import child, mls, redis
from benchmarks.figures import ROUNDS, Line, Report, Round, measured, share
from domain.entities.intent import Intent, IntentKind
from domain.entities.mls import MlsPage, MlsQuery
from domain.entities.mls_connection import MlsConnection, MlsCredentials
from domain.entities.sync_run import TERMINAL, SyncRun, SyncRunState
from domain.ports import ListingSave, Ports
from domain.use_cases.connections import connect_mls, source_of
from domain.use_cases.merging import merge
from domain.use_cases.pages import records_of
from domain.use_cases.runs import import_mls_listings
from sandbox.mls.reso import TOKEN
from tasks.work import carry_out

_USER = "benchmark"
_HOMES, _FEW_HOMES = 5_000, 400
_LEASE_SECONDS = 600.0


class Silence:
    """A bell that nobody hears: the benchmark carries out itself what is owed."""

    async def ring(self, kind: IntentKind, target: str) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True)
class _System:
    """A new installation that is connected to the MLS and has imported nothing."""

    ports: Ports
    connection: MlsConnection


def run(*, small: bool = False) -> Report:
    """Measure."""
    homes = _FEW_HOMES if small else _HOMES
    with TemporaryDirectory() as folder, child(mls, Path(folder) / "mls", homes) as url, redis() as redis_url:
        rounds = [asyncio.run(_round(url, redis_url, homes)) for _ in range(1 if small else 1 + ROUNDS)]
    warm = rounds if small else rounds[1:]
    whole, parts = measured("whole"), measured("parts")
    lines = [
        Line("full import", whole, "listings/s"),
        Line("  fetching and mapping alone", measured("read"), "rows/s"),
        Line("  writing alone", measured("write"), "listings/s"),
        Line("  plain sum of the two", parts, "listings/s"),
        Line("the import, of the plain sum", share(whole, parts), "%"),
    ]
    imported = int(warm[0]["listings"])
    title = f"Full import: {homes:,} rows without photos, {imported:,} listings, SQLite"
    return Report(title, lines, warm)


async def _round(url: str, redis: str, homes: int) -> Round:
    async with _system(url, redis) as system:
        whole = await _seconds(lambda: _import(system, homes))
    async with _system(url, redis) as system:
        pages: list[MlsPage] = []
        read = await _seconds(lambda: _read(system, pages))
        run, intent, saves = await _prepared(system, pages)
        write = await _seconds(lambda: _write(system, run, intent, saves))
    listings = sum(map(len, saves))
    return {
        "listings": listings,
        "whole": listings / whole,
        "read": homes / read,
        "write": listings / write,
        "parts": listings / (read + write),
    }


async def _import(system: _System, homes: int) -> None:
    """As a worker does it, from the user's wish to the end of the run."""
    ports, connection = system.ports, system.connection
    run = await import_mls_listings(ports, user_id=_USER, connection_id=connection.id)
    while run.state not in TERMINAL:
        await carry_out(ports, IntentKind.SYNC, connection.id)
        run = await ports.runs.get(_USER, run.id) or run
    if run.state is not SyncRunState.SUCCEEDED or run.counters.processed != homes:
        raise RuntimeError(f"the import did not read every row: {run}")


async def _read(system: _System, pages: list[MlsPage]) -> None:
    """The same pages through the adapter alone."""
    protocol = system.ports.mls[system.connection.protocol]
    source = await source_of(system.ports, system.connection)
    position: str | None = None
    while not pages or position is not None:
        page = await protocol.fetch(source, MlsQuery(), position)
        pages.append(page)
        position = page.position


async def _prepared(system: _System, pages: list[MlsPage]) -> tuple[SyncRun, Intent, list[list[ListingSave]]]:
    """What an import of these pages would save, page by page, and the run and the fence to save it under."""
    ports, connection = system.ports, system.connection
    run = await import_mls_listings(ports, user_id=_USER, connection_id=connection.id)
    intent = await ports.intents.take(IntentKind.SYNC, connection.id, ports.new_id(), _LEASE_SECONDS)
    stored = await ports.runs.get(_USER, run.id)
    if intent is None or stored is None:
        raise RuntimeError("the import was not asked for")
    merged = [
        [merge(ports, connection, row, None, run.id).save for row in records_of(page)] for page in pages
    ]
    return stored, intent, [[save for save in page if save is not None] for page in merged]


async def _write(system: _System, run: SyncRun, intent: Intent, pages: list[list[ListingSave]]) -> None:
    for saves in pages:
        run, beaten = await system.ports.listings.save_step(saves, run, fence=intent.as_fence)
        if beaten:
            raise RuntimeError("somebody else writes into the benchmark's store")


async def _seconds(work: Callable[[], Awaitable[None]]) -> float:
    gc.collect()
    begin = time.perf_counter()
    await work()
    return time.perf_counter() - begin


@asynccontextmanager
async def _system(url: str, redis: str) -> AsyncIterator[_System]:
    with TemporaryDirectory() as folder:
        settings = Settings(yardsign_env="development", yardsign_data=Path(folder), redis_url=redis)
        async with wire(settings, Silence()) as wired:
            connection = await connect_mls(
                wired.ports,
                user_id=_USER,
                provider="sandbox",
                protocol="reso-web-api",
                vendor="generic",
                url=f"{url}/odata",
                label=None,
                credentials=MlsCredentials(token=TOKEN),
                settings={},
            )
            yield _System(wired.ports, connection)
