"""The work on a listing's photos: fetch, check, store, and only then name them in the listing."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from domain.entities.intent import Done, Intent, Later, Outcome
from domain.entities.listing import Listing, Media, Photo, PhotoState
from domain.entities.sync_run import RunCounters, SyncError
from domain.errors import ActionRequired, NotFound, Rejected, Unavailable
from domain.ports import Ports, StoredFile
from domain.rules import photos, schedule
from domain.rules.identity import error_id, photo_key
from domain.use_cases.again import until_unchallenged
from domain.use_cases.connections import source_of
from domain.use_cases.photo_removal import clear_away

LONGEST_URL = 1_000
"""Characters of the URL that go into the metadata of a file: S3 takes 2 KB of it in all."""

AT_ONCE = 5
"""Photos of one listing that are fetched side by side and written together."""

CLOSED_SECONDS = 3_600
"""How long photos wait when the MLS lets nobody in until the user has mended the account."""

Fetch = Callable[[Media], Awaitable[bytes]]


class _Closed(Exception):
    """Only the user can open the MLS's door again; until then its photos wait."""


async def fetch_photos(ports: Ports, *, intent: Intent, until: datetime) -> Outcome:
    """Fetch the photos of a listing that are waiting, a few at a time.

    Second attempts come last, so that a host that is down keeps no photo of another waiting. Once the work was
    broken off, attempts are written down before they begin, and one that was broken off itself is repeated
    alone: a photo that kills its worker takes no other with it. Where only the user can help, or where it is too
    early to ask, no attempt is counted: the photos wait.

    What is stored of photos that the MLS has removed goes when its time of grace is over.
    """
    try:
        outcome, listing = await _fetch_all(ports, intent, until)
    except _Closed:
        outcome = Later(schedule.after(ports.now(), CLOSED_SECONDS), progress=True)
        listing = await ports.listings.get(intent.user_id, intent.target)
    return await clear_away(ports, intent, outcome, listing)


async def _fetch_all(ports: Ports, intent: Intent, until: datetime) -> tuple[Outcome, Listing | None]:
    """The outcome, and the listing as it is then.

    What came of a few photos and the beginning of the next few are written together: half the writes.
    """
    fetch: Fetch | None = None
    seen = _Seen()
    results: list[Photo] = []
    listing = await ports.listings.get(intent.user_id, intent.target)
    while listing is not None:
        known = photos.with_results(listing.photo_set, results, ports.now())
        chosen = seen.choose(photos.waiting(known.photos), ports.now(), until)
        begun = [] if isinstance(chosen, _Stop) else [_begun(photo) for photo in chosen]
        if news := [*results, *_to_note(begun, intent)]:
            listing = await _keep(ports, listing, news, intent)
        if isinstance(chosen, _Stop):
            return chosen.outcome(), listing
        if listing is not None:
            fetch = fetch or await _way_to(ports, listing)
            results = await _batch(ports, fetch, listing, begun, seen)
    return Done(), None


@dataclass(frozen=True, slots=True)
class _Stop:
    """No photo is to be worked on now: until when, None if there is none left."""

    until: datetime | None = None
    closed: bool = False

    def outcome(self) -> Outcome:
        """For the intent; raises `_Closed`."""
        if self.closed:
            raise _Closed
        return Done() if self.until is None else Later(self.until, progress=True)


@dataclass(slots=True)
class _Seen:
    """What one round of work has learned of the hosts: which may not be asked now, when the photos that were
    put off may be tried again, and whether only the user can open the door."""

    shut: set[str] = field(default_factory=set)
    again: datetime | None = None
    closed: bool = False

    def choose(self, waiting: Sequence[Photo], now: datetime, until: datetime) -> list[Photo] | _Stop:
        """The next photos: new ones first, one that was broken off alone, those put off last."""
        if not waiting or self.closed:
            return _Stop(closed=self.closed)
        within_reach = [photo for photo in waiting if photos.host_of(photo) not in self.shut]
        new = [photo for photo in within_reach if photo.attempts == 0 and photo.failure is None]
        broken_off = [photo for photo in within_reach if photo.attempts and photo.failure is None]
        if not new and not broken_off and self.again is not None:
            return _Stop(self.again)
        if now >= until:
            return _Stop(now)
        return new[:AT_ONCE] or broken_off[:1] or within_reach[:AT_ONCE]

    def learn(
        self, begun: Sequence[Photo], results: Sequence[tuple[Photo, float | None]], now: datetime
    ) -> None:
        """From what came of a batch."""
        self.closed = any(wait is None for _, wait in results)
        waits = [wait for photo, wait in results if wait is not None and photo.state is PhotoState.PENDING]
        put_off = schedule.after(now, max(waits)) if waits else None
        self.again = max(filter(None, (self.again, put_off)), default=None)
        asked = {
            photos.host_of(old) for old, (new, _) in zip(begun, results, strict=True) if _was_asked(old, new)
        }
        self.shut |= {photos.host_of(photo) for photo in begun} - asked


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


def _to_note(begun: Sequence[Photo], intent: Intent) -> Sequence[Photo]:
    """What of photos that begin is written before the work: all of it where something was broken off before, so
    that a photo that kills its worker is known by it; a write less for all others."""
    broken_off = intent.attempts > 1 or any(photo.attempts > 1 for photo in begun)
    return begun if broken_off else []


def _begun(photo: Photo) -> Photo:
    """With one attempt more; given up, if the work on it was broken off each time."""
    if photo.attempts >= schedule.BROKEN_OFF_ATTEMPTS and photo.failure is None:
        return _failed(photo, "Work on the photo was broken off each time.")
    return replace(photo, attempts=photo.attempts + 1, failure=None)


async def _batch(
    ports: Ports, fetch: Fetch, listing: Listing, begun: Sequence[Photo], seen: _Seen
) -> list[Photo]:
    """Work on a few photos, side by side; the photos as they are behind that."""
    index = {photo.media.key: place for place, photo in enumerate(listing.photos)}
    worked_on = [photo for photo in begun if photo.state is PhotoState.PENDING]
    results = await asyncio.gather(
        *(_fetch(ports, fetch, listing, photo, index.get(photo.media.key, 0)) for photo in worked_on)
    )
    seen.learn(worked_on, results, ports.now())
    return [photo for photo, _ in results]


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

    def file(variant: str, extension: str, content_type: str, content: bytes) -> StoredFile:
        key = photo_key(listing.user_id, listing.id, variant, index, sha256, extension)
        return StoredFile(key, content, content_type, metadata)

    original = file("original", rendered.extension, rendered.content_type, data)
    variants = [file(name, "webp", "image/webp", content) for name, content in rendered.variants.items()]
    await ports.files.put_all([*variants, original])
    return replace(
        photo,
        state=PhotoState.STORED,
        failure=None,
        sha256=sha256,
        original_key=original.key,
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
