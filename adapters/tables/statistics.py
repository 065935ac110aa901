"""What runs came to, by UTC day, in the table: counters that move in the transactions they count.

A day of a connection is one item of flat counters among its user's; the day of the whole installation is 256
such items, so that many connections seldom meet at one. The end of a run adds what the run had counted; a
photo or a removal, which may follow long after, adds itself on the day of its own. `d.<bucket>` counts the
runs that lasted so long (`domain.rules.durations`). What is no sum (`longest`, `lastSuccess`) is set under the
condition that it rises.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple

from adapters.tables import keys
from adapters.tables.codec import number
from adapters.tables.pages import get_all, read_all
from adapters.tables.table import BASE, Below, Change, Item, Key, Query, Table, Value, Write
from adapters.tables.transaction import TRIES, Now, Stale, commit, pause
from domain.entities.intent import Ask, Fence
from domain.entities.statistics import SyncTotals
from domain.entities.sync_run import TERMINAL, RunCounters, SyncRun, SyncRunState
from domain.errors import Unavailable
from domain.rules.durations import bucket

_COUNTERS = {
    "runs": "runs",
    "failed_runs": "failedRuns",
    "processed": "processed",
    "failed_imports": "failedImports",
    "listings": "listings",
    "status_changes": "statusChanges",
    "photos_stored": "photosStored",
    "posts_unpublished": "postsUnpublished",
}
_DURATION, _LONGEST, _SUCCESS = "d.", "longest", "lastSuccess"
_PARTS = 256
_DAYS_TOGETHER = 16
_MILLISECOND = timedelta(milliseconds=1)


class _Place(NamedTuple):
    """An item of counters, and its day."""

    key: Key
    day: date


class Statistics:
    """`domain.ports.Statistics` over a table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def of_connection(self, user_id: str, connection_id: str, first: date, last: date) -> SyncTotals:
        wanted = [keys.sync_day(user_id, day, connection_id) for day in _days(first, last)]
        items = await get_all(self._table, wanted)
        return _sum(item for item in items if item is not None)

    async def of_user(self, user_id: str, first: date, last: date) -> SyncTotals:
        low, high = (keys.joined("SYNCDAY", day.isoformat()) for day in (first, last))
        beyond = f"{high}$"  # the character after "#": behind every connection of the last day
        return _sum(await read_all(self._table, Query(BASE, keys.user(user_id), low=low, high=beyond)))

    async def of_all(self, first: date, last: date) -> SyncTotals:
        total = SyncTotals()
        days = _days(first, last)
        for start in range(0, len(days), _DAYS_TOGETHER):
            together = days[start : start + _DAYS_TOGETHER]
            queries = [Query(BASE, keys.sync_days_of_all(day), limit=_PARTS) for day in together]
            for page in await self._table.query_many(queries):
                total += _sum(page.items)
        return total


def counted_today(user_id: str, connection_id: str, counters: RunCounters, now: datetime) -> list[Change]:
    """The writes that count photos and removals on the day they are done."""
    gained = SyncTotals(photos_stored=counters.photos_stored, posts_unpublished=counters.posts_unpublished)
    return [_change(place, gained, {}, now) for place in _places(user_id, connection_id, now.date())]


async def commit_runs(
    table: Table,
    now: Now,
    writes: Sequence[Write],
    runs: Sequence[tuple[SyncRun, RunCounters | None]],
    *,
    fence: Fence | None = None,
    ask: Sequence[Ask] = (),
) -> None:
    """`commit` of writes by which some of these runs may end: those are counted in the same transaction.

    Args:
        runs: as they are written, and what their counters gain with that. `run.counters` are those of the
            version that was read: no other writer can have moved them if the version still holds.
    """
    ended = [(run, gain) for run, gain in runs if run.state in TERMINAL]
    gained = _gained(ended, now())
    for attempt in range(TRIES):
        known = await table.get_many([place.key for place in gained]) if gained else []
        days = [
            _change(place, gain, item or {}, now())
            for (place, gain), item in zip(gained.items(), known, strict=True)
        ]
        try:
            await commit(table, now, [*writes, *days], fence=fence, ask=ask)
            return
        except Stale as stale:
            own = stale.reasons[: len(writes)]
            if any(reason is not None for reason in own):
                raise Stale(own) from stale
        await pause(attempt)
    raise Unavailable("The store is too busy with statistics at the moment.", retry_after=1)


def _gained(ended: Iterable[tuple[SyncRun, RunCounters | None]], now: datetime) -> dict[_Place, SyncTotals]:
    """What each item gains: several runs may end in one transaction, which takes one write for each key."""
    gained: dict[_Place, SyncTotals] = {}
    for run, gain in ended:
        day = (run.finished_at or now).astimezone(UTC).date()
        for place in _places(run.user_id, run.connection_id, day):
            gained[place] = gained.get(place, SyncTotals()) + _totals_of(run, gain or RunCounters(), now)
    return gained


def _totals_of(run: SyncRun, gain: RunCounters, now: datetime) -> SyncTotals:
    end, counters = run.finished_at or now, run.counters
    lasted = None if run.started_at is None else max(end - run.started_at, timedelta()) // _MILLISECOND
    return SyncTotals(
        runs=1,
        failed_runs=int(run.state is SyncRunState.FAILED),
        processed=counters.processed + gain.processed,
        failed_imports=counters.failed_imports + gain.failed_imports,
        listings=counters.successful_imports + gain.successful_imports,
        status_changes=counters.status_changes + gain.status_changes,
        durations={} if lasted is None else {bucket(lasted): 1},
        longest_ms=lasted,
        last_success_at=end if run.state is SyncRunState.SUCCEEDED else None,
    )


def _places(user_id: str, connection_id: str, day: date) -> tuple[_Place, _Place]:
    return (
        _Place(keys.sync_day(user_id, day, connection_id), day),
        _Place(keys.sync_day_of_all(day, connection_id), day),
    )


def _change(place: _Place, gained: SyncTotals, known: Item, now: datetime) -> Change:
    """The write that adds to an item, given the item as it was read, `{}` if it was not.

    It is refused only if what is no sum has risen since, beyond what is to be set.
    """
    highest: dict[str, int] = {}
    if gained.longest_ms is not None:
        highest[_LONGEST] = gained.longest_ms
    if gained.last_success_at is not None:
        highest[_SUCCESS] = keys.millis(gained.last_success_at)
    risen = {name: value for name, value in highest.items() if value > number(known, name)}
    stamps: dict[str, Value] = {
        "EntityType": "SyncDay",
        "CreatedAt": keys.millis(datetime.combine(place.day, time(), UTC)),
        "UpdatedAt": keys.millis(now),
    }
    return Change(
        place.key,
        set={**stamps, **risen},
        add=_additions(gained),
        when=tuple(Below(name, value) for name, value in risen.items()),
    )


def _additions(gained: SyncTotals) -> dict[str, int]:
    sums = {name: getattr(gained, field) for field, name in _COUNTERS.items()}
    lengths = {f"{_DURATION}{place:03d}": count for place, count in gained.durations.items()}
    return {name: value for name, value in {**sums, **lengths}.items() if value} | {"version": 1}


def _sum(items: Iterable[Item]) -> SyncTotals:
    sums: Counter[str] = Counter()
    longest = success = 0
    for item in items:
        longest, success = max(longest, number(item, _LONGEST)), max(success, number(item, _SUCCESS))
        for name, value in item.items():
            if isinstance(value, int):
                sums[name] += value
    return SyncTotals(
        **{field: sums[name] for field, name in _COUNTERS.items()},
        durations={int(name[2:]): count for name, count in sums.items() if name.startswith(_DURATION)},
        longest_ms=longest or None,
        last_success_at=keys.moment(success) if success else None,
    )


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=place) for place in range((last - first).days + 1)]
