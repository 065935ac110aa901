"""Crash-point enumeration: each scenario, with every one of its calls going wrong in every way.

A scenario has a beginning that goes well, and a deed that is disturbed. The end state after any single
misfortune equals the undisturbed one.
"""

import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from domain.entities.common import PageRequest
from domain.entities.post import Post, PostFilter, PostState
from domain.use_cases.unpublishing import unpublish_post
from tests.world import Crash, Mode, Sandboxes, World
from tests.world.steps import (
    connect,
    import_all,
    link_facebook,
    listings,
    publish,
    publishable,
    sync,
)
from tests.world.world import USER

Facts = dict[str, Any]


@dataclass(frozen=True)
class Scenario:
    """What goes well before, and the deed."""

    prepare: Callable[[World], Awaitable[None]]
    deed: Callable[[World], Awaitable[object]]


async def _connected(world: World) -> None:
    await connect(world)


async def _published(world: World) -> None:
    await import_all(world, await connect(world))
    accounts = await link_facebook(world)
    await publish(world, await publishable(world), accounts[0])


async def _imported_and_linked(world: World) -> None:
    await import_all(world, await connect(world))
    await link_facebook(world)


async def _import(world: World) -> None:
    (connection,) = await world.eyes.mls_connections.of_user(USER)
    await import_all(world, connection)


async def _sell_and_sync(world: World) -> None:
    home = await _home_with_post(world)
    world.sandboxes.change(home, StandardStatus="Closed", CloseDate="2026-01-02", ClosePrice=400000)
    (connection,) = await world.eyes.mls_connections.of_user(USER)
    await sync(world, connection)


async def _unpublish(world: World) -> None:
    post = (await _posts(world))[0]
    await world.client(lambda ports: unpublish_post(ports, user_id=USER, post_id=post.id))
    await world.work()


async def _publish(world: World) -> None:
    account = (await world.eyes.social_accounts.of_user(USER))[0]
    await publish(world, await publishable(world), account)
    world.clock.move(60 * 60)  # past the last look for a post whose outcome is unknown
    await world.work()


SCENARIOS = {
    "import": Scenario(_connected, _import),
    "sale": Scenario(_published, _sell_and_sync),
    "unpublish": Scenario(_published, _unpublish),
}
PUBLISH = Scenario(_imported_and_linked, _publish)
READS = {"get", "get_many", "query", "query_many", "exists"}


async def _posts(world: World) -> list[Post]:
    page = await world.eyes.posts.page(USER, PostFilter(), PageRequest(100))
    return list(page.items)


async def _home_with_post(world: World) -> str:
    (post,) = await _posts(world)
    listing = await world.eyes.listings.get(USER, post.listing_id)
    assert listing is not None
    assert listing.facts.listing_key is not None
    return listing.facts.listing_key


async def _end_state(world: World) -> Facts:
    """Everything that a user could tell apart, without ids and moments."""
    homes = sorted(await listings(world), key=lambda listing: listing.id)
    trails = [await world.eyes.changes.of_listing(USER, home.id, PageRequest(100)) for home in homes]
    runs = await world.eyes.runs.page(USER, PageRequest(100))
    errors = await world.eyes.runs.errors(USER, PageRequest(100))
    (connection,) = await world.eyes.mls_connections.of_user(USER)
    return {
        "listings": [
            (
                home.id,
                replace(home.facts, modified_in_mls_at=None, close_date=None, days_on_market=None),
                home.status,
                home.publishable,
                home.takedown,
                [(photo.state, photo.original_key, photo.thumbnail_key) for photo in home.photos],
            )
            for home in homes
        ],
        "trails": [
            sorted((change.kind, change.field or "", change.new or "") for change in trail.items)
            for trail in trails
        ],
        "runs": sorted(
            (run.kind, run.mode, run.state, str(run.counters), run.checkpoint.finished_paging)
            for run in runs.items
        ),
        "errors": sorted((error.code, error.listing_key or "") for error in errors.items),
        "queue": (connection.run_queue, connection.needs_action),
        "posts": sorted((post.state, post.text) for post in await _posts(world)),
        "on facebook": sorted(
            (post["live"], post["message"], len(post["photos"])) for post in world.sandboxes.facebook_posts()
        ),
        "files": [key async for key in world.files.list("")],
    }


async def _run(tmp_path: Path, sandboxes: Sandboxes, scenario: Scenario, crash: Crash) -> Facts:
    sandboxes.reset()
    folder = tmp_path / "world"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    world = World(folder, sandboxes)
    await world.start()
    try:
        await scenario.prepare(world)
        await world.stop()
        world.crash = crash
        await world.start()
        await scenario.deed(world)
        return await _end_state(world)
    finally:
        await world.stop()


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("mode", Mode)
async def test_the_end_is_the_same_whatever_call_goes_wrong(
    tmp_path: Path, smallest_sandboxes: Sandboxes, name: str, mode: Mode
) -> None:
    counting = Crash()
    undisturbed = await _run(tmp_path, smallest_sandboxes, SCENARIOS[name], counting)
    assert len(counting.calls) > 10
    different = []
    for k, call in enumerate(counting.calls):
        if mode is Mode.DIE_AFTER and call.split(".")[1] in READS:
            continue  # a read has no effect: this is the same death as before it
        end = await _run(tmp_path, smallest_sandboxes, SCENARIOS[name], Crash(at=k, mode=mode))
        different += [f"{k} {call}: {part}" for part in end if end[part] != undisturbed[part]]
    assert different == []


@pytest.mark.parametrize("mode", Mode)
async def test_a_post_is_up_once_or_never_and_the_store_knows_which(
    tmp_path: Path, smallest_sandboxes: Sandboxes, mode: Mode
) -> None:
    """Whoever dies while sending leaves an unknown outcome, and that is looked up, never sent again."""
    counting = Crash()
    await _run(tmp_path, smallest_sandboxes, PUBLISH, counting)
    wrong = []
    for k, call in enumerate(counting.calls):
        end = await _run(tmp_path, smallest_sandboxes, PUBLISH, Crash(at=k, mode=mode))
        states = [state for state, _ in end["posts"]]
        live = [post for post in end["on facebook"] if post[0]]
        if (states, len(live)) not in (([PostState.PUBLISHED], 1), ([PostState.FAILED], 0)):
            wrong.append(f"{k} {call}: {states}, {len(live)} live")
    assert wrong == []
