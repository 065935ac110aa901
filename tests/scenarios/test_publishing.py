"""Asking for posts, and sending them: refused early, on time, once, and never for a home that is gone."""

from datetime import timedelta
from typing import Any

import pytest

from domain.entities.common import PageRequest
from domain.entities.listing import Listing, ListingStatus
from domain.entities.post import Post, PostFilter, PostState
from domain.entities.social_account import SocialAccount
from domain.errors import Conflict, Invalid, NotFound, YardsignError
from domain.use_cases.composing import Words
from domain.use_cases.linking import unlink_social_account
from domain.use_cases.listings import create_listing, delete_listing, update_listing
from domain.use_cases.publishing import publish_post
from domain.use_cases.unpublishing import unpublish_post
from tests.scenarios.looks import (
    account_now,
    key_of,
    mend_facebook,
    revoke_tokens,
)
from tests.scenarios.meddling import watch_facebook
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


async def ready(world: World) -> tuple[Listing, list[SocialAccount]]:
    """A home that can be published, and accounts to publish it on."""
    await import_all(world, await connect(world))
    return await publishable(world), await link_facebook(world)


async def ask(world: World, home: Listing, *accounts: SocialAccount, **more: Any) -> list[Post]:
    ids = more.pop("account_ids", tuple(account.id for account in accounts))
    names = {"text", "template", "hashtags", "photo_keys"}
    more["words"] = Words(**{name: more.pop(name) for name in names & more.keys()})
    return await publish_post(world.ports, user_id=USER, listing_id=home.id, account_ids=ids, **more)


async def all_posts(world: World) -> list[Post]:
    return list((await world.eyes.posts.page(USER, PostFilter(), PageRequest(100))).items)


class TestRefusals:
    """What can be refused is refused before anything is stored."""

    @pytest.mark.parametrize(
        ("wrong", "error", "field"),
        [
            ({"account_ids": ()}, Invalid, "accountIds"),
            ({"account_ids": tuple(f"facebook:{n}" for n in range(21))}, Invalid, "accountIds"),
            ({"account_ids": ("facebook:none",)}, NotFound, "accountIds"),
            ({"hashtags": ("two words",)}, Invalid, "hashtags"),
            ({"photo_keys": ("none",)}, Invalid, "photoIds"),
            ({"text": "x" * 100_000}, Invalid, "text"),
            ({"text": "", "photo_keys": ()}, Invalid, "text"),
        ],
    )
    async def test_what_is_wrong_with_the_request(
        self, world: World, wrong: dict[str, Any], error: type[YardsignError], field: str
    ) -> None:
        home, accounts = await ready(world)
        with pytest.raises(error) as caught:
            await ask(world, home, accounts[0], **wrong)
        assert caught.value.field == (field,)
        assert await all_posts(world) == []

    @pytest.mark.parametrize("ahead", [timedelta(minutes=-1), timedelta(0), timedelta(days=366)])
    async def test_a_time_that_is_past_or_too_far(self, world: World, ahead: timedelta) -> None:
        home, accounts = await ready(world)
        with pytest.raises(Invalid) as caught:
            await ask(world, home, accounts[0], publish_at=world.clock.now() + ahead)
        assert caught.value.field == ("publishAt",)
        assert await all_posts(world) == []

    async def test_a_home_that_is_not_for_sale(self, world: World) -> None:
        _, accounts = await ready(world)
        sold = next(one for one in await listings(world) if one.status is ListingStatus.SOLD)
        with pytest.raises(Conflict, match="sold") as caught:
            await ask(world, sold, accounts[0])
        assert caught.value.field == ("listingId",)
        assert await all_posts(world) == []

    async def test_more_photos_than_the_platform_takes(self, world: World) -> None:
        home, accounts = await ready(world)
        keys = tuple(photo.media.key for photo in home.photos)
        most = world.ports.social["facebook"].limits.photos_max
        assert len(keys) <= most
        (post,) = await ask(world, home, accounts[0], photo_keys=(*keys, *keys))
        assert post.photo_keys == keys

    async def test_one_account_that_is_wrong_stops_the_others(self, world: World) -> None:
        home, accounts = await ready(world)
        with pytest.raises(NotFound):
            await ask(world, home, account_ids=(accounts[0].id, "facebook:none"))
        assert await all_posts(world) == []

    async def test_the_same_account_twice_is_one_post(self, world: World) -> None:
        home, accounts = await ready(world)
        assert len(await ask(world, home, accounts[0], accounts[0])) == 1


class TestKeys:
    """A request that is repeated with its key publishes nothing again."""

    async def test_the_same_key_answers_the_same_posts(self, world: World) -> None:
        home, accounts = await ready(world)
        (first,) = await ask(world, home, accounts[0], idempotency_key="k")
        await world.work()
        (again,) = await ask(world, home, accounts[0], idempotency_key="k")
        await world.work()
        assert (again.id, again.state) == (first.id, PostState.PUBLISHED)
        assert len(world.sandboxes.live_posts()) == 1
        (other,) = await ask(world, home, accounts[0], idempotency_key="other")
        assert other.id != first.id

    async def test_also_when_it_could_not_be_asked_for_any_more(self, world: World) -> None:
        connection = await connect(world)
        await import_all(world, connection)
        home, accounts = await publishable(world), await link_facebook(world)
        at = world.clock.now() + timedelta(minutes=1)
        (first,) = await ask(world, home, accounts[0], idempotency_key="k", publish_at=at)
        world.sandboxes.change(key_of(home), StandardStatus="Closed")
        await sync(world, connection)
        world.clock.move(60 * 60)
        (again,) = await ask(world, home, accounts[0], idempotency_key="k", publish_at=at)
        assert again.id == first.id

    async def test_a_key_is_its_users_own(self, world: World) -> None:
        home, accounts = await ready(world)
        await ask(world, home, accounts[0], idempotency_key="k")
        assert await world.eyes.posts.created_with("stranger", "k") is None
        assert await world.eyes.posts.created_with(USER, "other") is None


class TestSending:
    """Sent once, on time, and only what may be advertised."""

    async def test_a_scheduled_post_goes_up_on_time(self, world: World) -> None:
        home, accounts = await ready(world)
        at = world.clock.now() + timedelta(hours=3)
        (post,) = await ask(world, home, accounts[0], publish_at=at)
        assert post.state is PostState.SCHEDULED
        await world.work()
        assert world.sandboxes.facebook_posts() == []

        world.clock.move(3 * 60 * 60)
        await world.work()
        up = await the_post(world, post)
        assert up.state is PostState.PUBLISHED
        assert up.published_at is not None
        assert up.published_at >= at

    async def test_a_scheduled_post_of_a_home_that_was_sold_never_goes_up(self, world: World) -> None:
        connection = await connect(world)
        await import_all(world, connection)
        home, accounts = await publishable(world), await link_facebook(world)
        (post,) = await ask(world, home, accounts[0], publish_at=world.clock.now() + timedelta(hours=3))
        world.sandboxes.change(key_of(home), StandardStatus="Closed")
        await sync(world, connection)
        down = await the_post(world, post)
        assert (down.state, down.failure and down.failure.code) == (PostState.FAILED, "OFF_MARKET")
        world.clock.move(4 * 60 * 60)
        await world.work()
        assert world.sandboxes.facebook_posts() == []

    async def test_a_scheduled_post_of_a_pending_home_is_refused_on_time(self, world: World) -> None:
        connection = await connect(world)
        await import_all(world, connection)
        home, accounts = await publishable(world), await link_facebook(world)
        (post,) = await ask(world, home, accounts[0], publish_at=world.clock.now() + timedelta(hours=3))
        world.sandboxes.change(key_of(home), StandardStatus="Pending")
        await sync(world, connection)
        assert (await the_post(world, post)).state is PostState.SCHEDULED
        world.clock.move(4 * 60 * 60)
        await world.work()
        failed = await the_post(world, post)
        assert (failed.state, failed.failure and failed.failure.code) == (
            PostState.FAILED,
            "NOT_PUBLISHABLE",
        )
        assert world.sandboxes.facebook_posts() == []

    async def test_a_home_that_is_sold_while_its_post_is_being_sent_comes_down(self, world: World) -> None:
        home, accounts = await ready(world)

        async def sell() -> None:
            await update_listing(world.eyes, user_id=USER, listing_id=home.id, changes={"status": "SOLD"})

        watch_facebook(world, sell)
        (post,) = await publish(world, home, accounts[0])
        assert post.state is PostState.UNPUBLISHED
        assert post.platform_post_id is not None
        assert [one["live"] for one in world.sandboxes.facebook_posts()] == [False]

    async def test_a_home_that_is_deleted_while_its_post_is_being_sent_comes_down(self, world: World) -> None:
        home, accounts = await ready(world)

        async def delete() -> None:
            await delete_listing(world.eyes, user_id=USER, listing_id=home.id)

        watch_facebook(world, delete)
        (post,) = await publish(world, home, accounts[0])
        assert post.state is PostState.UNPUBLISHED
        assert world.sandboxes.live_posts() == []

    async def test_a_post_that_is_unwanted_while_it_is_being_sent_comes_down(self, world: World) -> None:
        home, accounts = await ready(world)

        async def regret() -> None:
            (post,) = await all_posts(world)
            turned = await unpublish_post(world.eyes, user_id=USER, post_id=post.id)
            assert (turned.state, turned.unpublish_wanted) == (PostState.SENDING, True)

        watch_facebook(world, regret)
        (post,) = await publish(world, home, accounts[0])
        assert post.state is PostState.UNPUBLISHED
        assert world.sandboxes.live_posts() == []

    async def test_a_platform_that_refuses_the_post(self, world: World) -> None:
        home, accounts = await ready(world)
        world.sandboxes.facebook_fault(match="feed", method="POST", kind="error", code=100, times=None)
        (post,) = await publish(world, home, accounts[0])
        assert (post.state, post.failure and post.failure.code) == (PostState.FAILED, "REJECTED")

    @pytest.mark.parametrize(("hours", "state"), [(20, PostState.PUBLISHED), (40, PostState.FAILED)])
    async def test_a_platform_that_asks_for_patience_gets_it_for_a_day(
        self, world: World, hours: int, state: PostState
    ) -> None:
        home, accounts = await ready(world)
        throttled = {"kind": "error", "code": 613, "seconds": 1_800}
        world.sandboxes.facebook_fault(match="feed", method="POST", times=None, **throttled)
        (post,) = await publish(world, home, accounts[0])
        assert (post.state, post.attempts) == (PostState.PENDING, 0)
        for _ in range(hours):
            world.clock.move(60 * 60)
            await world.work(timedelta(seconds=1))
        mend_facebook(world)
        world.clock.move(60 * 60)
        await world.work(timedelta(seconds=1))
        assert (await the_post(world, post)).state is state
        assert len(world.sandboxes.live_posts()) == (state is PostState.PUBLISHED)

    async def test_a_home_without_an_mls_can_be_published_without_photos(self, world: World) -> None:
        _, accounts = await ready(world)
        facts = (await publishable(world)).facts
        mine = await create_listing(world.ports, user_id=USER, facts=facts, status=ListingStatus.ACTIVE)
        (post,) = await publish(world, mine, accounts[0])
        assert (post.state, post.photo_keys) == (PostState.PUBLISHED, ())


class TestUnknownOutcomes:
    """While the platform cannot be asked, a post that may be up is not given up."""

    async def lost(self, world: World, home: Listing, account: SocialAccount) -> Post:
        """A post that is up though its answer was lost, and cannot be looked for."""
        world.sandboxes.facebook_fault(match="feed", method="POST", kind="lost_after", times=1)
        world.sandboxes.facebook_fault(method="GET", kind="status", status=503, times=None)
        (post,) = await publish(world, home, account)
        assert post.state is PostState.UNKNOWN
        assert len(world.sandboxes.live_posts()) == 1
        return post

    async def test_a_platform_that_is_down_for_a_day(self, world: World) -> None:
        home, accounts = await ready(world)
        post = await self.lost(world, home, accounts[0])
        world.clock.move(24 * 60 * 60)
        await world.work()
        assert (await the_post(world, post)).state is PostState.UNKNOWN

        mend_facebook(world)
        world.clock.move(24 * 60 * 60)
        await world.work()
        found = await the_post(world, post)
        assert found.state is PostState.PUBLISHED
        assert found.platform_post_id == world.sandboxes.live_posts()[0]["id"]

    async def test_a_token_that_ended_meanwhile(self, world: World) -> None:
        home, accounts = await ready(world)
        post = await self.lost(world, home, accounts[0])
        mend_facebook(world)
        revoke_tokens(world)
        world.clock.move(60 * 60)
        await world.work()
        assert (await account_now(world, accounts[0])).state == "NEEDS_RECONNECT"
        world.clock.move(2 * 24 * 60 * 60)
        await world.work()
        assert (await the_post(world, post)).state is PostState.UNKNOWN

        await link_facebook(world)
        await world.work()
        assert (await the_post(world, post)).state is PostState.PUBLISHED

    async def test_it_is_taken_down_as_soon_as_it_is_found(self, world: World) -> None:
        home, accounts = await ready(world)
        post = await self.lost(world, home, accounts[0])
        await unpublish_post(world.ports, user_id=USER, post_id=post.id)
        assert (await the_post(world, post)).state is PostState.UNKNOWN
        mend_facebook(world)
        world.clock.move(24 * 60 * 60)
        await world.work()
        assert (await the_post(world, post)).state is PostState.UNPUBLISHED
        assert world.sandboxes.live_posts() == []

    async def test_without_the_account_its_owner_has_to_look(self, world: World) -> None:
        home, accounts = await ready(world)
        post = await self.lost(world, home, accounts[0])
        await unpublish_post(world.ports, user_id=USER, post_id=post.id)
        await unlink_social_account(world.ports, user_id=USER, account_id=accounts[0].id)
        await world.work()
        left = await the_post(world, post)
        assert left.state is PostState.REMOVE_BY_HAND
        assert left.failure is not None
        assert "no longer linked" in left.failure.message
        assert (await the_listing(world, home)).publishable
