"""Listings that their owner takes out of the synchronization, and brings back."""

import pytest

from domain.entities.common import PageRequest
from domain.entities.intent import IntentKind
from domain.entities.listing import Listing, ListingFacts, ListingStatus, Takedown
from domain.errors import Conflict, NotFound
from domain.use_cases.excluding import set_listing_sync
from domain.use_cases.listings import create_listing, update_listing
from domain.use_cases.publishing import publish_post
from tests.scenarios.looks import key_of
from tests.world import World
from tests.world.steps import (
    connect,
    import_all,
    link_facebook,
    publish,
    publishable,
    sync,
    the_listing,
)
from tests.world.world import USER


async def exclude(world: World, listing: Listing, excluded: bool = True) -> Listing:
    return await set_listing_sync(world.ports, user_id=USER, listing_id=listing.id, excluded=excluded)


async def test_an_excluded_listing_loses_its_posts_and_gets_none(world: World) -> None:
    connection = await connect(world)
    await import_all(world, connection)
    accounts = await link_facebook(world)
    home = await publishable(world)
    await publish(world, home, accounts[0])
    assert len(world.sandboxes.live_posts()) == 1

    left_out = await exclude(world, home)
    await world.work()

    assert (left_out.excluded_from_sync, left_out.publishable) == (True, False)
    assert left_out.takedown is Takedown.EXCLUDED
    assert left_out.status is ListingStatus.ACTIVE
    assert world.sandboxes.live_posts() == []
    with pytest.raises(Conflict):
        await publish_post(
            world.ports, user_id=USER, listing_id=home.id, account_ids=(accounts[0].id,), idempotency_key="x"
        )


async def test_the_mls_is_not_heard_until_the_listing_is_taken_in_again(world: World) -> None:
    connection = await connect(world)
    await import_all(world, connection)
    home = await publishable(world)
    await exclude(world, home)
    world.sandboxes.change(key_of(home), ListPrice=4321)

    run = await sync(world, connection)
    assert (run.counters.skipped, run.counters.successful_imports) == (1, 0)
    assert (await the_listing(world, home)).facts.price == home.facts.price

    taken_in = await exclude(world, home, False)
    assert (taken_in.excluded_from_sync, taken_in.takedown, taken_in.publishable) == (False, None, False)
    await world.work()
    restored = await the_listing(world, home)
    assert (str(restored.facts.price), restored.publishable) == ("4321.00", True)
    assert restored.takedown is None


async def test_a_home_that_was_sold_meanwhile_is_never_for_sale_again(world: World) -> None:
    connection = await connect(world)
    await import_all(world, connection)
    home = await publishable(world)
    await exclude(world, home)
    world.sandboxes.change(key_of(home), StandardStatus="Closed")
    await sync(world, connection)

    taken_in = await exclude(world, home, False)
    assert not taken_in.publishable
    await world.work()
    sold = await the_listing(world, home)
    assert (sold.status, sold.takedown, sold.publishable) == (ListingStatus.SOLD, Takedown.SOLD, False)


async def test_a_sold_home_stays_sold_through_an_exclusion(world: World) -> None:
    connection = await connect(world)
    await import_all(world, connection)
    home = await publishable(world)
    world.sandboxes.change(key_of(home), StandardStatus="Closed")
    await sync(world, connection)

    assert (await exclude(world, home)).takedown is Takedown.EXCLUDED
    assert (await exclude(world, home, False)).takedown is Takedown.SOLD


async def test_a_local_edit_does_not_open_an_excluded_listing_to_posts(world: World) -> None:
    connection = await connect(world)
    await import_all(world, connection)
    home = await publishable(world)
    await exclude(world, home)
    for status in ("PENDING", "ACTIVE"):
        edited = await update_listing(
            world.ports, user_id=USER, listing_id=home.id, changes={"status": status}
        )
        assert (edited.status, edited.publishable) == (status, False)
        assert edited.takedown is Takedown.EXCLUDED


async def test_asking_twice_changes_nothing(world: World) -> None:
    connection = await connect(world)
    await import_all(world, connection)
    home = await publishable(world)

    first = await exclude(world, home)
    assert await exclude(world, home) == await the_listing(world, home) == first
    await exclude(world, home, False)
    await world.work()
    again = await the_listing(world, home)
    assert await exclude(world, home, False) == again
    assert await world.eyes.intents.get(IntentKind.RESTORE, home.id) is None

    trail = (await world.eyes.changes.of_listing(USER, home.id, PageRequest(50))).items
    told = [(line.field, line.old, line.new) for line in trail if line.source == "USER"]
    assert told == [("excluded_from_sync", "true", "false"), ("excluded_from_sync", "false", "true")]


async def test_only_ones_own_listings_that_come_from_an_mls(world: World) -> None:
    manual = await create_listing(
        world.ports, user_id=USER, facts=ListingFacts(), status=ListingStatus.ACTIVE
    )
    with pytest.raises(Conflict):
        await exclude(world, manual)
    with pytest.raises(NotFound):
        await set_listing_sync(world.ports, user_id="other", listing_id=manual.id, excluded=True)
