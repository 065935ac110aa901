"""The cost of every access pattern on DynamoDB: as the table says, on ten items and on five hundred."""

import asyncio
import inspect
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, fields
from datetime import datetime
from uuid import uuid4

import pytest

from adapters.tables import keys
from adapters.tables.checks import EXAMINED
from adapters.tables.dynamodb import DynamoTable
from adapters.tables.dynamodb_client import open_client
from adapters.tables.listings import Listings
from adapters.tables.pages import read_all
from adapters.tables.repositories import Repositories, repositories
from adapters.tables.table import BASE, GSI5, In, Put, Query, Table, key_of
from adapters.vault import Vault
from domain.entities.listing import ListingFilter
from domain.ports import ListingSave
from tests.contracts.nouns import make
from tests.contracts.table.engines import REGION, dynamodb_session, make_table, plain_client
from tests.costs.crowd import ALICE, Gathered, fill
from tests.costs.meter import Apart, Cost, Meter, grown
from tests.costs.patterns import FIVE, NOW, PATTERNS, UPDATED, Pattern
from tests.emulators.dynamodb import dynamodb_local_url

FEW, MANY = 10, 500
VAULT = Vault({"k1": bytes(range(32))}, "k1")


@dataclass(frozen=True)
class Metered:
    """A table with its repositories, and what their calls cost."""

    table: Table
    nouns: Repositories
    meter: Meter

    async def cost(self, pattern: Pattern) -> Cost:
        self.meter.start()
        await pattern.run(self.nouns)
        return self.meter.cost()


def _now() -> datetime:
    return NOW


@asynccontextmanager
async def _opened(name: str) -> AsyncIterator[Metered]:
    url, session = dynamodb_local_url(), dynamodb_session()
    async with open_client(region=REGION, endpoint_url=url, session=session) as client:
        table = DynamoTable(client, name, now=NOW.timestamp)
        meter = Meter(client)
        apart = Apart(table, meter)
        yield Metered(apart, repositories(apart, VAULT, _now), meter)


async def _fill(name: str, size: int) -> None:
    async with _opened(name) as it:
        await fill(it.table, VAULT, _now, size)


@pytest.fixture(scope="module")
def places() -> Iterator[tuple[str, str]]:
    """The names of two tables, one with few of everything and one with many."""
    url, names = dynamodb_local_url(), (f"few-{uuid4().hex[:12]}", f"many-{uuid4().hex[:12]}")
    for name, size in zip(names, (FEW, MANY), strict=True):
        make_table(url, name)
        asyncio.run(_fill(name, size))
    yield names
    for name in names:
        plain_client(url).delete_table(TableName=name)


@pytest.fixture
async def wide() -> AsyncIterator[Metered]:
    """A table with more listings than a page examines."""
    url, name = dynamodb_local_url(), f"wide-{uuid4().hex[:12]}"
    make_table(url, name)
    async with _opened(name) as it:
        gathered = Gathered(it.table)
        listings = Listings(gathered, _now)
        for number in range(EXAMINED + 100):
            await listings.create(ListingSave(listing=make.a_listing(f"mls-{number:04d}")))
        await gathered.store()
        yield it
    plain_client(url).delete_table(TableName=name)


@pytest.fixture
async def few(places: tuple[str, str]) -> AsyncIterator[Metered]:
    async with _opened(places[0]) as it:
        yield it


@pytest.fixture
async def many(places: tuple[str, str]) -> AsyncIterator[Metered]:
    async with _opened(places[1]) as it:
        yield it


async def test_every_pattern_costs_what_is_written_and_no_partition_makes_it_dearer(
    few: Metered, many: Metered
) -> None:
    wrong = []
    for pattern in PATTERNS:
        costs = [await one.cost(pattern) for one in (few, many)]
        wrong += [f"{pattern.name} grows with the partition: {growth}" for growth in grown(*costs)]
        wrong += [
            f"{pattern.name} costs {cost}, not {pattern.cost}" for cost in costs if cost != pattern.cost
        ]
    assert wrong == []


async def test_every_operation_of_every_repository_is_listed(few: Metered) -> None:
    operations = {
        f"{field.name}.{name}"
        for field in fields(Repositories)
        for name, _ in inspect.getmembers(getattr(few.nouns, field.name), inspect.iscoroutinefunction)
        if not name.startswith("_")
    }
    assert {pattern.name.partition(",")[0] for pattern in PATTERNS} == operations


async def _every_listing(table: Table) -> None:
    await read_all(table, Query(GSI5, keys.listings_of(ALICE)))


async def _all_filtered_away(table: Table) -> None:
    nowhere = In("connection", ("nowhere",))
    await table.query(Query(GSI5, keys.listings_of(ALICE), limit=5, filters=(nowhere,)))


async def _posts_one_by_one(table: Table) -> None:
    for item in await read_all(table, Query(BASE, keys.user(ALICE), prefix="POST#P00")):
        await table.get(key_of(item))


async def _every_post_again(table: Table) -> None:
    posts = await read_all(table, Query(BASE, keys.user(ALICE), prefix="POST#P00"))
    await table.put_many([Put(post) for post in posts])


@pytest.mark.parametrize(
    ("run", "figures"),
    [
        (_every_listing, ["calls", "returned", "evaluated", "reads"]),
        (_all_filtered_away, ["calls", "evaluated", "reads"]),
        (_posts_one_by_one, ["calls", "returned", "evaluated", "reads"]),
        (_every_post_again, ["calls", "returned", "evaluated", "written", "reads", "writes"]),
    ],
)
async def test_what_grows_is_found(
    few: Metered, many: Metered, run: Callable[[Table], Awaitable[None]], figures: list[str]
) -> None:
    """Against patterns that do what ours must not."""
    costs = []
    for one in (few, many):
        one.meter.start()
        await run(one.table)
        costs.append(one.meter.cost())
    assert [growth.partition(":")[0] for growth in grown(*costs)] == figures


async def test_a_page_that_filters_everything_away_examines_no_more_than_the_bound(wide: Metered) -> None:
    """The one cost that grows with the partition, and where its growth ends."""
    nowhere = ListingFilter(connection_id="nowhere")
    wide.meter.start()
    page = await wide.nouns.listings.page(ALICE, nowhere, UPDATED, FIVE)
    cost = wide.meter.cost()
    assert page.more
    assert cost.evaluated == EXAMINED
    assert cost.calls == "5 Query"
