"""What the tests of RETS over real HTTP share: a running sandbox server, and a client beside it."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx

from adapters.budgets import LocalBudgets
from adapters.downloads import WebDownloads
from adapters.files.local import LocalFiles
from adapters.http import WebClient
from adapters.mls.rets import Rets
from adapters.mls.tools import Tools
from domain.entities.mls import MlsDefect, MlsQuery, MlsRecord
from domain.entities.mls_connection import MlsSource
from sandbox.rets.server import create_app
from sandbox.serving import serve
from tests.contracts.mls.cases import Clock, pages
from tests.contracts.mls.rets_case import rets_source

HOMES = 20
SPRING = datetime(2026, 3, 15, 9, 30, tzinfo=UTC)
CLASSES = 8


@dataclass
class Running:
    """A sandbox server with its control calls."""

    base_url: str
    control: httpx.Client

    def source(self, **settings: Any) -> MlsSource:
        return rets_source(self.base_url, **settings)

    def homes(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control.get("/homes").raise_for_status().json()
        return found

    def every_key(self) -> set[str]:
        return {home["key"] for home in self.homes()}

    def change(self, key: str, **fields: Any) -> None:
        self.control.post(f"/homes/{key}", json=fields).raise_for_status()

    def fail(self, kind: str, match: str, **more: Any) -> None:
        self.control.post("/faults", json={"kind": kind, "match": match, **more}).raise_for_status()

    def asked(self, path: str) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.control.get("/log", params={"kind": "rets"}).json()["requests"]
        return [entry for entry in entries if entry["path"] == f"/rets/{path}"]


@contextmanager
def running(folder: Path, **habits: Any) -> Iterator[Running]:
    options = {"homes": HOMES, "now": lambda: SPRING, **habits}
    with (
        serve(create_app(folder, **options)) as base_url,
        httpx.Client(base_url=f"{base_url}/_control", verify=False) as http,
    ):
        yield Running(base_url, http)


@asynccontextmanager
async def speaking(folder: Path, clock: Clock) -> AsyncIterator[Rets]:
    """The protocol over real HTTP, in a time of the test's own."""
    web = WebClient(allow_http=True, allow_loopback=True)
    files = LocalFiles(folder / "files", base_url="http://127.0.0.1:1", signing_key=b"k" * 32, now=clock.now)
    rets = Rets(
        Tools(
            web=web,
            downloads=WebDownloads(web, now=clock.now),
            files=files,
            budgets=LocalBudgets(),
            now=clock.now,
            sleep=clock.sleep,
            random=lambda: 0.5,
        )
    )
    try:
        yield rets
    finally:
        await rets.close()
        await web.aclose()


async def records(rets: Rets, source: MlsSource, query: MlsQuery | None = None) -> list[MlsRecord]:
    found = [row for page in await pages(rets, source, query or MlsQuery()) for row in page.rows]
    assert not [row for row in found if isinstance(row, MlsDefect)]
    return [row for row in found if isinstance(row, MlsRecord)]


async def keys(rets: Rets, source: MlsSource, query: MlsQuery | None = None) -> set[str]:
    return {record.key for record in await records(rets, source, query)}


async def swept(rets: Rets, source: MlsSource) -> list[str]:
    page = await rets.keys(source, None)
    found = list(page.keys)
    while page.position is not None:
        page = await rets.keys(source, page.position)
        found += page.keys
    return found
