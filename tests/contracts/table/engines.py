"""The engines that have to keep the promises of the Table seam, each with how to prepare and open it."""

import functools
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import botocore.session
import pytest
from _pytest.mark import ParameterSet
from aiobotocore.session import AioSession

from adapters.tables.attributes import Kind
from adapters.tables.dynamodb import DynamoTable
from adapters.tables.dynamodb_calls import Time
from adapters.tables.dynamodb_client import new_session
from adapters.tables.dynamodb_schema import table_definition
from adapters.tables.sqlite import SqliteTable
from adapters.tables.table import Table
from tests.emulators.dynamodb import dynamodb_local_url, ministack_url, moto_url

Now = Callable[[], float]

REGION = "us-east-1"


@dataclass(frozen=True)
class Engine:
    """How the tests get a table.

    Attributes:
        prepare: makes a place for one empty table in a folder of its own, yields what names the place, and
            clears it away; several processes may open the place by that name.
        open: opens the table at the place.
    """

    prepare: Callable[[Path], AbstractContextManager[str]]
    open: Callable[[str, Now, Mapping[str, Kind]], Awaitable[Table]]


@contextmanager
def _sqlite_file(folder: Path) -> Iterator[str]:
    yield str(folder / "table.db")


async def _open_sqlite(place: str, now: Now, types: Mapping[str, Kind]) -> Table:
    return SqliteTable(Path(place), now=now, types=types)


def _tables_at(server: Callable[[], str]) -> Callable[[Path], AbstractContextManager[str]]:
    @contextmanager
    def prepare(folder: Path) -> Iterator[str]:
        url, name = server(), f"contract-{uuid4().hex[:12]}"
        make_table(url, name)
        yield f"{url}/{name}"
        plain_client(url).delete_table(TableName=name)

    return prepare


def make_table(url: str, name: str) -> None:
    """A table of ours, but without time to live: tests want to see what has expired and is still stored."""
    plain_client(url).create_table(**table_definition(name))


@functools.cache
def plain_client(url: str) -> Any:
    """A blocking client, which needs no event loop and is made once."""
    session = botocore.session.Session()
    session.set_credentials("testing", "testing")
    return session.create_client("dynamodb", region_name=REGION, endpoint_url=url)


@functools.cache
def dynamodb_session(*, orjson_parser: bool = True) -> AioSession:
    """One for all tables, since making a session takes longer than most tests; so does loading certificates,
    of which plain HTTP needs none."""
    session = new_session(orjson_parser=orjson_parser)
    session.set_credentials("testing", "testing")
    create = session.create_client
    session.create_client = lambda *given, **options: create(*given, **{**options, "verify": False})
    return session


async def _open_dynamodb(place: str, now: Now, types: Mapping[str, Kind], times: Time | None = None) -> Table:
    url, _, name = place.rpartition("/")
    session = dynamodb_session()
    return await DynamoTable.open(
        name, region=REGION, endpoint_url=url, session=session, now=now, types=types, times=times
    )


async def _open_moto(place: str, now: Now, types: Mapping[str, Kind]) -> Table:
    """What moto cannot do it fails at again and again."""
    return await _open_dynamodb(place, now, types, Time(patience=0.5))


ENGINES = {
    "sqlite": Engine(_sqlite_file, _open_sqlite),
    "ministack": Engine(_tables_at(ministack_url), _open_dynamodb),
    "dynamodb_local": Engine(_tables_at(dynamodb_local_url), _open_dynamodb),
    "moto": Engine(_tables_at(moto_url), _open_moto),
}

FAITHFUL = ("sqlite", "ministack", "dynamodb_local")
"""The engines that keep every promise. moto is no database: it loses updates of concurrent transactions and
serves some forty calls a second, so it runs the tests of single calls alone."""

MOTO_RUNS = ("test_writes", "test_transactions", "test_limits", "test_expiry")

MOTO_LEAVES_OUT = frozenset({"test_a_refused_one_harms_nobody"})
"""Tests of those modules that ask for several things at once: a transaction that moto refuses puts back the table as it
was, with what others have written since."""

MOTO_IS_WRONG = {
    "test_an_item_of_400_kb_and_no_more": "it counts more bytes than DynamoDB does",
    "test_numbers_count_by_digits": "it counts more bytes than DynamoDB does",
    "test_attributes_of_a_change": "it fails at an update of 200 attributes",
    "test_adding_to_a_string_writes_nothing": "it has written the other attributes by then",
    "test_strings_and_numbers_are_never_compared": "it fails at comparing them",
}
"""Tests of those modules that fail on moto, and why."""


def engines_of(module: str, test: str) -> list[ParameterSet]:
    """The engines that run a test of the contract, as parameters."""
    name = module.rpartition(".")[2]
    left_out = {"test_late": "dynamodb_local"}.get(name, "sqlite" if name.startswith("test_dynamodb") else "")
    engines = [pytest.param(engine) for engine in FAITHFUL if engine != left_out]
    if name in MOTO_RUNS and test not in MOTO_LEAVES_OUT:
        wrong = MOTO_IS_WRONG.get(test)
        marks = () if wrong is None else (pytest.mark.xfail(reason=f"moto: {wrong}", strict=True),)
        engines.append(pytest.param("moto", marks=marks))
    return engines


@dataclass
class Clock:
    """A clock that stands where it is put."""

    seconds: float = field(default_factory=time.time)

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Place:
    """Where one table of one engine is; every `open` answers another handle on it."""

    engine: str
    name: str
    clock: Clock = field(default_factory=Clock)

    async def open(self, types: Mapping[str, Kind] | None = None) -> Table:
        return await ENGINES[self.engine].open(self.name, self.clock, types or {})
