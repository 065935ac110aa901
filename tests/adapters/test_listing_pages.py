"""Pages of listings by any filter and in any order, beside a plain reading of all listings."""

import asyncio
import unicodedata
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.tables.listing_items import listing_item
from adapters.tables.listings import Listings
from adapters.tables.sqlite import SqliteTable
from adapters.tables.table import Put
from domain.entities.common import Page, PageRequest
from domain.entities.listing import (
    Address,
    BoundingBox,
    Listing,
    ListingFilter,
    ListingOrder,
    ListingOrderField,
    ListingStatus,
)
from tests.contracts.nouns.make import AT, a_listing

_HOMES = 80


# Few values of each kind, so that many are equal and most filters find some.
PRICES = [Decimal(text) for text in ("0", "0.01", "99.99", "100", "100.01", "2500000")]
DAYS = [date(2025, 12, 31), date(2026, 1, 1), date(2026, 1, 2), date(2026, 12, 31)]
CITIES = ["Málaga", "malaga", "Salem", "SALEM", "Großkirchen"]
ZIP_CODES = ["97301", "97301-0001", "97302", "sw1a 1aa"]
TYPES = ["Residential", "Land"]
LATITUDES = [-90.0, -10.0, 0.0, 10.0, 90.0]
LONGITUDES = [-180.0, -179.5, -10.0, 0.0, 10.0, 179.5, 180.0]
AREAS = [0.0, 499.5, 500.0, 1e6]
ROOMS = [0, 1, 2, 3]
REMARKS = ["by the café", "by the lake", "CAFE and lake"]
CONNECTIONS = ["c1", "c2"]
STATUSES = list(ListingStatus)


def random_home(chance: Random, number: int) -> Listing:
    """A home of which anything may be missing."""

    def any_of(values: list[Any]) -> Any:
        return chance.choice([*values, None])

    return a_listing(
        f"h{number:02d}",
        status=chance.choice(STATUSES),
        publishable=chance.random() < 0.5,
        connection_id=any_of(CONNECTIONS),
        updated_at=AT + timedelta(milliseconds=chance.randrange(_HOMES // 2)),
        price=any_of(PRICES),
        list_date=any_of(DAYS),
        property_type=any_of(TYPES),
        bedrooms=any_of(ROOMS),
        bathrooms=any_of(ROOMS),
        square_feet=any_of(AREAS),
        latitude=any_of(LATITUDES),
        longitude=any_of(LONGITUDES),
        description=any_of(REMARKS),
        address=Address(city=any_of(CITIES), zip_code=any_of(ZIP_CODES)),
    )


BOXES = st.builds(
    BoundingBox,
    south=st.sampled_from([-90.0, -10.0]),
    north=st.sampled_from([0.0, 90.0]),
    west=st.sampled_from([-190.0, -180.0, -10.0, 10.0, 179.5, 181.0]),
    east=st.sampled_from([-179.5, 0.0, 180.0, 190.0]),
)
NARROWED: dict[str, st.SearchStrategy[Any]] = {
    "statuses": st.lists(st.sampled_from(STATUSES), max_size=3).map(tuple),
    "connection_id": st.sampled_from(CONNECTIONS),
    "property_types": st.lists(st.sampled_from(TYPES), max_size=2).map(tuple),
    "min_price": st.sampled_from(PRICES),
    "max_price": st.sampled_from(PRICES),
    "min_bedrooms": st.sampled_from(ROOMS),
    "min_bathrooms": st.sampled_from(ROOMS),
    "min_square_feet": st.sampled_from(AREAS),
    "max_square_feet": st.sampled_from(AREAS),
    "cities": st.lists(st.sampled_from(CITIES), max_size=2).map(tuple),
    "zip_codes": st.lists(st.sampled_from(ZIP_CODES), max_size=2).map(tuple),
    "text": st.sampled_from(["cafe", "LAKE café", "97301", ""]),
    "bounding_box": BOXES,
    "publishable": st.booleans(),
    "listed_from": st.sampled_from(DAYS),
    "listed_to": st.sampled_from(DAYS),
}
PARTS = st.sets(st.sampled_from(sorted(NARROWED)), max_size=3).flatmap(
    lambda names: st.fixed_dictionaries({name: NARROWED[name] for name in sorted(names)})
)
"""A few at once: nothing would be found by many."""


def folded(text: str | None) -> str:
    parts = unicodedata.normalize("NFKD", text or "")
    return "".join(c for c in parts if not unicodedata.combining(c)).casefold()


def zip_code(text: str | None) -> str:
    bare = folded(text).replace(" ", "")
    return bare[:5] if bare[:5].isdigit() and len(bare) == 10 else bare


def inside(value: Any, low: Any, high: Any) -> bool:
    """Whether it is in the range; everything is in one without bounds, nothing else is without a value."""
    if low is None and high is None:
        return True
    return value is not None and (low is None or low <= value) and (high is None or value <= high)


def on_the_map(listing: Listing, box: BoundingBox | None) -> bool:
    latitude, longitude = listing.facts.latitude, listing.facts.longitude
    if box is None:
        return True
    if latitude is None or longitude is None or not box.south <= latitude <= box.north:
        return False
    around = box.east - box.west
    return around >= 360 or (longitude - box.west) % 360 <= around % 360


def holds(listing: Listing, wanted: ListingFilter) -> bool:
    """Whether the listing is one that the filter wants, as the graph's descriptions say."""
    facts, where = listing.facts, listing.facts.address
    words = (where.city, where.zip_code, facts.mls_number, facts.property_type, facts.description)
    said = folded(" ".join(word for word in words if word))
    chosen = (
        (listing.status, wanted.statuses),
        (folded(facts.property_type), tuple(map(folded, wanted.property_types))),
        (folded(where.city), tuple(map(folded, wanted.cities))),
        (zip_code(where.zip_code), tuple(map(zip_code, wanted.zip_codes))),
    )
    return (
        all(not among or value in among for value, among in chosen)
        and wanted.connection_id in (None, listing.connection_id)
        and wanted.publishable in (None, listing.publishable)
        and inside(facts.price, wanted.min_price, wanted.max_price)
        and inside(facts.bedrooms, wanted.min_bedrooms, None)
        and inside(facts.bathrooms, wanted.min_bathrooms, None)
        and inside(facts.square_feet, wanted.min_square_feet, wanted.max_square_feet)
        and inside(facts.list_date, wanted.listed_from, wanted.listed_to)
        and all(word in said for word in folded(wanted.text).split())
        and on_the_map(listing, wanted.bounding_box)
    )


def place(listing: Listing, field: ListingOrderField) -> tuple[bool, Any, str]:
    """Homes without the value first, among equals by id."""
    values = {
        ListingOrderField.PRICE: listing.facts.price,
        ListingOrderField.LISTED: listing.facts.list_date,
        ListingOrderField.UPDATED: listing.updated_at,
    }
    value = values[field]
    return value is not None, value, listing.id


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def homes() -> list[Listing]:
    chance = Random(20261121)
    return [random_home(chance, number) for number in range(_HOMES)]


@pytest.fixture(scope="module")
def listings(
    runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory, homes: list[Listing]
) -> Iterator[Listings]:
    table = SqliteTable(tmp_path_factory.mktemp("pages") / "table.db")
    runner.run(table.put_many([Put(listing_item(home, AT)) for home in homes]))
    yield Listings(table, lambda: AT)
    runner.run(table.close())


@settings(max_examples=150, deadline=None)
@given(
    parts=PARTS,
    order=st.builds(ListingOrder, field=st.sampled_from(ListingOrderField), descending=st.booleans()),
    first=st.integers(5, 25),
    data=st.data(),
)
def test_all_pages_together_are_the_listings_that_match_in_their_order(
    runner: asyncio.Runner,
    listings: Listings,
    homes: list[Listing],
    parts: dict[str, Any],
    order: ListingOrder,
    first: int,
    data: st.DataObject,
) -> None:
    wanted = ListingFilter(**parts)
    matching = [home for home in homes if holds(home, wanted)]
    expected = sorted(matching, key=lambda one: place(one, order.field), reverse=order.descending)

    async def page(after: str | None) -> Page[Listing]:
        return await listings.page("alice", wanted, order, PageRequest(first, after))

    async def walk() -> tuple[list[Listing], list[str]]:
        found: list[Listing] = []
        cursors: list[str] = []
        after, more = None, True
        while more:
            part = await page(after)
            after, more = part.end, part.more
            found += part.items
            cursors += part.cursors
            assert len(part.items) == first or not more
        return found, cursors

    found, cursors = runner.run(walk())
    assert found == expected
    if cursors:
        number = data.draw(st.integers(0, len(cursors) - 1))
        following = runner.run(page(cursors[number]))
        assert following.items == expected[number + 1 :][:first]
