"""Thousands of subscribers: what an idle one takes, how fast news reach a thousand, beside a bare WebSocket server."""

import asyncio
import os
import signal
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory
from typing import Any

from app.development_issuer import DevelopmentIssuer
from app.settings import Settings
from app.wiring import wire
from benchmarks.children import redis
from benchmarks.figures import ROUNDS, Line, Report, Round, measured
from benchmarks.installations import Silence
from benchmarks.socket_servers import Server, graph, plain, process, serving
from benchmarks.subscribers import Wanted, raise_open_files, subscribers
from domain.entities.sync_run import RunCounters
from domain.ports import Ports
from schema.ids import to_id
from tests.graph import seeds
from tests.redis_server import free_port

_USER = "benchmark"
_IDLE, _FEW_IDLE = 10_000, 100
_RECEIVING, _FEW_RECEIVING = 1_000, 50
_SETTLING, _WATCHED = 60.0, 20.0
_NEWS, _SPACING = 8, 0.6
_FILES_BESIDE = 500

_RUN = "subscription($id: ID!) { syncProgress(runId: $id) { id state mode sequence processed } }"
_METRICS = """subscription($id: ID!) {
  metricsUpdates(listingId: $id) { date views shares inquiries clicks sequence }
}"""


def run(*, small: bool = False) -> Report:
    """Measure."""
    room = raise_open_files() - _FILES_BESIDE
    idle, receiving = (_FEW_IDLE, _FEW_RECEIVING) if small else (min(_IDLE, room), _RECEIVING)
    with TemporaryDirectory() as name, redis() as redis_url:
        installation = _Installation(Path(name), redis_url, asyncio.run(_seed(Path(name), redis_url, idle)))
        waiting = {
            **_idle("graph", installation, small=small),
            **_idle("plain", installation, small=small),
        }
        found = [_fan_out(installation, receiving) for _ in range(1 if small else ROUNDS)]
    return Report(
        f"{idle:,} idle subscribers, {receiving:,} receiving",
        _lines(),
        [{**waiting, **each} for each in found],
    )


def _lines() -> list[Line]:
    lines: list[Line] = []
    for name, what in (("graph", "the graph"), ("plain", "websockets alone, which knows no GraphQL")):
        lines += [
            Line(f"{what}: memory of an idle one", measured(f"{name} memory"), "kB"),
            Line("  to open all", measured(f"{name} open"), "s"),
            Line("  processor time while all are idle", measured(f"{name} idle"), "ms/s"),
            Line("  to close all after SIGTERM", measured(f"{name} close"), "s"),
        ]
    for name, what in (
        ("graph 1", "news to all, one process"),
        ("graph 2", "news to all, two processes"),
        ("plain 1", "news to all, websockets alone"),
    ):
        lines.append(Line(f"{what}: p50", measured(f"{name} p50"), "ms"))
        lines.append(Line("  p99", measured(f"{name} p99"), "ms"))
        lines.append(Line("  processor time", measured(f"{name} processor"), "ms"))
    return lines


@dataclass(frozen=True, slots=True)
class _Seeded:
    run_id: str
    listing_ids: Sequence[str]


@dataclass(frozen=True, slots=True)
class _Installation:
    """A store with Redis, which several servers may share."""

    folder: Path
    redis_url: str
    seeded: _Seeded

    def wanted(self, url: str, document: str, id: str) -> Wanted:
        return Wanted(url, DevelopmentIssuer(self.folder).token(_USER), document, {"id": id})

    def serving(self, kind: str) -> AbstractContextManager[Server]:
        """The graph, or a bare WebSocket server."""
        settings = _settings(self.folder, self.redis_url, free_port())
        return serving(graph if kind == "graph" else plain, settings, f"run:{self.seeded.run_id}")


def _idle(kind: str, installation: _Installation, *, small: bool) -> Round:
    """Open all, watch them do nothing, and end the server."""
    ids = [to_id("Listing", _USER, id) for id in installation.seeded.listing_ids]
    with installation.serving(kind) as server:
        token = installation.wanted(server.url, _METRICS, "")
        before = server.usage()
        with process(subscribers, [replace(token, variables={"id": id}) for id in ids]) as (_, crowd):
            opened = crowd.recv()
            after = server.usage()
            time.sleep(0 if small else _SETTLING)
            idle, watched = server.usage(), 1.0 if small else _WATCHED
            time.sleep(watched)
            spent = server.usage()[0] - idle[0]
            crowd.send("closed")
            begin = time.monotonic()
            os.kill(server.pid, signal.SIGTERM)
            closed, codes = crowd.recv()
            if not set(codes) <= {1001, 1012}:
                raise RuntimeError(f"closed with {codes}")
    return {
        f"{kind} memory": (after[1] - before[1]) / len(ids) / 1_000,
        f"{kind} open": opened,
        f"{kind} idle": 1_000 * spent / watched,
        f"{kind} close": closed - begin,
    }


def _fan_out(installation: _Installation, receiving: int) -> Round:
    """How long news take to reach everybody."""
    found: dict[str, float] = {}
    for kind, processes in (("graph", 1), ("graph", 2), ("plain", 1)):
        with ExitStack() as stack:
            servers = [stack.enter_context(installation.serving(kind)) for _ in range(processes)]
            run_id = to_id("SyncRun", _USER, installation.seeded.run_id)
            asked = [installation.wanted(server.url, _RUN, run_id) for server in servers]
            wanted = [asked[number % processes] for number in range(receiving)]
            _, crowd = stack.enter_context(process(subscribers, wanted))
            crowd.recv()
            told = asyncio.run(_tell(installation, servers, crowd))
            found |= {f"{kind} {processes} {name}": value for name, value in told.items()}
    return found


async def _tell(installation: _Installation, servers: Sequence[Server], crowd: Connection) -> Round:
    settings = Settings(**_settings(installation.folder, installation.redis_url, free_port()))
    latencies: list[float] = []
    async with wire(settings, Silence()) as wired:
        begin = sum(server.usage()[0] for server in servers)
        for _ in range(_NEWS):
            await asyncio.sleep(_SPACING)
            crowd.send("news")
            await _count(wired.ports, installation.seeded.run_id)
            moment = time.monotonic()
            await wired.ports.progress.tell(f"run:{installation.seeded.run_id}")
            latencies += [heard - moment for heard in await asyncio.to_thread(crowd.recv)]
        spent = sum(server.usage()[0] for server in servers) - begin
    cuts = quantiles(latencies, n=100, method="inclusive")
    return {"p50": 1_000 * cuts[49], "p99": 1_000 * cuts[98], "processor": 1_000 * spent / _NEWS}


async def _count(ports: Ports, run_id: str) -> None:
    found = await ports.runs.get(_USER, run_id)
    if found is None:
        raise RuntimeError("there is no run")
    await ports.runs.save(found, add=RunCounters(processed=1))


async def _seed(folder: Path, redis_url: str, listings: int) -> _Seeded:
    async with wire(Settings(**_settings(folder, redis_url, free_port())), Silence()) as wired:
        _, run, _ = await seeds.connection_with_run(wired.ports, _USER)
        homes = [await seeds.listing(wired.ports, _USER, number=f"N{n}") for n in range(listings)]
        return _Seeded(run.id, [home.id for home in homes])


def _settings(folder: Path, redis_url: str, port: int) -> dict[str, Any]:
    return {
        "yardsign_env": "development",
        "yardsign_data": folder,
        "redis_url": redis_url,
        "port": port,
        "web_drain_seconds": 0,
        "graphql_operations_per_user": 0,
    }
