"""Photos that come, go, change and fail, with counters that are exact."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from structlog.testing import capture_logs

from domain.entities.intent import IntentKind
from domain.entities.listing import Media, PhotoState
from domain.errors import ActionRequired, Unavailable
from domain.use_cases.connections import disconnect_mls
from domain.use_cases.listings import delete_listing
from domain.use_cases.photos import AT_ONCE
from domain.use_cases.runs import import_mls_listings
from tasks.work import carry_out
from tests.scenarios.looks import (
    actives,
    failures,
    forget_requests,
    homes_by_key,
    key_of,
    now_of,
    requests_of,
)
from tests.scenarios.meddling import watch_photos
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


class TestFailures:
    """Two attempts a photo, and some more if its worker died."""

    async def test_a_photo_that_kills_its_worker_is_given_up_and_no_other(self, world: World) -> None:
        home = world.sandboxes.homes()[5]
        connection = await connect(world)
        run = await import_mls_listings(world.ports, user_id=USER, connection_id=connection.id)
        await carry_out(world.ports, IntentKind.SYNC, connection.id)
        listing = (await homes_by_key(world))[home["key"]]
        url = listing.photos[0].media.url

        async def kill(media: Media) -> None:
            if media.url == url:
                raise Died

        deaths = 0
        while await world.eyes.intents.get(IntentKind.PHOTOS, listing.id) is not None:
            watch_photos(world, kill)
            try:
                await carry_out(world.ports, IntentKind.PHOTOS, listing.id)
            except Died:
                deaths += 1
                await world.restart()

        await world.work()
        bad, *others = (await the_listing(world, listing)).photos
        assert (deaths, bad.state, bad.attempts) == (6, PhotoState.FAILED, 5), (
            "the first was not written down"
        )
        assert {photo.state for photo in others} == {PhotoState.STORED}
        (failure,) = await failures(world, run)
        assert (failure.mls_number, failure.attempts) == (home["number"], 5)
        assert "broken off" in failure.error
        assert (await the_run(world, run)).counters.photos_failed == 1

    async def test_two_photos_over_which_work_breaks_down_are_given_up_and_no_other(
        self, world: World
    ) -> None:
        homes = world.sandboxes.homes()
        key = max(homes, key=lambda home: home["photos"] * (home["status"] != "Incomplete"))["key"]
        connection = await connect(world)
        run = await import_mls_listings(world.ports, user_id=USER, connection_id=connection.id)
        await carry_out(world.ports, IntentKind.SYNC, connection.id)
        listing = (await homes_by_key(world))[key]
        urls = {photo.media.url for photo in listing.photos[:2]}

        async def break_down(media: Media) -> None:
            if media.url in urls:
                raise RuntimeError

        watch_photos(world, break_down)
        with capture_logs():
            while (intent := await world.eyes.intents.get(IntentKind.PHOTOS, listing.id)) is not None:
                assert not intent.dead
                world.clock.move(max(0, (intent.due - world.clock.now()).total_seconds()))
                await carry_out(world.ports, intent.kind, intent.target)

        *bad, third, _ = (await the_listing(world, listing)).photos[:4]
        assert [(photo.state, photo.attempts) for photo in bad] == [(PhotoState.FAILED, 5)] * 2
        assert third.state is PhotoState.STORED
        assert (await the_run(world, run)).counters.photos_failed == 2

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


class TestWays:
    """Photos come by the protocol that named them, for as long as there is a connection."""

    async def test_the_protocol_is_asked_and_then_the_url_alone(self, world: World) -> None:
        connection = await connect(world)
        await import_mls_listings(world.ports, user_id=USER, connection_id=connection.id)
        asked: list[str] = []

        async def note(media: Media) -> None:
            asked.append(media.key)

        watch_photos(world, note)
        await carry_out(world.ports, IntentKind.SYNC, connection.id)
        first, second = [one for one in await listings(world) if one.photos][:2]
        await carry_out(world.ports, IntentKind.PHOTOS, first.id)
        assert sorted(asked) == sorted(photo.media.key for photo in first.photos)
        await disconnect_mls(world.ports, user_id=USER, connection_id=connection.id, keep_listings=True)
        await carry_out(world.ports, IntentKind.PHOTOS, second.id)
        states = {photo.state for photo in (await the_listing(world, second)).photos}
        assert (states, len(asked)) == ({PhotoState.STORED}, len(first.photos))

    async def test_who_was_not_asked_because_it_is_too_early_was_not_tried(self, world: World) -> None:
        """A vendor gives each photo once an hour, or so many a minute: waiting for that uses no attempt up."""
        connection = await connect(world)
        run = await import_mls_listings(world.ports, user_id=USER, connection_id=connection.id)
        tries: list[str] = []

        async def once_an_hour(media: Media) -> None:
            tries.append(media.key)
            if len(tries) == 1:
                raise Unavailable("The photos' host has trouble.")
            if tries.count(media.key) in (2, 3, 4):
                raise Unavailable("Each photo is given once an hour.", retry_after=3600, asked=False)

        watch_photos(world, once_an_hour)
        await carry_out(world.ports, IntentKind.SYNC, connection.id)
        home = max(await listings(world), key=lambda one: len(one.photos))
        assert len(home.photos) > 2
        for _ in range(5):
            await carry_out(world.ports, IntentKind.PHOTOS, home.id)
            world.clock.move(60 * 60 + 1)
        assert {photo.state for photo in (await the_listing(world, home)).photos} == {PhotoState.STORED}
        assert tries.count(tries[0]) == 5
        assert (await the_run(world, run)).counters.photos_failed == 0

    async def test_photos_wait_while_only_the_user_can_open_the_door(self, world: World) -> None:
        connection = await connect(world)
        run = await import_mls_listings(world.ports, user_id=USER, connection_id=connection.id)
        closed = [True]
        tries: list[str] = []

        async def refuse(media: Media) -> None:
            tries.append(media.key)
            if closed[0]:
                raise ActionRequired("The token is suspended.")

        watch_photos(world, refuse)
        await carry_out(world.ports, IntentKind.SYNC, connection.id)
        home = max(await listings(world), key=lambda one: len(one.photos))
        for _ in range(3):
            await carry_out(world.ports, IntentKind.PHOTOS, home.id)
            photos = (await the_listing(world, home)).photos
            assert {(photo.state, photo.attempts) for photo in photos} == {(PhotoState.PENDING, 0)}
            world.clock.move(60 * 60 + 1)
        assert len(tries) <= 3 * AT_ONCE

        tries.clear()
        shut = replace(await now_of(world, connection), needs_action="The token is suspended.")
        await world.ports.mls_connections.save(shut)
        await carry_out(world.ports, IntentKind.PHOTOS, home.id)
        assert tries == []

        closed[0] = False
        await world.ports.mls_connections.save(replace(await now_of(world, connection), needs_action=None))
        world.clock.move(60 * 60 + 1)
        await world.work()
        assert {photo.state for photo in (await the_listing(world, home)).photos} == {PhotoState.STORED}
        assert (await the_run(world, run)).counters.photos_failed == 0


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

        ports = world.ports

        async def delete(media: Media) -> None:
            """The listing is deleted, and its files are to be erased, while a photo is on its way."""
            await delete_listing(ports, user_id=USER, listing_id=home.id)
            await carry_out(ports, IntentKind.TAKEDOWN, home.id)
            await carry_out(ports, IntentKind.ERASE, home.id)

        watch_photos(world, delete)
        await sync(world, connection)
        assert await world.eyes.listings.get(USER, home.id) is None
        assert [key async for key in world.files.list(f"listings/{USER}/{home.id}/")] == []
        for kind in IntentKind:
            assert await world.eyes.intents.get(kind, home.id) is None
