"""Posts that must come down do, whatever stands in the way, and whoever asked."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.entities.intent import IntentKind
from domain.entities.listing import Listing, ListingStatus, PhotoState, Takedown
from domain.entities.mls_connection import MlsConnection
from domain.entities.post import Post, PostState
from domain.entities.social_account import SocialAccount
from domain.errors import Conflict
from domain.rules.photos import files_of
from domain.use_cases.connections import (
    disconnect_mls,
    set_mls_connection_enabled,
    update_mls_connection,
)
from domain.use_cases.linking import unlink_social_account
from domain.use_cases.listings import delete_listing
from domain.use_cases.publishing import publish_post
from domain.use_cases.runs import import_mls_listings
from domain.use_cases.unpublishing import (
    confirm_removed_by_hand,
    retry_unpublish,
    unpublish_listing_posts,
    unpublish_post,
)
from tasks.work import carry_out
from tests.scenarios.looks import account_now, key_of, mend_facebook, revoke_tokens
from tests.world import World
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
)
from tests.world.world import USER

REFUSED = {"match": "delete", "kind": "error", "code": 100, "times": None}
GONE = (PostState.UNPUBLISHED, PostState.UNPUBLISHED)


async def published(
    world: World, **settings: object
) -> tuple[MlsConnection, Listing, list[SocialAccount], list[Post]]:
    """A home with a post on each of two Pages."""
    connection = await connect(world, **settings)
    await import_all(world, connection)
    accounts = (await link_facebook(world))[:2]
    home = await publishable(world)
    return connection, home, accounts, await publish(world, home, *accounts)


async def states(world: World, posts: list[Post]) -> tuple[PostState, ...]:
    return tuple([(await the_post(world, post)).state for post in posts])


class TestStatuses:
    """What comes down by itself, by the connection's settings as they are now."""

    @pytest.mark.parametrize(
        ("status", "takedown"),
        [
            ("Expired", Takedown.EXPIRED),
            ("Canceled", Takedown.EXPIRED),
            ("Withdrawn", Takedown.WITHDRAWN),
            ("Hold", Takedown.ON_HOLD),
        ],
    )
    async def test_off_the_market_comes_down_unless_the_setting_is_off(
        self, world: World, status: str, takedown: Takedown
    ) -> None:
        connection, home, _, posts = await published(world, unpublishOffMarket=False)
        world.sandboxes.change(key_of(home), StandardStatus=status)
        await sync(world, connection)
        kept = await the_listing(world, home)
        assert (kept.status, kept.publishable, kept.takedown) == (ListingStatus.EXPIRED, False, None)
        assert len(world.sandboxes.live_posts()) == 2

        await update_mls_connection(world.ports, user_id=USER, connection_id=connection.id, settings={})
        await world.work()
        assert (await the_listing(world, home)).takedown is takedown
        assert await states(world, posts) == GONE
        assert world.sandboxes.live_posts() == []

    async def test_a_setting_is_honoured_though_the_mls_dropped_the_home(self, world: World) -> None:
        connection, home, _, posts = await published(world, unpublishOffMarket=False)
        world.sandboxes.change(key_of(home), StandardStatus="Expired")
        await sync(world, connection)
        world.sandboxes.http.delete(f"{world.sandboxes.mls}/_control/homes/{key_of(home)}").raise_for_status()

        await update_mls_connection(
            world.ports, user_id=USER, connection_id=connection.id, settings={"unpublishOffMarket": True}
        )
        await world.work()
        assert await states(world, posts) == GONE

    async def test_a_setting_that_is_turned_off_keeps_what_is_not_down_yet(self, world: World) -> None:
        connection, home, _, posts = await published(world)
        await update_mls_connection(
            world.ports, user_id=USER, connection_id=connection.id, settings={"unpublishOffMarket": False}
        )
        world.sandboxes.change(key_of(home), StandardStatus="Withdrawn")
        await sync(world, connection)
        assert await states(world, posts) == (PostState.PUBLISHED, PostState.PUBLISHED)

    @pytest.mark.parametrize("change", [{"StandardStatus": "Delete"}, {"MlgCanView": False}])
    async def test_deleted_and_unlicensed_homes_come_down_whatever_the_setting(
        self, world: World, change: dict[str, object]
    ) -> None:
        connection, home, _, posts = await published(world, unpublishOffMarket=False)
        world.sandboxes.change(key_of(home), **change)
        await sync(world, connection)
        assert await states(world, posts) == GONE

    async def test_a_take_down_that_was_lost_is_found_by_the_next_poll(self, world: World) -> None:
        connection, home, _, posts = await published(world)
        world.sandboxes.facebook_fault(**REFUSED)
        world.sandboxes.change(key_of(home), StandardStatus="Closed")
        await sync(world, connection)
        mend_facebook(world)
        for post in posts:
            await retry_unpublish(world.ports, user_id=USER, post_id=post.id)
        await world.work()
        assert await states(world, posts) == GONE

    async def test_a_sold_home_with_a_post_that_nobody_turned_is_turned_by_the_next_poll(
        self, world: World
    ) -> None:
        connection, home, _, posts = await published(world)
        world.sandboxes.change(key_of(home), StandardStatus="Closed")
        await sync(world, connection)
        # As a lagging index or a restored backup would have it: the sale is known, a post is still up.
        down = await the_post(world, posts[0])
        await world.ports.posts.save(replace(down, state=PostState.PUBLISHED, unpublish_wanted=False))
        world.clock.move(20 * 60)
        await world.work()
        assert await states(world, posts) == GONE


class TestAsking:
    """What a user takes down, in whatever state it is."""

    async def test_posts_that_are_not_up_yet_never_go_up(self, world: World) -> None:
        await import_all(world, await connect(world))
        home, accounts = await publishable(world), await link_facebook(world)
        (pending,) = await publish_post(
            world.ports, user_id=USER, listing_id=home.id, account_ids=(accounts[0].id,)
        )
        (scheduled,) = await publish_post(
            world.ports,
            user_id=USER,
            listing_id=home.id,
            account_ids=(accounts[0].id,),
            publish_at=world.clock.now() + timedelta(hours=1),
        )
        for post in (pending, scheduled):
            ended = await unpublish_post(world.ports, user_id=USER, post_id=post.id)
            assert (ended.state, ended.failure and ended.failure.code) == (PostState.FAILED, "WITHDRAWN")
            with pytest.raises(Conflict, match="never published"):
                await unpublish_post(world.ports, user_id=USER, post_id=post.id)
        world.clock.move(2 * 60 * 60)
        await world.work()
        assert world.sandboxes.facebook_posts() == []

    async def test_asking_twice_changes_nothing(self, world: World) -> None:
        _, _, _, posts = await published(world)
        first = await unpublish_post(world.ports, user_id=USER, post_id=posts[0].id)
        assert await unpublish_post(world.ports, user_id=USER, post_id=posts[0].id) == first
        await world.work()
        down = await the_post(world, posts[0])
        assert await unpublish_post(world.ports, user_id=USER, post_id=posts[0].id) == down

    async def test_a_post_that_somebody_removed_already_is_down(self, world: World) -> None:
        _, _, _, posts = await published(world)
        id = posts[0].platform_post_id
        world.sandboxes.http.post(f"{world.sandboxes.facebook}/_control/posts/{id}/remove").raise_for_status()
        await unpublish_post(world.ports, user_id=USER, post_id=posts[0].id)
        await world.work()
        assert (await the_post(world, posts[0])).state is PostState.UNPUBLISHED


class TestByHand:
    """Where a platform refuses for good, the post is left to its owner by name."""

    async def test_refused_then_done_by_hand(self, world: World) -> None:
        _, home, _, posts = await published(world)
        world.sandboxes.facebook_fault(**REFUSED)
        await unpublish_listing_posts(world.ports, user_id=USER, listing_id=home.id)
        await world.work()
        left = [await the_post(world, post) for post in posts]
        assert [post.state for post in left] == [PostState.REMOVE_BY_HAND] * 2
        assert all(post.failure and post.failure.code == "REMOVE_BY_HAND" for post in left)

        first, second = posts
        confirmed = await confirm_removed_by_hand(world.ports, user_id=USER, post_id=first.id)
        assert (confirmed.state, confirmed.failure) == (PostState.UNPUBLISHED, None)
        assert confirmed.unpublished_at is not None
        with pytest.raises(Conflict):
            await confirm_removed_by_hand(world.ports, user_id=USER, post_id=first.id)
        with pytest.raises(Conflict):
            await retry_unpublish(world.ports, user_id=USER, post_id=first.id)

        mend_facebook(world)
        again = await retry_unpublish(world.ports, user_id=USER, post_id=second.id)
        assert (again.state, again.failure) == (PostState.UNPUBLISHING, None)
        await world.work()
        assert (await the_post(world, second)).state is PostState.UNPUBLISHED

    async def test_only_a_removal_that_is_open_can_be_confirmed_or_tried_again(self, world: World) -> None:
        _, _, _, posts = await published(world)
        for use_case in (confirm_removed_by_hand, retry_unpublish):
            with pytest.raises(Conflict):
                await use_case(world.ports, user_id=USER, post_id=posts[0].id)
        assert await states(world, posts) == (PostState.PUBLISHED, PostState.PUBLISHED)

    async def test_posts_of_an_account_that_was_unlinked_are_left_to_its_owner(self, world: World) -> None:
        connection, home, accounts, posts = await published(world)
        await unlink_social_account(world.ports, user_id=USER, account_id=accounts[0].id)
        await world.work()
        assert await states(world, posts) == (PostState.PUBLISHED, PostState.PUBLISHED)

        world.sandboxes.change(key_of(home), StandardStatus="Closed")
        await sync(world, connection)
        assert await states(world, posts) == (PostState.REMOVE_BY_HAND, PostState.UNPUBLISHED)

        await link_facebook(world)
        await retry_unpublish(world.ports, user_id=USER, post_id=posts[0].id)
        await world.work()
        assert world.sandboxes.live_posts() == []

    async def test_a_removal_that_waits_is_left_to_the_owner_as_soon_as_the_account_goes(
        self, world: World
    ) -> None:
        _, _, accounts, posts = await published(world)
        world.sandboxes.facebook_fault(match="any", kind="status", status=503, times=None)
        await unpublish_post(world.ports, user_id=USER, post_id=posts[0].id)
        await world.work()
        world.clock.move(12 * 60 * 60)
        await world.work()
        assert (await the_post(world, posts[0])).state is PostState.UNPUBLISHING

        await unlink_social_account(world.ports, user_id=USER, account_id=accounts[0].id)
        await world.work(horizon=timedelta(seconds=1))
        assert (await the_post(world, posts[0])).state is PostState.REMOVE_BY_HAND


class TestTokens:
    """A token that was ended delays a removal until the account is linked again."""

    async def test_it_resumes_after_linking_again(self, world: World) -> None:
        connection, home, accounts, posts = await published(world)
        revoke_tokens(world)
        world.sandboxes.change(key_of(home), StandardStatus="Closed")
        await sync(world, connection)
        for post, account in zip(posts, accounts, strict=True):
            waiting = await the_post(world, post)
            assert waiting.state is PostState.UNPUBLISHING
            assert waiting.failure is not None
            assert waiting.failure.code == "RECONNECT"
            assert (await account_now(world, account)).state == "NEEDS_RECONNECT"
        world.clock.move(3 * 24 * 60 * 60)
        await world.work()
        assert await states(world, posts) == (PostState.UNPUBLISHING, PostState.UNPUBLISHING)

        await link_facebook(world)
        await world.work(horizon=timedelta(seconds=1))
        assert await states(world, posts) == GONE
        assert world.sandboxes.live_posts() == []


class TestDeletion:
    """What is deleted is taken down first, and its files go after that."""

    async def test_files_stay_until_the_posts_are_down(self, world: World) -> None:
        connection, home, _, posts = await published(world)
        # The MLS still has the home, and a poll that sees its row would bring it back.
        await set_mls_connection_enabled(
            world.ports, user_id=USER, connection_id=connection.id, enabled=False
        )
        world.sandboxes.facebook_fault(match="any", kind="status", status=503, times=None)
        await delete_listing(world.ports, user_id=USER, listing_id=home.id)
        await world.work(horizon=timedelta(minutes=4))
        prefix = f"listings/{USER}/{home.id}/"
        assert await states(world, posts) == (PostState.UNPUBLISHING, PostState.UNPUBLISHING)
        assert [key async for key in world.files.list(prefix)]

        mend_facebook(world)
        world.clock.move(30 * 60 * 60)
        await world.work(horizon=timedelta(minutes=10))
        assert await states(world, posts) == GONE
        assert [key async for key in world.files.list(prefix)] == []

    async def test_a_home_that_is_imported_again_at_once_loses_its_old_posts_all_the_same(
        self, world: World
    ) -> None:
        connection, home, _, posts = await published(world)
        await delete_listing(world.ports, user_id=USER, listing_id=home.id)
        await import_mls_listings(world.ports, user_id=USER, connection_id=connection.id)
        await carry_out(world.ports, IntentKind.SYNC, connection.id)
        assert (await the_listing(world, home)).publishable

        await world.work()
        assert await states(world, posts) == GONE
        assert world.sandboxes.live_posts() == []
        for photo in (await the_listing(world, home)).photos:
            assert photo.state is PhotoState.STORED
            assert all([await world.files.exists(key) for key in files_of(photo)])

    async def test_disconnecting_with_the_listings_takes_everything_down(self, world: World) -> None:
        connection, home, _, posts = await published(world)
        await disconnect_mls(world.ports, user_id=USER, connection_id=connection.id, keep_listings=False)
        await world.work()
        assert await listings(world) == []
        assert await states(world, posts) == GONE
        assert [key async for key in world.files.list(f"listings/{USER}/{home.id}/")] == []
