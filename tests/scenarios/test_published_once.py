"""No post is published twice: whatever becomes of an answer, and however many work on one post at once."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from domain.entities.intent import IntentKind
from domain.entities.listing import Listing
from domain.entities.post import Post, PostState
from domain.entities.social_account import SocialAccount
from domain.use_cases.composing import Words
from domain.use_cases.publishing import publish_post
from tasks.work import carry_out
from tests.scenarios.looks import key_of
from tests.world import World
from tests.world.media import served_storage
from tests.world.platforms import PLATFORMS, link, sandbox_of
from tests.world.steps import connect, import_all, link_linkedin, publishable, sync, the_post
from tests.world.storage import Storage
from tests.world.world import USER

PUBLISHES = 200
CALLERS = 8
AT_ONCE = 5
"""So many posts are worked on at a time, each by all of its callers."""

LOOKS = (10, 60, 300, 900)
"""Seconds after an unknown outcome, and then after each look."""


@pytest.fixture(scope="module")
def reachable() -> Iterator[Storage]:
    with served_storage() as made:
        yield made


@pytest.fixture
def storage(reachable: Storage) -> Storage:
    """Instagram fetches the photos."""
    return reachable


async def everywhere(world: World) -> list[SocialAccount]:
    """A Page, an account on Instagram, and on LinkedIn an organization and a member, whose posts none can read."""
    member, organization, _ = await link_linkedin(world)
    return [await link(world, "facebook"), await link(world, "instagram"), organization, member]


async def ask(world: World, home: Listing, accounts: list[SocialAccount], number: int) -> list[Post]:
    """Ask for the posts by all callers at once, as clients do that send a request again and again."""

    async def call() -> list[Post]:
        return await publish_post(
            world.ports,
            user_id=USER,
            listing_id=home.id,
            account_ids=tuple(account.id for account in accounts),
            words=Words(text=f"Home number {number:03d}.", photo_keys=(home.photos[0].media.key,)),
            idempotency_key=f"publish {number}",
        )

    answers = await asyncio.gather(*(call() for _ in range(CALLERS)))
    assert {tuple(post.id for post in answer) for answer in answers} == {
        tuple(post.id for post in answers[0])
    }
    return answers[0]


async def ring(world: World, posts: list[Post]) -> list[Post]:
    """Let each post be worked on by all callers at once; the posts as they are then."""
    for start in range(0, len(posts), AT_ONCE):
        together = [post.id for post in posts[start : start + AT_ONCE] for _ in range(CALLERS)]
        await asyncio.gather(*(carry_out(world.ports, IntentKind.PUBLISH, id) for id in together))
    return [await the_post(world, post) for post in posts]


def live_by_text(world: World) -> dict[str, Counter[tuple[str, str]]]:
    """By platform, how many live posts there are of each author and text."""
    by: dict[str, Counter[tuple[str, str]]] = {}
    for slug in PLATFORMS:
        live = sandbox_of(world.sandboxes, slug).live()
        by[slug] = Counter((str(post.get("author")), _text(post)) for post in live)
    return by


def _text(post: dict[str, Any]) -> str:
    return str(post["message"] if "message" in post else post["caption"])


@pytest.mark.parametrize("kind", ["lost_before", "lost_after", "error_after", "reset"])
async def test_200_publishes_with_lost_answers_and_8_callers_each(world: World, kind: str) -> None:
    await import_all(world, await connect(world))
    home, accounts = await publishable(world), await everywhere(world)
    requests = PUBLISHES // len(accounts)
    for slug in PLATFORMS:
        sandbox_of(world.sandboxes, slug).lose(kind, times=requests * (2 if slug == "linkedin" else 1))
    posts = [post for number in range(requests) for post in await ask(world, home, accounts, number)]
    assert len(posts) == PUBLISHES

    posts = await ring(world, posts)
    assert {post.state for post in posts} == {PostState.UNKNOWN}
    for wait in LOOKS:
        world.clock.move(wait + 1)
        posts = await ring(world, posts)

    live = {slug: set(counts.values()) for slug, counts in live_by_text(world).items()}
    assert all(numbers <= {1} for numbers in live.values())
    up = {post.platform_post_id for post in posts if post.state is PostState.PUBLISHED}
    assert up == {one["id"] for slug in PLATFORMS for one in sandbox_of(world.sandboxes, slug).live()}
    took_effect = kind in ("lost_after", "error_after")
    member = accounts[-1]
    for post in posts:
        settled = took_effect or post.account_id == member.id
        assert post.state is (PostState.PUBLISHED if settled else PostState.FAILED), post
    sent = {slug: sandbox_of(world.sandboxes, slug).attempts() for slug in PLATFORMS}
    # A member's post is settled by sending it again, which LinkedIn refuses if it is up.
    assert sent == {"facebook": requests, "instagram": requests, "linkedin": 3 * requests}


@pytest.mark.parametrize("slug", PLATFORMS)
async def test_what_never_went_up_is_looked_for_four_times_and_never_sent_again(
    world: World, slug: str
) -> None:
    await import_all(world, await connect(world))
    home, account = await publishable(world), await link(world, slug)
    platform = sandbox_of(world.sandboxes, slug)
    platform.lose("lost_before")
    (post,) = await ring(world, await ask(world, home, [account], 0))
    for number, wait in enumerate(LOOKS):
        assert (post.state, post.checks) == (PostState.UNKNOWN, number)
        assert post.failure is not None
        assert post.failure.code == "OUTCOME_UNKNOWN"
        assert post.next_attempt_at is not None
        assert abs((post.next_attempt_at - world.clock.now()).total_seconds() - wait) < 5
        world.clock.move(wait - 5)
        assert (await ring(world, [post])) == [post]
        world.clock.move(6)
        (post,) = await ring(world, [post])
    assert (post.state, post.failure and post.failure.code) == (PostState.FAILED, "OUTCOME_NOT_FOUND")

    world.clock.move(24 * 60 * 60)
    await world.work()
    assert (await the_post(world, post)).state is PostState.FAILED
    assert (platform.posts(), platform.attempts()) == ([], 1)


@pytest.mark.parametrize("slug", PLATFORMS)
async def test_what_is_found_after_the_sale_comes_down(world: World, slug: str) -> None:
    connection = await connect(world)
    await import_all(world, connection)
    home, account = await publishable(world), await link(world, slug)
    platform = sandbox_of(world.sandboxes, slug)
    platform.lose("lost_after")
    (post,) = await ring(world, await ask(world, home, [account], 0))
    assert (post.state, len(platform.live())) == (PostState.UNKNOWN, 1)

    world.sandboxes.change(key_of(home), StandardStatus="Closed")
    await sync(world, connection)
    assert (await the_post(world, post)).state is PostState.UNPUBLISHED
    assert [one["live"] for one in platform.posts()] == [False]


class TestInstagramsContainers:
    """What Instagram is busy with is kept with the post, so that whoever comes back goes on there."""

    async def waiting(self, world: World) -> tuple[Listing, Post]:
        """A post whose container Instagram has not finished, and whose worker has ended."""
        await import_all(world, await connect(world))
        home, account = await publishable(world), await link(world, "instagram")
        sandbox_of(world.sandboxes, "instagram").control("instagram/settings", seconds=250)
        (post,) = await ring(world, await ask(world, home, [account], 0))
        assert (post.state, post.platform_post_id) == (PostState.PENDING, None)
        assert post.step is not None
        await world.restart()
        return home, post

    async def test_another_process_goes_on_with_the_same_container(self, world: World) -> None:
        _, post = await self.waiting(world)
        steps = [post.step]
        for _ in range(3):  # the lease of the process that died takes 30 seconds
            world.clock.move(60)
            (post,) = await ring(world, [post])
            steps.append(post.step)
            await world.restart()
        assert post.state is PostState.PUBLISHED
        assert len(set(steps)) == len(steps)
        platform = sandbox_of(world.sandboxes, "instagram")
        made = world.sandboxes.http.get(f"{platform.looks}/containers").json()["containers"]
        assert [container["state"] for container in made] == ["PUBLISHED"]
        assert [one["id"] for one in platform.live()] == [post.platform_post_id]

    async def test_a_home_that_is_sold_while_instagram_is_busy_never_goes_up(self, world: World) -> None:
        home, post = await self.waiting(world)
        world.sandboxes.change(key_of(home), StandardStatus="Closed")
        (connection,) = await world.eyes.mls_connections.of_user(USER)
        await sync(world, connection)
        world.clock.move(10 * 60)
        await world.work()
        ended = await the_post(world, post)
        assert (ended.state, ended.failure and ended.failure.code) == (PostState.FAILED, "OFF_MARKET")
        assert sandbox_of(world.sandboxes, "instagram").posts() == []
