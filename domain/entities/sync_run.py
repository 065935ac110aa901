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
    """

    position: str | None = None
    done: tuple[str, ...] = ()
    high_water: str | None = None
    finished_paging: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRun:
    """A run, as its subscribers see it.

    Attributes:
        id: a ULID; later runs sort behind.
        keys, numbers: restrict the run to these rows (ListingKey, ListingId); None for all.
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
    keys: tuple[str, ...] | None = None
    numbers: tuple[str, ...] | None = None
    idempotency_key: str | None = None
    total_listings: int | None = None
    counters: RunCounters = field(default_factory=RunCounters)
    checkpoint: Checkpoint = field(default_factory=Checkpoint)
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
    """A listing or a photo that failed in a run.

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
