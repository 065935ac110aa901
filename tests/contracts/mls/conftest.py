"""Each protocol beside its sandbox, over real HTTP."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from adapters.downloads import WebDownloads
from adapters.files.local import LocalFiles
from adapters.http import WebClient
from adapters.mls import discover
from adapters.mls.tools import Tools
from domain.ports import Mls
from tests.contracts.mls.cases import BEYOND, CASES, Clock, Sandbox, protocol_of
from tests.contracts.mls.clock_budgets import ClockBudgets
from tests.contracts.mls.scripted import Scripted, scripted


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what `BEYOND` names."""
    beyond = [item for item in items if _is_beyond(item)]
    config.hook.pytest_deselected(items=beyond)
    items[:] = [item for item in items if item not in beyond]


def _is_beyond(item: pytest.Item) -> bool:
    protocol = item.callspec.params.get("running", "") if hasattr(item, "callspec") else ""
    return item.path.name == "test_mls.py" and getattr(item, "originalname", "") in BEYOND.get(protocol, {})


@pytest.fixture(scope="module", params=sorted(CASES))
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Sandbox]]:
    with CASES[request.param](tmp_path_factory.mktemp("mls")) as sandbox:
        yield request.param, sandbox


@pytest.fixture
def sandbox(running: tuple[str, Sandbox]) -> Sandbox:
    running[1].reset()
    return running[1]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def protocols(clock: Clock, tmp_path: Path) -> AsyncIterator[dict[str, Mls]]:
    web = WebClient(allow_http=True, allow_loopback=True)
    tools = Tools(
        web=web,
        downloads=WebDownloads(web, now=clock.now),
        files=LocalFiles(
            tmp_path / "files", base_url="http://127.0.0.1:1", signing_key=b"k" * 32, now=clock.now
        ),
        budgets=ClockBudgets(clock),
        now=clock.now,
        sleep=clock.sleep,
        random=lambda: 0.5,
    )
    found = discover(tools)
    yield found
    for mls in found.values():
        await mls.close()
    await web.aclose()


@pytest.fixture
def mls(running: tuple[str, Sandbox], protocols: dict[str, Mls]) -> Mls:
    return protocols[protocol_of(running[0])]


@pytest.fixture(scope="session")
def serving() -> Iterator[Scripted]:
    with scripted() as server:
        yield server


@pytest.fixture
def server(serving: Scripted) -> Scripted:
    serving.reset()
    return serving
