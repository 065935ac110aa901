"""Comparing all stored photos with the listings: files that nobody names, and photos whose files are missing.

Both come from what no transaction spans: files are stored before a listing names them, and removed before it
forgets them. It is one work for the whole installation, once a day, in small steps with a checkpoint behind each.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.entities.common import PageRequest
from domain.entities.file_sweep import FileSweep
from domain.entities.intent import Ask, Fence, Intent, IntentKind, Later, Outcome
from domain.entities.listing import Listing, Photo
from domain.errors import Conflict
from domain.ports import Ports
from domain.rules import photos, schedule
from domain.rules.identity import PHOTOS, Folder, folder_of
from domain.use_cases.again import until_unchallenged

TARGET = "photos"
"""What the one intent of its kind is about."""

TOGETHER = 100
"""Listings that are compared in one step."""

AT_ONCE = 16
"""Files that are looked for at a time."""

PAUSE_SECONDS = 5.0
"""Between two slices, for photos that are waiting to be fetched."""

FIRST_SECONDS = 3_600.0
PERIOD = timedelta(hours=23)


async def keep_sweeping(ports: Ports) -> None:
    """See to it that there is the standing work of comparing photos; whoever keeps the time calls this."""
    if await ports.intents.get(IntentKind.FILES, TARGET) is None:
        due = schedule.after(ports.now(), FIRST_SECONDS)
        await ports.intents.ask(Ask(IntentKind.FILES, "", TARGET, due=due))


async def sweep_photos(ports: Ports, *, intent: Intent, until: datetime) -> Outcome:
    """Compare on from the last checkpoint, or from the beginning a day after the last time.

    Nothing is removed here. What no listing names becomes a removed photo of its listing, with the time of
    grace of any; the files of a listing that is deleted are erased as at its deletion; and a photo of which a
    file is missing is fetched again.
    """
    sweep = await ports.file_sweeps.get()
    if sweep is None or (sweep.finished_at and sweep.finished_at + PERIOD <= ports.now()):
        sweep = FileSweep(begun_at=ports.now(), version=sweep.version if sweep else 0)
    while sweep.finished_at is None:
        step = _compare_listings if sweep.files_compared else _compare_files
        sweep = await ports.file_sweeps.save(await step(ports, sweep, intent.as_fence), fence=intent.as_fence)
        if sweep.finished_at is None and ports.now() >= until:
            return Later(schedule.after(ports.now(), PAUSE_SECONDS), progress=True)
    return Later(schedule.next_file_sweep(sweep.finished_at, ports.random()), progress=True)


async def _compare_files(ports: Ports, sweep: FileSweep, fence: Fence) -> FileSweep:
    """Compare the files of the next listings; only where they differ the store is asked about one of them."""
    folders: dict[Folder, list[str]] = {}
    last = sweep.after
    complete = True
    async for key in ports.files.list(PHOTOS, sweep.after):
        folder = folder_of(key)
        if folder is not None and folder not in folders and len(folders) == TOGETHER:
            complete = False
            break
        if folder is not None:
            folders.setdefault(folder, []).append(key)
        last = key
    for folder, listing in (await _listings_of(ports, list(folders))).items():
        if listing is None:
            sweep = await _erase(ports, sweep, folder)
        elif any(_differences(ports, listing, folder, folders[folder])):
            sweep = await _compare(ports, sweep, folder, listing, fence)
    return replace(sweep, after=last, files_compared=complete)


async def _listings_of(ports: Ports, folders: Sequence[Folder]) -> Mapping[Folder, Listing | None]:
    found: dict[Folder, Listing | None] = {}
    for user_id in dict.fromkeys(folder.user_id for folder in folders):
        own = [folder for folder in folders if folder.user_id == user_id]
        listings = await ports.listings.get_many(user_id, [folder.listing_id for folder in own])
        found |= dict(zip(own, listings, strict=True))
    return found


async def _compare_listings(ports: Ports, sweep: FileSweep, fence: Fence) -> FileSweep:
    """Compare some listings of the next connection, of those that seem to have no file at all.

    All others are compared with their files.
    """
    page = await ports.mls_connections.page_of_all(PageRequest(1, sweep.connections_after))
    following = replace(
        sweep,
        connections_after=page.end,
        listings_after=None,
        finished_at=None if page.more else ports.now(),
    )
    if not page.items:
        return following
    (connection,) = page.items
    request = PageRequest(TOGETHER, sweep.listings_after)
    listings = await ports.listings.of_connection(connection.user_id, connection.id, request)
    for listing in await _without_files(ports, listings.items):
        folder = Folder(listing.user_id, listing.id)
        following = await _compare(ports, following, folder, listing, fence)
    if not listings.more:
        return following
    return replace(
        following,
        connections_after=sweep.connections_after,
        listings_after=listings.end,
        finished_at=None,
    )


async def _without_files(ports: Ports, listings: Sequence[Listing]) -> list[Listing]:
    """Those that have photos, and not the first one's file."""
    few = asyncio.Semaphore(AT_ONCE)

    async def lacks(listing: Listing) -> bool:
        original = next((photo.original_key for photo in listing.photos if photo.original_key), None)
        if original is None:
            return False
        async with few:
            return not await ports.files.exists(original)

    found = await asyncio.gather(*map(lacks, listings))
    return [listing for listing, lacking in zip(listings, found, strict=True) if lacking]


async def _compare(
    ports: Ports, sweep: FileSweep, folder: Folder, listing: Listing, fence: Fence
) -> FileSweep:
    """Compare a listing with the files of its folder, and have mended what is not as it should be."""

    async def attempt(now: Listing) -> tuple[int, int]:
        # The files are listed behind the look at the listing: what is named and not among them is missing.
        keys = [key async for key in ports.files.list(folder.prefix)]
        strays, lost = _differences(ports, now, folder, keys)
        if strays or lost:
            mended = photos.mended(now.photo_set, lost, strays, ports.now())
            await ports.listings.save_photos(now, mended, ask=[_work_on(folder)], fence=fence)
        return len(strays), len(lost)

    async def again() -> tuple[int, int]:
        now = await ports.listings.get(folder.user_id, folder.listing_id)
        return (0, 0) if now is None else await attempt(now)

    try:
        unnamed, missing = await attempt(listing)
    except Conflict:
        unnamed, missing = await until_unchallenged(ports, again)
    if unnamed or missing:
        await ports.bell.ring(IntentKind.PHOTOS, folder.listing_id)
    return replace(sweep, unnamed=sweep.unnamed + unnamed, missing=sweep.missing + missing)


def _differences(
    ports: Ports, listing: Listing, folder: Folder, keys: Sequence[str]
) -> tuple[list[Photo], list[Photo]]:
    """What lies in the folder and is not named, and the photos of which a file does not."""
    strays = photos.strays(listing.photo_set, folder.prefix, keys, ports.now())
    return strays, photos.incomplete(listing.photo_set, keys)


def _work_on(folder: Folder) -> Ask:
    return Ask(IntentKind.PHOTOS, folder.user_id, folder.listing_id)


async def _erase(ports: Ports, sweep: FileSweep, folder: Folder) -> FileSweep:
    if await ports.intents.get(IntentKind.ERASE, folder.listing_id) is None:
        await ports.intents.ask(Ask(IntentKind.ERASE, folder.user_id, folder.listing_id))
        await ports.bell.ring(IntentKind.ERASE, folder.listing_id)
    return replace(sweep, unnamed=sweep.unnamed + 1)
