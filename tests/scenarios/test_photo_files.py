"""The files of photos: what is stored, what is not stored again, and what is made for platforms."""

import io
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from PIL import Image

from domain.entities.listing import Media, PhotoState
from domain.entities.mls_connection import MlsSource
from domain.entities.photo_forms import PLAIN, VARIANTS
from domain.errors import NotFound
from domain.rules.photos import files_of, rendition_of, variant_of
from domain.use_cases.renditions import rendition
from tests.scenarios.looks import key_of
from tests.scenarios.meddling import PROTOCOL, replace_mls
from tests.world import World
from tests.world.steps import connect, import_all, listings, publishable, sync, the_listing


def puts(world: World) -> int:
    """How many files were stored since the calls were cleared."""
    return sum(call.endswith("Files.put") for call in world.crash.calls)


@dataclass
class SamePhotos:
    """The protocol, where each photo has the bytes that it had before."""

    within: Any
    world: World
    before: dict[str, str | None]
    asked: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.within, name)

    async def photo(self, source: MlsSource, media: Media) -> bytes:
        self.asked.append(media.key)
        key = self.before[media.key]
        assert key is not None
        return (await self.world.files.get(key)).data


class TestContent:
    """What is stored goes by the bytes."""

    async def test_each_photo_has_its_original_and_three_sizes(self, world: World) -> None:
        await import_all(world, await connect(world))
        photos = [photo for home in await listings(world) for photo in home.photos]
        keys = [key for photo in photos for key in files_of(photo)]
        assert sorted(keys) == [key async for key in world.files.list("listings/")]
        assert len(set(keys)) == len(photos) * 4
        photo = photos[0]
        for name, box in VARIANTS.items():
            key = variant_of(photo, name)
            assert key is not None
            file = await world.files.get(key)
            assert file.content_type == "image/webp"
            with Image.open(io.BytesIO(file.data)) as image:
                assert image.format == "WEBP"
                assert image.width <= box[0]
                assert image.height <= box[1]
        assert photo.blurhash
        assert photo.width
        assert photo.height

    async def test_the_same_bytes_are_not_stored_again(self, world: World) -> None:
        connection = await connect(world)
        await import_all(world, connection)
        home = await publishable(world)
        keys = {photo.media.key: photo.original_key for photo in home.photos}
        same = SamePhotos(world.ports.mls[PROTOCOL], world, keys)
        replace_mls(world, same)
        world.sandboxes.change(key_of(home), photos={"replace": [1]})
        world.crash.calls.clear()
        await sync(world, connection)
        photo = (await the_listing(world, home)).photos[0]
        assert same.asked == [photo.media.key]
        assert photo.media.modified_at != home.photos[0].media.modified_at
        assert photo == replace(home.photos[0], media=photo.media)
        assert puts(world) == 0

    async def test_another_picture_is_stored_and_an_unchanged_set_is_not(self, world: World) -> None:
        connection = await connect(world)
        await import_all(world, connection)
        home = await publishable(world)
        world.crash.calls.clear()
        await import_all(world, connection)
        assert puts(world) == 0
        world.sandboxes.change(key_of(home), photos={"replace": [1]})
        await sync(world, connection)
        new = (await the_listing(world, home)).photos[0]
        assert puts(world) == 4
        assert not set(files_of(new)) & set(files_of(home.photos[0]))
        assert new.blurhash != home.photos[0].blurhash


class TestRenditions:
    """What a platform is given is made when it is needed, and kept."""

    async def test_it_is_made_once(self, world: World) -> None:
        await import_all(world, await connect(world))
        photo = (await publishable(world)).photos[0]
        key = rendition_of(photo, PLAIN)
        assert key is not None
        assert not await world.files.exists(key)
        world.crash.calls.clear()
        first = await rendition(world.ports, photo, "facebook")
        again = await rendition(world.ports, photo, "linkedin")
        assert first == again == (await world.files.get(key)).data
        assert first.startswith(b"\xff\xd8\xff")
        assert puts(world) == 1
        await rendition(world.ports, photo, "instagram")
        assert puts(world) == 2

    async def test_what_is_not_stored_has_none(self, world: World) -> None:
        await import_all(world, await connect(world))
        photo = (await publishable(world)).photos[0]
        for state in (PhotoState.PENDING, PhotoState.FAILED):
            with pytest.raises(NotFound):
                await rendition(world.ports, replace(photo, state=state), "facebook")
