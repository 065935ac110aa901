"""News of a home that come in any order, and many hands at the same listing."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from itertools import permutations
from typing import Any

from domain.entities.common import PageRequest
from domain.entities.listing import Listing, ListingFacts, ListingStatus, Takedown
from domain.entities.mls import MlsRecord
from domain.use_cases.listings import create_listing, update_listing
from tests.scenarios.hand_mls import LONG_AGO, a_row, connect_by_hand
from tests.world import World
from tests.world.steps import import_all, listings
from tests.world.world import USER

UPDATES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("Active", {"price": Decimal(500_000), "bedrooms": 3}),
    ("Active", {"price": Decimal(480_000), "bedrooms": 3}),
    ("Pending", {"price": Decimal(480_000), "bedrooms": 4}),
    ("Active", {"price": Decimal(475_000), "bedrooms": 4}),
    ("Closed", {"price": Decimal(470_000), "bedrooms": 4, "close_price": Decimal(465_000)}),
)
HANDS = 100


def _update(home: int, number: int) -> MlsRecord:
    status, facts = UPDATES[number]
    return a_row(f"K{home:03}", status, at=LONG_AGO + timedelta(hours=number), **facts)


def _end(listing: Listing) -> tuple[Any, ...]:
    facts = replace(listing.facts, listing_key=None, mls_number=None)
    return facts, listing.status, listing.publishable, listing.takedown


async def test_in_all_120_orders_five_updates_end_in_the_same_state(world: World) -> None:
    """Each order is that of a home; the oldest news of some come when the home has long been sold."""
    orders = list(permutations(range(len(UPDATES))))
    hand, connection = await connect_by_hand(world)
    hand.page_size = len(orders)

    for turn in range(len(UPDATES)):
        hand.put(*(_update(home, order[turn]) for home, order in enumerate(orders)))
        await import_all(world, connection)

    found = await listings(world)
    first, *others = [_end(listing) for listing in found]
    assert len(found) == len(orders) == 120
    assert [end for end in others if end != first] == []
    assert first[1:4] == (ListingStatus.SOLD, False, Takedown.SOLD)
    assert first[0].price == Decimal(470_000)


async def test_a_hundred_edits_at_once_are_a_hundred_versions(world: World) -> None:
    made = await create_listing(
        world.ports, user_id=USER, facts=ListingFacts(description="A home."), status=ListingStatus.ACTIVE
    )

    async def edit(number: int) -> None:
        changes = {"bedrooms": number + 1}
        await update_listing(world.ports, user_id=USER, listing_id=made.id, changes=changes)

    await asyncio.gather(*(edit(number) for number in range(HANDS)))

    (listing,) = await listings(world)
    assert listing.version == made.version + HANDS
    newest = await world.eyes.changes.of_listing(USER, made.id, PageRequest(100))
    oldest = await world.eyes.changes.of_listing(USER, made.id, PageRequest(100, newest.end))
    edits = [change.new for change in (*newest.items, *oldest.items) if change.field == "bedrooms"]
    assert sorted(edits, key=str) == sorted(map(str, range(1, HANDS + 1)))
