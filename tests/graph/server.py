"""A web server in a thread of its own, with everything real behind it but the outside world."""

import asyncio
import random
import threading
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar, cast

import uvicorn

from adapters.budgets import LocalBuckets, LocalBudgets
from adapters.files.local import LocalFiles
from adapters.http import WebClient
from adapters.identity import Identity
from adapters.images import PillowImages
from adapters.mail import SmtpMailer
from adapters.meter import PrometheusMeter
from adapters.progress import RedisProgress
from adapters.tables.sqlite import SqliteTable
from adapters.tables.table import Table
from adapters.tracking import TrackingSettings
from adapters.vault import Vault
from app import sockets
from app.development_issuer import DevelopmentIssuer
from app.servers import Server, config_of
from app.web import WebSettings, create_app
from app.wiring import Outside, assemble
from domain.ports import Ports
from tests.canaries import look
from tests.redis_server import free_port
from tests.world.world import HeardBell, Sandboxes

T = TypeVar("T")
WEBHOOK_TOKEN = "what-meta-is-told"
TRACKING = TrackingSettings(keys=(b"t" * 32,))
REPOSITORIES = (
    "listings",
    "mls_connections",
    "runs",
    "changes",
    "social_accounts",
    "posts",
    "metrics",
)


class Counted:
    """A port whose calls are counted by name."""

    def __init__(self, name: str, target: object, calls: Counter[str]) -> None:
        self._name = name
        self._target = target
        self._calls = calls

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._target, name)

        def counted(*args: Any, **kwargs: Any) -> Any:
            self._calls[f"{self._name}.{name}"] += 1
            return method(*args, **kwargs)

        return counted


class GraphServer:
    """Serves until `stop`. Its ports live on its own event loop: use `do` to call them.

    Attributes:
        issuer: signs the tokens that it takes.
        calls: how often each method of a repository, and of the table beneath them, was called.
    """

    def __init__(
        self,
        folder: Path,
        sandboxes: Sandboxes,
        redis_url: str,
        *,
        settings: WebSettings | None = None,
        sync_due: Callable[[], Coroutine[Any, Any, int]] | None = None,
        not_ready: dict[str, str] | None = None,
        change: Callable[[Ports], Ports] = lambda ports: ports,
        identity: Identity | None = None,
        tracking: TrackingSettings = TRACKING,
        buckets: LocalBuckets | None = None,
    ) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.calls: Counter[str] = Counter()
        self.meter = PrometheusMeter()
        self.issuer = DevelopmentIssuer(folder)
        self.not_ready = not_ready or {}
        self._identity = identity or Identity(
            issuer=self.issuer.issuer,
            audiences=[self.issuer.audience],
            jwks=self.issuer.jwks,
            now=lambda: datetime.now(UTC),
        )
        self._folder = folder
        self._sandboxes = sandboxes
        self._redis_url = redis_url
        self._settings = settings or WebSettings(production=False, cron_secrets=("old", "new"))
        self._sync_due = sync_due
        self._change = change
        self._tracking = tracking
        self._buckets = buckets
        self._started: Future[None] = Future()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)

    def start(self) -> "GraphServer":
        """Returns when requests are answered."""
        self._thread.start()
        self._started.result(timeout=30)
        return self

    def stop(self) -> None:
        """Ends as on SIGTERM."""
        self._server.should_exit = True
        self._thread.join(timeout=30)
        assert not self._thread.is_alive()
        look("the metrics", self.meter.exposition()[0].decode())

    def do(self, work: Callable[[Ports], Coroutine[Any, Any, T]]) -> T:
        """Call the ports directly, as the worker would."""
        return asyncio.run_coroutine_threadsafe(work(self.ports), self._loop).result(timeout=30)

    def unsent(self) -> int:
        """Bytes that clients of WebSockets have not taken yet."""
        open_now = list(self._server.server_state.connections)
        return sum(
            one.transport.get_write_buffer_size() for one in open_now if isinstance(one, sockets.Socket)
        )

    async def ready(self) -> dict[str, str]:
        """What `/readyz` says."""
        return self.not_ready

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        table = SqliteTable(self._folder / "table.sqlite")
        web = WebClient(allow_http=True, allow_loopback=True)
        progress = RedisProgress(self._redis_url)
        images = PillowImages()
        self.files = LocalFiles(
            self._folder / "files", base_url=self.url, signing_key=b"k" * 32, now=lambda: datetime.now(UTC)
        )
        real = assemble(
            Outside(
                table=cast(Table, Counted("table", table, self.calls)),
                files=self.files,
                web=web,
                images=images,
                progress=progress,
                bell=HeardBell(),
                meter=self.meter,
                budgets=LocalBudgets(),
                mailer=SmtpMailer(None),
                vault=Vault({"k1": b"v" * 32}, "k1"),
                platforms={
                    "facebook": {
                        "app_id": "sandbox-app",
                        "app_secret": "sandbox-app-secret",
                        "graph_url": self._sandboxes.facebook,
                        "dialog_url": self._sandboxes.facebook,
                        "version": "v26.0",
                        "webhook_token": WEBHOOK_TOKEN,
                    }
                },
                own_url=self.url,
                links_key=b"l" * 32,
                tracking=self._tracking,
                now=lambda: datetime.now(UTC),
                sleep=asyncio.sleep,
                random=random.random,
            )
        )
        self.ports = self._change(self._counted(real))
        closing = asyncio.Event()
        app = create_app(
            ports=self.ports,
            identity=self._identity,
            settings=self._settings,
            ready=self.ready,
            media=self.files,
            sync_due=self._sync_due,
            buckets=self._buckets,
            closing=closing,
        )
        config = config_of(
            app, host="127.0.0.1", port=self.port, log_level="error", timeout_graceful_shutdown=5
        )
        self._server = _Server(config, closing, self._started)
        await self._server.serve()
        for protocol in self.ports.mls.values():
            await protocol.close()
        for platform in self.ports.social.values():
            await platform.close()
        await images.close()
        await progress.close()
        await web.aclose()
        await table.close()

    def _counted(self, ports: Ports) -> Ports:
        known = {field.name for field in fields(ports)} & set(REPOSITORIES)
        counted = {name: Counted(name, getattr(ports, name), self.calls) for name in known}
        return replace(ports, **cast(Any, counted))


class _Server(Server):
    """Says when it has started."""

    def __init__(self, config: uvicorn.Config, closing: asyncio.Event, started: Future[None]) -> None:
        super().__init__(config, closing)
        self._said = started

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        self._said.set_result(None)
