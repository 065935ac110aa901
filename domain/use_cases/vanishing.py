"""Homes that the MLS no longer has: named in its list of deletions, or just not there any more.

Vanished is not sold. What the MLS says it has deleted is off the market at once; what is merely missing gets
a time of grace.
"""

from dataclasses import replace
from datetime import datetime

from domain.entities.change import ChangeSource, ListingChange, ListingChangeKind
from domain.entities.listing import Listing, ListingStatus, Takedown
from domain.entities.mls import MlsRemoval
from domain.entities.mls_connection import MlsConnection
from domain.entities.sync_run import RunCounters
from domain.ports import ListingSave, Ports
from domain.rules import trail
from domain.rules.sweeps import grace
from domain.use_cases.merging import Merged, asks

ONE_UNCHANGED = RunCounters(processed=1, unchanged=1)
_LEFT_ALONE = Merged(None, RunCounters(processed=1, skipped=1))
_UNCHANGED = Merged(None, ONE_UNCHANGED)


def row_key(listing: Listing) -> str:
    """The key of the listing's row in the MLS (`MlsRecord.key`); empty if it comes from none."""
    return listing.facts.listing_key or listing.facts.mls_number or ""


def is_for_sale(listing: Listing) -> bool:
    """Whether a sweep expects the home in the MLS: active or pending, and not taken out by anybody."""
    on_market = listing.status in (ListingStatus.ACTIVE, ListingStatus.PENDING)
    return on_market and listing.takedown is None and not listing.excluded_from_sync


def removed(ports: Ports, removal: MlsRemoval, before: Listing, run_id: str | None) -> Merged:
    """What the MLS's word that a row is deleted comes to; a sold home stays sold."""
    if before.excluded_from_sync:
        return _LEFT_ALONE
    gone = before.status is ListingStatus.SOLD or before.takedown is Takedown.DELETED
    if gone or _is_late(removal, before, ports.now()):
        return _UNCHANGED
    return _off_market(ports, before, removal.key, run_id, ChangeSource.MLS)


def missing(ports: Ports, connection: MlsConnection, before: Listing, run_id: str, *, swept: bool) -> Merged:
    """What it comes to that the MLS does not have the row.

    Args:
        swept: all keys of the MLS were compared; only then the time of grace may end.
    """
    if not is_for_sale(before):
        return _UNCHANGED
    since = before.missing_since or ports.now()
    if swept and ports.now() - since >= grace(connection.settings):
        return _off_market(ports, before, row_key(before), run_id, ChangeSource.SYSTEM)
    return _UNCHANGED if before.missing_since else _noted(before, since)


def seen(before: Listing) -> Merged:
    """What it comes to that the MLS lists the row's key."""
    return _UNCHANGED if before.missing_since is None else _noted(before, None)


def _noted(before: Listing, since: datetime | None) -> Merged:
    noted = replace(before, missing_since=since)
    return Merged(ListingSave(listing=noted, row_key=row_key(before), counters=ONE_UNCHANGED), ONE_UNCHANGED)


def _is_late(removal: MlsRemoval, before: Listing, now: datetime) -> bool:
    """Older than the row that is stored: the home was deleted, and then listed again."""
    stored = before.facts.modified_in_mls_at
    return removal.at is not None and stored is not None and removal.at < stored <= now


def _off_market(ports: Ports, before: Listing, key: str, run_id: str | None, source: ChangeSource) -> Merged:
    now = ports.now()
    after = replace(
        before,
        status=ListingStatus.EXPIRED,
        publishable=False,
        takedown=Takedown.DELETED,
        off_market_since=before.off_market_since or now,
        local_edits=tuple(name for name in before.local_edits if name != "status"),
        updated_at=now,
    )
    changes = trail.changes(before, after, source=source, run_id=run_id, at=now, new_id=ports.new_id)
    counters = RunCounters(
        processed=1, successful_imports=1, status_changes=int(before.status is not after.status)
    )
    save = ListingSave(
        listing=after,
        row_key=key,
        changes=changes or (_deletion(ports, after, source, run_id),),
        ask=asks(before, after, run_id),
        counters=counters,
    )
    return Merged(save, counters, news=True)


def _deletion(ports: Ports, after: Listing, source: ChangeSource, run_id: str | None) -> ListingChange:
    """The line for a home that was off the market already, and now is not even listed as such."""
    return ListingChange(
        id=ports.new_id(),
        user_id=after.user_id,
        listing_id=after.id,
        kind=ListingChangeKind.DELETED,
        source=source,
        run_id=run_id,
        at=after.updated_at,
    )
