"""The work on a listing's photos: fetch, check, store, and only then name them in the listing."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime

from domain.entities.intent import Done, Intent, Later, Outcome
from domain.entities.listing import Listing, Media, Photo, PhotoState
from domain.entities.sync_run import RunCounters, SyncError
from domain.errors import ActionRequired, NotFound, Rejected, Unavailable
from domain.ports import Ports
from domain.rules import photos, schedule
from domain.rules.identity import error_id, photo_key
from domain.use_cases.again import until_unchallenged
from domain.use_cases.connections import source_of
from domain.use_cases.photo_removal import clear_away

LONGEST_URL = 1_000
"""Characters of the URL that go into the metadata of a file: S3 takes 2 KB of it in all."""

AT_ONCE = 4
"""Photos of one listing that are fetched side by side and written together."""

CLOSED_SECONDS = 3_600
"""How long photos wait when the MLS lets nobody in until the user has mended the account."""

Fetch = Callable[[Media], Awaitable[bytes]]


class _Closed(Exception):
    """Only the user can open the MLS's door again; until then its photos wait."""


async def fetch_photos(ports: Ports, *, intent: Intent, until: datetime) -> Outcome:
    """Fetch the photos of a listing that are waiting, a few at a time.

    Second attempts come last, so that a host that is down keeps no photo of another waiting. An attempt that
    was broken off is repeated alone, so that a photo that kills its worker takes no other with it. Where only
    the user can help, or where it is too early to ask, no attempt is counted: the photos wait.

    What is stored of photos that the MLS has removed goes when its time of grace is over.
    """
    try:
        outcome = await _fetch_all(ports, intent, until)
    except _Closed:
        outcome = Later(schedule.after(ports.now(), CLOSED_SECONDS), progress=True)
    return await clear_away(ports, intent, outcome)


async def _fetch_all(ports: Ports, intent: Intent, until: datetime) -> Outcome:
    fetch: Fetch | None = None
    again: datetime | None = None
    shut: set[str] = set()
    listing = await ports.listings.get(intent.user_id, intent.target)
    while listing is not None and (waiting := photos.waiting(listing.photos)):
        within_reach = [photo for photo in waiting if photos.host_of(photo) not in shut]
        new = [photo for photo in within_reach if photo.attempts == 0 and photo.failure is None]
        broken_off = [photo for photo in within_reach if photo.attempts and photo.failure is None]
        if not new and not broken_off and again is not None:
            return Later(again, progress=True)
        if ports.now() >= until:
            return Later(ports.now(), progress=True)
        fetch = fetch or await _way_to(ports, listing)
        batch = new[:AT_ONCE] or broken_off[:1] or within_reach[:AT_ONCE]
        listing, put_off, refused = await _batch(ports, fetch, listing, batch, intent)
        shut |= refused
        again = max(filter(None, (again, put_off)), default=None)
    return Done()


async def _way_to(ports: Ports, listing: Listing) -> Fetch:
    """How the listing's photos are fetched: by the protocol that named them, as long as there is a connection;
    else by their URLs. Raises `_Closed` if the connection waits for the user."""

    async def by_url(media: Media) -> bytes:
        return await ports.downloads.photo(media.url)

    if listing.connection_id is None:
        return by_url
    connection = await ports.mls_connections.get(listing.user_id, listing.connection_id)
    protocol = ports.mls.get(connection.protocol) if connection else None
    if connection is None or protocol is None:
        return by_url
    if connection.needs_action:
        raise _Closed
    try:
        source = await source_of(ports, connection)
    except NotFound:  # disconnected a moment ago
        return by_url
    return lambda media: protocol.photo(source, media)


async def _batch(
    ports: Ports, fetch: Fetch, listing: Listing, batch: Sequence[Photo], intent: Intent
) -> tuple[Listing | None, datetime | None, set[str]]:
    """Work on a few photos.

    Returns:
        The listing as it is behind that, None if it is gone; when those that were put off may be tried again,
        if any were; and the hosts that may not be asked now.
    """
    tired = [photo for photo in batch if photo.attempts >= schedule.BROKEN_OFF_ATTEMPTS]
    if tired:  # it was begun often enough, and never came to an end: the work died of it
        why = "Work on the photo was broken off each time."
        return await _keep(ports, listing, [_failed(photo, why) for photo in tired], intent), None, set()
    begun = [replace(photo, attempts=photo.attempts + 1, failure=None) for photo in batch]
    kept = await _keep(ports, listing, begun, intent)
    if kept is None:
        return None, None, set()
    index = {photo.media.key: place for place, photo in enumerate(kept.photos)}
    results = await asyncio.gather(
        *(_fetch(ports, fetch, kept, photo, index.get(photo.media.key, 0)) for photo in begun)
    )
    kept = await _keep(ports, kept, [photo for photo, _ in results], intent)
    if any(wait is None for _, wait in results):
        raise _Closed
    waits = [wait for photo, wait in results if wait is not None and photo.state is PhotoState.PENDING]
    asked = {
        photos.host_of(old) for old, (new, _) in zip(begun, results, strict=True) if _was_asked(old, new)
    }
    refused = {photos.host_of(photo) for photo in begun} - asked
    return kept, (schedule.after(ports.now(), max(waits)) if waits else None), refused


def _was_asked(begun: Photo, result: Photo) -> bool:
    return result.attempts == begun.attempts


async def _fetch(
    ports: Ports, fetch: Fetch, listing: Listing, photo: Photo, index: int
) -> tuple[Photo, float | None]:
    """The photo as it is after one attempt, and the seconds until the next one if it still waits; None if
    only the user can make the next one worth while."""
    try:
        return await _store(ports, listing, photo, index, await fetch(photo.media)), 0
    except ActionRequired as error:
        return replace(photo, attempts=photo.attempts - 1, failure=error.message), None
    except Rejected as error:
        return _failed(photo, error.message), 0
    except Unavailable as error:
        wait = schedule.backoff(photo.attempts, ports.random()).total_seconds()
        put_off = replace(photo, failure=error.message), max(wait, error.retry_after or 0)
        if not error.asked:
            return replace(put_off[0], attempts=photo.attempts - 1), put_off[1]
        return put_off if photo.attempts < schedule.PHOTO_ATTEMPTS else (_failed(photo, error.message), 0)


def _failed(photo: Photo, why: str) -> Photo:
    return replace(photo, state=PhotoState.FAILED, failure=why)


async def _store(ports: Ports, listing: Listing, photo: Photo, index: int, data: bytes) -> Photo:
    """The photo with all its files in the store; the same bytes as before are not stored again."""
    sha256 = hashlib.sha256(data).hexdigest()
    if photo.original_key is not None and photo.sha256 == sha256:
        return replace(photo, state=PhotoState.STORED, failure=None)
    rendered = await ports.images.render(data)
    metadata = {
        "listingId": listing.id,
        "photoIndex": str(index),
    }
    if not photo.media.closed:
        metadata["originalUrl"] = photo.media.url[:LONGEST_URL]

    async def put(variant: str, extension: str, content_type: str, content: bytes) -> str:
        key = photo_key(listing.user_id, listing.id, variant, index, sha256, extension)
        await ports.files.put(key, content, content_type=content_type, metadata=metadata)
        return key

    for variant, content in rendered.variants.items():
        await put(variant, "webp", "image/webp", content)
    return replace(
        photo,
        state=PhotoState.STORED,
        failure=None,
        sha256=sha256,
        original_key=await put("original", rendered.extension, rendered.content_type, data),
        width=rendered.width,
        height=rendered.height,
        blurhash=rendered.blurhash,
    )


async def _keep(ports: Ports, listing: Listing, results: Sequence[Photo], intent: Intent) -> Listing | None:
    """Write results into the set as it is now: a run may have changed it since the listing was read.

    Returns:
        The listing as it is now, None if it is gone.
    """
    run_id, known = intent.payload.get("run"), [listing]

    async def attempt() -> Listing:
        now = known.pop() if known else await ports.listings.get(listing.user_id, listing.id)
        if now is None:
            raise _Gone
        merged = photos.with_results(now.photo_set, results, ports.now())
        ended = [new for old, new in zip(now.photos, merged.photos, strict=True) if _ends(old, new)]
        return await ports.listings.save_photos(
            now,
            merged,
            run_id=run_id,
            counters=RunCounters(
                photos_stored=sum(photo.state is PhotoState.STORED for photo in ended),
                photos_failed=sum(photo.state is PhotoState.FAILED for photo in ended),
            ),
            errors=_errors(ports, now, ended, run_id),
            fence=intent.as_fence,
        )

    try:
        saved = await until_unchallenged(ports, attempt)
    except _Gone:
        return None
    if run_id:
        await ports.progress.tell(f"run:{run_id}")
    return saved


class _Gone(Exception):
    """The listing was deleted while its photos were being fetched."""


def _ends(old: Photo, new: Photo) -> bool:
    return old.state is PhotoState.PENDING and new.state is not PhotoState.PENDING


def _errors(ports: Ports, listing: Listing, ended: Sequence[Photo], run_id: str | None) -> list[SyncError]:
    if run_id is None or listing.connection_id is None:
        return []
    return [
        SyncError(
            id=error_id(run_id, "PHOTO", listing.id, photo.media.key),
            user_id=listing.user_id,
            run_id=run_id,
            connection_id=listing.connection_id,
            mls_number=listing.facts.mls_number,
            listing_key=listing.facts.listing_key,
            code="PHOTO",
            error=photo.failure or "The photo could not be fetched.",
            attempts=photo.attempts,
            at=ports.now(),
        )
        for photo in ended
        if photo.state is PhotoState.FAILED
    ]
