"""Polls that find nothing new, over many connections: what each costs, and how many a worker can make."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import random
from tempfile import TemporaryDirectory
from typing import Any

from adapters.budgets import RedisBudgets
from adapters.http import Reply, WebClient
from adapters.images import PillowImages
from adapters.mail import SmtpMailer
from adapters.meter import PrometheusMeter
from adapters.progress import RedisProgress
from adapters.tracking import TrackingSettings
from app.secrets import load_secrets
from app.settings import Settings
from app.stores import open_stores
from app.wiring import Outside, assemble
from benchmarks.children import child, mls, redis
from benchmarks.figures import ROUNDS, Line, Report, Round, measured
from benchmarks.installations import Silence
from domain.entities.intent import IntentKind
from domain.entities.mls_connection import MlsConnection, MlsCredentials
from domain.entities.sync_run import SyncRunState
from domain.ports import Ports
from domain.use_cases.connections import connect_mls
from domain.use_cases.runs import import_mls_listings
from sandbox.mls.reso import TOKEN
from tasks.work import carry_out

_CONNECTIONS, _FEW_CONNECTIONS, _HOMES = 300, 10, 20
_AT_ONCE = 8
_PERIOD, _CORES = timedelta(minutes=15), 2


@dataclass(slots=True)
class _Clock:
    """The machine's clock, set forward from one period to the next."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class _Counted(WebClient):
    """Counts what is asked and how many bytes of body come back."""

    requests = 0
    bytes = 0

    async def send(self, *args: Any, **more: Any) -> Reply:
        reply = await super().send(*args, **more)
        self.requests += 1
        self.bytes += int(reply.headers.get("content-length", len(reply.body)))
        return reply


@dataclass(frozen=True, slots=True)
class _System:
    """An installation with many users, each with a connection whose homes are all imported."""

    ports: Ports
    web: _Counted
    clock: _Clock
    connections: list[MlsConnection] = field(default_factory=list)


def run(*, small: bool = False) -> Report:
    """Measure: seconds are of this process's processor time, which the sandbox and Redis do not use."""
    count = _FEW_CONNECTIONS if small else _CONNECTIONS
    rounds = asyncio.run(_rounds(count, 1 if small else 1 + ROUNDS))
    lines = [
        Line("requests a poll", measured("requests"), "requests"),
        Line("bytes of answers a poll", measured("bytes"), "bytes"),
        Line("processor time a poll", measured("cpu"), "ms"),
        Line("polls in a second, one core", measured("polls"), "polls/s"),
        Line(
            "connections of a worker with 2 cores, every 15 minutes", measured("connections"), "connections"
        ),
    ]
    title = f"Polls without news: {count:,} connections, the sandbox of {_HOMES} homes, SQLite"
    return Report(title, lines, rounds if small else rounds[1:])


async def _rounds(count: int, rounds: int) -> list[Round]:
    with (
        TemporaryDirectory() as folder,
        child(mls, Path(folder) / "mls", _HOMES) as url,
        redis() as redis_url,
    ):
        async with _system(Path(folder) / "data", redis_url) as system:
            for number in range(count):
                system.connections.append(await _connected(system.ports, f"user-{number}", url))
            # The first poll after an import meets rows that it has not looked at before.
            await _polled(system)
            return [await _round(system) for _ in range(rounds)]


async def _round(system: _System) -> Round:
    count, web = len(system.connections), system.web
    requests, size = web.requests, web.bytes
    gc.collect()
    begin = time.process_time()
    await _polled(system)
    seconds = (time.process_time() - begin) / count
    return {
        "requests": (web.requests - requests) / count,
        "bytes": (web.bytes - size) / count,
        "cpu": 1000 * seconds,
        "polls": 1 / seconds,
        "connections": _CORES * _PERIOD.total_seconds() / seconds,
    }


async def _polled(system: _System) -> None:
    """Poll every connection once, a period later."""
    system.clock.ahead += 2 * _PERIOD
    room = asyncio.Semaphore(_AT_ONCE)

    async def poll(connection: MlsConnection) -> None:
        async with room:
            await carry_out(system.ports, IntentKind.SYNC, connection.id)

    began = system.clock.now()
    await asyncio.gather(*map(poll, system.connections))
    for connection in system.connections:
        polled = await system.ports.mls_connections.get(connection.user_id, connection.id)
        if polled is None or polled.last_synced_at is None or polled.last_synced_at < began:
            raise RuntimeError(f"a connection was not polled: {polled}")
        if polled.last_run_id != connection.last_run_id:
            raise RuntimeError("a poll found news, and there are none")


async def _connected(ports: Ports, user: str, url: str) -> MlsConnection:
    """A connection whose first import is done."""
    connection = await connect_mls(
        ports,
        user_id=user,
        provider="sandbox",
        protocol="reso-web-api",
        vendor="generic",
        url=f"{url}/odata",
        label=None,
        credentials=MlsCredentials(token=TOKEN),
        settings={},
    )
    run = await import_mls_listings(ports, user_id=user, connection_id=connection.id)
    await carry_out(ports, IntentKind.SYNC, connection.id)
    ended = await ports.runs.get(user, run.id)
    imported = await ports.mls_connections.get(user, connection.id)
    if ended is None or ended.state is not SyncRunState.SUCCEEDED or imported is None:
        raise RuntimeError(f"the import did not go through: {ended}")
    return imported


@asynccontextmanager
async def _system(folder: Path, redis_url: str) -> AsyncIterator[_System]:
    settings, clock = (
        Settings(yardsign_env="development", yardsign_data=folder, redis_url=redis_url),
        _Clock(),
    )
    secrets = load_secrets(settings)
    async with AsyncExitStack() as stack:
        stores = await stack.enter_async_context(open_stores(settings, secrets.media_key, clock.now))
        web = _Counted(allow_http=True, allow_loopback=True)
        images, progress, budgets = PillowImages(), RedisProgress(redis_url), RedisBudgets(redis_url)
        for close in (web.aclose, images.close, progress.close, budgets.close):
            stack.push_async_callback(close)
        ports = assemble(
            Outside(
                table=stores.table,
                files=stores.files,
                web=web,
                images=images,
                progress=progress,
                bell=Silence(),
                meter=PrometheusMeter(),
                budgets=budgets,
                mailer=SmtpMailer(settings.smtp()),
                vault=secrets.vault,
                platforms=settings.platforms(),
                own_url=settings.own_url,
                links_key=secrets.links_key,
                tracking=TrackingSettings(keys=secrets.tracking_keys),
                now=clock.now,
                sleep=asyncio.sleep,
                random=random,
            )
        )
        yield _System(ports, web, clock)
