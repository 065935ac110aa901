"""The period's poll: a look at what changed, and a run only if that is news.

Nothing happens more often: tens of thousands of connections are polled every quarter of an hour, and nearly
always nothing is new. A quiet poll reads the connection, its credentials and the live posts of its user, and
writes the connection.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.entities.common import Failure
from domain.entities.intent import Done, Intent, Later, Outcome
from domain.entities.mls import MlsDefect, MlsPage, MlsQuery
from domain.entities.mls_connection import MlsConnection
from domain.entities.sync_run import Checkpoint, SyncMode, SyncRun, SyncRunKind
from domain.errors import ActionRequired, NotFound, Rejected, Unavailable, YardsignError
from domain.ports import Ports
from domain.rules.paces import paced
from domain.rules.schedule import next_poll, next_sweep
from domain.rules.sweeps import is_swept
from domain.use_cases.feeds import Feed, open_feed
from domain.use_cases.installation import put_off_while_off
from domain.use_cases.pages import brings_news, digest, later_stamp
from domain.use_cases.removing import ask_for_overdue_takedowns
from domain.use_cases.waiting import asks_for_patience, wait

OVERLAP = timedelta(minutes=20)
"""How far a delta reaches behind the cursor; Spark's documentation asks for it, for rows that appear late."""

CURSOR = "Property"

QUIET_PAGES = 3
"""So many pages are looked at for news; a delta that is longer is worth a run in any case."""

KNOWN_ROWS = 200


@dataclass(frozen=True, slots=True)
class Look:
    """What a poll saw that was no news: cursors as far as they have moved, and digests of the rows."""

    cursors: dict[str, str]
    defects: tuple[str, ...] = ()
    records: tuple[str, ...] = ()


async def poll(ports: Ports, connection: MlsConnection, intent: Intent) -> Outcome | None:
    """Poll if it is time to; None if runs are queued now."""
    if not connection.enabled or connection.needs_action:
        return Done()
    if connection.next_sync_at is not None and connection.next_sync_at > ports.now():
        return Later(connection.next_sync_at, progress=True)
    put_off = await put_off_while_off(ports, connection)
    if put_off is not None:
        return put_off
    began, wanted = ports.now(), _run(ports, connection, SyncRunKind.SYNC)
    try:
        look = await _look(ports, connection)
    except _Trouble as trouble:
        error = trouble.error
        if isinstance(error, Unavailable) and asks_for_patience(ports, error, connection.last_synced_at):
            return await wait(ports, connection, error)
        look, wanted = None, _reporting(wanted, error)
    polled = connection if look is None else _quiet(ports, connection, look)
    runs = [] if look is not None else [wanted]
    if _sweep_is_due(ports, connection) and wanted.failure is None:
        runs.append(_run(ports, connection, SyncRunKind.SWEEP))
    if not runs:
        await ask_for_overdue_takedowns(ports, connection, None)
    queue = tuple(run.id for run in runs)
    await ports.mls_connections.save(replace(polled, run_queue=queue), runs=runs, fence=intent.as_fence)
    if look is not None:
        ports.meter.polled(connection.protocol, began, ports.now())
    return None if runs else Later(polled.next_sync_at or ports.now(), progress=True)


def delta(connection: MlsConnection) -> MlsQuery:
    """The query for what changed since the last run; for everything, if nothing is known yet."""
    cursor = connection.cursors.get(CURSOR)
    since = datetime.fromisoformat(cursor) - OVERLAP if cursor else None
    return MlsQuery(since=since, cursors={n: at for n, at in connection.cursors.items() if n != CURSOR})


def advanced(cursors: dict[str, str], high_water: str | None, own: Mapping[str, str]) -> dict[str, str]:
    """The cursors, with that of the rows moved to `high_water` but never back, and the protocol's own ones."""
    known = cursors.get(CURSOR)
    moved = {name: at for name, at in {**cursors, **own, CURSOR: known}.items() if at}
    if high_water and (not known or datetime.fromisoformat(high_water) > datetime.fromisoformat(known)):
        moved[CURSOR] = high_water
    return moved


def failure_of(error: YardsignError) -> Failure:
    """Why a run failed, by the domain's name for it; adapters' errors may be kinds of those."""
    kinds = (ActionRequired, Rejected, Unavailable, NotFound)
    kind = next((kind for kind in kinds if isinstance(error, kind)), type(error))
    return Failure(kind.__name__, error.message)


def polled_now(ports: Ports, connection: MlsConnection, *, news: bool | None) -> MlsConnection:
    """The connection after a poll that went through.

    Args:
        news: whether it brought any; None if it says nothing of how busy the MLS is.
    """
    now = ports.now()
    if connection.smart is not None and news is not None:
        smart = paced(connection.smart, connection.sync_interval_minutes, news=news)
        connection = replace(connection, smart=smart)
    return replace(
        connection,
        last_synced_at=now,
        next_sync_at=next_poll(now, connection.effective_interval_minutes, ports.random()),
        next_sweep_at=connection.next_sweep_at or next_sweep(now, ports.random()),
    )


async def _look(ports: Ports, connection: MlsConnection) -> Look | None:
    """None if a poll would write anything."""
    if connection.last_synced_at is None:
        return None
    feed, query, known = await _opened(ports, connection), delta(connection), set(connection.known_rows)
    look = Look(connection.cursors)
    position: str | None = None
    for _ in range(QUIET_PAGES):
        page = await _fetched(feed, query, position)
        digests = [digest(row) for row in page.rows]
        fresh = tuple(row for row, mark in zip(page.rows, digests, strict=True) if mark not in known)
        if fresh and await brings_news(ports, connection, MlsPage(rows=fresh, position=None)):
            return None
        look = _looked(ports, look, page, digests)
        position = page.position
        if position is None:
            return look
    return None


class _Trouble(Exception):
    """The MLS could not be asked; a store that does not answer is no matter of the MLS's."""

    def __init__(self, error: YardsignError) -> None:
        super().__init__(error.message)
        self.error = error


async def _opened(ports: Ports, connection: MlsConnection) -> Feed:
    try:
        return await open_feed(ports, connection)
    except NotFound as error:
        raise _Trouble(error) from error


async def _fetched(feed: Feed, query: MlsQuery, position: str | None) -> MlsPage:
    try:
        return await feed.fetch(query, position)
    except YardsignError as error:
        raise _Trouble(error) from error


def _looked(ports: Ports, look: Look, page: MlsPage, digests: list[str]) -> Look:
    marked = list(zip(page.rows, digests, strict=True))
    defects = tuple(mark for row, mark in marked if isinstance(row, MlsDefect))
    records = tuple(mark for row, mark in marked if not isinstance(row, MlsDefect))
    cursors = advanced(look.cursors, later_stamp(None, page, ports.now()), page.cursors)
    return Look(cursors, (*look.defects, *defects), (*look.records, *records))


def _quiet(ports: Ports, connection: MlsConnection, look: Look) -> MlsConnection:
    """Defects come first among what is remembered: only they would be reported again."""
    known = (*look.defects, *look.records)[:KNOWN_ROWS]
    return replace(polled_now(ports, connection, news=False), cursors=look.cursors, known_rows=known)


def _reporting(run: SyncRun, error: YardsignError) -> SyncRun:
    """What is wrong with the MLS is for a run to report. It asks again, but not where only the user can help:
    a suspended token is not tried twice."""
    if not isinstance(error, ActionRequired):
        return run
    return replace(run, failure=failure_of(error), checkpoint=Checkpoint(finished_paging=True))


def _sweep_is_due(ports: Ports, connection: MlsConnection) -> bool:
    due = connection.next_sweep_at
    return due is not None and due <= ports.now() and is_swept(connection.settings)


def _run(ports: Ports, connection: MlsConnection, kind: SyncRunKind) -> SyncRun:
    return SyncRun(
        id=ports.new_id(),
        user_id=connection.user_id,
        connection_id=connection.id,
        kind=kind,
        mode=SyncMode.FULL if kind is SyncRunKind.SWEEP else SyncMode.INCREMENTAL,
        created_at=ports.now(),
    )
