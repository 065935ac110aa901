"""A push brings what changed at once; polling would bring it anyway."""

import hmac
import json
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256

import pytest

from domain.entities.listing import ListingStatus
from domain.entities.mls_connection import MlsConnection, MlsCredentials
from domain.entities.sync_run import SyncRunState
from domain.errors import NotFound, Unavailable
from domain.use_cases.connections import update_mls_connection
from domain.use_cases.excluding import set_listing_sync
from domain.use_cases.pushed import CLOCK_SKEW, take_push
from domain.use_cases.queueing import MOST_WAITING
from tests.scenarios.looks import actives, all_runs, key_of, now_of
from tests.world import World
from tests.world.steps import connect, import_all, the_listing
from tests.world.world import USER

SECRET = "hush hush, says the MLS"


async def pushing(world: World) -> MlsConnection:
    """A connection whose MLS may push."""
    connection = await connect(world)
    return await update_mls_connection(
        world.ports,
        user_id=USER,
        connection_id=connection.id,
        credentials=MlsCredentials(webhook_secret=SECRET),
    )


@dataclass(frozen=True)
class Push:
    """What comes in."""

    timestamp: str
    signature: str
    body: bytes


def pushed(world: World, *keys: str) -> Push:
    """A push of these keys, signed now."""
    rows = [{"ResourceName": "Property", "ResourceRecordKey": key} for key in keys]
    body = json.dumps({"value": rows}).encode()
    stamp = str(int(world.clock.now().timestamp()))
    digest = hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, sha256).hexdigest()
    return Push(stamp, f"sha256={digest}", body)


async def push(world: World, connection: MlsConnection, given: Push) -> int:
    return await take_push(
        world.ports,
        user_id=USER,
        connection_id=connection.id,
        timestamp=given.timestamp,
        signature=given.signature,
        body=given.body,
    )


async def test_what_is_pushed_is_here_at_once_and_nothing_else_is_asked_for(world: World) -> None:
    connection = await pushing(world)
    await import_all(world, connection)
    sold, dearer = (await actives(world))[:2]
    world.sandboxes.change(key_of(sold), StandardStatus="Closed")
    world.sandboxes.change(key_of(dearer), ListPrice=987_654)
    assert await push(world, connection, pushed(world, key_of(sold))) == 1
    await world.work(horizon=timedelta(seconds=5))
    assert (await the_listing(world, sold)).status is ListingStatus.SOLD
    assert (await the_listing(world, dearer)).facts.price == dearer.facts.price
    run = (await all_runs(world, connection))[0]
    assert (run.keys, run.state, run.counters.processed) == ((key_of(sold),), SyncRunState.SUCCEEDED, 1)
    world.clock.move(16 * 60)
    await world.work()
    assert (await the_listing(world, dearer)).facts.price == 987_654


async def test_a_push_does_not_touch_a_listing_that_is_left_out(world: World) -> None:
    connection = await pushing(world)
    await import_all(world, connection)
    home = (await actives(world))[0]
    left_out = await set_listing_sync(world.ports, user_id=USER, listing_id=home.id, excluded=True)
    world.sandboxes.change(key_of(home), StandardStatus="Closed")
    assert await push(world, connection, pushed(world, key_of(home))) == 1
    await world.work(horizon=timedelta(seconds=5))
    run = (await all_runs(world, connection))[0]
    assert (run.state, run.counters.processed, run.counters.skipped) == (SyncRunState.SUCCEEDED, 1, 1)
    assert await the_listing(world, home) == left_out


async def test_a_push_is_remembered_for_as_long_as_it_could_be_sent_again(world: World) -> None:
    connection = await pushing(world)
    given = pushed(world, "K1")
    world.clock.move(-CLOCK_SKEW.total_seconds() + 1)
    assert await push(world, connection, given) == 1
    runs = len(await all_runs(world, connection))
    for _ in range(19):
        world.clock.move(CLOCK_SKEW.total_seconds() / 10)
        assert await push(world, connection, given) == 0
    assert len(await all_runs(world, connection)) == runs
    world.clock.move(CLOCK_SKEW.total_seconds() / 10 + 1)
    with pytest.raises(NotFound):
        await push(world, connection, given)


async def test_a_push_of_what_is_running_is_a_run_of_its_own(world: World) -> None:
    connection = await pushing(world)
    await push(world, connection, pushed(world, "K1"))
    [run] = await all_runs(world, connection)
    stored = await world.ports.runs.get(USER, run.id)
    assert stored is not None
    await world.ports.runs.save(replace(stored, state=SyncRunState.RUNNING))
    world.clock.move(1)
    await push(world, connection, pushed(world, "K1"))
    assert len(await all_runs(world, connection)) == 2


async def test_a_flood_is_asked_to_come_again(world: World) -> None:
    connection = await pushing(world)
    for number in range(MOST_WAITING):
        keys = [f"{number}-{key}" for key in range(1_000)]
        assert await push(world, connection, pushed(world, *keys)) == 1_000
    with pytest.raises(Unavailable) as caught:
        await push(world, connection, pushed(world, *(f"x{key}" for key in range(1_000))))
    assert caught.value.retry_after == 60
    assert len((await now_of(world, connection)).run_queue) == MOST_WAITING
