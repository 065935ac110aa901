"""The repositories over an empty table of every engine, with a clock that the tests move."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.tables.repositories import Repositories, repositories
from adapters.tables.table import Table
from adapters.vault import Vault
from tests.contracts.table.engines import ENGINES, FAITHFUL, Place

KEY = bytes(range(32))


@dataclass
class Now:
    """The time in UTC, where it was put."""

    place: Place

    def __call__(self) -> datetime:
        return datetime.fromtimestamp(self.place.clock.seconds, UTC)

    def pass_by(self, **times: float) -> None:
        self.place.clock.seconds += timedelta(**times).total_seconds()


LONG = ("test_a_hundred_updates_at_once_lose_nothing", "test_a_hundred_writers_of_a_run_lose_nothing")
"""Tests that take thousands of transactions: of the two that speak DynamoDB, one emulator is enough."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "place" in metafunc.fixturenames:
        late = metafunc.module.__name__.endswith(".test_late")
        left_out = "dynamodb_local" if late else "ministack" if metafunc.function.__name__ in LONG else ""
        engines = [engine for engine in FAITHFUL if engine != left_out]
        metafunc.parametrize("place", engines, indirect=True)


@pytest.fixture
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    with ENGINES[request.param].prepare(tmp_path) as name:
        place = Place(request.param, name)
        place.clock.seconds = datetime(2026, 10, 5, 12, tzinfo=UTC).timestamp()
        yield place


@pytest.fixture
async def table(place: Place) -> AsyncIterator[Table]:
    table = await place.open()
    yield table
    await table.close()


@pytest.fixture
def now(place: Place) -> Now:
    return Now(place)


@pytest.fixture
def vault() -> Vault:
    return Vault({"k1": KEY}, "k1")


@pytest.fixture
def nouns(table: Table, vault: Vault, now: Now) -> Repositories:
    return repositories(table, vault, now)
