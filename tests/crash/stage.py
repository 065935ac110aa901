"""Where scenarios are played, undisturbed and with one of their calls going wrong, and their ends compared."""

import random
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from domain.entities.common import PageRequest
from domain.entities.post import PostFilter
from domain.entities.sync_run import RunCounters, SyncRun, SyncRunKind, SyncRunState
from domain.ports import Ports
from tests.crash.keeping import Kept, keep
from tests.world import Crash, Mode, Sandboxes, World
from tests.world.steps import all_listings
from tests.world.storage import Storage
from tests.world.sums import kept_sums, sums_of_runs
from tests.world.world import USER, Clock

Facts = dict[str, Any]
Moments = list[tuple[int, Mode]]
READS = {"get", "get_many", "query", "query_many", "exists"}
SILENT = {"tell", "ring"}


async def end_state(world: World) -> Facts:
    """Everything that a user could tell apart, without ids and moments."""
    return await seen(world.eyes, world.sandboxes)


async def seen(ports: Ports, sandboxes: Sandboxes) -> Facts:
    """The same, through these ports."""
    homes = sorted(await all_listings(ports), key=lambda listing: listing.id)
    trails = [await ports.changes.of_listing(USER, home.id, PageRequest(100)) for home in homes]
    runs = await ports.runs.page(USER, PageRequest(100))
    errors = await ports.runs.errors(USER, PageRequest(100))
    posts = await ports.posts.page(USER, PostFilter(), PageRequest(100))
    (connection,) = await ports.mls_connections.of_user(USER)
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
                [(photo.state, photo.original_key, photo.blurhash) for photo in home.photos],
                sorted(photo.original_key or "" for photo in home.removed_photos),
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
        "posts": sorted((post.state, post.text) for post in posts.items),
        "on facebook": sorted(
            (post["live"], post["message"], len(post["photos"])) for post in sandboxes.facebook_posts()
        ),
        "files": [key async for key in ports.files.list("")],
        "statistics hold": await kept_sums(ports) == await sums_of_runs(ports),
    }


def _is_void(run: SyncRun) -> bool:
    """A poll that the MLS did not answer becomes a run, which then finds nothing."""
    nothing = RunCounters(processed=run.counters.processed, unchanged=run.counters.processed)
    is_poll = run.kind is SyncRunKind.SYNC and run.state is SyncRunState.SUCCEEDED
    return is_poll and run.counters == nothing


@dataclass(frozen=True)
class Scenario:
    """What goes well before, and the deed.

    Attributes:
        look: what is compared at the end.
        kept: whether the beginning leaves the MLS as it was, so that it need not be played again.
    """

    prepare: Callable[[World], Awaitable[None]]
    deed: Callable[[World], Awaitable[object]]
    look: Callable[[World], Awaitable[Facts]] = end_state
    kept: bool = True


@dataclass(frozen=True)
class Stage:
    """Where scenarios are played, each time from the beginning.

    Attributes:
        keeps: whether all that a world stores lies in its folder, so that it can be kept.
        model: where scenarios are played undisturbed, if not here: a cheaper storage, where they end the same.
    """

    folder: Path
    sandboxes: Sandboxes
    storage: Storage
    keeps: bool = False
    model: "Stage | None" = None
    _kept: dict[object, Kept] = field(default_factory=dict)

    async def play(self, scenario: Scenario, crash: Crash) -> Facts:
        """The end state of a scenario whose deed meets with `crash`."""
        clock = await self._begin(scenario)
        world = World(self.folder, self.sandboxes, self.storage, crash, clock)
        await world.start()
        try:
            await scenario.deed(world)
            return await scenario.look(world)
        finally:
            await world.stop()

    async def _begin(self, scenario: Scenario) -> Clock:
        """Everything as it is before the deed; played only if it is not kept."""
        self.sandboxes.reset()
        platforms = self.sandboxes.folder
        kept = self._kept.get(scenario.prepare)
        if kept is not None and kept.is_fresh and platforms is not None:
            return kept.bring_back(self.folder, platforms)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        world = World(self.folder, self.sandboxes, self.storage)
        await world.start()
        try:
            await scenario.prepare(world)
        finally:
            await world.stop()
        if self.keeps and platforms is not None and scenario.kept:
            self._kept[scenario.prepare] = keep(
                world, platforms, self.folder.with_name(f"kept-{len(self._kept)}")
            )
        return world.clock

    async def differences(self, scenario: Scenario, moments: Callable[[list[str]], Moments]) -> list[str]:
        """What ends otherwise than undisturbed, for the misfortunes that `moments` picks from all calls."""
        counting = Crash()
        undisturbed = await (self.model or self).play(scenario, counting)
        assert len(counting.calls) > 10
        different = []
        for k, mode in moments(counting.calls):
            crash = Crash(at=k, mode=mode)
            end = await self.play(scenario, crash)
            assert len(crash.calls) > k  # or nothing went wrong
            parts = [part for part in end if end[part] != undisturbed[part]]
            different += [f"{k} {counting.calls[k]} {mode.name}: {part}" for part in parts]
        return different


def moments_of(calls: list[str], mode: Mode) -> Moments:
    """Every call that goes wrong in this way with an end of its own.

    A read has no effect: dying before it or behind it is dying behind the last call with one. So is dying before
    any call but the first with an effect. What never raises can lose no answer.
    """
    effects = [k for k, call in enumerate(calls) if call.split(".")[1] not in READS]
    answers = [k for k, call in enumerate(calls) if call.split(".")[1] not in SILENT]
    chosen = {Mode.DIE_BEFORE: effects[:1], Mode.DIE_AFTER: effects, Mode.LOSE_ANSWER: answers}
    return [(k, mode) for k in chosen[mode]]


def all_moments(mode: Mode) -> Callable[[list[str]], Moments]:
    """Every call goes wrong in this way."""

    def pick(calls: list[str]) -> Moments:
        return moments_of(calls, mode)

    return pick


def some_moments(count: int) -> Callable[[list[str]], Moments]:
    """Some calls in some ways, chosen anew with every version of the code."""

    def pick(calls: list[str]) -> Moments:
        every = [moment for mode in Mode for moment in moments_of(calls, mode)]
        return random.Random(len(every)).sample(every, count)

    return pick
