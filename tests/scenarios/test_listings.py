"""Listings by the user's own hand: created, edited, restored by the MLS, deleted."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from domain.entities.change import ChangeSource, ListingChangeKind
from domain.entities.common import PageRequest
from domain.entities.listing import Address, Listing, ListingFacts, ListingStatus, Takedown
from domain.entities.post import PostState
from domain.errors import Conflict, Invalid
from domain.use_cases.listings import create_listing, delete_listing, update_listing
from domain.use_cases.runs import sync_listing_status
from tests.world import World
from tests.world.steps import (
    connect,
    import_all,
    link_facebook,
    publish,
    publishable,
    the_listing,
    the_post,
)
from tests.world.world import USER

FACTS = ListingFacts(price=Decimal("350000.00"), bedrooms=3, address=Address(city="Austin"))


async def create(world: World, status: ListingStatus = ListingStatus.ACTIVE) -> Listing:
    return await create_listing(world.ports, user_id=USER, facts=FACTS, status=status)


async def update(world: World, home: Listing, **changes: Any) -> Listing:
    return await update_listing(world.ports, user_id=USER, listing_id=home.id, changes=changes)


async def trail(world: World, home: Listing) -> list[tuple[str, str | None, str]]:
    """Kinds, fields and sources, oldest first."""
    page = await world.eyes.changes.of_listing(USER, home.id, PageRequest(100))
    return [(change.kind, change.field, change.source) for change in reversed(page.items)]


@pytest.mark.parametrize(
    ("status", "publishable", "takedown"),
    [
        (ListingStatus.ACTIVE, True, None),
        (ListingStatus.PENDING, False, None),
        (ListingStatus.SOLD, False, Takedown.SOLD),
        (ListingStatus.EXPIRED, False, Takedown.EXPIRED),
    ],
)
async def test_a_listing_of_ones_own(
    world: World, status: ListingStatus, publishable: bool, takedown: Takedown | None
) -> None:
    home = await create(world, status)
    assert (home.mls_provider, home.connection_id, home.locally_edited) == ("manual", None, False)
    assert (home.status, home.publishable, home.takedown) == (status, publishable, takedown)
    assert await the_listing(world, home) == home
    assert await trail(world, home) == [("CREATED", "status", "USER")]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"price": Decimal(-1)}, "price"),
        ({"bedrooms": -1}, "bedrooms"),
        ({"latitude": 91.0}, "latitude"),
        ({"longitude": -181.0}, "longitude"),
    ],
)
async def test_facts_that_cannot_be_change_nothing(world: World, wrong: dict[str, Any], field: str) -> None:
    home = await create(world)
    with pytest.raises(Invalid) as caught:
        await update(world, home, **wrong)
    assert caught.value.field == (field,)
    with pytest.raises(Invalid):
        await create_listing(
            world.ports, user_id=USER, facts=ListingFacts(**wrong), status=ListingStatus.ACTIVE
        )
    assert await the_listing(world, home) == home


async def test_an_edit_that_says_the_same_writes_nothing(world: World) -> None:
    home = await create(world)
    assert await update(world, home, city="Austin", bedrooms=3) == home
    assert await trail(world, home) == [("CREATED", "status", "USER")]


async def test_an_edit_of_a_listing_of_ones_own_stays(world: World) -> None:
    home = await create(world)
    edited = await update(world, home, price=Decimal("340000.00"), city="Round Rock")
    await world.work()
    assert await the_listing(world, home) == edited
    assert not edited.locally_edited
    assert await trail(world, home) == [
        ("CREATED", "status", "USER"),
        ("PRICE_CHANGED", "price", "USER"),
        ("CHANGED", "city", "USER"),
    ]


async def test_a_hundred_edits_at_once_lose_nothing(world: World) -> None:
    home = await create(world)
    await asyncio.gather(*(update(world, home, bedrooms=number) for number in range(100, 200)))
    assert (await the_listing(world, home)).version == home.version + 100


async def test_the_mls_undoes_an_edit_and_the_trail_shows_both(world: World) -> None:
    await import_all(world, await connect(world))
    home = await publishable(world)
    edited = await update(world, home, price=Decimal(1), status="PENDING")
    assert (edited.locally_edited, edited.status, edited.publishable) == (True, "PENDING", False)
    await world.work()

    restored = await the_listing(world, home)
    assert restored.facts == home.facts
    assert (restored.status, restored.publishable, restored.locally_edited) == ("ACTIVE", True, False)
    by_user = [(kind, field) for kind, field, source in await trail(world, home) if source == "USER"]
    by_mls = [(kind, field) for kind, field, source in await trail(world, home) if source == ChangeSource.MLS]
    assert sorted(by_user, key=str) == [("PRICE_CHANGED", "price"), ("STATUS_CHANGED", "status")]
    assert (ListingChangeKind.RESTORED, "status") in by_mls
    assert (ListingChangeKind.RESTORED, "price") in by_mls


async def test_an_edit_to_sold_takes_the_posts_down(world: World) -> None:
    _, accounts = await import_all(world, await connect(world)), await link_facebook(world)
    home = await create(world)
    (post,) = await publish(world, home, accounts[0])
    await update(world, home, status="SOLD")
    await world.work()
    assert (await the_post(world, post)).state is PostState.UNPUBLISHED


async def test_a_listing_of_ones_own_cannot_be_synced(world: World) -> None:
    home = await create(world)
    with pytest.raises(Conflict, match="does not come from an MLS"):
        await sync_listing_status(world.ports, user_id=USER, listing_id=home.id)


async def test_a_deleted_listing_is_gone_and_its_trail_stays(world: World) -> None:
    home = await create(world)
    assert await delete_listing(world.ports, user_id=USER, listing_id=home.id) == home.id
    await world.work()
    assert await world.eyes.listings.get(USER, home.id) is None
    assert await trail(world, home) == [("CREATED", "status", "USER"), ("DELETED", None, "USER")]
