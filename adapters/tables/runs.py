"""Runs and their errors, in the table.

The counters of a run are attributes that only ever move by additions, so that the run's own work, the photo
work and the removal of posts count at the same time without taking turns. `version` guards the rest and
rises with the writes of `Data`; `sequence` rises with every write. A run ends once: `ended` guards that.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.remembered import Remembered
from adapters.tables import key_indexes, keys
from adapters.tables.codec import Codec, number, stamped, version_of
from adapters.tables.pages import read_page
from adapters.tables.statistics import commit_runs, counted_today
from adapters.tables.table import (
    BASE,
    EXPIRES_AT,
    GSI1,
    GSI3,
    GSI4,
    Absent,
    Below,
    Change,
    Condition,
    Equals,
    Filter,
    In,
    Item,
    Key,
    Present,
    Put,
    Query,
    Table,
    Value,
    Write,
)
from adapters.tables.transaction import Now, Stale, commit
from domain.entities.common import Page, PageRequest
from domain.entities.intent import Ask, Fence
from domain.entities.sync_run import (
    TERMINAL,
    RunCounters,
    SyncError,
    SyncRun,
    SyncRunKind,
    SyncRunState,
)
from domain.errors import Invalid

KEPT = timedelta(days=90)
ERRORS_TOGETHER = 80
"""Errors in one transaction; the rest go before it, in others: written twice, an error is still one."""

_COUNTERS = {
    "processed": "processed",
    "successful_imports": "successfulImports",
    "unchanged": "unchanged",
    "skipped": "skipped",
    "failed_imports": "failedImports",
    "status_changes": "statusChanges",
    "posts_unpublished": "postsUnpublished",
    "photos_stored": "photosStored",
    "photos_failed": "photosFailed",
}
_RUN = Codec(SyncRun, apart={"counters", "sequence", "version"})
_ERROR = Codec(SyncError)


class Runs:
    """`domain.ports.Runs` over a table."""

    def __init__(self, table: Table, now: Now) -> None:
        self._table = table
        self._now = now

    async def get(self, user_id: str, run_id: str) -> SyncRun | None:
        item = await self._table.get(keys.run(user_id, run_id))
        return None if item is None else run_of(item)

    async def get_many(self, user_id: str, run_ids: Sequence[str]) -> list[SyncRun | None]:
        items = await self._table.get_many([keys.run(user_id, run_id) for run_id in run_ids])
        return [None if item is None else run_of(item) for item in items]

    async def save(
        self,
        run: SyncRun,
        *,
        add: RunCounters | None = None,
        errors: Sequence[SyncError] = (),
        fence: Fence | None = None,
    ) -> SyncRun:
        last = await write_most_errors(self._table, self._now, errors, fence)
        writes = [run_write(run, self._now(), add), *last]
        await commit_runs(self._table, self._now, writes, [(run, add)], fence=fence)
        return await read_run(self._table, run)

    async def page(
        self,
        user_id: str,
        page: PageRequest,
        *,
        connection_id: str | None = None,
        state: SyncRunState | None = None,
        kind: SyncRunKind | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Page[SyncRun]:
        if since is not None and until is not None and since > until:
            raise Invalid("The range ends before it begins.", field=("to",))
        low, high = keys.runs_between(since, until)
        filters = (*_only("state", state), *_only("kind", kind))
        query = Query(BASE, keys.user(user_id), low=low, high=high, ascending=False, filters=filters)
        if connection_id is not None:
            query = replace(query, index=GSI1, pk=keys.of_connection(connection_id))

        def decode(item: Item) -> SyncRun | None:
            run = run_of(item)
            early = since is not None and run.created_at < since
            late = until is not None and run.created_at >= until
            return None if early or late or state not in (None, run.state) else run

        return await read_page(self._table, query, page, decode, owner=user_id, essence=f"{since} {until}")

    async def errors(
        self,
        user_id: str,
        page: PageRequest,
        *,
        run_id: str | None = None,
        connection_id: str | None = None,
        code: str | None = None,
    ) -> Page[SyncError]:
        query = Query(GSI4, keys.errors_of(user_id), ascending=False, filters=_only("kind", code))
        if run_id is not None:
            query = replace(query, index=GSI3, pk=keys.errors_of_run(user_id, run_id))
        elif connection_id is not None:
            query = replace(query, index=GSI1, pk=keys.of_connection(connection_id), prefix="RUNERROR#")

        def decode(item: Item) -> SyncError | None:
            error = _ERROR.decode(str(item["Data"]))
            return error if connection_id in (None, error.connection_id) else None

        essence = f"of connection {connection_id}"
        return await read_page(self._table, query, page, decode, owner=user_id, essence=essence)


def run_of(item: Item) -> SyncRun:
    """The run of an item of the table."""
    counters = RunCounters(**{field: number(item, name) for field, name in _COUNTERS.items()})
    return _RUN.decode(
        str(item["Data"]), counters=counters, sequence=number(item, "sequence"), version=version_of(item)
    )


def run_write(run: SyncRun, now: datetime, add: RunCounters | None = None) -> Write:
    """The write of a run, if it is new (version 0) or its version still holds; its counters move by `add`."""
    key = keys.run(run.user_id, run.id)
    flat: dict[str, Value] = {"Data": _RUN.encode(run), "state": run.state.value, "kind": run.kind.value}
    last: tuple[Condition, ...] = ()
    if run.state in TERMINAL:
        flat["ended"] = 1
        last = (Below("ended", 1),)
    if run.version == 0:
        return Put(
            {
                **stamped(key, "SyncRun", created=run.created_at, now=now, version=1),
                **key_indexes.run_indexes(run),
                **flat,
                **counted(add),
                "sequence": 1,
                EXPIRES_AT: keys.seconds(run.created_at + KEPT),
            },
            when=(Absent(),),
        )
    return Change(
        key,
        set={**flat, "version": run.version + 1, "UpdatedAt": keys.millis(now)},
        add={"sequence": 1, **counted(add)},
        when=(Equals("version", run.version), *last),
    )


class ConnectionsOfRuns:
    """Which connection each run is of. That never changes, and is asked for with every few photos of a run."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._known: Remembered[Key, str] = Remembered(1_000)

    async def of(self, run: Key) -> str | None:
        """The connection's id; None if there is no such run, or was one and is known no more."""
        known = self._known.get(run)
        if known is None:
            item = await self._table.get(run)
            if item is None:
                return None
            known = run_of(item).connection_id
            self._known.put(run, known)
        return known


async def counts_in(
    connections: ConnectionsOfRuns, user_id: str, run_id: str | None, add: RunCounters, now: datetime
) -> list[Change]:
    """The writes that count something in a run and on its connection's day, whatever else happens to the run;
    none if there is nothing to count, or no such run any more."""
    if run_id is None or not counted(add):
        return []
    key = keys.run(user_id, run_id)
    move = {"sequence": 1, **counted(add)}
    count = Change(key, set={"UpdatedAt": keys.millis(now)}, add=move, when=(Present(),))
    if not (add.photos_stored or add.posts_unpublished):
        return [count]
    connection_id = await connections.of(key)
    return [] if connection_id is None else [count, *counted_today(user_id, connection_id, add, now)]


def counted(counters: RunCounters | None) -> dict[str, int]:
    """The counters that are not zero, by attribute."""
    values = {name: getattr(counters, field) for field, name in _COUNTERS.items()} if counters else {}
    return {name: value for name, value in values.items() if value}


def error_put(error: SyncError, now: datetime) -> Put:
    """The write of an error; the same failure of the same run is one item."""
    return Put(
        {
            **stamped(keys.run_error(error), "SyncError", created=error.at, now=now, version=1),
            **key_indexes.run_error_indexes(error),
            "Data": _ERROR.encode(error),
            "kind": error.code,
            EXPIRES_AT: keys.seconds(error.at + KEPT),
        }
    )


async def write_most_errors(
    table: Table, now: Now, errors: Sequence[SyncError], fence: Fence | None
) -> list[Put]:
    """Write errors until so few are left that one transaction takes them with other writes; answer those."""
    puts = list({put.item["SK"]: put for put in (error_put(error, now()) for error in errors)}.values())
    while len(puts) > ERRORS_TOGETHER:
        await commit(table, now, puts[:ERRORS_TOGETHER], fence=fence)
        del puts[:ERRORS_TOGETHER]
    return puts


async def commit_and_count(
    table: Table,
    now: Now,
    writes: Sequence[Write],
    counts: Sequence[Change],
    *,
    fence: Fence | None = None,
    ask: Sequence[Ask] = (),
) -> None:
    """`commit`, with `counts_in` a run if it is still there; that it is gone stops nothing."""
    try:
        await commit(table, now, [*writes, *counts], fence=fence, ask=ask)
    except Stale as stale:
        if not counts or any(reason is not None for reason in stale.reasons[: len(writes)]):
            raise
        await commit(table, now, writes, fence=fence, ask=ask)


def _only(name: str, value: str | None) -> tuple[Filter, ...]:
    return () if value is None else (In(name, (str(value),)),)


async def read_run(table: Table, run: SyncRun) -> SyncRun:
    """The run as it is now; as it was given, should it have vanished."""
    item = await table.get(keys.run(run.user_id, run.id))
    return run if item is None else run_of(item)
