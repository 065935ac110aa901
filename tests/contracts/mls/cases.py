"""The MLS protocols under test, each with a sandbox that speaks it; a new protocol adds a line to `CASES`."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

import httpx

from domain.entities.mls import MlsPage, MlsQuery, MlsRecord, MlsRow
from domain.entities.mls_connection import MlsCredentials, MlsSource
from domain.ports import Mls
from sandbox.mls.reso import CLIENT_ID, CLIENT_SECRET, TOKEN, create_app
from sandbox.serving import serve

HOMES = 60
EVERYTHING = MlsQuery()
MOST_PAGES = 500


class Clock:
    """A time that moves only when somebody sleeps."""

    def __init__(self) -> None:
        self.time = datetime(2026, 1, 1, tzinfo=UTC)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


class Sandbox(Protocol):
    """A running MLS of `HOMES` homes, as the contract's tests handle it."""

    secrets: tuple[str, ...]

    def source(self, *, page_size: int | None = None) -> MlsSource:
        """An account that may read everything."""
        ...

    def stranger(self) -> MlsSource:
        """An account with credentials that the MLS does not know."""
        ...

    def reset(self) -> None:
        """The homes of the seed, no faults, no log."""
        ...

    def homes(self) -> list[dict[str, Any]]:
        """Every home: `key`, `number`, `status`, `modified` and more."""
        ...

    def change(self, key: str, **fields: Any) -> None:
        """Set RESO fields of a home."""
        ...

    def remove(self, key: str) -> None:
        """Drop a home out of the feed."""
        ...

    def fail(self, kind: str, **more: Any) -> None:
        """Have a fault from the next request for data on."""
        ...

    def requests(self) -> int:
        """How many requests for data there were since the last reset."""
        ...


class ResoSandbox:
    """The sandbox's RESO Web API."""

    secrets: tuple[str, ...] = (TOKEN, CLIENT_SECRET)

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.control = httpx.Client(base_url=f"{base_url}/_control", timeout=30)

    def source(self, *, page_size: int | None = None) -> MlsSource:
        return MlsSource(
            connection_id="C1",
            url=f"{self.base_url}/odata",
            vendor="generic",
            settings={} if page_size is None else {"pageSize": page_size},
            credentials=MlsCredentials(token=TOKEN),
        )

    def client(self, **changes: Any) -> MlsSource:
        """The account by client credentials."""
        credentials = MlsCredentials(
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            token_url=f"{self.base_url}/oauth/token",
            scope="api",
        )
        return replace(self.source(), credentials=replace(credentials, **changes))

    def stranger(self) -> MlsSource:
        return replace(self.source(), credentials=MlsCredentials(token="no-such-token"))

    def reset(self) -> None:
        self._post("/reset", {})
        self.control.delete("/log").raise_for_status()
        self.control.delete("/tokens").raise_for_status()

    def homes(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.control.get("/homes").raise_for_status().json()
        return found

    def change(self, key: str, **fields: Any) -> None:
        self._post(f"/homes/{key}", fields)

    def remove(self, key: str) -> None:
        self.control.delete(f"/homes/{key}").raise_for_status()

    def fail(self, kind: str, **more: Any) -> None:
        self._post("/faults", {"kind": kind, **more})

    def requests(self) -> int:
        return len(self.log("odata"))

    def log(self, kind: str) -> list[dict[str, Any]]:
        """The requests of a kind: `query`, `headers`, `authorization`, `status`."""
        entries: list[dict[str, Any]] = self.control.get("/log", params={"kind": kind}).json()["requests"]
        return entries

    def _post(self, path: str, body: dict[str, Any]) -> None:
        self.control.post(path, json=body).raise_for_status()


@contextmanager
def reso_sandbox(folder: Path, **options: Any) -> Iterator[ResoSandbox]:
    with serve(create_app(folder, homes=HOMES, **options)) as base_url:
        sandbox = ResoSandbox(base_url)
        with sandbox.control:
            yield sandbox


CASES: dict[str, Callable[[Path], AbstractContextManager[Sandbox]]] = {"reso-web-api": reso_sandbox}


async def pages(mls: Mls, source: MlsSource, query: MlsQuery = EVERYTHING) -> list[MlsPage]:
    """Every page, from the first to the last."""
    found = [await mls.fetch(source, query, None)]
    while found[-1].position is not None:
        assert len(found) < MOST_PAGES, "the pages do not come to an end"
        found.append(await mls.fetch(source, query, found[-1].position))
    return found


async def rows(mls: Mls, source: MlsSource, query: MlsQuery = EVERYTHING) -> list[MlsRow]:
    return [row for page in await pages(mls, source, query) for row in page.rows]


async def records(mls: Mls, source: MlsSource, query: MlsQuery = EVERYTHING) -> list[MlsRecord]:
    found = await rows(mls, source, query)
    assert all(isinstance(row, MlsRecord) for row in found)
    return [row for row in found if isinstance(row, MlsRecord)]


async def keys(mls: Mls, source: MlsSource, query: MlsQuery = EVERYTHING) -> list[str]:
    return [record.key for record in await records(mls, source, query)]
