"""How posts do on their platforms: read now and then, counted once, apart from our own events."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.entities.common import PageRequest
from domain.entities.intent import IntentKind
from domain.entities.metrics import Counts, EventKind
from domain.entities.notification import NotificationKind
from domain.entities.post import Post, PostState
from domain.entities.social_account import AccountState, SocialAccount
from domain.errors import Invalid, Overtaken
from domain.rules.aggregates import Aggregate, MetricsPeriod
from domain.use_cases.counting import EventInput, aggregated_metrics, record_event
from domain.use_cases.installation import set_sync_enabled
from domain.use_cases.measuring import measure
from domain.use_cases.unpublishing import unpublish_post
from tasks.work import carry_out
from tests.scenarios.looks import revoke_tokens
from tests.world import World
from tests.world.steps import connect, import_all, link_facebook, publish, publishable, the_post
from tests.world.world import USER

KIND = IntentKind.ENGAGEMENT
ADMIN = ("admin",)


async def one_post(world: World) -> Post:
    await import_all(world, await connect(world))
    (post,) = await publish(world, await publishable(world), (await link_facebook(world))[0])
    assert post.state is PostState.PUBLISHED
    return post


def happens(world: World, post: Post, **figures: int) -> None:
    """So much has happened to the post on Facebook until now."""
    url = f"{world.sandboxes.facebook}/_control/posts/{post.platform_post_id}/figures"
    world.sandboxes.http.post(url, json=figures).raise_for_status()


async def comes_due(world: World, post: Post) -> timedelta:
    """Move the clock to the next reading; how long that was."""
    intent = await world.eyes.intents.get(KIND, post.id)
    assert intent is not None
    wait = intent.due - world.clock.now()
    world.clock.move(max(wait.total_seconds(), 0) + 0.01)
    return wait


async def read(world: World, post: Post) -> timedelta:
    """Let the next reading come; how long that took."""
    wait = await comes_due(world, post)
    await carry_out(world.ports, KIND, post.id)
    return wait


async def week(world: World, post: Post) -> Aggregate:
    period = MetricsPeriod.WEEKLY
    return await aggregated_metrics(world.eyes, user_id=USER, listing_id=post.listing_id, period=period)


async def account_of(world: World, post: Post) -> SocialAccount:
    account = await world.eyes.social_accounts.get(USER, post.account_id)
    assert account is not None
    return account


def readings(world: World) -> int:
    """How often Facebook was asked for figures."""
    log = world.sandboxes.http.get(f"{world.sandboxes.facebook}/_control/log").json()["requests"]
    return sum(entry["path"].endswith("/insights") for entry in log)


async def test_what_rises_is_counted_once_beside_our_own_events(world: World) -> None:
    post = await one_post(world)
    happens(world, post, post_media_view=100, post_clicks=4, reactions=9, comments=2, shares=1)
    view = EventInput(kind=EventKind.VIEW, listing_id=post.listing_id, platform="facebook", source="Facebook")
    await record_event(world.ports, user_id=USER, event=view)
    assert timedelta(minutes=50) < await read(world, post) < timedelta(minutes=70)
    told = Counts(views=100, clicks=4, likes=9, comments=2, shares=1)
    sums = await week(world, post)
    assert sums.sources == {"facebook": Counts(views=1), "insights:facebook": told}
    assert sums.platforms == {"facebook": told + Counts(views=1)}
    assert sums.total == told + Counts(views=1)

    assert timedelta(hours=5) < await read(world, post) < timedelta(hours=7)
    assert (await week(world, post)).total == sums.total
    happens(world, post, post_media_view=130, reactions=3)
    await read(world, post)
    happens(world, post, reactions=9)
    await read(world, post)
    told += Counts(views=30)
    assert (await week(world, post)).sources["insights:facebook"] == told


async def test_no_event_may_pass_for_what_a_platform_tells(world: World) -> None:
    post = await one_post(world)
    event = EventInput(kind=EventKind.VIEW, listing_id=post.listing_id, source="Insights:facebook")
    with pytest.raises(Invalid):
        await record_event(world.ports, user_id=USER, event=event)


async def test_three_workers_and_one_that_was_stopped_count_once(world: World) -> None:
    post = await one_post(world)
    happens(world, post, post_media_view=100)
    await comes_due(world, post)
    stopped = await world.ports.intents.take(KIND, post.id, "stopped", 20)
    assert stopped is not None
    world.clock.move(30)
    workers = [carry_out(world.ports, KIND, post.id) for _ in range(3)]
    late = measure(world.ports, intent=stopped, until=world.clock.now())
    *_, end = await asyncio.gather(*workers, late, return_exceptions=True)
    assert isinstance(end, Overtaken)
    assert (await week(world, post)).total == Counts(views=100)


async def test_a_post_that_is_gone_there_is_looked_for_and_told_of(world: World) -> None:
    post = await one_post(world)
    url = f"{world.sandboxes.facebook}/_control/posts/{post.platform_post_id}/remove"
    world.sandboxes.http.post(url).raise_for_status()
    await read(world, post)
    await carry_out(world.ports, IntentKind.NEWS, post.id)
    assert (await the_post(world, post)).state is PostState.UNPUBLISHED
    await world.work()
    told = await world.eyes.notifications.page(USER, PageRequest(100))
    assert NotificationKind.POSTS_REMOVED in {one.kind for one in told.items}
    await read(world, post)
    assert await world.eyes.intents.get(KIND, post.id) is None


async def test_a_post_that_is_taken_down_is_not_read_any_more(world: World) -> None:
    post = await one_post(world)
    await unpublish_post(world.ports, user_id=USER, post_id=post.id)
    await read(world, post)
    assert (readings(world), await world.eyes.intents.get(KIND, post.id)) == (0, None)


async def test_an_account_that_waits_for_its_user_is_left_alone(world: World) -> None:
    post = await one_post(world)
    happens(world, post, post_media_view=100)
    revoke_tokens(world)
    await read(world, post)
    assert (await account_of(world, post)).state is AccountState.NEEDS_RECONNECT
    asked = readings(world)
    await read(world, post)
    assert readings(world) == asked
    await link_facebook(world)
    await read(world, post)
    assert (await week(world, post)).total == Counts(views=100)


async def test_figures_that_the_user_did_not_allow_are_no_reason_to_link_again(world: World) -> None:
    scopes = f"{world.sandboxes.facebook}/_control/scopes"
    post = await one_post(world)
    world.sandboxes.http.post(scopes, json={"remove": ["read_insights"]}).raise_for_status()
    account = replace(await account_of(world, post), missing_scopes=("read_insights",))
    await world.ports.social_accounts.save(account)
    await read(world, post)
    assert (await account_of(world, post)).state is AccountState.ACTIVE
    assert (await week(world, post)).total == Counts()


async def test_a_post_that_is_shown_without_figures_says_nothing_against_the_login(world: World) -> None:
    post = await one_post(world)
    fault = {"kind": "error", "code": 100, "subcode": 33}
    world.sandboxes.facebook_fault(match="/insights$", times=None, **fault)
    await read(world, post)
    assert readings(world) == 1
    assert (await account_of(world, post)).state is AccountState.ACTIVE
    assert (await the_post(world, post)).state is PostState.PUBLISHED


async def test_a_platform_that_is_down_and_an_installation_that_is_off_cost_no_figures(world: World) -> None:
    post = await one_post(world)
    happens(world, post, post_media_view=100)
    world.sandboxes.facebook_fault(match="/insights$", kind="error", code=4, seconds=1_800)
    await read(world, post)
    assert (await week(world, post)).total == Counts()
    assert timedelta(minutes=29) < await comes_due(world, post) < timedelta(minutes=35)
    await set_sync_enabled(world.ports, user_id="boss", roles=ADMIN, enabled=False)
    asked = readings(world)
    await carry_out(world.ports, KIND, post.id)
    assert readings(world) == asked
    await set_sync_enabled(world.ports, user_id="boss", roles=ADMIN, enabled=True)
    await read(world, post)
    assert (await week(world, post)).total == Counts(views=100)
