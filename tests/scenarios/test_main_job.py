"""From the MLS to a post, and down again when the home is sold."""

from dataclasses import replace

from domain.entities.change import ListingChangeKind
from domain.entities.common import PageRequest
from domain.entities.listing import ListingStatus, PhotoState, Takedown
from domain.entities.post import PostState
from domain.entities.sync_run import SyncRunState
from domain.use_cases.runs import sync_listing_status
from domain.use_cases.unpublishing import unpublish_listing_posts, unpublish_post
from tests.world import World
from tests.world.fixtures import storage_on_both
from tests.world.steps import (
    connect,
    import_all,
    link_facebook,
    listings,
    publish,
    publishable,
    sync,
    the_listing,
    the_post,
    the_run,
)
from tests.world.world import USER

storage = storage_on_both


async def test_an_import_brings_every_home_with_its_photos(world: World) -> None:
    run = await import_all(world, await connect(world))

    homes = world.sandboxes.homes()
    found = await listings(world)
    stored = [photo for listing in found for photo in listing.photos]
    assert run.state is SyncRunState.SUCCEEDED
    assert run.counters.processed == len(homes)
    assert run.counters.successful_imports == len(found)
    assert run.counters.successful_imports + run.counters.skipped == len(homes)
    assert {photo.state for photo in stored} == {PhotoState.STORED}
    assert run.counters.photos_stored == len(stored) > 0
    for photo in stored:
        assert photo.original_key is not None
        original = await world.files.get(photo.original_key)
        assert original.metadata["originalUrl"] == photo.media.url
        assert photo.original_key.startswith(
            f"listings/{USER}/{original.metadata['listingId']}/original/photo"
        )


async def test_a_second_import_writes_nothing(world: World) -> None:
    connection = await connect(world)
    first = await import_all(world, connection)
    before = await listings(world)

    second = await import_all(world, connection)

    assert second.id != first.id
    assert second.counters.successful_imports == 0
    assert second.counters.unchanged == first.counters.successful_imports
    assert await listings(world) == before


async def test_a_sold_home_loses_its_posts(world: World) -> None:
    connection = await connect(world)
    await import_all(world, connection)
    accounts = await link_facebook(world)
    home = await publishable(world)
    posts = await publish(world, home, *accounts)
    assert [post.state for post in posts] == [PostState.PUBLISHED] * len(accounts)
    assert len(world.sandboxes.live_posts()) == len(accounts)
    assert all(len(post["photos"]) > 1 for post in world.sandboxes.live_posts())

    assert home.facts.listing_key is not None
    world.sandboxes.change(home.facts.listing_key, StandardStatus="Closed")
    run = await sync(world, connection)

    sold = await the_listing(world, home)
    assert (sold.status, sold.publishable, sold.takedown) == (ListingStatus.SOLD, False, Takedown.SOLD)
    assert [(await the_post(world, post)).state for post in posts] == [PostState.UNPUBLISHED] * len(posts)
    assert world.sandboxes.live_posts() == []
    assert (run.counters.status_changes, run.counters.posts_unpublished) == (1, len(posts))


async def test_a_pending_home_keeps_its_posts_and_comes_back_as_a_restoration(world: World) -> None:
    connection = await connect(world)
    await import_all(world, connection)
    accounts = await link_facebook(world)
    home = await publishable(world)
    await publish(world, home, accounts[0])
    key = home.facts.listing_key or ""

    world.sandboxes.change(key, StandardStatus="Pending")
    await sync(world, connection)
    pending = await the_listing(world, home)
    assert (pending.status, pending.publishable) == (ListingStatus.PENDING, False)
    assert len(world.sandboxes.live_posts()) == 1

    world.sandboxes.change(key, StandardStatus="Active")
    await sync(world, connection)
    again = await the_listing(world, home)
    trail = await world.ports.changes.of_listing(USER, home.id, PageRequest(50))
    kinds = [change.kind for change in trail.items]
    assert (again.status, again.publishable) == (ListingStatus.ACTIVE, True)
    assert kinds.count(ListingChangeKind.RESTORED) == 1
    assert len(world.sandboxes.live_posts()) == 1


async def test_the_period_polls_by_itself_and_a_quiet_poll_leaves_no_run(world: World) -> None:
    connection = await connect(world)
    await import_all(world, connection)
    runs = await world.ports.runs.page(USER, PageRequest(50), connection_id=connection.id)

    world.clock.move(20 * 60)
    await world.work()

    after = await world.ports.runs.page(USER, PageRequest(50), connection_id=connection.id)
    polled = await world.ports.mls_connections.get(USER, connection.id)
    assert [run.id for run in after.items] == [run.id for run in runs.items]
    assert polled is not None
    assert polled.last_synced_at is not None
    assert (world.clock.now() - polled.last_synced_at).total_seconds() < 60
    assert polled.next_sync_at is not None
    assert polled.next_sync_at > world.clock.now()


async def test_the_period_finds_a_sale_by_itself(world: World) -> None:
    connection = await connect(world)
    await import_all(world, connection)
    home = await publishable(world)
    world.sandboxes.change(home.facts.listing_key or "", StandardStatus="Closed")

    world.clock.move(20 * 60)
    await world.work()

    assert (await the_listing(world, home)).status is ListingStatus.SOLD


async def test_one_listing_can_be_brought_up_to_date_alone(world: World) -> None:
    connection = await connect(world)
    await import_all(world, connection)
    home, other = [one for one in await listings(world) if one.status is ListingStatus.ACTIVE][:2]
    world.sandboxes.change(home.facts.listing_key or "", ListPrice=1234567)
    world.sandboxes.change(other.facts.listing_key or "", ListPrice=7654321)

    run = await sync_listing_status(world.ports, user_id=USER, listing_id=home.id)
    await world.work()

    assert (await the_run(world, run)).counters.processed == 1
    assert (await the_listing(world, home)).facts.price == 1234567
    assert (await the_listing(world, other)).facts.price == other.facts.price


async def test_a_post_can_be_taken_down_alone(world: World) -> None:
    await import_all(world, await connect(world))
    accounts = await link_facebook(world)
    first, second = await publish(world, await publishable(world), *accounts[:2])

    await unpublish_post(world.ports, user_id=USER, post_id=first.id)
    await world.work()
    assert (await the_post(world, first)).state is PostState.UNPUBLISHED
    assert [post["id"] for post in world.sandboxes.live_posts()] == [second.platform_post_id]

    await unpublish_listing_posts(world.ports, user_id=USER, listing_id=second.listing_id)
    await world.work()
    assert world.sandboxes.live_posts() == []


async def test_a_removal_waits_for_a_platform_that_is_down(world: World) -> None:
    await import_all(world, await connect(world))
    accounts = await link_facebook(world)
    (post,) = await publish(world, await publishable(world), accounts[0])
    world.sandboxes.facebook_fault(match="any", kind="status", status=503, times=None)

    await unpublish_post(world.ports, user_id=USER, post_id=post.id)
    await world.work()
    waiting = await the_post(world, post)
    assert waiting.state is PostState.UNPUBLISHING
    assert waiting.attempts >= 2
    assert waiting.next_attempt_at is not None

    world.sandboxes.http.delete(f"{world.sandboxes.facebook}/_control/faults").raise_for_status()
    world.clock.move(30 * 60 * 60)
    await world.work()
    assert (await the_post(world, post)).state is PostState.UNPUBLISHED
    assert world.sandboxes.live_posts() == []


async def test_what_died_between_the_platform_and_the_store_is_found_by_reading(world: World) -> None:
    await import_all(world, await connect(world))
    accounts = await link_facebook(world)
    world.sandboxes.facebook_fault(match="feed", method="POST", kind="lost_after", times=1)

    (post,) = await publish(world, await publishable(world), accounts[0])

    assert post.state is PostState.PUBLISHED
    assert [live["id"] for live in world.sandboxes.live_posts()] == [post.platform_post_id]


async def test_a_post_that_never_went_up_is_not_sent_again(world: World) -> None:
    await import_all(world, await connect(world))
    accounts = await link_facebook(world)
    world.sandboxes.facebook_fault(match="feed", method="POST", kind="lost_before", times=1)

    (post,) = await publish(world, await publishable(world), accounts[0])
    world.clock.move(60 * 60)
    await world.work()

    failed = await the_post(world, post)
    assert failed.state is PostState.FAILED
    assert failed.failure is not None
    assert failed.failure.code == "OUTCOME_NOT_FOUND"
    assert world.sandboxes.facebook_posts() == []


async def test_a_local_edit_is_restored_by_the_mls(world: World) -> None:
    from domain.use_cases.listings import update_listing

    await import_all(world, await connect(world))
    home = await publishable(world)

    edited = await update_listing(
        world.ports, user_id=USER, listing_id=home.id, changes={"description": "Mine", "city": "Elsewhere"}
    )
    assert edited.locally_edited
    await world.work()

    restored = await the_listing(world, home)
    assert replace(restored.facts, modified_in_mls_at=None) == replace(home.facts, modified_in_mls_at=None)
    assert not restored.locally_edited
