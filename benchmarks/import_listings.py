"""A full import of listings without photos, beside what it is made of: reading the MLS, and writing the store."""

import asyncio
import gc
import time
from collections.abc import Awaitable
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.children import child, mls, redis
from benchmarks.figures import ROUNDS, Line, Report, Round, measured, share
from benchmarks.installations import ENGINES, USER, Installation, Silence, installation
from domain.entities.intent import Intent, IntentKind
from domain.entities.mls import MlsPage, MlsQuery
from domain.entities.sync_run import TERMINAL, SyncRun, SyncRunState
from domain.ports import ListingSave
from domain.use_cases.connections import source_of
from domain.use_cases.merging import merge
from domain.use_cases.pages import records_of
from domain.use_cases.runs import import_mls_listings
from tasks.work import carry_out

_HOMES, _FEW_HOMES = 10_000, 400
_LEASE_SECONDS = 600.0


def run(*, small: bool = False) -> Report:
    """Measure, on each engine."""
    homes = _FEW_HOMES if small else _HOMES
    with TemporaryDirectory() as folder, child(mls, Path(folder) / "mls", homes) as url, redis() as redis_url:
        rounds = [
            asyncio.run(_round(url, redis_url, Path(folder) / str(number), homes))
            for number in range(1 if small else 1 + ROUNDS)
        ]
    warm = rounds if small else rounds[1:]
    lines = [Line("fetching and mapping alone", measured("read"), "rows/s")]
    for engine, name in ENGINES.items():
        whole, parts = measured(f"{engine} whole"), measured(f"{engine} parts")
        lines += [
            Line(f"{name}: full import", whole, "listings/s"),
            Line("  writing alone", measured(f"{engine} write"), "listings/s"),
            Line("  plain sum of reading and writing", parts, "listings/s"),
            Line("  the import, of the plain sum", share(whole, parts), "%"),
        ]
    imported = int(warm[0]["listings"])
    return Report(f"Full import: {homes:,} rows without photos, {imported:,} listings", lines, warm)


async def _round(url: str, redis: str, folder: Path, homes: int) -> Round:
    found: dict[str, float] = {}
    pages: list[MlsPage] = []
    async with installation("sqlite", url, redis, Silence(), folder / "read") as system:
        read = await _seconds(_read(system, pages))
    found["read"] = homes / read
    for engine in ENGINES:
        async with installation(engine, url, redis, Silence(), folder / f"{engine}-whole") as system:
            whole = await _seconds(_import(system, homes))
        async with installation(engine, url, redis, Silence(), folder / f"{engine}-write") as system:
            run, intent, saves = await _prepared(system, pages)
            write = await _seconds(_write(system, run, intent, saves))
        listings = sum(map(len, saves))
        found |= {
            "listings": listings,
            f"{engine} whole": listings / whole,
            f"{engine} write": listings / write,
            f"{engine} parts": listings / (read + write),
        }
    return found


async def _import(system: Installation, homes: int) -> None:
    """As a worker does it, from the user's wish to the end of the run."""
    ports, connection = system.ports, system.connection
    run = await import_mls_listings(ports, user_id=USER, connection_id=connection.id)
    while run.state not in TERMINAL:
        await carry_out(ports, IntentKind.SYNC, connection.id)
        run = await ports.runs.get(USER, run.id) or run
    if run.state is not SyncRunState.SUCCEEDED or run.counters.processed != homes:
        raise RuntimeError(f"the import did not read every row: {run}")


async def _read(system: Installation, pages: list[MlsPage]) -> None:
    """The same pages through the adapter alone."""
    protocol = system.ports.mls[system.connection.protocol]
    source = await source_of(system.ports, system.connection)
    position: str | None = None
    while not pages or position is not None:
        page = await protocol.fetch(source, MlsQuery(), position)
        pages.append(page)
        position = page.position


async def _prepared(
    system: Installation, pages: list[MlsPage]
) -> tuple[SyncRun, Intent, list[list[ListingSave]]]:
    """What an import of these pages would save, page by page, and the run and the fence to save it under."""
    ports, connection = system.ports, system.connection
    run = await import_mls_listings(ports, user_id=USER, connection_id=connection.id)
    intent = await ports.intents.take(IntentKind.SYNC, connection.id, ports.new_id(), _LEASE_SECONDS)
    stored = await ports.runs.get(USER, run.id)
    if intent is None or stored is None:
        raise RuntimeError("the import was not asked for")
    merged = [
        [merge(ports, connection, row, None, run.id).save for row in records_of(page)] for page in pages
    ]
    return stored, intent, [[save for save in page if save is not None] for page in merged]


async def _write(system: Installation, run: SyncRun, intent: Intent, pages: list[list[ListingSave]]) -> None:
    for saves in pages:
        run, beaten = await system.ports.listings.save_step(saves, run, fence=intent.as_fence)
        if beaten:
            raise RuntimeError("somebody else writes into the benchmark's store")


async def _seconds(work: Awaitable[None]) -> float:
    gc.collect()
    begin = time.perf_counter()
    await work
    return time.perf_counter() - begin
