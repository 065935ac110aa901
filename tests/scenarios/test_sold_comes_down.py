"""Sold means that its posts come down in the end, on every platform, whatever stands in the way."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from domain.entities.common import PageRequest
from domain.entities.listing import Listing
from domain.entities.mls_connection import MlsConnection
from domain.entities.notification import NotificationKind, Subject, SubjectType
from domain.entities.post import Post, PostState
from domain.errors import Conflict
from domain.rules.schedule import DEFAULT_INTERVAL
from domain.use_cases.unpublishing import confirm_removed_by_hand, unpublish_post
from tests.scenarios.looks import key_of
from tests.scenarios.meddling import watch_platform
from tests.world import World
from tests.world.media import served_storage
from tests.world.platforms import PLATFORMS, PlatformSandbox, link, link_all, sandbox_of
from tests.world.steps import connect, import_all, publish, publishable, sync, the_post
from tests.world.storage import Storage
from tests.world.world import USER

HOUR = 60 * 60
DAY = 24 * HOUR


@pytest.fixture(scope="module")
def reachable() -> Iterator[Storage]:
    with served_storage() as made:
        yield made


@pytest.fixture
def storage(reachable: Storage) -> Storage:
    """Instagram fetches the photos."""
    return reachable


@dataclass
class Up:
    """A home that is up on every platform."""

    world: World
    connection: MlsConnection
    home: Listing
    posts: dict[str, Post]

    def platform(self, slug: str) -> PlatformSandbox:
        return sandbox_of(self.world.sandboxes, slug)

    async def sell(self) -> None:
        self.world.sandboxes.change(key_of(self.home), StandardStatus="Closed")
        await sync(self.world, self.connection)

    async def states(self) -> dict[str, PostState]:
        return {slug: (await the_post(self.world, post)).state for slug, post in self.posts.items()}

    def live(self) -> list[str]:
        return [slug for slug in PLATFORMS if self.platform(slug).live()]


@pytest.fixture
async def up(world: World) -> Up:
    connection = await connect(world)
    await import_all(world, connection)
    home, accounts = await publishable(world), await link_all(world)
    posts = {post.platform: post for post in await publish(world, home, *accounts.values())}
    assert {post.state for post in posts.values()} == {PostState.PUBLISHED}
    return Up(world, connection, home, posts)


GONE = dict.fromkeys(PLATFORMS, PostState.UNPUBLISHED)


def with_waiting(*slugs: str) -> dict[str, PostState]:
    return GONE | dict.fromkeys(slugs, PostState.UNPUBLISHING)


@pytest.mark.parametrize("slug", PLATFORMS)
async def test_a_platform_down_for_30_hours_loses_the_posts_within_a_period_of_its_return(
    up: Up, slug: str
) -> None:
    up.platform(slug).go_down()
    await up.sell()
    assert await up.states() == with_waiting(slug)
    for _ in range(30):
        up.world.clock.move(HOUR)
        await up.world.work(timedelta(seconds=1))
    assert await up.states() == with_waiting(slug)
    waiting = await the_post(up.world, up.posts[slug])
    assert (waiting.failure and waiting.failure.code) == "UNAVAILABLE"

    up.platform(slug).mend()
    up.world.clock.move(1.1 * DEFAULT_INTERVAL * 60)  # a period is up to a tenth longer
    await up.world.work(timedelta(seconds=1))
    assert await up.states() == GONE
    assert up.live() == []


async def test_a_removal_that_was_asked_for_waits_no_longer_than_a_day(up: Up) -> None:
    """The home is still for sale, so that no run of its connection looks for the post."""
    up.platform("linkedin").go_down()
    await unpublish_post(up.world.ports, user_id=USER, post_id=up.posts["linkedin"].id)
    for _ in range(30):
        up.world.clock.move(HOUR)
        await up.world.work(timedelta(seconds=1))
    up.platform("linkedin").mend()
    up.world.clock.move(DAY)
    await up.world.work(timedelta(seconds=1))
    assert (await the_post(up.world, up.posts["linkedin"])).state is PostState.UNPUBLISHED


async def test_runs_do_not_press_a_platform_that_asked_for_patience(up: Up) -> None:
    throttled = {"match": up.platform("linkedin").calls, "kind": "error", "code": 101, "times": None}
    up.platform("linkedin").fault(**throttled)
    await up.sell()
    waiting = await the_post(up.world, up.posts["linkedin"])
    assert waiting.state is PostState.UNPUBLISHING
    before = waiting.attempts
    for _ in range(3):
        up.world.clock.move(1.1 * DEFAULT_INTERVAL * 60)
        await up.world.work(timedelta(seconds=1))
    assert (await the_post(up.world, waiting)).attempts == before
    assert waiting.next_attempt_at is not None
    assert waiting.next_attempt_at > up.world.clock.now()


@pytest.mark.parametrize("slug", PLATFORMS)
async def test_a_token_that_was_revoked_delays_a_removal_until_it_is_linked_again(up: Up, slug: str) -> None:
    up.platform(slug).revoke_tokens()
    await up.sell()
    waiting = await the_post(up.world, up.posts[slug])
    assert (waiting.state, waiting.failure and waiting.failure.code) == (PostState.UNPUBLISHING, "RECONNECT")
    up.world.clock.move(3 * DAY)
    await up.world.work(timedelta(seconds=1))
    assert (await the_post(up.world, waiting)).state is PostState.UNPUBLISHING

    await link(up.world, slug)
    await up.world.work(timedelta(seconds=1))
    assert (await the_post(up.world, waiting)).state is PostState.UNPUBLISHED
    assert up.platform(slug).live() == []


async def test_linkedin_failing_leaves_the_others_done(up: Up) -> None:
    up.platform("linkedin").go_down()
    await up.sell()
    assert await up.states() == with_waiting("linkedin")
    assert up.live() == ["linkedin"]


@pytest.mark.parametrize("slug", PLATFORMS)
async def test_a_publish_that_ends_after_the_sale_is_taken_down_too(world: World, slug: str) -> None:
    connection = await connect(world)
    await import_all(world, connection)
    home, account = await publishable(world), await link(world, slug)

    async def sell() -> None:
        world.sandboxes.change(key_of(home), StandardStatus="Closed")
        ports, world.ports = world.ports, world.eyes
        await sync(world, connection)
        world.ports = ports

    watch_platform(world, slug, sell)
    (post,) = await publish(world, home, account)
    assert post.state is PostState.UNPUBLISHED
    assert [one["live"] for one in sandbox_of(world.sandboxes, slug).posts()] == [False]


@pytest.mark.parametrize("status", ["Withdrawn", "Expired", "Delete"])
async def test_what_is_off_the_market_otherwise_comes_down_everywhere(up: Up, status: str) -> None:
    up.world.sandboxes.change(key_of(up.home), StandardStatus=status)
    await sync(up.world, up.connection)
    assert await up.states() == GONE
    assert up.live() == []


async def test_what_instagram_refuses_to_remove_is_removed_by_hand(up: Up) -> None:
    instagram = up.platform("instagram")
    instagram.fault(
        match=instagram.calls, method="DELETE", kind="error", code=-1, subcode=2207073, times=None
    )
    await up.sell()
    assert await up.states() == GONE | {"instagram": PostState.REMOVE_BY_HAND}
    left = await the_post(up.world, up.posts["instagram"])
    assert left.failure is not None
    assert "2207073" in left.failure.message
    assert left.platform_post_url
    assert up.world.sandboxes.http.get(left.platform_post_url).is_success
    told = await up.world.eyes.notifications.page(USER, PageRequest(100))
    (asked,) = [one for one in told.items if one.kind is NotificationKind.REMOVE_BY_HAND]
    assert asked.subject == Subject(SubjectType.POST, left.id)

    up.world.clock.move(2 * DAY)
    await up.world.work(timedelta(seconds=1))
    assert (await the_post(up.world, left)).state is PostState.REMOVE_BY_HAND
    instagram.remove_by_hand(str(left.platform_post_id))
    await confirm_removed_by_hand(up.world.ports, user_id=USER, post_id=left.id)
    assert await up.states() == GONE
    assert up.live() == []


TURNED = {
    PostState.PENDING: (PostState.FAILED, False),
    PostState.SCHEDULED: (PostState.FAILED, False),
    PostState.SENDING: (PostState.SENDING, True),
    PostState.UNKNOWN: (PostState.UNKNOWN, True),
    PostState.PUBLISHED: (PostState.UNPUBLISHING, True),
    PostState.UNPUBLISHING: (PostState.UNPUBLISHING, True),
    PostState.UNPUBLISHED: (PostState.UNPUBLISHED, False),
    PostState.REMOVE_BY_HAND: (PostState.REMOVE_BY_HAND, False),
    PostState.FAILED: None,
}
"""What `unpublishPost` makes of a post of each state, and whether it is wanted down then; None: refuses."""


async def test_unpublishing_a_post_of_every_state(up: Up) -> None:
    assert set(TURNED) == set(PostState)
    ports, id = up.world.ports, up.posts["facebook"].id
    for state, turned in TURNED.items():
        post = await the_post(up.world, up.posts["facebook"])
        await ports.posts.save(
            replace(post, state=state, unpublish_wanted=state is PostState.UNPUBLISHING, failure=None)
        )
        if turned is None:
            with pytest.raises(Conflict):
                await unpublish_post(ports, user_id=USER, post_id=id)
        else:
            got = await unpublish_post(ports, user_id=USER, post_id=id)
            assert (got.state, got.unpublish_wanted) == turned
