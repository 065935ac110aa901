"""Photos that come, go, change and fail, with counters that are exact."""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from domain.entities.intent import IntentKind
from domain.entities.listing import PhotoState
from domain.ports import Downloads
from domain.use_cases.listings import delete_listing
from domain.use_cases.runs import import_mls_listings
from tasks.work import carry_out
from tests.scenarios.looks import (
    actives,
    failures,
    forget_requests,
    homes_by_key,
    key_of,
    requests_of,
)
from tests.world import Died, World
from tests.world.steps import connect, import_all, listings, publishable, sync, the_listing, the_run
from tests.world.world import USER


class TestSets:
    """What the MLS changes of a set, and nothing else, is fetched."""

    async def test_a_photo_more(self, world: World) -> None:
        connection = await connect(world)
        await import_all(world, connection)
        home = await publishable(world)
        forget_requests(world)
        world.sandboxes.change(key_of(home), photos={"add": 2})
        run = await sync(world, connection)
        now = await the_listing(world, home)
        assert now.photos[: len(home.photos)] == home.photos
        assert [photo.state for photo in now.photos[len(home.photos) :]] == [PhotoState.STORED] * 2
        assert (requests_of(world, "photos"), run.counters.photos_stored) == (2, 2)

    async def test_a_photo_less_and_another_order(self, world: World) -> None:
        connection = await connect(world)
        await import_all(world, connection)
        home = await publishable(world)
        forget_requests(world)
        world.sandboxes.change(key_of(home), photos={"remove": [1]})
        await sync(world, connection)
        now = await the_listing(world, home)
        assert [photo.sha256 for photo in now.photos] == [photo.sha256 for photo in home.photos[1:]]

        numbers = list(range(2, len(home.photos) + 1))
        world.sandboxes.change(key_of(home), photos={"order": numbers[::-1]})
        await sync(world, connection)
        turned = await the_listing(world, home)
        assert [photo.sha256 for photo in turned.photos] == [photo.sha256 for photo in now.photos[::-1]]
        assert requests_of(world, "photos") == 0

    async def test_another_picture_under_the_same_url(self, world: World) -> None:
        connection = await connect(world)
        await import_all(world, connection)
        home = await publishable(world)
        world.sandboxes.change(key_of(home), photos={"replace": [1]})
        run = await sync(world, connection)
        old, new = home.photos[0], (await the_listing(world, home)).photos[0]
        assert (new.media.key, new.media.url) == (old.media.key, old.media.url)
        assert (new.state, run.counters.photos_stored) == (PhotoState.STORED, 1)
        assert new.sha256 != old.sha256
        assert new.original_key != old.original_key

    async def test_an_empty_array_wipes_nothing(self, world: World) -> None:
        connection = await connect(world)
        await import_all(world, connection)
        home = await publishable(world)
        world.sandboxes.change(key_of(home), Media=[], ListPrice=321)
        await sync(world, connection)
        now = await the_listing(world, home)
        assert (now.facts.price, now.photos) == (Decimal(321), home.photos)


@dataclass
class Killer:
    """Downloads, among them a photo that kills the process that works on it."""

    within: Downloads
    url: str

    async def photo(self, url: str) -> bytes:
        if url == self.url:
            raise Died
        return await self.within.photo(url)


class TestFailures:
    """Two attempts a photo, whatever ends them."""

    async def test_a_photo_that_kills_its_worker_is_given_up_and_no_other(self, world: World) -> None:
        home = world.sandboxes.homes()[5]
        connection = await connect(world)
        run = await import_mls_listings(world.ports, user_id=USER, connection_id=connection.id)
        await carry_out(world.ports, IntentKind.SYNC, connection.id)
        listing = (await homes_by_key(world))[home["key"]]
        url = listing.photos[0].media.url

        deaths = 0
        while await world.eyes.intents.get(IntentKind.PHOTOS, listing.id) is not None:
            world.ports = replace(world.ports, downloads=Killer(world.ports.downloads, url))
            try:
                await carry_out(world.ports, IntentKind.PHOTOS, listing.id)
            except Died:
                deaths += 1
                await world.restart()

        await world.work()
        bad, *others = (await the_listing(world, listing)).photos
        assert (deaths, bad.state, bad.attempts) == (2, PhotoState.FAILED, 2)
        assert {photo.state for photo in others} == {PhotoState.STORED}
        (failure,) = await failures(world, run)
        assert (failure.mls_number, failure.attempts) == (home["number"], 2)
        assert "broken off" in failure.error
        assert (await the_run(world, run)).counters.photos_failed == 1

    async def test_one_dead_host_keeps_no_other_photo_waiting(self, world: World) -> None:
        connection = await connect(world)
        homes = world.sandboxes.homes()
        key = max(homes, key=lambda home: home["photos"] * (home["status"] != "Incomplete"))["key"]
        for number in range(1, 5):
            world.sandboxes.mls_fault(
                match=f"/photos/{key}/{number}.jpg",
                kind="status",
                status=503,
                retry_after=200,
                times=1,
            )
        run = await import_mls_listings(world.ports, user_id=USER, connection_id=connection.id)
        begun = world.clock.now()
        await world.work(horizon=timedelta(seconds=60))
        photos = (await homes_by_key(world))[key].photos
        states = [photo.state for photo in photos]
        assert states[:4] == [PhotoState.PENDING] * 4
        assert set(states[4:]) == {PhotoState.STORED}

        await world.work()
        photos = (await homes_by_key(world))[key].photos
        assert {photo.state for photo in photos} == {PhotoState.STORED}
        assert [photo.attempts for photo in photos[:5]] == [2, 2, 2, 2, 1]
        assert (world.clock.now() - begun).total_seconds() >= 200
        assert (await the_run(world, run)).counters.photos_failed == 0

    async def test_counters_are_those_of_the_photos(self, world: World) -> None:
        homes = world.sandboxes.homes()
        world.sandboxes.mls_fault(match=f"/photos/{homes[5]['key']}/1.jpg", kind="garbage", times=None)
        world.sandboxes.mls_fault(match=f"/photos/{homes[5]['key']}/2.jpg", kind="reset", times=None)
        world.sandboxes.mls_fault(match=f"/photos/{homes[4]['key']}/1.jpg", kind="status", status=404)
        run = await import_all(world, await connect(world))
        states = [photo.state for home in await listings(world) for photo in home.photos]
        assert run.counters.photos_failed == states.count(PhotoState.FAILED) == 3
        assert run.counters.photos_stored == states.count(PhotoState.STORED) == len(states) - 3
        assert len(await failures(world, run)) == 3


class TestDeletion:
    """The files of a deleted listing go, and nothing that is under way brings them back."""

    async def test_files_go_after_the_listing(self, world: World) -> None:
        await import_all(world, await connect(world))
        home, other = (await actives(world))[:2]
        assert [key async for key in world.files.list(f"listings/{USER}/{home.id}/")]
        await delete_listing(world.ports, user_id=USER, listing_id=home.id)
        await world.work()
        assert [key async for key in world.files.list(f"listings/{USER}/{home.id}/")] == []
        assert [key async for key in world.files.list(f"listings/{USER}/{other.id}/")]

    async def test_a_photo_that_is_being_fetched_leaves_no_file_behind(self, world: World) -> None:
        connection = await connect(world)
        await import_all(world, connection)
        home = await publishable(world)
        world.sandboxes.change(key_of(home), photos={"add": 1})

        class Meanwhile:
            """The listing is deleted, and its files are to be erased, while a photo is on its way."""

            def __init__(self, world: World) -> None:
                self.within = world.ports.downloads
                self.ports = world.ports

            async def photo(self, url: str) -> bytes:
                await delete_listing(self.ports, user_id=USER, listing_id=home.id)
                await carry_out(self.ports, IntentKind.TAKEDOWN, home.id)
                await carry_out(self.ports, IntentKind.ERASE, home.id)
                return await self.within.photo(url)

        world.ports = replace(world.ports, downloads=Meanwhile(world))
        await sync(world, connection)
        assert await world.eyes.listings.get(USER, home.id) is None
        assert [key async for key in world.files.list(f"listings/{USER}/{home.id}/")] == []
        for kind in IntentKind:
            assert await world.eyes.intents.get(kind, home.id) is None
