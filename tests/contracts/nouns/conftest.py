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


LONG = {
    "test_a_hundred_updates_at_once_lose_nothing": "ministack",
    "test_a_hundred_writers_of_a_run_lose_nothing": "ministack",
    "test_a_partition_full_of_anothers_things_looks_empty": "dynamodb_local",
    "test_days_are_those_on_which_runs_end": "dynamodb_local",
    "test_each_comes_once_whatever_the_page": "dynamodb_local",
    "test_every_cursor_leads_behind_its_connection": "dynamodb_local",
    "test_lost_replies_count_nothing_twice": "dynamodb_local",
    "test_months_and_rankings_are_those_of_the_days": "dynamodb_local",
}
"""Tests that take hundreds of calls: of the two emulators of DynamoDB one is enough, and this one is left out.
Where many write at once AWS's own stays, otherwise the faster one."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "place" in metafunc.fixturenames:
        late = metafunc.module.__name__.endswith(".test_late")
        left_out = "dynamodb_local" if late else LONG.get(metafunc.function.__name__, "")
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
