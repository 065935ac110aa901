"""How a row of the MLS becomes a new state of a listing, and what has to be written for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.entities.change import ChangeSource
from domain.entities.intent import Ask, IntentKind
from domain.entities.listing import Listing, ListingStatus
from domain.entities.mls import MlsRecord
from domain.entities.mls_connection import MlsConnection
from domain.entities.notification import NotificationKind, Subject, SubjectType
from domain.entities.sync_run import RunCounters
from domain.ports import ListingSave, Ports
from domain.rules import photos, trail
from domain.rules.identity import listing_id
from domain.rules.statuses import StatusReading, interpret
from domain.rules.wording import place_of
from domain.use_cases.notices import notice


@dataclass(frozen=True, slots=True)
class Merged:
    """What a row comes to.

    Attributes:
        save: what is to be written, or None if nothing is.
        counters: what the row adds to the run when nothing is to be written for it.
        news: a poll that finds it is worth a run.
    """

    save: ListingSave | None
    counters: RunCounters
    news: bool = False


_SKIPPED = Merged(None, RunCounters(processed=1, skipped=1))
_UNCHANGED = Merged(None, RunCounters(processed=1, unchanged=1))


def id_of(connection: MlsConnection, record: MlsRecord) -> str:
    """The id of the listing that the row describes."""
    return listing_id(connection.user_id, connection.provider, record.facts.originating_system, record.key)


def read_status(connection: MlsConnection, record: MlsRecord, before: Listing | None) -> StatusReading:
    """What the row's status means, by the connection's settings."""
    return interpret(
        record.facts.standard_status,
        record.facts.mls_status,
        settings=connection.settings,
        previous=before.status if before else None,
        deleted=record.deleted,
    )


def merge(
    ports: Ports,
    connection: MlsConnection,
    record: MlsRecord,
    before: Listing | None,
    run_id: str | None,
    *,
    adopt: bool = False,
    retry_photos: bool = False,
) -> Merged:
    """Compare a row with what is stored; the MLS is the source of truth.

    Args:
        adopt: the connection that `before` came by is gone, and this one takes its place.
        retry_photos: photos that could not be fetched are tried once more.
    """
    reading = read_status(connection, record, before)
    if reading.skip or (before is not None and before.excluded_from_sync):
        return _SKIPPED
    now = ports.now()
    if before is not None and _is_late(record, before, now):
        return _UNCHANGED
    after = _after(connection, record, before, reading, now, retry_photos=retry_photos)
    if before is not None and not adopt and _is_same(before, after):
        return _touched(before, after, record.key)
    removal = removal_ask(before, after, photos.grace(connection.settings))
    save = _save(ports, before, after, record.key, run_id, removal)
    if before is not None and retry_photos and not adopt:
        as_told = _after(connection, record, before, reading, now, retry_photos=False)
        if _is_same(before, as_told):  # nothing is new but that failed photos wait again
            save = replace(save, counters=_UNCHANGED.counters)
    return Merged(save, save.counters, news=True)


def _is_late(record: MlsRecord, before: Listing, now: datetime) -> bool:
    """Older than what is stored: news that was overtaken on its way.

    A stored stamp that lies in the future is a mistake, and would keep all news out.
    """
    stored, came = before.facts.modified_in_mls_at, record.facts.modified_in_mls_at
    return stored is not None and came is not None and came < stored <= now


def _touched(before: Listing, after: Listing, row_key: str) -> Merged:
    """Nothing new but perhaps the stamp, which is kept: what is older than it is late from now on.

    A home that was missing is seen again.
    """
    was_missing = before.missing_since is not None
    if before.facts.modified_in_mls_at == after.facts.modified_in_mls_at and not was_missing:
        return _UNCHANGED
    kept = replace(after, updated_at=before.updated_at)
    save = ListingSave(listing=kept, row_key=row_key, counters=_UNCHANGED.counters)
    return Merged(save, save.counters, news=was_missing)


def _is_same(before: Listing, after: Listing) -> bool:
    return (
        before.content_hash == after.content_hash
        and (before.status, before.publishable, before.takedown)
        == (after.status, after.publishable, after.takedown)
        and before.photo_set == after.photo_set
    )


def _after(
    connection: MlsConnection,
    record: MlsRecord,
    before: Listing | None,
    reading: StatusReading,
    now: datetime,
    *,
    retry_photos: bool,
) -> Listing:
    known = before or Listing(
        id=id_of(connection, record),
        user_id=connection.user_id,
        mls_provider=connection.provider,
        facts=record.facts,
        status=reading.status,
        publishable=False,
        created_at=now,
        updated_at=now,
    )
    pictures = photos.merge(known.photo_set, record.media, now, retry=retry_photos)
    return replace(
        known,
        connection_id=connection.id,
        facts=record.facts,
        status=reading.status,
        publishable=reading.publishable,
        takedown=known.takedown if reading.kept else reading.takedown,
        off_market_since=_off_market_since(before, reading.status, now),
        photos=pictures.photos,
        removed_photos=pictures.removed,
        missing_since=None,
        local_edits=(),
        content_hash=trail.content_hash(record.facts),
        updated_at=now,
        synced_at=now,
    )


def _off_market_since(before: Listing | None, status: ListingStatus, now: datetime) -> datetime | None:
    if status in (ListingStatus.ACTIVE, ListingStatus.PENDING):
        return None
    return (before.off_market_since if before else None) or now


def _save(
    ports: Ports,
    before: Listing | None,
    after: Listing,
    row_key: str,
    run_id: str | None,
    removal: Sequence[Ask],
) -> ListingSave:
    new_set = before is None or before.photo_set != after.photo_set
    return ListingSave(
        listing=after,
        row_key=row_key,
        with_photos=new_set,
        changes=trail.changes(
            before,
            after,
            source=ChangeSource.MLS,
            run_id=run_id,
            at=after.updated_at,
            new_id=ports.new_id,
        ),
        ask=(*asks(before, after, run_id), *removal, *_news(before, after)),
        counters=RunCounters(
            processed=1,
            successful_imports=1,
            status_changes=int(before is not None and before.status is not after.status),
        ),
    )


def asks(before: Listing | None, after: Listing, run_id: str | None) -> tuple[Ask, ...]:
    """The work that follows from a new state: fetching photos, taking posts down."""
    payload = {"run": run_id} if run_id else {}
    wanted = []
    if photos.waiting(after.photos) and (before is None or before.photos != after.photos):
        wanted.append(Ask(IntentKind.PHOTOS, after.user_id, after.id, payload=payload))
    if before is not None and after.takedown is not None and before.takedown is None:
        wanted.append(Ask(IntentKind.TAKEDOWN, after.user_id, after.id, payload=payload))
    return tuple(wanted)


def removal_ask(before: Listing | None, after: Listing, grace: timedelta) -> tuple[Ask, ...]:
    """The wish that the files of photos which are removed now go when their time of grace is over."""
    kept = () if before is None else before.removed_photos
    ends = [
        photo.removed_at + grace for photo in after.removed_photos if photo.removed_at and photo not in kept
    ]
    return (Ask(IntentKind.PHOTOS, after.user_id, after.id, due=min(ends)),) if ends else ()


def _news(before: Listing | None, after: Listing) -> tuple[Ask, ...]:
    """Tells of a home that is sold, or back on the market; a home that comes in sold is no news."""
    if before is None or before.status is after.status:
        return ()
    if after.status is ListingStatus.SOLD:
        kind, what = NotificationKind.LISTING_SOLD, "is sold"
    elif after.status is ListingStatus.ACTIVE:
        kind, what = NotificationKind.LISTING_RESTORED, "is back on the market"
    else:
        return ()
    home = place_of(after.facts)
    told = notice(
        after.user_id,
        kind,
        f"{home[:1].upper()}{home[1:]} {what}.",
        subject=Subject(SubjectType.LISTING, after.id),
        event=f"{after.id}/{before.version}",
        at=after.updated_at,
    )
    return (told,)
