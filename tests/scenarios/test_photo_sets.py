"""The set of a home's photos: its cover, its limits, what the MLS removes, and what the store and it disagree on."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from math import ceil
from typing import Any

import pytest

from adapters.photo_hosts import FAILURES
from domain.entities.file_sweep import FileSweep
from domain.entities.intent import Done, IntentKind, Later
from domain.entities.listing import PhotoState
from domain.ports import Files, StoredFile
from domain.rules.identity import photo_prefix
from domain.rules.photos import files_of
from domain.use_cases.connections import disconnect_mls
from domain.use_cases.listings import delete_listing
from domain.use_cases.photo_sweep import TARGET, keep_sweeping, sweep_photos
from domain.use_cases.photos import AT_ONCE
from tasks.work import carry_out
from tests.scenarios.gallery import DAY, media, opened, picture, stems_of
from tests.scenarios.looks import failures
from tests.world import World
from tests.world.steps import the_listing
from tests.world.world import USER


class TestOrder:
    """As the MLS has it, but the preferred photo is the cover."""

    async def test_the_preferred_photo_is_the_first_one(self, world: World) -> None:
        gallery = await opened(world, media("a"), media("b", preferred=True), media("c"))
        home = await gallery.home()
        assert [photo.media.key for photo in home.photos] == ["b", "a", "c"]
        gallery.show(media("a", preferred=True), media("b"), media("c", caption="Garden"))
        await gallery.sync()
        now = await the_listing(world, home)
        assert [(photo.media.key, photo.media.caption) for photo in now.photos] == [
            ("a", None),
            ("b", None),
            ("c", "Garden"),
        ]
        assert len(gallery.asked) == 3

    async def test_of_more_than_a_hundred_the_rest_is_counted_and_told(self, world: World) -> None:
        gallery = await opened(world, media("a"))
        gallery.pictures |= {str(number): picture("same") for number in range(103)}
        gallery.show(*[media(str(number)) for number in range(103)])
        run = await gallery.sync()
        assert [len((await gallery.home()).photos), run.counters.photos_stored] == [100, 100]
        (told,) = await failures(world, run)
        assert (told.code, run.counters.failed_imports) == ("PHOTOS_LEFT_OUT", 0)
        assert "103 photos" in told.error
        assert "the other 3 are not" in told.error


class TestRemovals:
    """What the MLS removes is kept for a time of grace."""

    async def test_a_removed_photo_is_kept_comes_back_and_goes(self, world: World) -> None:
        gallery = await opened(world, media("a"), media("b"))
        before = await gallery.home()
        gallery.show(media("a"))
        await gallery.sync()
        home = await gallery.home()
        (removed,) = home.removed_photos
        assert home.photos == before.photos[:1]
        assert removed.removed_at is not None
        assert abs(removed.removed_at - world.clock.now()) < timedelta(minutes=1)
        assert await gallery.stems(home) == stems_of(before.photos)

        world.clock.move(6 * DAY)
        gallery.show(media("a"), media("b"))
        await gallery.sync()
        assert ((await gallery.home()).photo_set, gallery.asked) == (before.photo_set, ["a", "b"])

        gallery.show(media("b"))
        await gallery.sync()
        world.clock.move(6.9 * DAY)
        await world.work()
        assert len((await gallery.home()).removed_photos) == 1
        world.clock.move(0.2 * DAY)
        await world.work()
        home = await gallery.home()
        assert home.removed_photos == ()
        assert await gallery.stems(home) == stems_of(before.photos[1:])
        assert await world.eyes.intents.get(IntentKind.PHOTOS, home.id) is None

    async def test_the_older_picture_of_a_photo_goes_and_the_new_one_stays(self, world: World) -> None:
        gallery = await opened(world, media("a"), photoGraceDays=2)
        old = (await gallery.home()).photos[0]
        gallery.pictures["a"] = picture("another")
        gallery.show(media("a", modified_at=world.clock.now()))
        await gallery.sync()
        home = await gallery.home()
        assert await gallery.stems(home) == sorted([*stems_of([old]), *stems_of(home.photos)])
        world.clock.move(2 * DAY)
        await world.work()
        assert await gallery.stems(home) == stems_of(home.photos)
        for key in files_of(home.photos[0]):
            assert (await world.files.get(key)).data

    async def test_a_file_that_another_row_names_stays(self, world: World) -> None:
        """The picture goes to another one and back, so that old and new lie under one name."""
        gallery = await opened(world, media("a"), photoGraceDays=2)
        first = gallery.pictures["a"]
        for data in (picture("another"), first):
            gallery.pictures["a"] = data
            gallery.show(media("a", modified_at=world.clock.now()))
            await gallery.sync()
        world.clock.move(3 * DAY)
        await world.work()
        home = await gallery.home()
        assert (home.removed_photos, await gallery.stems(home)) == ((), stems_of(home.photos))

    async def test_without_grace_it_goes_at_once_and_comes_back_as_new(self, world: World) -> None:
        gallery = await opened(world, media("a"), media("b"), photoGraceDays=0)
        before = await gallery.home()
        gallery.show(media("a"))
        await gallery.sync()
        assert await gallery.stems(before) == stems_of(before.photos[:1])
        gallery.show(media("a"), media("b"))
        await gallery.sync()
        home = await gallery.home()
        assert ([photo.state for photo in home.photos], gallery.asked) == (
            [PhotoState.STORED] * 2,
            ["a", "b", "b"],
        )

    @pytest.mark.parametrize("named", [(), None])
    async def test_no_media_wipes_nothing(self, world: World, named: Any) -> None:
        gallery = await opened(world, media("a"), photoGraceDays=0)
        before = await gallery.home()
        (known,) = gallery.within.rows.values()
        gallery.within.put(replace(known, media=named, facts=replace(known.facts, bedrooms=7)))
        await gallery.sync()
        home = await gallery.home()
        assert (home.facts.bedrooms, home.photo_set) == (7, before.photo_set)


class TestDeletion:
    """With a listing all its photos go, those that were removed before too, without waiting for their grace."""

    async def test_of_one_listing_and_of_a_connection(self, world: World) -> None:
        gallery = await opened(world, media("a"), media("b"))
        gallery.show(media("x"), key="K2")
        gallery.show(media("b"))
        await gallery.sync()
        home, other = await gallery.home(), await gallery.home("K2")
        assert len(home.removed_photos) == 1
        await delete_listing(world.ports, user_id=USER, listing_id=home.id)
        await world.work()
        assert (await gallery.stems(home), len(await gallery.stems(other))) == ([], 1)
        connection_id = gallery.connection.id
        await disconnect_mls(world.ports, user_id=USER, connection_id=connection_id, keep_listings=False)
        await world.work()
        assert await _keys(world.files) == []
        world.clock.move(8 * DAY)
        await world.work()
        for kind in (IntentKind.PHOTOS, IntentKind.ERASE):
            assert await world.eyes.intents.get(kind, home.id) is None


class TestFailedPhotos:
    """A photo that failed gets another chance when somebody asks for an import."""

    async def test_an_import_tries_again_and_a_sync_does_not(self, world: World) -> None:
        gallery = await opened(world, media("a"))
        gallery.pictures["b"] = b"no picture"
        gallery.show(media("a"), media("b"))
        await gallery.sync()
        await gallery.sync()
        assert [photo.state for photo in (await gallery.home()).photos] == [
            PhotoState.STORED,
            PhotoState.FAILED,
        ]
        assert gallery.asked == ["a", "b"]
        gallery.pictures["b"] = picture("b")
        run = await gallery.import_all()
        assert {photo.state for photo in (await gallery.home()).photos} == {PhotoState.STORED}
        assert (gallery.asked, run.counters.photos_stored) == (["a", "b", "b"], 1)


class TestHosts:
    """A media host in trouble holds up nobody but its own photos."""

    async def test_photos_of_a_dead_host_wait_and_all_others_come(self, world: World) -> None:
        dead = [media(f"dead{n:02d}", url=f"http://127.0.0.1:9/{n}.jpg") for n in range(12)]
        gallery = await opened(world, *dead, *[media(f"well{n}") for n in range(4)])
        photos = (await gallery.home()).photos
        assert [photo.state for photo in photos[12:]] == [PhotoState.STORED] * 4
        left_alone = photos[ceil(FAILURES / AT_ONCE) * AT_ONCE : 12]
        assert {photo.state for photo in left_alone} == {PhotoState.PENDING}
        assert {(photo.attempts, "left alone" in (photo.failure or "")) for photo in left_alone} == {
            (0, True)
        }


class TestSweep:
    """Files that no listing names, and listings that name files which are not there."""

    async def test_what_nobody_names_goes_after_its_grace_and_what_is_missing_comes_back(
        self, world: World
    ) -> None:
        gallery = await opened(world, media("a"), media("b"), photoGraceDays=2)
        home = await gallery.home()
        prefix = photo_prefix(USER, home.id)
        for form in ("large/photo7-stray.webp", "original/photo7-stray.png", "old-form/photo8-stray.webp"):
            await _put(world.files, f"{prefix}{form}")
        await world.files.delete(files_of(home.photos[0])[2])
        for key in files_of(home.photos[1]):
            await world.files.delete(key)
        await gallery.sweep()
        sweep = await world.eyes.file_sweeps.get()
        assert sweep is not None
        assert (sweep.unnamed, sweep.missing) == (2, 2)
        assert sorted(gallery.asked) == ["a", "a", "b", "b"]
        mended = await gallery.home()
        assert mended.photos == home.photos
        assert len(mended.removed_photos) == 2
        world.clock.move(2 * DAY)
        await world.work()
        assert await _keys(world.files, prefix) == sorted(
            key for photo in home.photos for key in files_of(photo)
        )
        assert (await gallery.home()).removed_photos == ()

    async def test_a_home_that_has_lost_all_its_files_gets_them_again(self, world: World) -> None:
        gallery = await opened(world, media("a"))
        home = await gallery.home()
        for key in await _keys(world.files):
            await world.files.delete(key)
        await gallery.sweep()
        assert (await _keys(world.files), gallery.asked) == (sorted(files_of(home.photos[0])), ["a", "a"])

    async def test_what_was_just_stored_and_is_not_named_yet_stays(self, world: World) -> None:
        """The sweep comes between the files and the row that names them."""
        gallery = await opened(world, media("a"), photoGraceDays=0)
        ports = world.ports

        class Interrupted:
            def __getattr__(self, name: str) -> Any:
                return getattr(ports.files, name)

            async def put_all(self, files: Sequence[StoredFile]) -> None:
                await ports.files.put_all(files)
                await keep_sweeping(ports)
                world.clock.move(2 * 60 * 60)
                await carry_out(ports, IntentKind.FILES, TARGET)

        world.ports = replace(ports, files=Interrupted())
        gallery.show(media("a"), media("b"))
        await gallery.sync()
        world.ports = ports
        await world.work()
        sweep = await world.eyes.file_sweeps.get()
        assert sweep is not None
        assert sweep.unnamed == 1
        home = await gallery.home()
        assert ([photo.state for photo in home.photos], home.removed_photos) == ([PhotoState.STORED] * 2, ())
        assert await _keys(world.files) == sorted(key for photo in home.photos for key in files_of(photo))

    async def test_files_of_listings_that_are_gone_go_in_steps_that_others_can_take_up(
        self, world: World
    ) -> None:
        gallery = await opened(world, media("a"))
        home = await gallery.home()
        orphans = [f"listings/a%2Eb/hand-{n:03d}/original/photo0-1.jpg" for n in range(120)]
        for key in orphans:
            await _put(world.files, key)
        await _put(world.files, "sweeps/another-noun.json")
        await keep_sweeping(world.ports)
        world.clock.move(60 * 60)
        intent = await world.ports.intents.take(IntentKind.FILES, TARGET, "holder", 20)
        assert intent is not None
        steps: list[FileSweep] = []
        while not steps or steps[-1].finished_at is None:
            outcome = await sweep_photos(world.ports, intent=intent, until=world.clock.now())
            sweep = await world.eyes.file_sweeps.get()
            assert sweep is not None
            steps.append(sweep)
        assert [(step.after, step.files_compared) for step in steps[:2]] == [
            (orphans[99], False),
            (files_of(home.photos[0])[3], True),
        ]
        assert isinstance(outcome, Later)
        assert outcome.due - world.clock.now() > timedelta(hours=23)
        await world.ports.intents.settle(intent, Done())
        await world.work()
        kept = [*sorted(key for photo in home.photos for key in files_of(photo)), "sweeps/another-noun.json"]
        assert await _keys(world.files) == kept

    async def test_once_a_day_and_asked_for_once(self, world: World) -> None:
        gallery = await opened(world, media("a"))
        for _ in range(3):
            await keep_sweeping(world.ports)
        (intent,) = [await world.eyes.intents.get(IntentKind.FILES, TARGET)]
        assert intent is not None
        assert intent.asked == 1
        await gallery.sweep()
        first = await world.eyes.file_sweeps.get()
        await world.ports.bell.ring(IntentKind.FILES, TARGET)
        await carry_out(world.ports, IntentKind.FILES, TARGET)
        assert await world.eyes.file_sweeps.get() == first
        await gallery.sweep()
        second = await world.eyes.file_sweeps.get()
        assert first is not None
        assert second is not None
        assert second.begun_at - first.begun_at >= timedelta(days=1)


async def _keys(files: Files, prefix: str = "") -> list[str]:
    return [key async for key in files.list(prefix)]


async def _put(files: Files, key: str) -> None:
    await files.put(key, b"x", content_type="image/webp")
