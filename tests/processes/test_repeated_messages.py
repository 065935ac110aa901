"""The main job, with every message of the queue three times and out of order."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dramatiq.brokers.redis import RedisBroker

from domain.entities.common import PageRequest
from domain.entities.intent import STANDING, Lane
from domain.entities.post import Post, PostState
from domain.entities.social_account import SocialAccount
from domain.entities.sync_run import SyncRun, SyncRunState
from domain.ports import Bell
from domain.use_cases.publishing import publish_post
from domain.use_cases.runs import sync_mls_status
from domain.use_cases.unpublishing import unpublish_post
from domain.use_cases.webhooks import create_webhook
from tasks.clock import SHARDS
from tasks.queue import QueueBell
from tests.crash.stage import Facts, seen
from tests.processes.installation import USER, Installation
from tests.processes.repeating import RepeatingBell
from tests.processes.waiting import eventually
from tests.world import Sandboxes
from tests.world.receivers import Receiver, receiver
from tests.world.steps import link_pages
from tests.world.world import Clock


async def _play(
    folder: Path, sandboxes: Sandboxes, bell: Callable[[RedisBroker], Bell], *worker: str, module: str
) -> Facts:
    """Import, publish twice, unpublish once, sell the other home; the end state."""
    sandboxes.reset()
    sandboxes.clocks[:] = [Clock()]
    facebook = {
        "FACEBOOK_APP_ID": "sandbox-app",
        "FACEBOOK_APP_SECRET": "sandbox-app-secret",
        "FACEBOOK_GRAPH_URL": sandboxes.facebook,
        "FACEBOOK_DIALOG_URL": sandboxes.facebook,
    }
    with receiver() as hooks:
        async with Installation.open(folder, sandboxes, bell, **facebook) as installation:
            installation.start(*worker, module=module)
            installation.start("clock")
            await _the_main_job(installation, hooks)
            await eventually(lambda: _is_at_rest(installation), "rest")
            return {**await seen(installation.ports, sandboxes), **await _told(installation, hooks)}


async def _the_main_job(installation: Installation, hooks: Receiver) -> None:
    ports = installation.ports
    await create_webhook(ports, user_id=USER, url=hooks.url)
    connection = await installation.connect()
    run = await installation.import_of(connection)
    await eventually(lambda: installation.is_complete(run), "the import's end")
    (account, *_) = await link_pages(ports, installation.sandboxes)
    homes = sorted(home.id for home in await installation.listings() if home.publishable)
    sold, other = [await _published(installation, home, account) for home in homes[:2]]

    await unpublish_post(ports, user_id=USER, post_id=other.id)
    await _becomes(installation, other, PostState.UNPUBLISHED)

    listing = await ports.listings.get(USER, sold.listing_id)
    assert listing is not None
    assert listing.facts.listing_key is not None
    installation.sandboxes.change(listing.facts.listing_key, StandardStatus="Closed", ClosePrice=400000)
    sync = await sync_mls_status(ports, user_id=USER, connection_id=connection.id)
    await eventually(lambda: _has_succeeded(installation, sync), "the sync's end")
    await _becomes(installation, sold, PostState.UNPUBLISHED)


async def _published(installation: Installation, listing_id: str, account: SocialAccount) -> Post:
    (post,) = await publish_post(
        installation.ports, user_id=USER, listing_id=listing_id, account_ids=(account.id,)
    )
    await _becomes(installation, post, PostState.PUBLISHED)
    return post


async def _becomes(installation: Installation, post: Post, state: PostState) -> None:
    async def is_so() -> bool:
        now = await installation.ports.posts.get(USER, post.id)
        return now is not None and now.state is state

    await eventually(is_so, f"{state} of a post")


async def _has_succeeded(installation: Installation, run: SyncRun) -> bool:
    return (await installation.run(run)).state is SyncRunState.SUCCEEDED


async def _is_at_rest(installation: Installation) -> bool:
    """Nothing is owed any more but what stands for ever, and no message waits."""
    ports = installation.ports
    left = [
        intent
        for lane in Lane
        for shard in range(SHARDS)
        for intent in await ports.intents.due(lane, shard, ports.now().replace(year=2999), 100)
        if intent.kind not in STANDING or intent.holder
    ]
    return not left and await installation.messages() == 0


async def _told(installation: Installation, hooks: Receiver) -> dict[str, Any]:
    told = await installation.ports.notifications.page(USER, PageRequest(100))
    delivered = {headers["webhook-id"]: json.loads(body)["title"] for headers, body in hooks.came}
    return {
        "notifications": sorted((one.title, one.kind) for one in told.items),
        "deliveries": sorted(delivered.values()),
    }


async def test_each_message_three_times_and_shuffled_ends_as_each_message_once(
    tmp_path: Path, sandboxes: Sandboxes
) -> None:
    once = await _play(tmp_path / "once", sandboxes, QueueBell, "worker", module="app")
    thrice = await _play(tmp_path / "thrice", sandboxes, RepeatingBell, module="tests.processes.repeating")

    assert once["notifications"]
    assert once["deliveries"] == [title for title, _ in once["notifications"]]
    assert {part: thrice[part] for part in thrice if thrice[part] != once[part]} == {}
