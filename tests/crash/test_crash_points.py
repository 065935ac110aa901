"""Crash-point enumeration: each scenario, with every one of its calls going wrong in every way.

A scenario has a beginning that goes well, and a deed that is disturbed. The end state after any single
misfortune equals the undisturbed one.
"""

import random
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from domain.entities.common import PageRequest
from domain.entities.post import Post, PostFilter, PostState
from domain.entities.sync_run import RunCounters, SyncRun, SyncRunKind, SyncRunState
from domain.use_cases.runs import import_mls_listings, sync_listing_status
from domain.use_cases.unpublishing import unpublish_post
from tests.scenarios.test_relisting import relist
from tests.world import Crash, Mode, Sandboxes, World
from tests.world.fixtures import stand_ins
from tests.world.steps import (
    connect,
    import_all,
    link_facebook,
    listings,
    publish,
    publishable,
    sync,
)
from tests.world.storage import Storage
from tests.world.world import USER

Facts = dict[str, Any]
Moments = list[tuple[int, Mode]]
SOME = 8


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


async def _listed_again(world: World) -> None:
    """One house is listed three times, and the newest of its listings is known already."""
    keys = relist(world, 0, 1, 2)
    connection = await connect(world)
    number = next(home["number"] for home in world.sandboxes.homes() if home["key"] == keys[-1])
    await import_mls_listings(
        world.ports, user_id=USER, connection_id=connection.id, mls_numbers=(str(number),)
    )
    await world.work()


async def _imported(world: World) -> None:
    await import_all(world, await connect(world))


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


async def _vanished(world: World) -> None:
    """A home with a post that the MLS has dropped without a word."""
    await _published(world)
    home = await _home_with_post(world)
    world.sandboxes.http.delete(f"{world.sandboxes.mls}/_control/homes/{home}").raise_for_status()


async def _sweep_twice(world: World) -> None:
    """Past the first sweep, and past the grace."""
    for _ in range(2):
        world.clock.move(26 * 60 * 60)
        await world.work()


async def _ask_for_rows(world: World) -> None:
    """Three numbers, of which the MLS knows one, and a listing whose row is gone."""
    (connection,) = await world.eyes.mls_connections.of_user(USER)
    vanished = await publishable(world)
    home = next(home for home in world.sandboxes.homes() if home["key"] != vanished.facts.listing_key)
    world.sandboxes.change(home["key"], ListPrice=123456)
    world.sandboxes.http.delete(
        f"{world.sandboxes.mls}/_control/homes/{vanished.facts.listing_key}"
    ).raise_for_status()
    numbers = ("NONE", home["number"], "NEITHER")
    await world.client(
        lambda ports: import_mls_listings(
            ports, user_id=USER, connection_id=connection.id, mls_numbers=numbers, idempotency_key="numbers"
        )
    )
    await world.client(lambda ports: sync_listing_status(ports, user_id=USER, listing_id=vanished.id))
    await world.work()


SCENARIOS = {
    "import": Scenario(_connected, _import),
    "import of what was listed again": Scenario(_listed_again, _import),
    "sale": Scenario(_published, _sell_and_sync),
    "unpublish": Scenario(_published, _unpublish),
    "rows": Scenario(_imported, _ask_for_rows),
    "sweep": Scenario(_vanished, _sweep_twice),
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
                home.missing_since is None,
                home.predecessor_id,
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
            if not _is_void(run)
        ),
        "errors": sorted((error.code, error.listing_key or "") for error in errors.items),
        "queue": (connection.run_queue, connection.needs_action),
        "posts": sorted((post.state, post.text) for post in await _posts(world)),
        "on facebook": sorted(
            (post["live"], post["message"], len(post["photos"])) for post in world.sandboxes.facebook_posts()
        ),
        "files": [key async for key in world.files.list("")],
    }


def _is_void(run: SyncRun) -> bool:
    """A poll that the MLS did not answer becomes a run, which then finds nothing."""
    nothing = RunCounters(processed=run.counters.processed, unchanged=run.counters.processed)
    is_poll = run.kind is SyncRunKind.SYNC and run.state is SyncRunState.SUCCEEDED
    return is_poll and run.counters == nothing


@dataclass(frozen=True)
class Stage:
    """Where scenarios are played, each time from the beginning."""

    folder: Path
    sandboxes: Sandboxes
    storage: Storage

    async def play(self, scenario: Scenario, crash: Crash) -> Facts:
        """The end state of a scenario whose deed meets with `crash`."""
        self.sandboxes.reset()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        world = World(self.folder, self.sandboxes, self.storage)
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

    async def differences(self, scenario: Scenario, moments: Callable[[list[str]], Moments]) -> list[str]:
        """What ends otherwise than undisturbed, for the misfortunes that `moments` picks from all calls."""
        counting = Crash()
        undisturbed = await self.play(scenario, counting)
        assert len(counting.calls) > 10
        different = []
        for k, mode in moments(counting.calls):
            end = await self.play(scenario, Crash(at=k, mode=mode))
            parts = [part for part in end if end[part] != undisturbed[part]]
            different += [f"{k} {counting.calls[k]} {mode.name}: {part}" for part in parts]
        return different


@pytest.fixture
def stage(tmp_path: Path, smallest_sandboxes: Sandboxes, storage: Storage) -> Stage:
    """On the engines that the environment asks for."""
    return Stage(tmp_path / "world", smallest_sandboxes, storage)


@pytest.fixture
def stage_on_aws(tmp_path: Path, smallest_sandboxes: Sandboxes, request: pytest.FixtureRequest) -> Stage:
    """On stand-ins of DynamoDB and S3."""
    return Stage(tmp_path / "world", smallest_sandboxes, stand_ins(request, table=True, files=True))


def _is_moment(call: str, mode: Mode) -> bool:
    """A read has no effect: dying behind it is the same as dying before it."""
    return mode is not Mode.DIE_AFTER or call.split(".")[1] not in READS


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("mode", Mode)
async def test_the_end_is_the_same_whatever_call_goes_wrong(stage: Stage, name: str, mode: Mode) -> None:
    def all_calls(calls: list[str]) -> Moments:
        return [(k, mode) for k, call in enumerate(calls) if _is_moment(call, mode)]

    assert await stage.differences(SCENARIOS[name], all_calls) == []


@pytest.mark.parametrize("name", SCENARIOS)
async def test_the_end_is_the_same_on_the_other_engines(stage_on_aws: Stage, name: str) -> None:
    """Some of the calls, chosen anew with every version of the code; all of them with YARDSIGN_TABLE set."""

    def some_calls(calls: list[str]) -> Moments:
        every = [(k, mode) for k, call in enumerate(calls) for mode in Mode if _is_moment(call, mode)]
        return random.Random(len(every)).sample(every, SOME)

    assert await stage_on_aws.differences(SCENARIOS[name], some_calls) == []


@pytest.mark.parametrize("mode", Mode)
async def test_a_post_is_up_once_or_never_and_the_store_knows_which(stage: Stage, mode: Mode) -> None:
    """Whoever dies while sending leaves an unknown outcome, and that is looked up, never sent again."""
    counting = Crash()
    await stage.play(PUBLISH, counting)
    wrong = []
    for k, call in enumerate(counting.calls):
        end = await stage.play(PUBLISH, Crash(at=k, mode=mode))
        states = [state for state, _ in end["posts"]]
        live = [post for post in end["on facebook"] if post[0]]
        if (states, len(live)) not in (([PostState.PUBLISHED], 1), ([PostState.FAILED], 0)):
            wrong.append(f"{k} {call}: {states}, {len(live)} live")
    assert wrong == []
