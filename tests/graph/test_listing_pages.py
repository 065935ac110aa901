"""`listings` as a frontend pages through it: orders, filters and cursors, and what is said of those that cannot be."""

import asyncio
import base64
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from domain.entities.listing import Address
from domain.ports import ListingSave, Ports
from tests.contracts.nouns.make import a_listing
from tests.graph import seeds
from tests.graph.client import Client
from tests.graph.server import GraphServer

DOCUMENT = """
query($f: ListingFilter, $o: ListingOrder, $first: Int, $after: String) {
  listings(filter: $f, orderBy: $o, first: $first, after: $after) {
    edges { cursor } nodes { mlsNumber } pageInfo { hasNextPage startCursor endCursor } } }
"""
MANY = 2_050
"""More than a page looks at."""


def page(client: Client, **asked: Any) -> tuple[list[str], dict[str, Any]]:
    """The numbers on a page, and its PageInfo."""
    found = client.ask(DOCUMENT, **asked)["listings"]
    return [node["mlsNumber"] for node in found["nodes"]], found["pageInfo"]


def walk(client: Client, **asked: Any) -> list[str]:
    """The numbers on all pages."""
    found, info = page(client, **asked)
    while info["hasNextPage"]:
        assert info["endCursor"] is not None
        more, info = page(client, **asked, after=info["endCursor"])
        found += more
    return found


def said(client: Client, **asked: Any) -> str:
    """What is said of an argument that cannot be."""
    answer = client.answer(DOCUMENT, **asked)
    [error] = answer["errors"]
    assert error["extensions"] == {"code": "BAD_USER_INPUT"}
    assert answer["data"] is None
    message: str = error["message"]
    return message


@pytest.fixture(scope="module")
def alice(graph: GraphServer) -> Iterator[Client]:
    """Has six homes: one with nothing, a pair at one price and day, one on each side of the date line."""
    client = Client(graph, "alice|pages")
    homes: list[tuple[str, dict[str, Any]]] = [
        ("bare", {"price": None, "list_date": None, "address": Address(), "bedrooms": None}),
        ("twin1", {"price": Decimal(200), "list_date": date(2026, 1, 2)}),
        ("twin2", {"price": Decimal(200), "list_date": date(2026, 1, 2)}),
        ("west", {"price": Decimal(100), "latitude": -14.0, "longitude": -171.8}),
        ("east", {"price": Decimal(300), "latitude": -17.0, "longitude": 179.5}),
        ("cafe", {"price": Decimal(400), "description": "Over the Café Große Freiheit"}),
    ]

    async def seed(ports: Ports) -> None:
        for number, facts in homes:
            await seeds.listing(ports, client.user, number=number, **facts)

    graph.do(seed)
    yield client
    client.close()


def by(field: str, direction: str = "ASC") -> dict[str, str]:
    return {"field": field, "direction": direction}


def test_orders_and_their_reverse_with_equals_and_homes_without_the_value(alice: Client) -> None:
    for field in ("PRICE", "LISTED", "UPDATED"):
        rising = walk(alice, o=by(field), first=2)
        assert walk(alice, o=by(field, "DESC"), first=2) == rising[::-1]
        assert len(set(rising)) == 6
        assert field == "UPDATED" or rising[0] == "bare"
    assert walk(alice) == walk(alice, o=by("UPDATED", "DESC"))
    rising = walk(alice, o=by("PRICE"))
    assert (rising[1], sorted(rising[2:4]), rising[4:]) == ("west", ["twin1", "twin2"], ["east", "cafe"])


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        (
            {"statuses": [], "cities": [], "zipCodes": [], "propertyTypes": []},
            "bare cafe east twin1 twin2 west",
        ),
        ({"text": None, "minPrice": None, "boundingBox": None}, "bare cafe east twin1 twin2 west"),
        ({"text": "CAFE grosse"}, "cafe"),
        ({"text": "cafe\u0301"}, "cafe"),
        (
            {"cities": ["salem"], "minPrice": "200", "maxPrice": "300", "listedFrom": "2026-01-02"},
            "east twin1 twin2",
        ),
        ({"zipCodes": ["97301-1234"], "maxPrice": "100.00"}, "west"),
        ({"boundingBox": {"south": -20, "west": 170, "north": 0, "east": -170}}, "east west"),
        ({"boundingBox": {"south": -20, "west": 170, "north": 0, "east": 190}}, "east west"),
        ({"boundingBox": {"south": -20, "west": -180, "north": 0, "east": -170}}, "west"),
        ({"minBedrooms": 0}, "cafe east twin1 twin2 west"),
        ({"statuses": ["SOLD"]}, ""),
    ],
)
def test_filters(alice: Client, filter: dict[str, Any], expected: str) -> None:
    assert sorted(walk(alice, f=filter, first=2)) == expected.split()


@pytest.mark.parametrize(
    ("filter", "expected"),
    [
        ({"minPrice": "2", "maxPrice": "1.99"}, "`minPrice` is greater than `maxPrice`."),
        ({"minSquareFeet": 2, "maxSquareFeet": 1}, "`minSquareFeet` is greater than `maxSquareFeet`."),
        ({"listedFrom": "2026-01-02", "listedTo": "2026-01-01"}, "`listedFrom` is greater than `listedTo`."),
        ({"boundingBox": {"south": 1, "west": 0, "north": 0, "east": 0}}, "`south` is greater than `north`."),
        ({"cities": ["Salem"] * 101}, "`cities` takes at most 100 values."),
    ],
)
def test_filters_that_nothing_can_pass_are_refused_in_their_own_words(
    alice: Client, filter: dict[str, Any], expected: str
) -> None:
    assert said(alice, f=filter) == expected


def test_a_cursor_belongs_to_its_user_order_and_filter(
    alice: Client, client_of: Callable[[str], Client]
) -> None:
    after = page(alice, o=by("PRICE"), first=1)[1]["endCursor"]
    mark, _, position = after.partition(".")
    others: list[dict[str, Any]] = [
        {"o": by("PRICE", "DESC")},
        {"o": by("LISTED")},
        {},
        {"o": by("PRICE"), "f": {"minPrice": "1"}},
        {"o": by("PRICE"), "f": {"boundingBox": {"south": 0, "west": 170, "north": 1, "east": -170}}},
    ]
    inside = base64.urlsafe_b64encode(b"\xff\xfe").decode()
    for asked in (
        *(other | {"after": after} for other in others),
        *({"o": by("PRICE"), "after": text} for text in (mark, position, f"{mark}.{inside}", f"{mark}.é")),
    ):
        assert said(alice, **asked) == "This is no cursor of this list."
    bob = client_of("bob")
    assert said(bob, o=by("PRICE"), after=after) == "This is no cursor of this list."
    assert len(page(alice, o=by("PRICE"), after=after)[0]) == 5


def test_few_of_many_come_with_short_pages_that_say_that_there_is_more(
    client_of: Callable[[str], Client],
) -> None:
    """The two that match are the oldest, behind more homes than a page looks at."""
    carol = client_of("carol")

    async def seed(ports: Ports) -> None:
        for number in ("rare1", "rare2"):
            await seeds.listing(ports, carol.user, number=number, bedrooms=9, price=Decimal(7))
        others = (a_listing(f"home-{n}", carol.user, bedrooms=1, price=Decimal(100)) for n in range(MANY))
        await asyncio.gather(*(ports.listings.create(ListingSave(listing=one)) for one in others))

    carol.server.do(seed)
    wanted = {"minBedrooms": 9}
    numbers, info = page(carol, f=wanted)
    assert (numbers, info["hasNextPage"], info["startCursor"]) == ([], True, None)
    numbers, info = page(carol, f=wanted, after=info["endCursor"])
    assert (numbers, info["hasNextPage"]) == (["rare2", "rare1"], False)
    narrowed = wanted | {"maxPrice": "99"}
    numbers, info = page(carol, f=narrowed, o=by("PRICE"))
    assert (sorted(numbers), info["hasNextPage"]) == (["rare1", "rare2"], False)
