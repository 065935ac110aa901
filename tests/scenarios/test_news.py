"""What platforms tell by themselves: posts that somebody removed there, and logins that were taken back."""

import hmac
import json
from collections.abc import AsyncIterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from domain.entities.common import Failure, PageRequest
from domain.entities.notification import NotificationKind, Subject, SubjectType
from domain.entities.post import Post, PostState
from domain.entities.social_account import AccountState, SocialAccount
from domain.errors import NotFound
from domain.use_cases.hearing import hear
from domain.use_cases.unpublishing import unpublish_post
from sandbox.social.facebook import APP_SECRET
from tests.scenarios.looks import account_now, mend_facebook
from tests.world import World
from tests.world.steps import connect, import_all, link_facebook, publish, publishable, the_post
from tests.world.storage import Storage
from tests.world.world import USER, Sandboxes

REMOVED = Failure("REMOVED_THERE", "Somebody removed it on Facebook.")


@pytest.fixture
async def world(tmp_path: Path, sandboxes: Sandboxes, storage: Storage) -> AsyncIterator[World]:
    """An installation whose webhook Meta knows."""
    made = World(tmp_path, sandboxes, storage, webhook_token="what-meta-is-told")
    await made.start()
    yield made
    await made.stop()


def control(world: World, call: str, **body: Any) -> dict[str, Any]:
    answer = world.sandboxes.http.post(f"{world.sandboxes.facebook}/_control/{call}", json=body)
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def told(world: World) -> list[tuple[Mapping[str, str], bytes]]:
    """Everything that Facebook has told so far, as it came."""
    answer = world.sandboxes.http.get(f"{world.sandboxes.facebook}/_control/webhook").raise_for_status()
    return [
        ({name.lower(): value for name, value in one["headers"].items()}, one["body"].encode())
        for one in answer.json()["deliveries"]
    ]


async def deliver(world: World) -> None:
    """All of it comes, also what has come before, and the work that follows is done."""
    for headers, body in told(world):
        await say(world, body, headers)


async def say(world: World, body: bytes, headers: Mapping[str, str] | None = None) -> int:
    """Something comes, signed as Meta does, and the work that follows is done; how much that was."""
    digest = hmac.new(APP_SECRET.encode(), body, sha256).hexdigest()
    signed = headers or {"x-hub-signature-256": f"sha256={digest}"}
    world.let_indexes_catch_up()
    work = await world.client(lambda ports: hear(ports, platform="facebook", headers=signed, body=body))
    await world.work()
    return work


def removal(page: str, *posts: str | None) -> bytes:
    """What Meta says of posts that were removed from a Page."""
    changes = [
        {"field": "feed", "value": {"item": "post", "verb": "remove", "post_id": post}} for post in posts
    ]
    return json.dumps({"object": "page", "entry": [{"id": page, "changes": changes}]}).encode()


async def published(world: World) -> tuple[SocialAccount, Post]:
    """A home with a post on a Page."""
    await import_all(world, await connect(world))
    account = (await link_facebook(world))[0]
    (post,) = await publish(world, await publishable(world), account)
    assert post.state is PostState.PUBLISHED
    return account, post


async def titles(world: World, kind: NotificationKind) -> list[tuple[str, Subject | None]]:
    page = await world.eyes.notifications.page(USER, PageRequest(100))
    return [(one.title, one.subject) for one in page.items if one.kind is kind]


async def test_a_post_that_somebody_removed_there_is_noticed_once(world: World) -> None:
    account, post = await published(world)
    control(world, f"posts/{post.platform_post_id}/remove")
    assert len(told(world)) == 1
    for _ in range(2):
        await deliver(world)
        gone = await the_post(world, post)
        assert (gone.state, gone.failure) == (PostState.UNPUBLISHED, REMOVED)
        assert gone.unpublished_at is not None
        ((title, subject),) = await titles(world, NotificationKind.POSTS_REMOVED)
        assert "somebody removed it on Facebook" in title
        assert subject == Subject(SubjectType.POST, post.id)
    assert (await account_now(world, account)).state is AccountState.ACTIVE


async def test_what_is_not_true_changes_nothing(world: World) -> None:
    """It is signed, so it is looked at, three times, as Meta may be slow to show that a post is gone."""
    account, post = await published(world)
    assert await say(world, removal(account.remote_id, post.platform_post_id, post.platform_post_id)) == 1
    assert await say(world, removal("100200300400502", post.platform_post_id)) == 0
    assert await say(world, removal(account.remote_id, "1_1", "")) == 0
    assert (await the_post(world, post)).state is PostState.PUBLISHED
    with pytest.raises(NotFound):
        await hear(world.ports, platform="facebook", headers={}, body=removal("1", "1_1"))
    with pytest.raises(NotFound):
        await hear(world.ports, platform="friendster", headers={}, body=removal("1", "1_1"))


async def test_a_task_to_remove_by_hand_is_ticked_off(world: World) -> None:
    _, post = await published(world)
    world.sandboxes.facebook_fault(match="delete", kind="error", code=100, times=None)
    await unpublish_post(world.ports, user_id=USER, post_id=post.id)
    await world.work()
    assert (await the_post(world, post)).state is PostState.REMOVE_BY_HAND
    control(world, f"posts/{post.platform_post_id}/remove")
    await deliver(world)
    done = await the_post(world, post)
    assert (done.state, done.failure) == (PostState.UNPUBLISHED, None)
    assert await titles(world, NotificationKind.POSTS_REMOVED) == []


async def test_our_own_removals_are_no_news(world: World) -> None:
    _, post = await published(world)
    await unpublish_post(world.ports, user_id=USER, post_id=post.id)
    await world.work()
    gone = await the_post(world, post)
    assert gone.state is PostState.UNPUBLISHED
    assert len(told(world)) == 1
    await deliver(world)
    assert await the_post(world, post) == gone


async def test_while_facebook_is_down_the_news_wait(world: World) -> None:
    _, post = await published(world)
    control(world, f"posts/{post.platform_post_id}/remove")
    world.sandboxes.facebook_fault(match="any", method="GET", kind="status", status=503, times=None)
    await deliver(world)
    assert (await the_post(world, post)).state is PostState.PUBLISHED
    mend_facebook(world)
    world.clock.move(3_600)
    await world.work()
    assert (await the_post(world, post)).failure == REMOVED


async def test_who_removes_the_app_has_to_link_again_and_late_news_of_it_do_no_harm(world: World) -> None:
    accounts = await link_facebook(world)
    await world.work()
    control(world, "deauthorize")
    await deliver(world)
    await deliver(world)
    for account in accounts:
        assert (await account_now(world, account)).state is AccountState.NEEDS_RECONNECT
    subjects = {subject for _, subject in await titles(world, NotificationKind.NEEDS_ACTION)}
    assert subjects == {Subject(SubjectType.SOCIAL_ACCOUNT, account.id) for account in accounts}
    assert len(await titles(world, NotificationKind.NEEDS_ACTION)) == len(accounts)

    world.clock.move(60)
    await link_facebook(world)
    await deliver(world)
    for account in accounts:
        assert (await account_now(world, account)).state is AccountState.ACTIVE


async def test_without_our_webhook_facebook_is_not_asked_to_tell(world: World) -> None:
    world.webhook_token = ""
    await world.restart()
    _, post = await published(world)
    control(world, f"posts/{post.platform_post_id}/remove")
    assert told(world) == []
