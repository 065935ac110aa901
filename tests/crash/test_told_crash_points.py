"""Whatever goes wrong between a run's end and the word of it: the user is told once, and of everything."""

from functools import partial
from typing import Any

import pytest

from domain.entities.alert import AlertMetric
from domain.entities.common import PageRequest
from domain.entities.listing import ListingFacts, ListingStatus
from domain.entities.metrics import EventKind
from domain.use_cases.alerts import create_alert
from domain.use_cases.counting import EventInput, record_event
from domain.use_cases.listings import create_listing, update_listing
from tests.crash.beginnings import imported
from tests.crash.stage import Facts, Scenario, Stage, all_moments, some_moments
from tests.world import Mode, World
from tests.world.steps import listings, publishable, sync
from tests.world.world import USER

SOME = 2


async def _close_the_door_and_sync(world: World) -> None:
    """The login ends: the run fails, and the account needs its user."""
    world.sandboxes.mls_fault(match="odata", kind="status", status=401, times=None)
    await _sync(world)


async def _restore_and_sync(world: World) -> None:
    """A home was pending and is back, and an edit of it is overruled in the same run."""
    home = await publishable(world)
    changes = {"status": "PENDING", "bedrooms": 77}
    await world.client(lambda ports: update_listing(ports, user_id=USER, listing_id=home.id, changes=changes))
    await _sync(world)


async def _sync(world: World) -> None:
    (connection,) = await world.eyes.mls_connections.of_user(USER)
    await sync(world, connection)


async def _told(world: World) -> Facts:
    page = await world.eyes.notifications.page(USER, PageRequest(100))
    (connection,) = await world.eyes.mls_connections.of_user(USER)
    found: list[Any] = sorted((told.kind, told.title) for told in page.items)
    return {"notifications": found, "account": connection.needs_action}


async def _watched(world: World) -> None:
    home = await create_listing(world.ports, user_id=USER, facts=ListingFacts(), status=ListingStatus.ACTIVE)
    await create_alert(
        world.ports,
        user_id=USER,
        listing_id=home.id,
        metric=AlertMetric.VIEWS,
        threshold=2,
        window_days=30,
    )
    world.clock.move(60)
    await world.work()


async def _view_it_thrice(world: World) -> None:
    """Two views cross the threshold; the third one, later, finds it crossed."""
    (home,) = await listings(world)
    for number in range(3):
        event = EventInput(kind=EventKind.VIEW, listing_id=home.id, event_id=f"view {number}")
        await world.client(partial(record_event, user_id=USER, event=event))
        if number:
            await world.work()


async def _heard(world: World) -> Facts:
    page = await world.eyes.notifications.page(USER, PageRequest(100))
    (alert,) = await world.eyes.alerts.of_user(USER)
    return {"told": [told.kind for told in page.items], "reached": alert.reached_on is not None}


ALERT = Scenario(_watched, _view_it_thrice, _heard)


@pytest.mark.parametrize("mode", Mode)
async def test_a_crossing_is_told_once_whatever_call_goes_wrong(stage: Stage, mode: Mode) -> None:
    assert await stage.differences(ALERT, all_moments(mode)) == []


async def test_a_crossing_is_told_once_on_the_other_engines(stage_on_aws: Stage) -> None:
    assert await stage_on_aws.differences(ALERT, some_moments(SOME)) == []


SCENARIOS = {
    "a login that ends": Scenario(imported, _close_the_door_and_sync, _told),
    "a restoration": Scenario(imported, _restore_and_sync, _told),
}


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("mode", Mode)
async def test_everything_is_told_once_whatever_call_goes_wrong(stage: Stage, name: str, mode: Mode) -> None:
    assert await stage.differences(SCENARIOS[name], all_moments(mode)) == []


@pytest.mark.parametrize("name", SCENARIOS)
async def test_everything_is_told_once_on_the_other_engines(stage_on_aws: Stage, name: str) -> None:
    assert await stage_on_aws.differences(SCENARIOS[name], some_moments(SOME)) == []
