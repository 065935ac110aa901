"""A home that is listed again, under another number, follows its earlier listing."""

import itertools
from datetime import timedelta
from typing import Any

import pytest

from domain.entities.common import PageRequest
from domain.entities.listing import Listing
from domain.entities.mls_connection import MlsConnection
from domain.entities.post import PostState
from domain.use_cases.listings import delete_listing
from domain.use_cases.runs import import_mls_listings
from tests.scenarios.looks import homes_by_key, key_of
from tests.scenarios.other_mls import drop
from tests.world import World
from tests.world.steps import connect, import_all, link_facebook, publish, publishable, sync, the_post
from tests.world.world import USER

HOUSE = {
    "StreetNumber": "77",
    "StreetDirPrefix": None,
    "StreetName": "Relisted",
    "StreetSuffix": "Lane",
    "StreetDirSuffix": None,
    "UnitNumber": None,
    "City": "Salem",
    "PostalCode": "97301",
    "PropertyType": "Residential",
}
LISTED = ["2026-01-10", "2026-04-10", "2026-07-10"]


def relist(world: World, *numbers: int, **fields: Any) -> list[str]:
    """Let homes of the MLS, by their place in it, be listings of one house, in this order; answers the keys."""
    homes = world.sandboxes.homes()
    for number, day in zip(numbers, LISTED, strict=False):
        world.sandboxes.change(homes[number]["key"], ListingContractDate=day, **{**HOUSE, **fields})
    return [homes[number]["key"] for number in numbers]


async def chain(world: World, *keys: str) -> list[str | None]:
    """For each key that of its listing's predecessor."""
    homes = await homes_by_key(world)
    by_id = {home.id: key for key, home in homes.items()}
    return [by_id.get(homes[key].predecessor_id or "") for key in keys]


async def relistings(world: World, home: Listing) -> list[tuple[str | None, str | None]]:
    page = await world.eyes.changes.of_listing(USER, home.id, PageRequest(100))
    return [(change.old, change.new) for change in page.items if change.kind == "RELISTED"]


async def import_numbers(world: World, connection: MlsConnection, *places: int) -> None:
    homes = world.sandboxes.homes()
    numbers = tuple(homes[place]["number"] for place in places)
    await import_mls_listings(world.ports, user_id=USER, connection_id=connection.id, mls_numbers=numbers)
    await world.work()


async def test_a_new_number_follows_the_old_one(world: World) -> None:
    connection = await connect(world)
    old, new = relist(world, 1, 2)
    await import_numbers(world, connection, 1)
    await import_numbers(world, connection, 2)
    assert await chain(world, old, new) == [None, old]
    homes = await homes_by_key(world)
    numbers = (homes[old].facts.mls_number, homes[new].facts.mls_number)
    assert await relistings(world, homes[new]) == [numbers]
    assert await relistings(world, homes[old]) == []


async def test_another_spelling_is_the_same_house(world: World) -> None:
    connection = await connect(world)
    old, new = relist(world, 1, 2)
    world.sandboxes.change(new, StreetSuffix="Ln.", StreetName="RELISTED", PostalCode="97301-0001")
    await import_all(world, connection)
    assert await chain(world, old, new) == [None, old]


@pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3])))
async def test_three_listings_of_a_house_in_whatever_order_they_come(
    world: World, order: tuple[int, ...]
) -> None:
    connection = await connect(world)
    first, second, third = relist(world, 1, 2, 3)
    for place in order:
        await import_numbers(world, connection, place)
    assert await chain(world, first, second, third) == [None, first, second]
    homes = await homes_by_key(world)
    assert await relistings(world, homes[first]) == []
    last = (homes[second].facts.mls_number, homes[third].facts.mls_number)
    assert (await relistings(world, homes[third]))[0] == last


@pytest.mark.parametrize("places", [(1, 2), (2, 1), (1, 2, 3), (3, 1, 2), (2, 3, 1), (3, 2, 1)])
async def test_both_orders_within_one_import(world: World, places: tuple[int, ...]) -> None:
    keys = relist(world, *places)
    await import_all(world, await connect(world))
    assert await chain(world, *keys) == [None, *keys[:-1]]


@pytest.mark.parametrize(
    "fields",
    [
        {"UnitNumber": "2"},
        {"City": "Keizer"},
        {"PostalCode": "97302"},
        {"PropertyType": "Residential Lease"},
        {"StreetNumber": "78"},
    ],
)
async def test_what_is_another_home_is_not_linked(world: World, fields: dict[str, str]) -> None:
    old, new = relist(world, 1, 2)
    world.sandboxes.change(new, **fields)
    await import_all(world, await connect(world))
    assert await chain(world, old, new) == [None, None]


async def test_what_is_known_already_is_linked_to_nothing_again(world: World) -> None:
    connection = await connect(world)
    old, new = relist(world, 1, 2)
    await import_all(world, connection)
    before = await homes_by_key(world)
    world.sandboxes.change(old, ListPrice=1_234)
    world.sandboxes.change(new, ListPrice=1_235)
    await sync(world, connection)
    assert await chain(world, old, new) == [None, old]
    assert len(await relistings(world, before[new])) == 1


async def test_an_earlier_listing_that_was_deleted_is_nobodys_predecessor(world: World) -> None:
    connection = await connect(world)
    old, new = relist(world, 1, 2)
    await import_numbers(world, connection, 1)
    home = (await homes_by_key(world))[old]
    await delete_listing(world.ports, user_id=USER, listing_id=home.id)
    await import_numbers(world, connection, 2)
    assert (await homes_by_key(world))[new].predecessor_id is None


async def test_a_relisted_home_does_not_leave_the_old_listing_active(world: World) -> None:
    """Many MLSs drop the old number without a word; its post would go on showing the old price."""
    connection = await connect(world)
    await import_all(world, connection)
    home = await publishable(world)
    accounts = await link_facebook(world)
    (post,) = await publish(world, home, accounts[0])
    address = home.facts.address
    other = next(
        one for one in world.sandboxes.homes() if one["status"] == "Active" and one["key"] != key_of(home)
    )
    street = {name: None for name in HOUSE if name.startswith("Street")}
    world.sandboxes.change(
        other["key"],
        **street,
        UnparsedAddress=address.street,
        UnitNumber=address.unit,
        City=address.city,
        StateOrProvince=address.state,
        PostalCode=address.zip_code,
    )
    drop(world, home)

    for _ in range(2):
        world.clock.move(26 * 60 * 60)
        await world.work(horizon=timedelta(minutes=1))

    homes = await homes_by_key(world)
    assert (homes[key_of(home)].status, homes[other["key"]].status) == ("EXPIRED", "ACTIVE")
    assert (await the_post(world, post)).state is PostState.UNPUBLISHED
