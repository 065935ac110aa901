"""A world: one data folder, sandboxes, a clock, and a process that can die and be started again."""

import asyncio
import random
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import httpx

from adapters.budgets import LocalBudgets
from adapters.http import WebClient
from adapters.images import PillowImages
from adapters.mail import SmtpMailer, SmtpSettings
from adapters.marks import LoggedMarks
from adapters.meter import PrometheusMeter
from adapters.tracking import TrackingSettings
from adapters.vault import Vault
from app.wiring import Outside, assemble
from domain.entities.intent import Intent, IntentKind
from domain.entities.news import News
from domain.entities.photo_forms import RenditionSpec
from domain.errors import Unavailable
from domain.ports import Ports, Rendered
from sandbox.social import linkedin
from tasks.work import carry_out
from tests.world.crashes import Crash, Died, OneByOne, watched
from tests.world.due import DueWork
from tests.world.storage import EMBEDDED, Storage

T = TypeVar("T")
USER = "demo"


class Clock:
    """The time; `sleep` moves it instead of waiting."""

    def __init__(self) -> None:
        self._offset = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def move(self, seconds: float) -> None:
        self._offset += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        self.move(seconds)
        await asyncio.sleep(0)


class HeardBell:
    """Keeps what was rung, for tests that ask."""

    def __init__(self) -> None:
        self.rung: list[tuple[IntentKind, str]] = []

    async def ring(self, kind: IntentKind, target: str) -> None:
        self.rung.append((kind, target))


class SilentProgress:
    """Nobody watches."""

    async def tell(self, topic: str) -> None:
        return

    @asynccontextmanager
    async def follow(self, topic: str) -> AsyncIterator[AsyncIterator[News]]:
        async def never() -> AsyncIterator[News]:
            await asyncio.Event().wait()
            yield News()

        yield never()


class RememberedImages:
    """The real thing; what was made once is not made again in hundreds of repetitions."""

    def __init__(self) -> None:
        self._pillow = PillowImages()
        self._known: dict[bytes, Rendered] = {}
        self._renditions: dict[tuple[bytes, RenditionSpec], bytes] = {}

    async def render(self, data: bytes) -> Rendered:
        if data not in self._known:
            self._known[data] = await self._pillow.render(data)
        return self._known[data]

    async def rendition(self, data: bytes, spec: RenditionSpec) -> bytes:
        if (data, spec) not in self._renditions:
            self._renditions[data, spec] = await self._pillow.rendition(data, spec)
        return self._renditions[data, spec]


IMAGES = RememberedImages()
_OPERATIONS = ("get", "get_many", "query", "query_many", "put_many", "write", "transact")
TLS = ssl.create_default_context()  # loading the authorities anew for each world takes longer than its start


@dataclass(frozen=True)
class Sandboxes:
    """The outside world: base URLs of the sandbox MLS and the sandbox platforms, and how to control them.

    Attributes:
        clocks: what the sandboxes go by; the world that uses them puts its own clock in.
        folder: where the sandbox platforms keep their state, each in a folder of its name.
        linkedin: of the sandbox LinkedIn; None if there is none.
    """

    mls: str
    facebook: str
    http: httpx.Client
    clocks: list["Clock"]
    folder: Path | None = None
    linkedin: str | None = None

    def reset(self) -> None:
        """Back to the beginning, nothing injected."""
        for base in filter(None, (self.mls, self.facebook, self.linkedin)):
            self.http.post(f"{base}/_control/reset").raise_for_status()

    def homes(self) -> list[dict[str, Any]]:
        """The homes of the MLS, as its control calls list them."""
        answer = self.http.get(f"{self.mls}/_control/homes").raise_for_status().json()
        homes: list[dict[str, Any]] = answer["homes"] if isinstance(answer, dict) else answer
        return homes

    def change(self, key: str, **fields: Any) -> None:
        """Change a home in the MLS."""
        self.http.post(f"{self.mls}/_control/homes/{key}", json=fields).raise_for_status()

    def mls_fault(self, **fault: Any) -> None:
        """Let the MLS misbehave."""
        self.http.post(f"{self.mls}/_control/faults", json=fault).raise_for_status()

    def facebook_fault(self, **fault: Any) -> None:
        """Let Facebook misbehave."""
        self.http.post(f"{self.facebook}/_control/faults", json=fault).raise_for_status()

    def linkedin_fault(self, **fault: Any) -> None:
        """Let LinkedIn misbehave."""
        self.http.post(f"{self.linkedin}/_control/faults", json=fault).raise_for_status()

    def linkedin_posts(self) -> list[dict[str, Any]]:
        """All posts that ever were on LinkedIn, live or removed."""
        answer = self.http.get(f"{self.linkedin}/_control/posts").raise_for_status().json()
        posts: list[dict[str, Any]] = answer["posts"]
        return posts

    def facebook_posts(self) -> list[dict[str, Any]]:
        """All posts that ever were, live or removed."""
        answer = self.http.get(f"{self.facebook}/_control/posts").raise_for_status().json()
        posts: list[dict[str, Any]] = answer["posts"]
        return posts

    def live_posts(self) -> list[dict[str, Any]]:
        """What a visitor can see now."""
        return [post for post in self.facebook_posts() if post["live"]]


@dataclass
class World:
    """The system of one data folder.

    `ports` are those of the process that lives at the moment; `eyes` are the test's own, with which it looks
    at the same store without being counted or disturbed.
    """

    folder: Path
    sandboxes: Sandboxes
    storage: Storage = EMBEDDED
    crash: Crash = field(default_factory=Crash)
    clock: Clock = field(default_factory=Clock)
    bell: HeardBell = field(default_factory=HeardBell)
    meter: PrometheusMeter = field(default_factory=PrometheusMeter)
    marks: LoggedMarks = field(default_factory=lambda: LoggedMarks(b"m" * 32))
    smtp: SmtpSettings | None = None
    webhook_token: str = ""
    tracking: TrackingSettings = field(default_factory=lambda: TrackingSettings(keys=(b"t" * 32,)))

    def __post_init__(self) -> None:
        self._due = DueWork(empty=not (self.folder.exists() and any(self.folder.iterdir())))

    async def start(self) -> None:
        """A process begins."""
        self.sandboxes.clocks[:] = [self.clock]
        self._opened = AsyncExitStack()
        enter = self._opened.enter_async_context
        self.table = await enter(self.storage.table(self.folder, self.clock.now))
        self.files = await enter(self.storage.files(self.folder, self.clock.now))
        self.web = WebClient(allow_http=True, allow_loopback=True, tls=TLS)
        self._opened.push_async_callback(self.web.aclose)
        self.ports = self._assemble(self.crash)
        self.eyes = self._assemble(Crash())

    async def stop(self) -> None:
        """The process ends; what it has written stays."""
        for protocol in self.ports.mls.values():
            await protocol.close()
        for platform in self.ports.social.values():
            await platform.close()
        await self._opened.aclose()

    async def restart(self) -> None:
        """After a death: the lease of whatever was held runs out, and another process begins."""
        await self.stop()
        self.crash = Crash()
        self.clock.move(30)
        await self.start()

    async def client(self, wish: Callable[[Ports], Awaitable[T]]) -> T:
        """A user's call, made again while the system is down or does not answer, as a person would."""
        for _ in range(5):
            try:
                return await wish(self.ports)
            except Died:
                await self.restart()
            except Unavailable:
                self.clock.move(1)
        raise AssertionError("The system stayed unavailable.")

    async def work(self, horizon: timedelta = timedelta(minutes=5)) -> None:
        """Carry out everything that is due until nothing is due within `horizon`; the clock moves along."""
        for _ in range(2_000):
            try:
                intent = await self._next(horizon) or await self._late_one(horizon)
                if intent is None:
                    return
                wait = (intent.due - self.clock.now()).total_seconds()
                if wait >= 0:
                    self.clock.move(wait + 0.01)
                await carry_out(self.ports, intent.kind, intent.target)
                self.clock.move(self.storage.lag / 10)  # what is done may be shown as due for a while
            except Died:
                await self.restart()
            except Unavailable:
                self.clock.move(1)
        raise AssertionError("The work never came to rest.")

    def let_indexes_catch_up(self) -> None:
        """Wait for as long as an index may be late."""
        if self.storage.lag:
            self.clock.move(self.storage.lag + 1)

    async def _late_one(self, horizon: timedelta) -> Intent | None:
        """What a late index shows only now."""
        if not self.storage.lag:
            return None
        self.let_indexes_catch_up()
        return await self._next(horizon)

    async def _next(self, horizon: timedelta) -> Intent | None:
        """The first that is due; past the port, because that makes these tests fast."""
        return await self._due.first(self.table, self.clock.now() + horizon)

    def _assemble(self, crash: Crash) -> Ports:
        return assemble(
            Outside(
                table=self._due.noting(watched(self.table, crash, *_OPERATIONS)),
                files=OneByOne(watched(self.files, crash, "put", "get", "exists", "delete")),
                web=watched(self.web, crash, "send"),
                images=IMAGES,
                progress=watched(SilentProgress(), crash, "tell", can_lose=False),
                bell=watched(self.bell, crash, "ring", can_lose=False),
                meter=self.meter,
                marks=self.marks,
                budgets=LocalBudgets(lambda: self.clock.now().timestamp()),
                mailer=SmtpMailer(self.smtp),
                vault=Vault({"k1": b"v" * 32}, "k1"),
                platforms=self._platforms(),
                own_url="http://127.0.0.1:1",
                links_key=b"l" * 32,
                tracking=self.tracking,
                now=self.clock.now,
                sleep=self.clock.sleep,
                random=random.Random(7).random,
            )
        )

    def _platforms(self) -> dict[str, dict[str, str]]:
        platforms = {
            "facebook": {
                "app_id": "sandbox-app",
                "app_secret": "sandbox-app-secret",
                "graph_url": self.sandboxes.facebook,
                "dialog_url": self.sandboxes.facebook,
                "version": "v26.0",
                "webhook_token": self.webhook_token,
            }
        }
        if self.sandboxes.linkedin is not None:
            platforms["linkedin"] = {
                "client_id": linkedin.CLIENT_ID,
                "client_secret": linkedin.CLIENT_SECRET,
                "api_url": self.sandboxes.linkedin,
                "oauth_url": self.sandboxes.linkedin,
                "organizations": "on",
            }
        return platforms
