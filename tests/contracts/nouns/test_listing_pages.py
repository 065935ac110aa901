"""Pages of listings: in every order, by every filter, by cursors that stay where they are."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from adapters.tables.repositories import Repositories
from domain.entities.common import PageRequest
from domain.entities.listing import (
    Address,
    BoundingBox,
    Listing,
    ListingFilter,
    ListingOrder,
    ListingOrderField,
    ListingStatus,
    Takedown,
)
from domain.errors import Invalid
from domain.ports import ListingSave
from tests.contracts.nouns.conftest import Now
from tests.contracts.nouns.make import a_listing, created

EVERYTHING = ListingFilter()
BY_PRICE = ListingOrder(field=ListingOrderField.PRICE, descending=False)


async def ids(nouns: Repositories, filter: ListingFilter = EVERYTHING, **more: Any) -> list[str]:
    page = await nouns.listings.page("alice", filter, more.get("order", BY_PRICE), PageRequest(first=100))
    return [listing.id for listing in page.items]


async def test_all_orders_hold_homes_without_the_value_as_the_lowest(nouns: Repositories, now: Now) -> None:
    values: list[tuple[str, Decimal | None, date | None]] = [
        ("a", Decimal(900), date(2026, 1, 2)),
        ("b", None, date(2025, 12, 31)),
        ("c", Decimal("1000.50"), None),
        ("d", Decimal("1000.49"), date(2026, 1, 10)),
        ("e", Decimal(0), None),
    ]
    for id, price, listed in values:
        await created(nouns, a_listing(id, price=price, list_date=listed))
        now.pass_by(milliseconds=1)
    expected = {
        ListingOrderField.PRICE: "beadc",
        ListingOrderField.LISTED: "cebad",
        ListingOrderField.UPDATED: "abcde",
    }
    for field, order in expected.items():
        rising = await ids(nouns, order=ListingOrder(field=field, descending=False))
        falling = await ids(nouns, order=ListingOrder(field=field, descending=True))
        assert "".join(rising) == order
        assert "".join(falling) == order[::-1]


async def test_an_update_moves_a_home_in_its_orders(nouns: Repositories, now: Now) -> None:
    one, _ = await created(nouns, a_listing("a", price=Decimal(1)), a_listing("b", price=Decimal(2)))
    now.pass_by(seconds=1)
    dearer = replace(one, facts=replace(one.facts, price=Decimal(3)))
    saved = await nouns.listings.update(ListingSave(listing=dearer))
    assert await ids(nouns) == ["b", "a"]
    assert await ids(nouns, order=ListingOrder()) == ["a", "b"]
    await nouns.listings.update(ListingSave(listing=replace(saved, facts=replace(saved.facts, price=None))))
    assert await ids(nouns) == ["a", "b"]
    assert await ids(nouns, ListingFilter(max_price=Decimal(10))) == ["b"]


async def test_pages_follow_each_other_without_a_gap(nouns: Repositories) -> None:
    expected = [f"h{n:02d}" for n in range(25)]
    await created(nouns, *[a_listing(id, price=Decimal(7)) for id in expected])
    found: list[str] = []
    after = None
    while True:
        page = await nouns.listings.page("alice", EVERYTHING, BY_PRICE, PageRequest(first=10, after=after))
        found += [listing.id for listing in page.items]
        assert page.end == page.cursors[-1]
        if not page.more:
            break
        after = page.end
    assert found == expected
    from_within = await nouns.listings.page(
        "alice", EVERYTHING, BY_PRICE, PageRequest(first=3, after=page.cursors[1])
    )
    assert [listing.id for listing in from_within.items] == ["h22", "h23", "h24"]


HOMES: dict[str, Listing] = {
    "cheap": a_listing(
        "cheap",
        price=Decimal("100000.00"),
        bedrooms=1,
        bathrooms=1,
        square_feet=500.0,
        property_type="Condo",
        address=Address(street="1 Elm Street", city="AUSTIN", zip_code="78701"),
        latitude=30.0,
        longitude=-97.0,
        list_date=date(2026, 1, 1),
        description="A cosy pied-à-terre in the Große Straße",
    ),
    "dear": a_listing(
        "dear",
        price=Decimal("900000.99"),
        bedrooms=5,
        bathrooms=4,
        square_feet=4200.25,
        property_type="Residential",
        address=Address(street="9 Oak Lane", city="Dallas", zip_code="75001-1234"),
        latitude=32.0,
        longitude=-96.0,
        list_date=date(2026, 6, 1),
        status=ListingStatus.SOLD,
        publishable=False,
        takedown=Takedown.SOLD,
        connection_id="c2",
    ),
    "fiji": a_listing(
        "fiji",
        price=Decimal("200000"),
        latitude=-17.0,
        longitude=179.5,
        address=Address(city="Suva"),
        connection_id=None,
    ),
    "samoa": a_listing("samoa", price=Decimal("300000"), latitude=-14.0, longitude=-171.8),
    "bare": a_listing("bare", listing_key=None, mls_number=None),
}


def box(south: float, west: float, north: float, east: float) -> BoundingBox:
    return BoundingBox(south=south, west=west, north=north, east=east)


FILTERS: list[tuple[dict[str, Any], str]] = [
    ({}, "bare cheap fiji samoa dear"),
    ({"statuses": (ListingStatus.SOLD, ListingStatus.EXPIRED)}, "dear"),
    ({"connection_id": "c2"}, "dear"),
    ({"property_types": ("CONDO",)}, "cheap"),
    ({"cities": ("austin", "Suva")}, "cheap fiji"),
    ({"cities": ("SU\u0301VA",)}, "fiji"),
    ({"zip_codes": ("75001",)}, "dear"),
    ({"zip_codes": ("78701-9999", "75001-1234")}, "cheap dear"),
    ({"zip_codes": ("750",)}, ""),
    ({"min_price": Decimal("0")}, "cheap fiji samoa dear"),
    ({"min_price": Decimal("-5")}, "cheap fiji samoa dear"),
    ({"min_price": Decimal("100000.001")}, "fiji samoa dear"),
    ({"max_price": Decimal("100000.00")}, "cheap"),
    ({"max_price": Decimal("99999.999")}, ""),
    ({"max_price": Decimal("-1")}, ""),
    ({"max_price": Decimal("9e29")}, "cheap fiji samoa dear"),
    ({"min_price": Decimal("9e29")}, ""),
    ({"min_price": Decimal(5), "max_price": Decimal(4)}, ""),
    ({"min_price": Decimal("900000.99"), "max_price": Decimal("900000.99")}, "dear"),
    ({"min_bedrooms": 2}, "dear"),
    ({"min_bedrooms": -3}, "cheap dear"),
    ({"min_bathrooms": 1}, "cheap dear"),
    ({"min_square_feet": 500.0, "max_square_feet": 500.0}, "cheap"),
    ({"min_square_feet": -1.0}, "cheap dear"),
    ({"max_square_feet": 4200.25}, "cheap dear"),
    ({"max_square_feet": 1e300}, "cheap dear"),
    ({"text": "oak"}, "dear"),
    ({"text": "ELM austin"}, "cheap"),
    ({"text": "elm oak"}, ""),
    ({"text": "n-samoa"}, "samoa"),
    ({"text": "pied-a-terre"}, "cheap"),
    ({"text": "PIED-À-TERRE"}, "cheap"),
    ({"text": "pied-a\u0300 grosse"}, "cheap"),
    ({"text": "a b c d e f g h nowhere"}, ""),
    ({"text": "1 elm street austin 78701 n-cheap condo cosy nowhere"}, "cheap"),
    ({"text": "   "}, "bare cheap fiji samoa dear"),
    ({"text": "oak\0 \ud800"}, "dear"),
    ({"publishable": False}, "dear"),
    ({"publishable": True, "min_bedrooms": 1}, "cheap"),
    ({"listed_from": date(2026, 1, 2)}, "dear"),
    ({"listed_to": date(2026, 1, 1)}, "cheap"),
    ({"listed_from": date(2026, 2, 1), "listed_to": date(2026, 1, 1)}, ""),
    ({"listed_from": date.min, "listed_to": date.max}, "cheap dear"),
    ({"bounding_box": box(29.9, -97.1, 30.1, -96.9)}, "cheap"),
    ({"bounding_box": box(30, -97, 30, -97)}, "cheap"),
    ({"bounding_box": box(-90, -180, 90, 180)}, "cheap fiji samoa dear"),
    ({"bounding_box": box(-100, -700, 100, 20)}, "cheap fiji samoa dear"),
    ({"bounding_box": box(-20, 170, 0, -170)}, "fiji samoa"),
    ({"bounding_box": box(-20, 170, 0, 190)}, "fiji samoa"),
    ({"bounding_box": box(-20, -190, 0, -170)}, "fiji samoa"),
    ({"bounding_box": box(-20, 530, 0, 550)}, "fiji samoa"),
    ({"bounding_box": box(-20, 179.6, 0, -170)}, "samoa"),
    ({"bounding_box": box(10, -180, -10, 180)}, ""),
    ({"bounding_box": box(-1e308, -1e308, 1e308, 1e308)}, "cheap fiji samoa dear"),
    (
        {
            "statuses": (ListingStatus.ACTIVE,),
            "connection_id": "c1",
            "property_types": ("condo",),
            "min_price": Decimal(1),
            "max_price": Decimal(1_000_000),
            "min_bedrooms": 1,
            "min_bathrooms": 1,
            "min_square_feet": 1.0,
            "max_square_feet": 1_000.0,
            "cities": ("Austin",),
            "zip_codes": ("78701",),
            "text": "a cosy 1 elm street austin condo n-cheap",
            "bounding_box": box(0, -100, 90, 0),
            "publishable": True,
            "listed_from": date(2025, 1, 1),
            "listed_to": date(2027, 1, 1),
        },
        "cheap",
    ),
]


async def test_every_filter_in_every_order(nouns: Repositories) -> None:
    await created(nouns, *HOMES.values())
    for filter, expected in FILTERS:
        assert await ids(nouns, ListingFilter(**filter)) == expected.split(), filter
        for order in (ListingOrderField.LISTED, ListingOrderField.UPDATED):
            found = await ids(nouns, ListingFilter(**filter), order=ListingOrder(field=order))
            assert sorted(found) == sorted(expected.split()), (filter, order)


async def test_filters_that_cannot_be_are_invalid(nouns: Repositories) -> None:
    await created(nouns, *HOMES.values())
    wrong: list[dict[str, Any]] = [
        {"min_price": Decimal("NaN")},
        {"bounding_box": box(0, 0, 1, float("inf"))},
        {"cities": tuple(f"city {n}" for n in range(101))},
    ]
    for filter in wrong:
        with pytest.raises(Invalid):
            await ids(nouns, ListingFilter(**filter))


async def test_the_same_filter_in_other_words_takes_the_cursor(nouns: Repositories) -> None:
    await created(nouns, *HOMES.values())
    there = ListingFilter(
        cities=("Austin", "Dallas", "Suva"), statuses=(ListingStatus.ACTIVE, ListingStatus.SOLD)
    )
    first = await nouns.listings.page("alice", there, BY_PRICE, PageRequest(first=1))
    again = ListingFilter(
        cities=("SUVA", "austin", "Dallas"), statuses=(ListingStatus.SOLD, ListingStatus.ACTIVE)
    )
    rest = await nouns.listings.page("alice", again, BY_PRICE, PageRequest(after=first.end))
    assert [one.id for one in (*first.items, *rest.items)] == ["cheap", "fiji", "dear"]


async def test_a_cursor_belongs_to_its_query(nouns: Repositories) -> None:
    await created(nouns, *HOMES.values())
    across = ListingFilter(bounding_box=box(-20, 170, 0, -170))
    page = await nouns.listings.page("alice", EVERYTHING, BY_PRICE, PageRequest(first=2))
    assert page.end is not None
    falling = replace(BY_PRICE, descending=True)
    others: list[tuple[str, ListingFilter, ListingOrder]] = [
        ("bob", EVERYTHING, BY_PRICE),
        ("alice", ListingFilter(min_bedrooms=1), BY_PRICE),
        ("alice", across, BY_PRICE),
        ("alice", EVERYTHING, falling),
        ("alice", EVERYTHING, ListingOrder()),
    ]
    for user_id, filter, order in others:
        with pytest.raises(Invalid) as raised:
            await nouns.listings.page(user_id, filter, order, PageRequest(after=page.end))
        assert raised.value.field == ("after",)


async def test_forged_cursors_are_refused(nouns: Repositories) -> None:
    await created(nouns, *HOMES.values())
    page = await nouns.listings.page("alice", EVERYTHING, BY_PRICE, PageRequest(first=1))
    mark = (page.end or "").partition(".")[0]
    for forged in (
        "",
        ".",
        "x",
        "é",
        f"{mark}.",
        f"{mark}.%%%",
        f"{mark}.AA\0",
        page.end[1:] if page.end else "",
    ):
        with pytest.raises(Invalid):
            await nouns.listings.page("alice", EVERYTHING, BY_PRICE, PageRequest(after=forged))


@pytest.mark.parametrize("falling", [False, True])
async def test_a_walk_goes_on_while_listings_come_go_and_move(nouns: Repositories, falling: bool) -> None:
    """What stays where it is comes exactly once, whatever happens around it, the last one seen included."""
    order = replace(BY_PRICE, descending=falling)
    homes = {one.id: one for one in await created(nouns, *[priced(f"h{n}", 10 + n // 3) for n in range(9)])}
    expected = [[f"h{n}" for n in range(9)], [f"h{n}" for n in reversed(range(9))]][falling]
    first = await nouns.listings.page("alice", EVERYTHING, order, PageRequest(first=4))
    seen = [one.id for one in first.items]
    assert seen == expected[:4]

    last, ahead = seen[-1], expected[6]
    await nouns.listings.delete(homes[last], changes=[], ask=[])
    await created(nouns, priced("behind", 99 if falling else 1), priced(f"{last}x", 10 + int(last[1]) // 3))
    moved = replace(homes[ahead], facts=replace(homes[ahead].facts, price=None if falling else Decimal(50)))
    await nouns.listings.update(ListingSave(listing=moved))

    rest = await nouns.listings.page("alice", EVERYTHING, order, PageRequest(after=first.end))
    between = [] if falling else [f"{last}x"]
    stayed = [id for id in expected[4:] if id != ahead]
    assert [one.id for one in rest.items] == [*between, *stayed, ahead]
    assert not rest.more


def priced(id: str, price: int) -> Listing:
    return a_listing(id, price=Decimal(price))


@pytest.mark.parametrize("falling", [False, True])
async def test_equals_and_homes_without_the_value_come_page_by_page(
    nouns: Repositories, falling: bool
) -> None:
    """By price and by day, half of them without either; at this moment all were updated, so by update too."""
    dated = [a_listing(f"h{n}", price=Decimal(7), list_date=date(2026, 1, 1)) for n in range(4, 8)]
    await created(nouns, *[a_listing(f"h{n}") for n in range(4)], *dated)
    for field in ListingOrderField:
        order = ListingOrder(field=field, descending=falling)
        found: list[str] = []
        page = await nouns.listings.page("alice", EVERYTHING, order, PageRequest(first=3))
        found += [one.id for one in page.items]
        while page.more:
            page = await nouns.listings.page("alice", EVERYTHING, order, PageRequest(first=3, after=page.end))
            found += [one.id for one in page.items]
        assert found == sorted(found, reverse=falling)
        assert len(found) == 8
