"""An MLS written by hand whose rows have photos, and what lies in the store of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from domain.entities.intent import IntentKind
from domain.entities.listing import Listing, Media
from domain.entities.mls import MlsRecord
from domain.entities.mls_connection import MlsConnection, MlsSource
from domain.entities.sync_run import SyncRun
from domain.rules.identity import photo_prefix, stem_of
from domain.use_cases.photo_sweep import TARGET, keep_sweeping
from tasks.work import carry_out
from tests.adapters.pictures import house, saved
from tests.scenarios.hand_mls import HandMls, a_row, connect_by_hand
from tests.world import World
from tests.world.steps import import_all, listings, sync

DAY = 24 * 60 * 60


def media(key: str, **more: Any) -> Media:
    """A photo of the MLS."""
    return Media(**{"key": key, "url": f"https://photos.example/{key}.jpg", **more})


@dataclass
class Gallery:
    """The MLS, whose photos have these bytes by their keys; what it has none for, raises.

    Attributes:
        asked: the keys of the photos that were fetched, in order.
        failing: raised in place of a photo's bytes, by its host.
    """

    within: HandMls
    world: World
    connection: MlsConnection
    pictures: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.within, name)

    async def photo(self, source: MlsSource, media: Media) -> bytes:
        self.asked.append(media.key)
        if media.url.startswith("http://"):
            return await self.world.ports.downloads.photo(media.url)
        return self.pictures.setdefault(media.key, picture(media.key))

    def show(self, *photos: Media, key: str = "K1") -> None:
        """Name these photos with a home."""
        self.within.put(row(*photos, key=key))

    async def sync(self) -> SyncRun:
        return await sync(self.world, self.connection)

    async def import_all(self) -> SyncRun:
        return await import_all(self.world, self.connection)

    async def home(self, key: str = "K1") -> Listing:
        """A home as it is now."""
        (found,) = [one for one in await listings(self.world) if one.facts.listing_key == key]
        return found

    async def stems(self, home: Listing) -> list[str]:
        """What lies in the home's folder: one name for all the files of a photo."""
        prefix = photo_prefix(home.user_id, home.id)
        return sorted({stem_of(key) async for key in self.world.files.list(prefix)})

    async def sweep(self) -> None:
        """Compare all files with the listings, a day after the last time, and do what follows."""
        await keep_sweeping(self.world.ports)
        self.world.clock.move(1.1 * DAY)
        await carry_out(self.world.ports, IntentKind.FILES, TARGET)
        await self.world.work()


def picture(seed: str) -> bytes:
    """A small JPEG, another one for each seed."""
    return saved(house(40 + len(seed), 30), "JPEG", comment=seed.encode())


def row(*photos: Media, key: str = "K1") -> MlsRecord:
    return replace(a_row(key, at=None), media=photos)


def stems_of(photos: Sequence[Any]) -> list[str]:
    return sorted(stem_of(photo.original_key) for photo in photos if photo.original_key)


async def opened(world: World, *photos: Media, **settings: object) -> Gallery:
    """A connection to an MLS with one home that has these photos, imported."""
    hand, connection = await connect_by_hand(world, row(*photos), sweep=False, **settings)
    gallery = Gallery(hand, world, connection)
    world.ports = replace(world.ports, mls={"hand": gallery})
    await gallery.import_all()
    return gallery
