"""What a run reports beside its counters: rows that failed, and values that were lost.

The id of an error follows from the run and what is wrong, so that work done twice reports once.
"""

from collections.abc import Iterable

from domain.entities.listing import Listing
from domain.entities.mls import MlsDefect, MlsRecord
from domain.entities.sync_run import SyncError, SyncRun
from domain.ports import Ports
from domain.rules.identity import error_id
from domain.rules.photos import MOST_NAMED, MOST_PHOTOS
from domain.rules.schedule import LISTING_ATTEMPTS

UNKNOWN_STATUS = "UNKNOWN_STATUS"
VALUE_DROPPED = "VALUE_DROPPED"
PHOTOS_LEFT_OUT = "PHOTOS_LEFT_OUT"
NO_FAILURES = frozenset({UNKNOWN_STATUS, VALUE_DROPPED, PHOTOS_LEFT_OUT})
"""Codes of what is worth a word although the row was written."""

LONGEST = 1_000


def failures(errors: Iterable[SyncError]) -> int:
    """How many of the errors are rows that failed."""
    return sum(error.code not in NO_FAILURES for error in errors)


def defect(ports: Ports, run: SyncRun, row: MlsDefect, place: int) -> SyncError:
    """A row that could not be read; `place` is where it stood on its page."""
    where = row.key or f"{run.checkpoint.position}/{place}"
    return _error(ports, run, row.code, row.message, where, row.mls_number, row.key)


def unknown_status(ports: Ports, run: SyncRun, record: MlsRecord) -> SyncError:
    """A row whose status is none that we know."""
    facts = record.facts
    status = facts.standard_status or facts.mls_status
    message = (
        f"The status {status!r} is unknown; the last known one stays." if status else "There is no status."
    )
    return _error(ports, run, UNKNOWN_STATUS, message, record.key, facts.mls_number, record.key)


def value_dropped(ports: Ports, run: SyncRun, record: MlsRecord) -> SyncError:
    """A row that was written without some of its values."""
    message = "Written without what makes no sense: " + "; ".join(record.warnings)
    message = message if len(message) <= LONGEST else message[: LONGEST - 1] + "…"
    return _error(ports, run, VALUE_DROPPED, message, record.key, record.facts.mls_number, record.key)


def photos_left_out(ports: Ports, run: SyncRun, record: MlsRecord) -> SyncError:
    """A row that names more photos than a listing has."""
    named = len(record.media or ())
    count = f"{named} photos" if named < MOST_NAMED else f"at least {MOST_NAMED} photos"
    message = (
        f"The MLS names {count}; the first {MOST_PHOTOS} are kept, the other {named - MOST_PHOTOS} are not."
    )
    return _error(ports, run, PHOTOS_LEFT_OUT, message, record.key, record.facts.mls_number, record.key)


def beaten(ports: Ports, run: SyncRun, key: str, listing: Listing) -> SyncError:
    """A listing that was never written."""
    message = "The listing was changed by another writer each time it was to be written."
    number = listing.facts.mls_number
    return _error(ports, run, "CONFLICT", message, key, number, key, attempts=LISTING_ATTEMPTS)


def not_found(ports: Ports, run: SyncRun, *, key: str | None = None, number: str | None = None) -> SyncError:
    """A row that was asked for and did not come."""
    message = "The MLS has no such listing."
    return _error(ports, run, "NOT_FOUND", message, f"{key or ''}/{number or ''}", number, key)


def _error(
    ports: Ports,
    run: SyncRun,
    code: str,
    message: str,
    where: str,
    mls_number: str | None,
    key: str | None,
    *,
    attempts: int = 1,
) -> SyncError:
    return SyncError(
        id=error_id(run.id, code, where),
        user_id=run.user_id,
        run_id=run.id,
        connection_id=run.connection_id,
        mls_number=mls_number,
        listing_key=key,
        code=code,
        error=message,
        attempts=attempts,
        at=ports.now(),
    )
