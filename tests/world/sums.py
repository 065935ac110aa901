"""The statistics of a user beside what the runs themselves say."""

from datetime import timedelta

from domain.entities.common import PageRequest
from domain.entities.statistics import SyncTotals
from domain.entities.sync_run import TERMINAL, SyncRun, SyncRunState
from domain.ports import Ports
from tests.world.world import USER


async def kept_sums(ports: Ports) -> SyncTotals:
    """What the statistics of the latest weeks hold, without how long runs took."""
    today = ports.now().date()
    totals = await ports.statistics.of_user(USER, today - timedelta(days=60), today)
    assert await ports.statistics.of_all(today - timedelta(days=60), today) == totals
    return _plain(totals)


async def sums_of_runs(ports: Ports) -> SyncTotals:
    """The same, summed up from the runs: at most 100 of them."""
    page = await ports.runs.page(USER, PageRequest(100))
    assert not page.more
    return _plain(sum(map(_of_run, page.items), SyncTotals()))


def _of_run(run: SyncRun) -> SyncTotals:
    done = run.counters
    late = SyncTotals(photos_stored=done.photos_stored, posts_unpublished=done.posts_unpublished)
    if run.state not in TERMINAL:
        return late
    return late + SyncTotals(
        runs=1,
        failed_runs=int(run.state is SyncRunState.FAILED),
        processed=done.processed,
        failed_imports=done.failed_imports,
        listings=done.successful_imports,
        status_changes=done.status_changes,
    )


def _plain(totals: SyncTotals) -> SyncTotals:
    return SyncTotals(
        runs=totals.runs,
        failed_runs=totals.failed_runs,
        processed=totals.processed,
        failed_imports=totals.failed_imports,
        listings=totals.listings,
        status_changes=totals.status_changes,
        photos_stored=totals.photos_stored,
        posts_unpublished=totals.posts_unpublished,
    )
