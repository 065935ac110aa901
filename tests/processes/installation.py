"""An installation whose processes are started one by one, each to be stopped or killed by itself."""

import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import redis.asyncio
from dramatiq.brokers.redis import RedisBroker

from app.settings import Settings
from app.wiring import wire
from domain.entities.common import PageRequest
from domain.entities.listing import Listing, ListingFilter, ListingOrder, PhotoState
from domain.entities.mls_connection import MlsConnection, MlsCredentials
from domain.entities.sync_run import SyncError, SyncRun, SyncRunState
from domain.ports import Bell, Ports
from domain.use_cases.connections import connect_mls
from domain.use_cases.runs import import_mls_listings
from tasks.queue import QUEUES, QueueBell, make_broker
from tests.canaries import look_into
from tests.processes.forked import Forked
from tests.redis_server import RedisServer, free_port
from tests.world import Sandboxes

USER = "demo"


@dataclass
class Installation:
    """Its ports are those of a web process: a mutation is a use case called on them."""

    folder: Path
    sandboxes: Sandboxes
    redis: RedisServer
    port: int
    ports: Ports
    env: dict[str, str] = field(default_factory=dict)
    _processes: list[Forked] = field(default_factory=list)
    _logs: dict[int, Path] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        folder: Path,
        sandboxes: Sandboxes,
        bell: Callable[[RedisBroker], Bell] = QueueBell,
        **env: str,
    ) -> "AsyncIterator[Installation]":
        """With Redis running, and nothing else; ends every process at the end.

        Args:
            bell: what rings for the wishes of the installation's own ports.
            env: further settings of the processes.
        """
        (folder / "redis").mkdir(parents=True)
        server = RedisServer(folder / "redis")
        server.start()
        further: dict[str, Any] = {name.lower(): value for name, value in env.items()}
        settings = Settings(yardsign_data=folder / "data", redis_url=server.url, **further)
        broker = make_broker(server.url)
        async with wire(settings, bell(broker)) as wired:
            made = cls(folder, sandboxes, server, free_port(), wired.ports, env)
            try:
                yield made
            finally:
                for process in made._processes:
                    process.kill()
                    process.wait()
        broker.close()
        server.kill()
        look_into(made._logs.values())

    def start(self, *command: str, module: str = "app") -> Forked:
        """Start what `python -m app …` is; returns at once."""
        env = {
            **os.environ,
            "YARDSIGN_DATA": str(self.folder / "data"),
            "REDIS_URL": self.redis.url,
            "PORT": str(self.port),
            "WORKER_THREADS": "4",
            "LOG_FORMAT": "json",
            **self.env,
        }
        log = self.folder / f"{len(self._processes)}-{command[0] if command else module}.log"
        log.touch()
        process = Forked(module, command, env, log)
        self._processes.append(process)
        self._logs[process.pid] = log
        return process

    def log_of(self, process: Forked) -> str:
        """What it has written so far."""
        return self._logs[process.pid].read_text()

    def said(self) -> list[dict[str, Any]]:
        """The log of all processes, each line of which has to be JSON."""
        return [json.loads(line) for log in self._logs.values() for line in log.read_text().splitlines()]

    async def connect(self) -> MlsConnection:
        """Connect the sandbox MLS, which serves a home a page."""
        return await connect_mls(
            self.ports,
            user_id=USER,
            provider="sandbox",
            protocol="reso-web-api",
            vendor="generic",
            url=f"{self.sandboxes.mls}/odata",
            label=None,
            credentials=MlsCredentials(token="sandbox-token"),
            settings={},
        )

    async def import_of(self, connection: MlsConnection) -> SyncRun:
        """Ask for an import, as the mutation does."""
        return await import_mls_listings(self.ports, user_id=USER, connection_id=connection.id)

    async def run(self, run: SyncRun) -> SyncRun:
        """The run as it is now."""
        found = await self.ports.runs.get(USER, run.id)
        assert found is not None
        return found

    async def is_complete(self, run: SyncRun) -> bool:
        """Whether every home and every photo is there; a run that failed never will be."""
        now = await self.run(run)
        assert now.state is not SyncRunState.FAILED, now
        photos = [photo for listing in await self.listings() for photo in listing.photos]
        return now.state is SyncRunState.SUCCEEDED and all(
            photo.state is PhotoState.STORED for photo in photos
        )

    async def listings(self) -> list[Listing]:
        """All of them."""
        found: list[Listing] = []
        wanted = PageRequest(100)
        while True:
            page = await self.ports.listings.page(USER, ListingFilter(), ListingOrder(), wanted)
            found += page.items
            if page.end is None:
                return found
            wanted = replace(wanted, after=page.end)

    async def errors(self, run: SyncRun) -> list[SyncError]:
        """What the run has reported."""
        page = await self.ports.runs.errors(USER, PageRequest(100), run_id=run.id)
        return list(page.items)

    async def messages(self) -> int:
        """How many messages wait in the queues."""
        async with redis.asyncio.Redis.from_url(self.redis.url) as client:
            return sum([await client.llen(f"dramatiq:{queue}") for queue in set(QUEUES.values())])

    async def requests(self) -> int:
        """How many requests for homes the MLS has had."""
        log = self.sandboxes.http.get(f"{self.sandboxes.mls}/_control/log").raise_for_status().json()
        return sum(request["path"].startswith("/odata/Property") for request in log["requests"])
