"""An empty table of every engine."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from adapters.tables.table import Table
from tests.contracts.table.engines import ENGINES, Place, engines_of


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "place" in metafunc.fixturenames:
        engines = engines_of(metafunc.module.__name__, metafunc.function.__name__)
        metafunc.parametrize("place", engines, indirect=True)


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with ENGINES[request.param].prepare(tmp_path) as name:
        yield Place(request.param, name)


@pytest.fixture
async def table(place: Place) -> AsyncIterator[Table]:
    table = await place.open()
    yield table
    await table.close()
