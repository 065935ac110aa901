"""What synchronizations came to over a range of days."""

from datetime import datetime

import strawberry

from domain.rules.durations import median
from domain.use_cases import statistics as use_case

_MOST = 2**31 - 1


@strawberry.type(
    description="Sums over the runs that ended in a range of whole UTC days. A number beyond 2147483647, the"
    " highest that GraphQL's Int holds, is shown as that."
)
class SyncStatistics:
    """Sums over runs."""

    from_: datetime = strawberry.field(name="from", description="The beginning of the first day, in UTC.")
    to: datetime = strawberry.field(description="The end of the last day, in UTC.")
    runs: int = strawberry.field(description="Runs that ended, failed and cancelled ones among them.")
    failed_runs: int = strawberry.field(description="Runs that failed; a cancelled one did not.")
    processed: int = strawberry.field(description="Rows that are done, whatever came of them.")
    failed_imports: int = strawberry.field(description="Rows that could not be taken.")
    listings: int = strawberry.field(
        description="Listings that were written, because they were new or changed."
    )
    status_changes: int = strawberry.field(description="Listings whose status changed.")
    photos_stored: int = strawberry.field(
        description="Photos that were stored for runs in these days; they may follow long after their run."
    )
    posts_unpublished: int = strawberry.field(
        description="Posts that came down because of runs in these days; they may follow long after their run."
    )
    error_rate: float = strawberry.field(
        description="Rows that could not be taken for each row that is done; 0 where there are none."
    )
    median_duration_seconds: float | None = strawberry.field(
        description="How long runs took that were begun: half of them no longer than this. Read off a logarithmic"
        " scale, it is within 10 %."
    )
    max_duration_seconds: float | None = strawberry.field(description="How long the longest took, exactly.")
    last_success_at: datetime | None = strawberry.field(
        description="When the latest of the runs that succeeded in these days ended."
    )

    @staticmethod
    def of(statistics: use_case.SyncStatistics) -> "SyncStatistics":
        """From the sums."""
        totals = statistics.totals
        processed, failed = totals.processed, totals.failed_imports
        return SyncStatistics(
            from_=statistics.since,
            to=statistics.until,
            runs=min(totals.runs, _MOST),
            failed_runs=min(totals.failed_runs, _MOST),
            processed=min(processed, _MOST),
            failed_imports=min(failed, _MOST),
            listings=min(totals.listings, _MOST),
            status_changes=min(totals.status_changes, _MOST),
            photos_stored=min(totals.photos_stored, _MOST),
            posts_unpublished=min(totals.posts_unpublished, _MOST),
            error_rate=failed / processed if processed else 0.0,
            median_duration_seconds=_seconds(median(totals.durations, totals.longest_ms)),
            max_duration_seconds=_seconds(totals.longest_ms),
            last_success_at=totals.last_success_at,
        )


def _seconds(milliseconds: float | None) -> float | None:
    return None if milliseconds is None else round(milliseconds) / 1_000
