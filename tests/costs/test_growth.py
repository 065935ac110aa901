"""Pages of listings on SQLite: of ten thousand as of a hundred, and never more than 2,000 items read for one."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from adapters.tables import keys, sqlite_sql
from adapters.tables.checks import EXAMINED
from adapters.tables.listing_items import listing_item
from adapters.tables.listings import Listings
from adapters.tables.sqlite import SqliteTable
from adapters.tables.table import GSI3, Put, Query, cursor
from domain.entities.common import PageRequest
from domain.entities.listing import Address, Listing, ListingFilter, ListingOrder, ListingOrderField
from tests.contracts.nouns.make import AT, a_listing
from tests.costs.readings import Readings

FEW, MANY = 100, 10_000
RARE = 3
"""So many homes stand in Rareville, one of them at each end and one in the middle of every order."""

EVERYTHING = ListingFilter()
ORDERS = [
    ListingOrder(field=field, descending=falling) for field in ListingOrderField for falling in (False, True)
]
BY_PRICE = ListingOrder(field=ListingOrderField.PRICE, descending=False)
BY_DAY = ListingOrder(field=ListingOrderField.LISTED, descending=False)
BY_UPDATE = ListingOrder()
FIRST_DAY = date(2000, 1, 1)


def home(number: int, size: int) -> Listing:
    """One day later listed, a dollar dearer and a second later changed than the one before."""
    rare = number in (0, size // 2, size - 1)
    return a_listing(
        f"h{number:05d}",
        price=Decimal(1_000 + number),
        list_date=FIRST_DAY + timedelta(days=number),
        address=Address(city="Rareville" if rare else "Commons"),
        updated_at=AT + timedelta(seconds=number),
    )


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """Files with few and with many listings."""
    found = {size: tmp_path_factory.mktemp("growth") / "table.db" for size in (FEW, MANY)}
    for size, path in found.items():
        asyncio.run(_fill(path, size))
    return found


async def _fill(path: Path, size: int) -> None:
    table = SqliteTable(path)
    puts = [Put(listing_item(home(number, size), AT)) for number in range(size)]
    for start in range(0, size, 1_000):
        await table.put_many(puts[start : start + 1_000])
    await table.close()


class Tenant:
    """A user's listings, and what reading them costs."""

    def __init__(self, table: Readings) -> None:
        self._table = table
        self._listings = Listings(table, lambda: AT)

    async def page(
        self, filter: ListingFilter, order: ListingOrder, *, first: int = 20, after: str | None = None
    ) -> tuple[list[str], str | None, bool, int]:
        """The ids, the end, whether there may be more, and how many items were read."""
        self._table.items = 0
        page = await self._listings.page("alice", filter, order, PageRequest(first, after))
        return [one.id for one in page.items], page.end, page.more, self._table.items


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Tenant]:
    table = SqliteTable(path)
    yield Tenant(Readings(table))
    await table.close()


async def costs(path: Path, size: int) -> dict[str, int]:
    """What was read for pages of 20 at the beginning and in the middle of every order, and of ranges of them."""
    found = {}
    async with opened(path) as tenant:
        for order in ORDERS:
            half = await tenant.page(EVERYTHING, order, first=50)
            for name, after in (("first", None), ("later", half[1])):
                ids, _, more, found[f"{order} {name}"] = await tenant.page(EVERYTHING, order, after=after)
                assert (len(ids), more) == (20, True)
        middle = size // 2
        prices = ListingFilter(min_price=Decimal(1_000 + middle), max_price=Decimal(1_007 + middle))
        day = FIRST_DAY + timedelta(days=middle)
        days = ListingFilter(listed_from=day, listed_to=day + timedelta(days=7))
        for wanted, order in ((prices, BY_PRICE), (days, BY_DAY)):
            for each in (order, ListingOrder(field=order.field)):
                ids, _, more, found[f"{each} {wanted}"[:60]] = await tenant.page(wanted, each)
                assert (len(ids), more) == (8, False)
    return found


async def test_a_page_of_ten_thousand_reads_as_much_as_a_page_of_a_hundred(paths: dict[int, Path]) -> None:
    of_few, of_many = [await costs(paths[size], size) for size in (FEW, MANY)]
    assert list(of_few.values()) == list(of_many.values())
    assert set(of_few.values()) == {21, 8}, "what is on the page, and one that tells whether there is more"


async def test_sqlite_finds_a_page_of_ten_thousand_in_as_many_steps_as_of_a_hundred(
    paths: dict[int, Path],
) -> None:
    """By its virtual machine's own instructions: nothing is scanned or sorted on the way to the page."""
    steps = [_steps(path, size) for size, path in paths.items()]
    assert steps[0] == steps[1]


def _steps(path: Path, size: int) -> list[int]:
    found = []
    with closing(sqlite3.connect(path)) as connection:
        for ascending in (True, False):
            after = cursor(GSI3, {"GSI3SK": keys.price_positions(0, (1_000 + size // 2) * 100)[1]})
            query = Query(GSI3, keys.listings_of("alice"), ascending=ascending, after=after)
            taken = 0

            def count() -> int:
                nonlocal taken
                taken += 1
                return 0

            connection.set_progress_handler(count, 1)
            connection.execute(*sqlite_sql.select(query, 21)).fetchall()
            found.append(taken)
    return found


@pytest.mark.parametrize("order", [BY_PRICE, BY_DAY, BY_UPDATE], ids=lambda order: order.field)
async def test_a_selective_filter_reads_at_most_2000_a_page_and_says_that_there_is_more(
    paths: dict[int, Path], order: ListingOrder
) -> None:
    found: list[str] = []
    sizes: list[int] = []
    after = None
    async with opened(paths[MANY]) as tenant:
        for _ in range(MANY // EXAMINED + 1):
            ids, after, more, read = await tenant.page(
                ListingFilter(cities=("rareville",)), order, after=after
            )
            assert read <= EXAMINED
            assert (after is not None) == more
            found += ids
            sizes.append(len(ids))
            if not more:
                break
    assert not more
    assert sorted(found) == [home(number, MANY).id for number in (0, MANY // 2, MANY - 1)]
    assert 0 in sizes, "an empty page in the middle, behind which it went on"


async def test_a_range_that_is_the_order_is_found_at_once_however_selective_the_rest(
    paths: dict[int, Path],
) -> None:
    """Where the price says where to look, nothing else is read, and no empty page comes ahead of it."""
    low = Decimal(1_000 + MANY - 50)
    async with opened(paths[MANY]) as tenant:
        wanted = ListingFilter(min_price=low, cities=("rareville",))
        ids, _, more, read = await tenant.page(wanted, BY_PRICE)
        assert (len(ids), more, read) == (1, False, 50)
        ids, _, more, read = await tenant.page(
            wanted, ListingOrder(field=ListingOrderField.LISTED, descending=False)
        )
        assert (len(ids), more, read) == (0, True, EXAMINED)
