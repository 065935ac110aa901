"""Vendors' servers in the sandbox, and the accounts that a user would connect at them."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from adapters.downloads import WebDownloads
from adapters.files.local import LocalFiles
from adapters.http import WebClient
from adapters.mls.reso_web_api import ResoWebApi
from adapters.mls.tools import Tools
from domain.entities.mls import MlsQuery, MlsRecord, MlsRemoval, MlsRow
from domain.entities.mls_connection import MlsCredentials, MlsSource
from domain.ports import Mls
from sandbox.mls.flavours import FLAVOURS
from sandbox.mls.reso import CLIENT_ID, CLIENT_SECRET, TOKEN
from tests.contracts.mls.cases import Clock, ResoSandbox, reso_sandbox
from tests.contracts.mls.clock_budgets import ClockBudgets

SETTINGS: dict[str, dict[str, Any]] = {"mls-grid": {"originatingSystemName": "Sandbox MLS"}}


class Vendor(ResoSandbox):
    """A running server of a vendor's."""

    def __init__(self, base_url: str, name: str) -> None:
        super().__init__(base_url)
        self.name = name

    def account(self, *, token: str = TOKEN, **settings: Any) -> MlsSource:
        """An account as the vendor's form asks for it."""
        client = MlsCredentials(client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
        return MlsSource(
            connection_id="C1",
            url=f"{self.base_url}{FLAVOURS[self.name].root}",
            vendor=self.name,
            settings={**SETTINGS.get(self.name, {}), **settings},
            credentials=client if self.name == "trestle" else MlsCredentials(token=token),
        )

    def asked(self) -> list[str]:
        """The queries of all requests for data, in order."""
        return [entry["query"] for entry in self.log("odata")]

    def statuses(self) -> set[int]:
        return {entry["status"] for entry in self.log("odata")}


@contextmanager
def vendor_of(name: str, folder: Path, clock: Clock, **options: Any) -> Iterator[Vendor]:
    """The vendor's server, whose limits and stamps go by the clock."""
    with reso_sandbox(folder, vendor=name, now=clock.now, **options) as sandbox:
        vendor = Vendor(sandbox.base_url, name)
        with vendor.control:
            yield vendor


@asynccontextmanager
async def reso_web_api(clock: Clock, budgets: ClockBudgets, folder: Path) -> AsyncIterator[ResoWebApi]:
    """The protocol, whose tools go by the clock."""
    web = WebClient(allow_http=True, allow_loopback=True)
    files = LocalFiles(folder, base_url="http://127.0.0.1:1", signing_key=b"k" * 32, now=clock.now)
    tools = Tools(
        web=web,
        downloads=WebDownloads(web, now=clock.now),
        files=files,
        budgets=budgets,
        now=clock.now,
        sleep=clock.sleep,
        random=lambda: 0.5,
    )
    yield ResoWebApi(tools)
    await web.aclose()


async def run(mls: Mls, source: MlsSource, query: MlsQuery) -> tuple[list[MlsRow], dict[str, str]]:
    """Every row of a reading, and the cursors it leads to."""
    found: list[MlsRow] = []
    cursors = dict(query.cursors)
    position: str | None = None
    while True:
        page = await mls.fetch(source, query, position)
        found += page.rows
        cursors |= page.cursors
        position = page.position
        if position is None:
            return found, cursors


async def all_keys(mls: Mls, source: MlsSource) -> list[str]:
    """Every key of a sweep."""
    page = await mls.keys(source, None)
    found = list(page.keys)
    while page.position is not None:
        page = await mls.keys(source, page.position)
        found += page.keys
    return found


def removed(rows: list[MlsRow]) -> set[str]:
    """The keys of which the rows say that they are gone."""
    gone = {row.key for row in rows if isinstance(row, MlsRemoval)}
    return gone | {row.key for row in rows if isinstance(row, MlsRecord) and row.deleted}
