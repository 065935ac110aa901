"""The MLS protocols under test, each with a sandbox that speaks it; a new protocol adds a line to `CASES`."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import httpx

from domain.entities.mls import MlsPage, MlsQuery, MlsRecord, MlsRow
from domain.entities.mls_connection import MlsCredentials, MlsSource
from domain.ports import Mls
from sandbox.mls.flavours import FLAVOURS, UNLIMITED
from sandbox.mls.reso import CLIENT_ID, CLIENT_SECRET, TOKEN, create_app
from sandbox.serving import serve
from tests.contracts.mls import csv_case, rets_case, simplyrets_case

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
    """The sandbox's RESO Web API, as a vendor serves it."""

    secrets: tuple[str, ...] = (TOKEN, CLIENT_SECRET)

    def __init__(self, base_url: str, vendor: str = "generic") -> None:
        self.base_url = base_url
        self.vendor = vendor
        self.flavour = FLAVOURS[vendor]
        self.control = httpx.Client(base_url=f"{base_url}/_control", timeout=30)

    def source(self, *, page_size: int | None = None) -> MlsSource:
        settings: dict[str, Any] = {"originatingSystemName": "Sandbox MLS"} if self.flavour.one_system else {}
        if page_size is not None:
            # No connection may ask a vendor for more than it gives.
            most = self.flavour.page_max_expanded or self.flavour.page_max
            settings["pageSize"] = page_size if self.vendor == "generic" else min(page_size, most)
        return MlsSource(
            connection_id="C1",
            url=f"{self.base_url}{self.flavour.root}",
            vendor=self.vendor,
            settings=settings,
            credentials=self._credentials(),
        )

    def _credentials(self) -> MlsCredentials:
        if self.flavour.long_lived:
            return MlsCredentials(token=TOKEN)
        return MlsCredentials(client_id=CLIENT_ID, client_secret=CLIENT_SECRET)

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
        known = self._credentials()
        unknown = replace(known, token="no-such-token") if known.token else replace(known, client_id="nobody")
        return replace(self.source(), credentials=unknown)

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
        """Take a home out as the vendor does: marked, named in a log, or just gone."""
        self.control.delete(f"/homes/{key}").raise_for_status()

    def vanish(self, key: str) -> None:
        """Take a home out without a trace."""
        self.control.delete(f"/homes/{key}", params={"vanish": "true"}).raise_for_status()

    def fail(self, kind: str, **more: Any) -> None:
        self._post("/faults", {"kind": kind, **more})

    def requests(self) -> int:
        # Credentials that gave no token were a try too.
        refused = [entry for entry in self.log("token") if entry["status"] != 200]
        return len(self.log("odata")) + len(refused)

    def log(self, kind: str) -> list[dict[str, Any]]:
        """The requests of a kind: `query`, `headers`, `authorization`, `status`."""
        entries: list[dict[str, Any]] = self.control.get("/log", params={"kind": kind}).json()["requests"]
        return entries

    def _post(self, path: str, body: dict[str, Any]) -> None:
        self.control.post(path, json=body).raise_for_status()


@contextmanager
def reso_sandbox(folder: Path, vendor: str = "generic", **options: Any) -> Iterator[ResoSandbox]:
    """A vendor's sandbox, with the fields of its flavour that `options` name."""
    with serve(create_app(folder, vendor, homes=HOMES, **options)) as base_url:
        sandbox = ResoSandbox(base_url, vendor)
        with sandbox.control:
            yield sandbox


CASES: dict[str, Callable[[Path], AbstractContextManager[Sandbox]]] = {
    "reso-web-api": reso_sandbox,
    "reso-web-api, no expansion": partial(reso_sandbox, expand=False),
    # Without limits: a real second has more than the two requests that MLS Grid allows.
    **{
        f"reso-web-api, {vendor}": partial(reso_sandbox, vendor=vendor, limits=UNLIMITED)
        for vendor in FLAVOURS
        if vendor != "generic"
    },
    "rets": rets_case.rets_sandbox,
    "rets, bytes": partial(rets_case.rets_sandbox, location=False),
    "rets, restless": partial(rets_case.rets_sandbox, **rets_case.RESTLESS),
    "simplyrets": simplyrets_case.simplyrets_sandbox,
    "csv": csv_case.csv_sandbox,
}

BEYOND: dict[str, dict[str, str]] = {
    "rets, bytes": rets_case.BEYOND_BYTES,
    "simplyrets": simplyrets_case.BEYOND,
    "csv": csv_case.BEYOND,
    "reso-web-api, mls-grid": {
        "test_keys_and_since_together": "keys are not searchable; a row at its own address has no filter",
    },
}
"""Tests whose promise a protocol cannot keep, and why; they are left out for it."""


def protocol_of(case: str) -> str:
    """The protocol under test in a case; what follows a comma tells the flavour of its server."""
    return case.partition(",")[0]


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
