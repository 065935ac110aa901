"""Pages of listings of users with a hundred, ten thousand and a hundred thousand, on SQLite: what each of them reads
and the processor time that it takes."""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from statistics import mean
from tempfile import TemporaryDirectory

from adapters.tables.listing_items import listing_item
from adapters.tables.listings import Listings
from adapters.tables.sqlite import SqliteTable
from adapters.tables.table import Put
from benchmarks.figures import ROUNDS, Line, Report, Round, measured
from benchmarks.homes import a_home
from domain.entities.common import PageRequest
from domain.entities.listing import BoundingBox, Listing, ListingFilter, ListingOrder, ListingOrderField
from tests.costs.readings import Readings

_USER = "benchmark"
_NOW = datetime(2026, 11, 21, tzinfo=UTC)
_FIRST_DAY = date(2000, 1, 1)
_SIZES, _FEW_SIZES = (100, 10_000, 100_000), (100, 300)
_HOMES, _PAGE, _PAGES = 500, 20, 5
_PUTS = 1_000

_PRICE, _LISTED, _UPDATED = (ListingOrder(field=field) for field in ListingOrderField)
_UP = ListingOrder(field=ListingOrderField.PRICE, descending=False)
_EVERYTHING = ListingFilter()
_MAP = BoundingBox(south=30.0, west=-98.0, north=30.5, east=-97.0)
_QUERIES: Mapping[str, tuple[ListingFilter, ListingOrder]] = {
    "by price": (_EVERYTHING, _PRICE),
    "by date": (_EVERYTHING, _LISTED),
    "by update": (_EVERYTHING, _UPDATED),
    "by price, 500,000 or more": (ListingFilter(min_price=Decimal(500_000)), _UP),
    "by update, in a city": (ListingFilter(cities=("Austin",)), _UPDATED),
    "by date, on a map": (ListingFilter(bounding_box=_MAP), _LISTED),
    "by update, in no city": (ListingFilter(cities=("Nowhere",)), _UPDATED),
}


def run(*, small: bool = False) -> Report:
    """Measure."""
    sizes, rounds = (_FEW_SIZES, 1) if small else (_SIZES, ROUNDS)
    with TemporaryDirectory() as name:
        found = asyncio.run(_rounds(Path(name), sizes, rounds))
    title = f"Pages of {_PAGE} listings on SQLite, by how many there are: processor time (and items read)"
    return Report(title, _lines(sizes, found[0]), found)


def _lines(sizes: tuple[int, ...], reads: Round) -> list[Line]:
    """What is read is the same in all rounds, and so part of a line's name."""
    return [
        Line(f"{what}: {size:,} ({reads[f'{what} {size} read']:,.0f} read)", measured(f"{what} {size}"), "ms")
        for what in _QUERIES
        for size in sizes
    ]


async def _rounds(folder: Path, sizes: tuple[int, ...], rounds: int) -> list[Round]:
    homes = [a_home(number, _NOW) for number in range(1, _HOMES + 1)]
    paths = {size: folder / f"{size}.db" for size in sizes}
    for size, path in paths.items():
        await _seed(path, homes, size)
    return [
        {name: value for size, path in paths.items() for name, value in (await _measured(path, size)).items()}
        for _ in range(rounds)
    ]


async def _measured(path: Path, size: int) -> Round:
    """Each query over a table that has just been opened, so that nothing is remembered."""
    found: dict[str, float] = {}
    for what, (filter, order) in _QUERIES.items():
        table = SqliteTable(path)
        milliseconds, read = await _walk(Readings(table), filter, order)
        found |= {f"{what} {size}": milliseconds, f"{what} {size} read": read}
        await table.close()
    return found


async def _walk(table: Readings, filter: ListingFilter, order: ListingOrder) -> tuple[float, float]:
    """The milliseconds that a page takes and the items that it reads: of the first five, if there are so many."""
    listings = Listings(table, lambda: _NOW)
    after: str | None = None
    times: list[float] = []
    for _ in range(_PAGES):
        begun = time.process_time()
        page = await listings.page(_USER, filter, order, PageRequest(_PAGE, after))
        times.append(1_000 * (time.process_time() - begun))
        after = page.end
        if not page.more:
            break
    return mean(times), table.items / len(times)


async def _seed(path: Path, homes: list[Listing], size: int) -> None:
    """The same homes again and again, each with a price, a day and a moment of its own."""
    table = SqliteTable(path)
    for start in range(0, size, _PUTS):
        numbers = range(start, min(start + _PUTS, size))
        listings = (_apart(homes[number % len(homes)], number) for number in numbers)
        await table.put_many([Put(listing_item(listing, _NOW)) for listing in listings])
    await table.truncate_wal()
    await table.close()


def _apart(home: Listing, number: int) -> Listing:
    price = Decimal(100_000 + number * 7_919 % 1_000_000)
    day = _FIRST_DAY + timedelta(days=number * 31 % 9_000)
    return replace(
        home,
        id=f"home-{number:06d}",
        user_id=_USER,
        facts=replace(home.facts, price=price, list_date=day),
        updated_at=_NOW - timedelta(seconds=number),
    )
