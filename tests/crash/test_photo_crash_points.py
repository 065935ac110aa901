"""Crash points of the photos that go: removed in the MLS, named by nobody, or of a home that has lost a file."""

import pytest

from domain.entities.intent import IntentKind
from domain.rules.photos import files_of
from domain.use_cases.photo_sweep import keep_sweeping
from domain.use_cases.runs import sync_mls_status
from tasks.work import carry_out
from tests.crash.stage import Scenario, Stage, all_moments, some_moments
from tests.world import Mode, World
from tests.world.steps import connect, import_all, listings
from tests.world.world import USER

SOME = 2


async def _in_disorder(world: World) -> None:
    """The MLS has removed a photo; a home's folder holds what nobody names, another home lacks a file, and a
    third is not there at all. All work on it is due."""
    await import_all(world, await connect(world, photoGraceDays=0))
    one, other = sorted((home for home in await listings(world) if home.photos), key=lambda home: home.id)[:2]
    stray = f"listings/{USER}/{one.id}/original/photo9-0123456789ab.png"
    for key in (stray, f"listings/{USER}/sandbox-gone/large/photo0-0123456789ab.webp"):
        await world.files.put(key, b"x", content_type="image/png")
    await world.files.delete(files_of(other.photos[1])[1])
    await keep_sweeping(world.ports)
    world.clock.move(60 * 60)
    world.sandboxes.change(one.facts.listing_key or "", photos={"remove": [1]})
    (connection,) = await world.eyes.mls_connections.of_user(USER)
    await sync_mls_status(world.ports, user_id=USER, connection_id=connection.id)
    await carry_out(world.ports, IntentKind.SYNC, connection.id)


async def _tidy_up(world: World) -> None:
    await world.work()


TIDYING = Scenario(_in_disorder, _tidy_up)


async def test_nothing_is_left_over_and_nothing_missing(stage: Stage) -> None:
    """What the crash points below compare with."""
    world = World(stage.folder, stage.sandboxes, stage.storage)
    stage.sandboxes.reset()
    stage.folder.mkdir()
    await world.start()
    await _in_disorder(world)
    await _tidy_up(world)
    homes = await listings(world)
    assert [home.removed_photos for home in homes] == [()] * len(homes)
    named = [key for home in homes for photo in home.photos for key in files_of(photo)]
    assert [key async for key in world.files.list("")] == sorted(named)
    await world.stop()


@pytest.mark.parametrize("mode", Mode)
async def test_the_end_is_the_same_whatever_call_goes_wrong(stage: Stage, mode: Mode) -> None:
    assert await stage.differences(TIDYING, all_moments(mode)) == []


async def test_the_end_is_the_same_on_the_other_engines(stage_on_aws: Stage) -> None:
    assert await stage_on_aws.differences(TIDYING, some_moments(SOME)) == []
