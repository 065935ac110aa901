"""The main job over SimplyRETS."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from domain.entities.listing import ListingStatus, PhotoState, Takedown
from domain.entities.mls_connection import MlsConnection, MlsCredentials
from domain.entities.post import PostState
from domain.entities.sync_run import SyncRunState
from domain.use_cases.connections import connect_mls
from sandbox.simplyrets.server import PASSWORD, USERNAME, create_app
from tests.scenarios.looks import all_runs, forget_requests
from tests.scenarios.other_mls import control_key, drop, requests_to, sandboxes_with
from tests.world import World
from tests.world.fixtures import FEW
from tests.world.steps import (
    import_all,
    link_facebook,
    listings,
    publish,
    publishable,
    sync,
    the_listing,
    the_post,
)
from tests.world.world import USER, Sandboxes

A_DAY = 26 * 60 * 60


@pytest.fixture(scope="module")
def served_sandboxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxes]:
    folder = tmp_path_factory.mktemp("simplyrets")
    with sandboxes_with(folder, create_app(folder / "mls", homes=FEW)) as served:
        yield served


async def connect(world: World, **settings: Any) -> MlsConnection:
    return await connect_mls(
        world.ports,
        user_id=USER,
        provider="sandbox",
        protocol="simplyrets",
        vendor="simplyrets",
        url=f"{world.sandboxes.mls}/properties",
        label=None,
        credentials=MlsCredentials(username=USERNAME, password=PASSWORD),
        settings={"pageSize": 2} | settings,
    )


class TestMainJob:
    async def test_an_import_brings_every_home_with_its_photos(self, world: World) -> None:
        run = await import_all(world, await connect(world))

        homes, found = world.sandboxes.homes(), await listings(world)
        assert run.state is SyncRunState.SUCCEEDED
        assert run.counters.processed == len(homes)
        assert run.counters.successful_imports == len(found)
        assert run.counters.successful_imports + run.counters.skipped == len(homes)
        assert all(listing.photos for listing in found)
        assert {photo.state for listing in found for photo in listing.photos} == {PhotoState.STORED}

    async def test_a_sold_home_loses_its_posts(self, world: World) -> None:
        connection = await connect(world)
        await import_all(world, connection)
        accounts = await link_facebook(world)
        home = await publishable(world)
        posts = await publish(world, home, *accounts)
        assert len(world.sandboxes.live_posts()) == len(accounts)

        world.sandboxes.change(control_key(world, home), StandardStatus="Closed")
        run = await sync(world, connection)

        sold = await the_listing(world, home)
        assert (sold.status, sold.publishable, sold.takedown) == (ListingStatus.SOLD, False, Takedown.SOLD)
        assert [(await the_post(world, post)).state for post in posts] == [PostState.UNPUBLISHED] * len(posts)
        assert world.sandboxes.live_posts() == []
        assert (run.counters.status_changes, run.counters.posts_unpublished) == (1, len(posts))

    async def test_a_vanished_home_is_off_the_market_and_not_sold(self, world: World) -> None:
        await import_all(world, await connect(world))
        accounts = await link_facebook(world)
        home = await publishable(world)
        await publish(world, home, accounts[0])
        drop(world, home)

        for _ in range(2):
            world.clock.move(A_DAY)
            await world.work(horizon=timedelta(minutes=1))

        gone = await the_listing(world, home)
        assert (gone.status, gone.takedown) == (ListingStatus.EXPIRED, Takedown.DELETED)
        assert world.sandboxes.live_posts() == []


async def test_a_second_import_writes_nothing(world: World) -> None:
    connection = await connect(world)
    first = await import_all(world, connection)
    before = await listings(world)

    second = await import_all(world, connection)

    assert second.counters.unchanged == first.counters.successful_imports
    assert await listings(world) == before


async def test_a_feed_that_was_not_refreshed_costs_one_request_and_no_run(world: World) -> None:
    connection = await connect(world)
    await import_all(world, connection)
    runs = await all_runs(world, connection)
    forget_requests(world)

    world.clock.move(20 * 60)
    await world.work()

    assert requests_to(world, "/properties") == 1
    assert await all_runs(world, connection) == runs


async def test_a_photo_that_moved_no_stamp_is_found_by_the_next_poll(world: World) -> None:
    connection = await connect(world)
    await import_all(world, connection)
    home = await publishable(world)
    world.sandboxes.change(control_key(world, home), photos={"add": 1}, **{"$touch": False})

    world.clock.move(20 * 60)
    await world.work()

    assert len((await the_listing(world, home)).photos) == len(home.photos) + 1
