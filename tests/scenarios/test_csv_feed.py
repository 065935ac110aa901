"""The main job over CSV files: one at a web address, one in an office's own words, one that the user sends."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from domain.entities.listing import ListingStatus, PhotoState, Takedown
from domain.entities.mls import UPLOADED
from domain.entities.mls_connection import MlsConnection, MlsCredentials
from domain.entities.post import PostState
from domain.entities.sync_run import SyncRun, SyncRunState
from domain.use_cases.connections import connect_mls, disconnect_mls
from domain.use_cases.runs import import_mls_listings
from domain.use_cases.uploading import upload_feed
from sandbox.csv_feed.server import TOKEN, create_app
from tests.scenarios.looks import all_runs, failures, forget_requests, now_of
from tests.scenarios.meddling import WatchedMls
from tests.scenarios.other_mls import control_key, drop, requests_to, sandboxes_with
from tests.world import World
from tests.world.fixtures import FEW, storage_on_both
from tests.world.steps import (
    import_all,
    link_facebook,
    listings,
    publish,
    publishable,
    sync,
    the_listing,
    the_post,
    the_run,
)
from tests.world.storage import Storage
from tests.world.world import USER, Sandboxes

A_DAY = 26 * 60 * 60
__all__ = ["storage_on_both"]


@pytest.fixture(scope="module")
def served_sandboxes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxes]:
    folder = tmp_path_factory.mktemp("csv")
    with sandboxes_with(folder, create_app(folder / "mls", homes=FEW)) as served:
        yield served


async def connect(world: World, header: str = "reso", *, url: str | None = None) -> MlsConnection:
    return await connect_mls(
        world.ports,
        user_id=USER,
        provider="sandbox",
        protocol="csv",
        vendor="upload" if url == UPLOADED else "generic",
        url=url or f"{world.sandboxes.mls}/files/homes.csv?header={header}",
        label=None,
        credentials=MlsCredentials(token=TOKEN),
        settings={"pageSize": 2},
    )


async def send(world: World, connection: MlsConnection, data: bytes) -> SyncRun:
    """Send a file, and answer the run that read it."""
    run = await upload_feed(world.ports, user_id=USER, connection_id=connection.id, data=data)
    await world.work()
    return await the_run(world, run)


def file_of(world: World, header: str = "plain") -> bytes:
    """The file as it is now."""
    url = f"{world.sandboxes.mls}/open/homes.csv"
    return world.sandboxes.http.get(url, params={"header": header}).raise_for_status().content


def watched(world: World, before: Callable[[int], Awaitable[None]]) -> WatchedMls:
    """Let something happen before each page is fetched."""
    csv = WatchedMls(world.ports.mls["csv"], before)
    world.ports = replace(world.ports, mls={**world.ports.mls, "csv": csv})
    return csv


async def kept(world: World) -> list[str]:
    """What is kept of files while they are read."""
    return [key async for key in world.files.list("feeds/")]


class TestOnBothEngines:
    @pytest.fixture
    def storage(self, storage_on_both: Storage) -> Storage:
        return storage_on_both

    async def test_an_import_brings_every_home_with_its_photos(self, world: World) -> None:
        run = await import_all(world, await connect(world))

        homes, found = world.sandboxes.homes(), await listings(world)
        assert run.state is SyncRunState.SUCCEEDED
        assert run.counters.processed == len(homes)
        assert run.counters.successful_imports + run.counters.skipped == len(homes)
        assert {listing.facts.mls_number for listing in found} <= {home["number"] for home in homes}
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
        assert run.counters.successful_imports == 1

    async def test_a_vanished_home_is_off_the_market_and_not_sold(self, world: World) -> None:
        await import_all(world, await connect(world, "plain"))
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


async def test_an_office_s_own_words_are_understood(world: World) -> None:
    connection = await connect(world, "plain")
    await import_all(world, connection)
    homes = {home["number"]: home for home in world.sandboxes.homes()}
    found = await listings(world)
    assert all(listing.facts.price == homes[listing.facts.mls_number]["price"] for listing in found)
    home = await publishable(world)

    world.sandboxes.change(control_key(world, home), StandardStatus="Closed")
    await sync(world, connection)

    sold = await the_listing(world, home)
    assert (sold.status, sold.facts.mls_status) == (ListingStatus.SOLD, "Sold")


async def test_a_file_that_did_not_change_costs_one_request_no_run_and_no_room(world: World) -> None:
    connection = await connect(world, "plain")
    await import_all(world, connection)
    runs = await all_runs(world, connection)
    forget_requests(world)

    world.clock.move(20 * 60)
    await world.work()

    assert requests_to(world, "/files") == 1
    assert await all_runs(world, connection) == runs
    assert await kept(world) == []


async def test_after_a_full_read_the_file_of_the_run_before_is_another_one(world: World) -> None:
    connection = await connect(world)
    await import_all(world, connection)
    home = await publishable(world)
    price = home.facts.price
    world.sandboxes.change(control_key(world, home), ListPrice=111_000)
    await import_all(world, connection)
    assert (await the_listing(world, home)).facts.price == 111_000

    world.sandboxes.change(control_key(world, home), ListPrice=float(price or 0))
    await sync(world, connection)
    assert (await the_listing(world, home)).facts.price == price


async def test_a_run_reads_one_file_though_another_lies_there_meanwhile(world: World) -> None:
    connection = await connect(world)
    prices = {home["number"]: home["price"] for home in world.sandboxes.homes()}

    async def change_all(page: int) -> None:
        if page == 2:
            for home in world.sandboxes.homes():
                world.sandboxes.change(home["key"], ListPrice=111_000)

    csv = watched(world, change_all)
    await import_all(world, connection)
    assert len(csv.queries) == FEW / 2
    assert all(listing.facts.price == prices[listing.facts.mls_number] for listing in await listings(world))

    await sync(world, connection)
    assert {listing.facts.price for listing in await listings(world)} == {111_000}


async def test_what_is_kept_of_a_file_goes_with_its_connection(world: World) -> None:
    connection = await connect(world)
    await import_mls_listings(world.ports, user_id=USER, connection_id=connection.id)
    forgetting: list[asyncio.Task[str]] = []

    async def forget(page: int) -> None:
        if page == 2:
            assert await kept(world)
            gone = disconnect_mls(world.eyes, user_id=USER, connection_id=connection.id, keep_listings=True)
            forgetting.append(asyncio.create_task(gone))
            await asyncio.shield(forgetting[0])

    watched(world, forget)
    await world.work()
    await forgetting[0]
    await world.work()
    assert await kept(world) == []


async def test_a_file_that_the_user_sends_is_read_and_so_is_the_next_one(world: World) -> None:
    connection = await connect(world, url=UPLOADED)
    first = await send(world, connection, file_of(world))
    assert first.state is SyncRunState.SUCCEEDED
    home = await publishable(world)
    accounts = await link_facebook(world)
    (post,) = await publish(world, home, accounts[0])

    world.sandboxes.change(control_key(world, home), StandardStatus="Closed")
    second = await send(world, connection, file_of(world))

    assert second.state is SyncRunState.SUCCEEDED
    assert (await the_listing(world, home)).status is ListingStatus.SOLD
    assert (await the_post(world, post)).state is PostState.UNPUBLISHED
    assert world.sandboxes.live_posts() == []


async def test_a_file_that_cannot_be_read_is_told_and_mended_by_the_next_one(world: World) -> None:
    connection = await connect(world, url=UPLOADED)
    failed = await send(world, connection, b"<!doctype html><title>Log in</title>")
    assert failed.state is SyncRunState.FAILED
    assert failed.failure is not None
    assert "HTML" in failed.failure.message

    lines = file_of(world).split(b"\r\n")
    lines[2] += b",one cell too many"
    run = await send(world, connection, b"\r\n".join(lines))

    assert run.state is SyncRunState.SUCCEEDED
    assert [error.error[:7] for error in await failures(world, run)] == ["Line 3:"]
    assert (await now_of(world, connection)).needs_action is None
