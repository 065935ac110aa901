"""Removing the files of photos: of those that the MLS has removed, and of listings that are deleted."""

from collections.abc import Callable, Collection
from dataclasses import replace
from datetime import datetime, timedelta

from domain.entities.intent import Done, Intent, IntentKind, Later, Outcome
from domain.entities.listing import Listing, Photo, PhotoSet
from domain.ports import Ports
from domain.rules import photos, schedule
from domain.rules.identity import photo_prefix, stem_of
from domain.use_cases.again import until_unchallenged
from domain.use_cases.removing import live_posts_of


async def clear_away(ports: Ports, intent: Intent, outcome: Outcome, listing: Listing | None) -> Outcome:
    """Remove the files of removed photos whose time of grace is over; answers when the next one's ends.

    Whoever fetches the listing's photos does this too, and so never at the same time. A photo is marked first,
    so that it does not come back while its files go, and forgotten when they are gone: whoever dies in between
    leaves it marked.

    Args:
        outcome: of the work so far, which stays unless all of it was done.
        listing: as it was a moment ago; whoever takes photos from it since asks for this work again.
    """
    if listing is None or not listing.removed_photos:
        return outcome
    grace = await _grace(ports, listing)
    if any(photos.is_over(photo, grace, ports.now()) for photo in listing.removed_photos):
        listing = await _change(ports, intent, lambda now: _marked(now, grace, ports.now()))
        going = [photo for photo in listing.removed_photos if photo.erasing] if listing else []
        if listing is not None and going:
            await _erase(ports, listing, going)
            listing = await _change(ports, intent, lambda now: _without(now, going))
    ends = [] if listing is None else [p.removed_at + grace for p in listing.removed_photos if p.removed_at]
    if isinstance(outcome, Done) and ends:
        return Later(min(ends), progress=True)
    return outcome


async def _grace(ports: Ports, listing: Listing) -> timedelta:
    if listing.connection_id is None:
        return photos.grace({})
    connection = await ports.mls_connections.get(listing.user_id, listing.connection_id)
    return photos.grace(connection.settings if connection else {})


def _marked(listing: Listing, grace: timedelta, now: datetime) -> PhotoSet:
    removed = [replace(p, erasing=photos.is_over(p, grace, now)) for p in listing.removed_photos]
    return PhotoSet(listing.photos, tuple(removed))


def _without(listing: Listing, gone: Collection[Photo]) -> PhotoSet:
    return PhotoSet(listing.photos, tuple(photo for photo in listing.removed_photos if photo not in gone))


async def _change(ports: Ports, intent: Intent, change: Callable[[Listing], PhotoSet]) -> Listing | None:
    """Write the photos as `change` makes them of what is there now; None if the listing is gone."""

    async def attempt() -> Listing | None:
        now = await ports.listings.get(intent.user_id, intent.target)
        if now is None:
            return None
        changed = change(now)
        if changed == now.photo_set:
            return now
        return await ports.listings.save_photos(now, changed, fence=intent.as_fence)

    return await until_unchallenged(ports, attempt)


async def _erase(ports: Ports, listing: Listing, going: Collection[Photo]) -> None:
    """Remove every file of these photos, in whatever form, that no other photo of the listing names."""
    others = [photo for photo in (*listing.photos, *listing.removed_photos) if photo not in going]
    unnamed = photos.stems(going) - photos.stems(others)
    keys = [key async for key in ports.files.list(photo_prefix(listing.user_id, listing.id))]
    for key in keys:
        if stem_of(key) in unnamed:
            await ports.files.delete(key)


async def erase_photos(ports: Ports, *, intent: Intent, until: datetime) -> Outcome:
    """Remove the files of a deleted listing, once its posts are down and nobody stores any more of them."""
    if await ports.listings.get(intent.user_id, intent.target) is not None:
        return Done()  # imported again meanwhile
    if await live_posts_of(ports, intent.user_id, intent.target):
        return Later(schedule.after(ports.now(), 300), progress=True)
    if await _may_come_more(ports, intent):
        return Later(schedule.after(ports.now(), 30), progress=True)
    prefix = photo_prefix(intent.user_id, intent.target)
    for key in [key async for key in ports.files.list(prefix)]:
        await ports.files.delete(key)
    return Done()


async def _may_come_more(ports: Ports, intent: Intent) -> bool:
    """Whether somebody may be at work on the photos; who begins now finds the listing gone."""
    fetching = await ports.intents.get(IntentKind.PHOTOS, intent.target)
    return fetching is not None and not fetching.dead and fetching.holder != ""
