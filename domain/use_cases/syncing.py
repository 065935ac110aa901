"""The work on an MLS connection: page through the MLS, write what is new, checkpoint, finish.

One intent stands for each connection. Its taker works on the first run of the connection's queue, or polls
when the queue is empty and the period is over. Everything a page brings is written before the run's
checkpoint moves past the page, so that a death at any moment costs a repetition and never a row.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from domain.entities.common import Failure
from domain.entities.intent import Done, Fence, Intent, Later, Outcome
from domain.entities.mls import MlsPage, MlsQuery
from domain.entities.mls_connection import MlsConnection
from domain.entities.sync_run import (
    TERMINAL,
    Checkpoint,
    SyncMode,
    SyncRun,
    SyncRunKind,
    SyncRunState,
)
from domain.errors import ActionRequired, Conflict, NotFound, Rejected, Unavailable, YardsignError
from domain.ports import Ports
from domain.rules.schedule import FETCH_ATTEMPTS, backoff, next_poll
from domain.use_cases.connections import source_of
from domain.use_cases.lookup import protocol_of
from domain.use_cases.pages import brings_news, later_stamp, write_page
from domain.use_cases.removing import ask_for_overdue_takedowns

OVERLAP = timedelta(minutes=20)
"""How far a delta reaches behind the cursor; Spark's documentation asks for it, for rows that appear late."""

CURSOR = "Property"

QUIET_PAGES = 3
"""So many pages are looked at for news; a delta that is longer is worth a run in any case."""


async def work_on_connection(ports: Ports, *, intent: Intent, until: datetime) -> Outcome:
    """Work on the connection's queue until it is empty or `until` has come."""
    while True:
        connection = await ports.mls_connections.get(intent.user_id, intent.target)
        if connection is None:
            return Done()
        run = await _first_run(ports, connection)
        if run is None and connection.run_queue:
            await _drop_first(ports, connection, intent.as_fence)
        elif run is None:
            return await _poll(ports, connection, intent)
        else:
            outcome = await _work_on_run(ports, connection, run, intent, until)
            if outcome is not None:
                return outcome
            if ports.now() >= until:
                return Later(ports.now(), progress=True)


async def _first_run(ports: Ports, connection: MlsConnection) -> SyncRun | None:
    if not connection.run_queue:
        return None
    run = await ports.runs.get(connection.user_id, connection.run_queue[0])
    return None if run is None or run.state in TERMINAL else run


async def _drop_first(ports: Ports, connection: MlsConnection, fence: Fence) -> None:
    await ports.mls_connections.save(replace(connection, run_queue=connection.run_queue[1:]), fence=fence)


async def _poll(ports: Ports, connection: MlsConnection, intent: Intent) -> Outcome:
    """The period's poll: a look at what changed, and a run only if that is news."""
    if not connection.enabled or connection.needs_action:
        return Done()
    if connection.next_sync_at is not None and connection.next_sync_at > ports.now():
        return Later(connection.next_sync_at, progress=True)
    run = SyncRun(
        id=ports.new_id(),
        user_id=connection.user_id,
        connection_id=connection.id,
        kind=SyncRunKind.SYNC,
        mode=SyncMode.INCREMENTAL,
        created_at=ports.now(),
    )
    if await _has_news(ports, connection):
        queued = replace(connection, run_queue=(run.id,))
        await ports.mls_connections.save(queued, runs=[run], fence=intent.as_fence)
        return Later(ports.now(), progress=True)
    quiet = _polled(ports, connection)
    await ask_for_overdue_takedowns(ports, connection.user_id, None)
    await ports.mls_connections.save(quiet, fence=intent.as_fence)
    return Later(quiet.next_sync_at or ports.now(), progress=True)


async def _has_news(ports: Ports, connection: MlsConnection) -> bool:
    """Whether a poll would write anything; an MLS that cannot be asked is news, which the run will report."""
    since = _since(connection)
    if since is None:
        return True
    position: str | None = None
    for _ in range(QUIET_PAGES):
        try:
            page = await _fetch(ports, connection, MlsQuery(since=since), position)
        except YardsignError:
            return True
        if await brings_news(ports, connection, page):
            return True
        position = page.position
        if position is None:
            return False
    return True


def _polled(ports: Ports, connection: MlsConnection) -> MlsConnection:
    now = ports.now()
    return replace(
        connection,
        last_synced_at=now,
        next_sync_at=next_poll(now, connection.sync_interval_minutes, ports.random()),
    )


async def _work_on_run(
    ports: Ports, connection: MlsConnection, run: SyncRun, intent: Intent, until: datetime
) -> Outcome | None:
    """Work on a run; None when it has ended and the queue's next may follow."""
    try:
        if run.cancel_requested:
            await _finish(ports, connection, run, intent, SyncRunState.CANCELLED)
            return None
        if run.state is SyncRunState.QUEUED:
            run = await _start(ports, run, intent.as_fence)
        while not run.checkpoint.finished_paging:
            run = await _next_page(ports, connection, run, intent.as_fence)
            if ports.now() >= until and not run.checkpoint.finished_paging:
                return Later(ports.now(), progress=True)
        await ask_for_overdue_takedowns(ports, run.user_id, run.id)
        await _finish(ports, connection, run, intent, SyncRunState.SUCCEEDED)
        return None
    except Conflict:
        return None  # another hand has written the run or the connection: read both again
    except Unavailable as error:
        return await _try_later(ports, connection, run, intent, error)
    except (ActionRequired, Rejected, NotFound) as error:
        failure = _failure(error)
        await _finish(ports, connection, run, intent, SyncRunState.FAILED, failure)
        return None


async def _start(ports: Ports, run: SyncRun, fence: Fence) -> SyncRun:
    started = replace(run, state=SyncRunState.RUNNING, started_at=ports.now())
    return await _told(ports, await ports.runs.save(started, fence=fence))


async def _next_page(ports: Ports, connection: MlsConnection, run: SyncRun, fence: Fence) -> SyncRun:
    page = await _fetch(ports, connection, _query(connection, run), run.checkpoint.position)
    run, counters, errors = await write_page(ports, connection, run, page, fence)
    high_water = later_stamp(run.checkpoint.high_water, page, run.started_at or run.created_at)
    finished = page.position is None
    moved = replace(
        run,
        attempts=0,
        checkpoint=Checkpoint(page.position, (), high_water, finished),
        total_listings=page.total if page.total is not None else run.total_listings,
    )
    return await _told(ports, await ports.runs.save(moved, add=counters, errors=errors, fence=fence))


async def _fetch(ports: Ports, connection: MlsConnection, query: MlsQuery, position: str | None) -> MlsPage:
    source = await source_of(ports, connection)
    return await protocol_of(ports, connection.protocol).fetch(source, query, position)


def _query(connection: MlsConnection, run: SyncRun) -> MlsQuery:
    restricted = run.keys is not None or run.numbers is not None
    since = None if restricted or run.mode is SyncMode.FULL else _since(connection)
    return MlsQuery(since=since, keys=run.keys, numbers=run.numbers)


def _since(connection: MlsConnection) -> datetime | None:
    cursor = connection.cursors.get(CURSOR)
    return datetime.fromisoformat(cursor) - OVERLAP if cursor else None


async def _try_later(
    ports: Ports, connection: MlsConnection, run: SyncRun, intent: Intent, error: Unavailable
) -> Outcome | None:
    run = await ports.runs.get(run.user_id, run.id) or run
    attempts = run.attempts + 1
    if attempts >= FETCH_ATTEMPTS:
        await _finish(ports, connection, run, intent, SyncRunState.FAILED, _failure(error))
        return None
    await ports.runs.save(replace(run, attempts=attempts), fence=intent.as_fence)
    wait = timedelta(seconds=error.retry_after or 0)
    due = ports.now() + max(wait, backoff(attempts, ports.random()))
    return Later(due, failure=error.message)


async def _finish(
    ports: Ports,
    connection: MlsConnection,
    run: SyncRun,
    intent: Intent,
    state: SyncRunState,
    failure: Failure | None = None,
) -> None:
    """End the run and move the connection on, in one transaction."""
    ended = replace(run, state=state, failure=failure, finished_at=ports.now())
    moved = replace(
        connection,
        run_queue=tuple(waiting for waiting in connection.run_queue if waiting != run.id),
        last_run_id=run.id,
        next_sync_at=_polled(ports, connection).next_sync_at if connection.enabled else None,
        needs_action=_needs_action(connection, failure),
    )
    if state is SyncRunState.SUCCEEDED:
        moved = replace(moved, last_synced_at=ports.now(), cursors=_cursors(connection, run))
    await ports.mls_connections.save(moved, runs=[ended], fence=intent.as_fence)
    await ports.progress.tell(f"run:{run.id}")


def _needs_action(connection: MlsConnection, failure: Failure | None) -> str | None:
    if failure is None:
        return None
    return failure.message if failure.code == ActionRequired.__name__ else connection.needs_action


def _cursors(connection: MlsConnection, run: SyncRun) -> dict[str, str]:
    """Only a run over all rows moves the cursor, and only forward."""
    seen = run.checkpoint.high_water
    if run.keys is not None or run.numbers is not None or seen is None:
        return connection.cursors
    known = connection.cursors.get(CURSOR)
    newer = known is None or datetime.fromisoformat(seen) > datetime.fromisoformat(known)
    return {**connection.cursors, CURSOR: seen} if newer else connection.cursors


def _failure(error: YardsignError) -> Failure:
    return Failure(type(error).__name__, error.message)


async def _told(ports: Ports, run: SyncRun) -> SyncRun:
    await ports.progress.tell(f"run:{run.id}")
    return run
