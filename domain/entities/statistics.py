"""What synchronizations came to, summed up by UTC day."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncTotals:
    """Sums over the runs that ended on certain days, and over what was done for runs on these days.

    Attributes:
        runs: how many ended, cancelled ones among them.
        failed_runs: how many of them failed.
        processed, failed_imports, listings, status_changes: what the runs that ended had counted: rows that
            were done, rows that could not be taken, listings that were written, and changes of status.
        photos_stored, posts_unpublished: photos stored and posts taken down on these days; both may follow
            long after their run.
        durations: how many runs lasted how long, by `domain.rules.durations.bucket`; those that were never
            begun are in none.
        longest_ms: the longest of these, in milliseconds; None if there is none.
        last_success_at: when the latest of the runs that succeeded ended; None if there is none.
    """

    runs: int = 0
    failed_runs: int = 0
    processed: int = 0
    failed_imports: int = 0
    listings: int = 0
    status_changes: int = 0
    photos_stored: int = 0
    posts_unpublished: int = 0
    durations: Mapping[int, int] = field(default_factory=dict)
    longest_ms: int | None = None
    last_success_at: datetime | None = None

    def __add__(self, other: "SyncTotals") -> "SyncTotals":
        lengths = [one.longest_ms for one in (self, other) if one.longest_ms is not None]
        successes = [one.last_success_at for one in (self, other) if one.last_success_at is not None]
        return SyncTotals(
            runs=self.runs + other.runs,
            failed_runs=self.failed_runs + other.failed_runs,
            processed=self.processed + other.processed,
            failed_imports=self.failed_imports + other.failed_imports,
            listings=self.listings + other.listings,
            status_changes=self.status_changes + other.status_changes,
            photos_stored=self.photos_stored + other.photos_stored,
            posts_unpublished=self.posts_unpublished + other.posts_unpublished,
            durations=Counter(self.durations) + Counter(other.durations),
            longest_ms=max(lengths, default=None),
            last_success_at=max(successes, default=None),
        )
