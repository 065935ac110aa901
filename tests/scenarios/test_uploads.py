"""A file that the user sends is read at once, and the next one after it."""

from decimal import Decimal

import pytest

from domain.entities.mls_connection import MlsConnection, MlsCredentials
from domain.entities.sync_run import SyncRun, SyncRunState
from domain.errors import Conflict, NotFound
from domain.ports import Ports
from domain.rules.identity import upload_key
from domain.use_cases.connections import connect_mls, disconnect_mls
from domain.use_cases.uploading import upload_feed
from tests.scenarios.looks import homes_by_key, now_of
from tests.world import World
from tests.world.steps import connect, the_run
from tests.world.world import USER

HEAD = "ListingKey,ListingId,ListPrice,StandardStatus,City\n"
FILE = HEAD + "K1,N1,525000,Active,Salem\nK2,N2,410000,Pending,Keizer\n"


async def connect_file(world: World) -> MlsConnection:
    """A connection whose file is still to come."""
    return await connect_mls(
        world.ports,
        user_id=USER,
        provider="office",
        protocol="csv",
        vendor="upload",
        url="upload:",
        label=None,
        credentials=MlsCredentials(),
        settings={},
    )


async def send(ports: Ports, connection: MlsConnection, text: str) -> SyncRun:
    return await upload_feed(ports, user_id=USER, connection_id=connection.id, data=text.encode())


async def test_a_file_is_imported_and_a_newer_one_changes_what_it_says(world: World) -> None:
    connection = await connect_file(world)
    run = await send(world.ports, connection, FILE)
    await world.work()
    first = await the_run(world, run)
    assert (first.state, first.counters.successful_imports) == (SyncRunState.SUCCEEDED, 2)
    again = await send(world.ports, connection, FILE.replace("525000", "515000"))
    await world.work()
    second = await the_run(world, again)
    assert again.id != run.id
    assert (second.counters.successful_imports, second.counters.unchanged) == (1, 1)
    assert (await homes_by_key(world))["K1"].facts.price == Decimal(515_000)


async def test_a_connection_without_its_file_says_so_until_it_comes(world: World) -> None:
    connection = await connect_file(world)
    world.clock.move(20 * 60)
    await world.work()
    waiting = await now_of(world, connection)
    assert waiting.needs_action is not None
    assert "file" in waiting.needs_action
    await send(world.ports, connection, FILE)
    await world.work()
    assert (await now_of(world, connection)).needs_action is None
    assert set(await homes_by_key(world)) == {"K1", "K2"}


async def test_a_connection_that_is_fetched_takes_no_file(world: World) -> None:
    connection = await connect(world)
    with pytest.raises(Conflict):
        await send(world.ports, connection, FILE)
    assert not await world.files.exists(upload_key(connection.id))


async def test_a_file_goes_with_its_connection(world: World) -> None:
    connection = await connect_file(world)
    await send(world.ports, connection, FILE)
    await disconnect_mls(world.ports, user_id=USER, connection_id=connection.id, keep_listings=True)
    assert not await world.files.exists(upload_key(connection.id))
    with pytest.raises(NotFound):
        await send(world.ports, connection, FILE)
    assert not await world.files.exists(upload_key(connection.id))
