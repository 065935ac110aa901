"""One run of an import or a synchronization, its counters, its checkpoint and its errors."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from domain.entities.common import Failure


class SyncRunKind(StrEnum):
    """IMPORT is asked for, SYNC brings what changed, SWEEP compares the keys."""

    IMPORT = "IMPORT"
    SYNC = "SYNC"
    SWEEP = "SWEEP"


class SyncMode(StrEnum):
    """Everything, or what changed since the cursor."""

    FULL = "FULL"
    INCREMENTAL = "INCREMENTAL"


class SyncRunState(StrEnum):
    """SUCCEEDED may have failed listings: see the run's errors."""

    QUEUED = "QUEUED"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


TERMINAL = frozenset({SyncRunState.SUCCEEDED, SyncRunState.FAILED, SyncRunState.CANCELLED})


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCounters:
    """What a run did, exactly: each number moves in the same transaction as the thing it counts."""

    processed: int = 0
    successful_imports: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed_imports: int = 0
    status_changes: int = 0
    posts_unpublished: int = 0
    photos_stored: int = 0
    photos_failed: int = 0


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a run has come.

    Attributes:
        position: the MLS page being worked on, None for the first.
        done: keys of that page's rows that are written and counted already.
        high_water: the latest modification stamp seen (ISO 8601), the next cursor; None before any.
        finished_paging: all pages are written.
        cursors: how far the pages have brought what the MLS keeps beside its rows (`MlsPage.cursors`).
        answered: of the keys and numbers that were asked for, those whose rows have come.
        defects: digests of the defective rows that were reported, the latest 200.
    """

    position: str | None = None
    done: tuple[str, ...] = ()
    high_water: str | None = None
    finished_paging: bool = False
    cursors: dict[str, str] = field(default_factory=dict)
    answered: tuple[str, ...] = ()
    defects: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepProgress:
    """How far a sweep has come: the MLS's keys are listed, then compared, then what is odd is settled.

    Attributes:
        pages: how many pages of keys are stored as files.
        keys: how many keys they hold.
        listed: all of them are.
        after: the listings up to this position are compared; None before any.
        held: how many of these are for sale.
        missing: how many of those the MLS does not list.
        compared: all listings are compared.
        odd: how many files name listings that are to be settled, 100 each at most.
        settled: how many of these files are done with.
    """

    pages: int = 0
    keys: int = 0
    listed: bool = False
    after: str | None = None
    held: int = 0
    missing: int = 0
    compared: bool = False
    odd: int = 0
    settled: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRun:
    """A run, as its subscribers see it.

    Attributes:
        id: a ULID; later runs sort behind.
        by_user: somebody asked for it, and is told of its end.
        keys, numbers: restrict the run to these rows (ListingKey, ListingId); None for all.
        sweep: how far a SWEEP is; None for other kinds, and before it begins.
        failure: why it failed, or, shortly before its end, why it is about to.
        sequence: rises with every write.
        cancel_requested: the run ends before its next page.
        attempts: how often work on it was begun again after a failure.
    """

    id: str
    user_id: str
    connection_id: str
    kind: SyncRunKind
    mode: SyncMode
    state: SyncRunState = SyncRunState.QUEUED
    by_user: bool = False
    keys: tuple[str, ...] | None = None
    numbers: tuple[str, ...] | None = None
    idempotency_key: str | None = None
    total_listings: int | None = None
    counters: RunCounters = field(default_factory=RunCounters)
    checkpoint: Checkpoint = field(default_factory=Checkpoint)
    sweep: SweepProgress | None = None
    failure: Failure | None = None
    cancel_requested: bool = False
    attempts: int = 0
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    sequence: int = 0
    version: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncError:
    """A listing or a photo that failed in a run, or that lost some of its values on the way.

    Attributes:
        id: the same for the same failure of the same run, so that work done twice reports once.
        attempts: how often it was tried.
    """

    id: str
    user_id: str
    run_id: str
    connection_id: str
    mls_number: str | None = None
    listing_key: str | None = None
    code: str
    error: str
    attempts: int
    at: datetime
