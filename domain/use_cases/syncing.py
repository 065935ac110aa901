"""The work on an MLS connection: page through the MLS, write what is new, checkpoint, finish.

One intent stands for each connection. Its taker works on the first run of the connection's queue, or polls
when the queue is empty and the period is over. Everything a page brings is written before the run's
checkpoint moves past the page, so that a death at any moment costs a repetition and never a row.
"""

from contextlib import aclosing
from dataclasses import replace
from datetime import datetime

from domain.entities.common import Failure
from domain.entities.intent import Done, Fence, Intent, Later, Outcome
from domain.entities.mls import MlsDefect, MlsPage, MlsQuery
from domain.entities.mls_connection import MlsConnection
from domain.entities.sync_run import TERMINAL, Checkpoint, SyncMode, SyncRun, SyncRunKind, SyncRunState
from domain.errors import ActionRequired, Conflict, NotFound, Rejected, Unavailable
from domain.ports import Ports
from domain.rules.schedule import FETCH_ATTEMPTS, backoff, next_sweep
from domain.use_cases.asking import answered, is_whole, settle_unanswered
from domain.use_cases.connections import forget_files
from domain.use_cases.endings import told_of_end
from domain.use_cases.feeds import Feed, open_feed
from domain.use_cases.installation import put_off_while_off
from domain.use_cases.pages import added, digest, later_stamp, write_page
from domain.use_cases.polling import KNOWN_ROWS, advanced, delta, failure_of, poll, polled_now
from domain.use_cases.removing import ask_for_overdue_takedowns
from domain.use_cases.sweep_files import forget_sweep
from domain.use_cases.sweeping import sweep_on
from domain.use_cases.waiting import asks_for_patience, still_waits, wait


async def work_on_connection(ports: Ports, *, intent: Intent, until: datetime) -> Outcome:
    """Work on the connection's queue until it is empty or `until` has come."""
    while True:
        connection = await ports.mls_connections.get(intent.user_id, intent.target)
        if connection is None:
            await forget_files(ports, intent.target)  # what a run kept that was on at its end
            return Done()
        run = await _first_run(ports, connection)
        early = still_waits(ports, connection)
        if early is None and run is not None and run.state is SyncRunState.QUEUED:
            early = await put_off_while_off(ports, connection)
        if early is not None and not (run is not None and run.cancel_requested):
            return early
        outcome: Outcome | None = None
        if run is not None:
            outcome = await _work_on_run(ports, connection, run, intent, until)
        elif connection.run_queue:
            await _drop_first(ports, connection, intent.as_fence)
        else:
            outcome = await poll(ports, connection, intent)
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


async def _work_on_run(
    ports: Ports, connection: MlsConnection, run: SyncRun, intent: Intent, until: datetime
) -> Outcome | None:
    """Work on a run; None when it has ended and the queue's next may follow."""
    fence = intent.as_fence
    ports.marks.run(run.id)
    try:
        if run.cancel_requested:
            await _finish(ports, connection, run, fence, SyncRunState.CANCELLED)
            return None
        if run.state is SyncRunState.QUEUED:
            run = await _start(ports, connection, run, fence)
        step = sweep_on if run.kind is SyncRunKind.SWEEP else _next_page
        async with aclosing(await open_feed(ports, connection)) as feed:
            while not run.checkpoint.finished_paging:
                run = await _told(ports, await step(ports, connection, feed, run, fence, until))
                if ports.now() >= until and not run.checkpoint.finished_paging:
                    return Later(ports.now(), progress=True)
        await ask_for_overdue_takedowns(ports, connection, run.id)
        state = SyncRunState.FAILED if run.failure else SyncRunState.SUCCEEDED
        await _finish(ports, connection, run, fence, state, run.failure)
        return None
    except Conflict:
        await _forget_if_ended(ports, run)
        return None  # another hand has written the run or the connection: read both again
    except Unavailable as error:
        return await _try_later(ports, connection, run, fence, error)
    except (ActionRequired, Rejected, NotFound) as error:
        await _finish(ports, connection, run, fence, SyncRunState.FAILED, failure_of(error))
        return None


async def _forget_if_ended(ports: Ports, run: SyncRun) -> None:
    """Remove what a sweep has kept since somebody ended it, who has removed all that there was by then."""
    if run.kind is SyncRunKind.SWEEP:
        now = await ports.runs.get(run.user_id, run.id)
        if now is None or now.state in TERMINAL:
            await forget_sweep(ports, run.id)


async def _start(ports: Ports, connection: MlsConnection, run: SyncRun, fence: Fence) -> SyncRun:
    """Raises `ActionRequired` while only the user can help, unless the user wishes to try."""
    if connection.needs_action and not run.by_user:
        raise ActionRequired(connection.needs_action)
    started = replace(run, state=SyncRunState.RUNNING, started_at=ports.now())
    return await _told(ports, await ports.runs.save(started, fence=fence))


async def _next_page(
    ports: Ports, connection: MlsConnection, feed: Feed, run: SyncRun, fence: Fence, until: datetime
) -> SyncRun:
    page = await feed.read_on(_query(connection, run), run.checkpoint.position)
    run, counters, errors = await write_page(ports, connection, run, page, fence)
    checkpoint = _checkpoint(run, page)
    if checkpoint.finished_paging and not is_whole(run):
        run, more, unanswered = await settle_unanswered(ports, connection, run, checkpoint.answered, fence)
        counters, errors = added(counters, more), [*errors, *unanswered]
    moved = replace(
        run,
        attempts=0,
        checkpoint=checkpoint,
        total_listings=page.total if page.total is not None else run.total_listings,
    )
    return await ports.runs.save(moved, add=counters, errors=errors, fence=fence)


def _checkpoint(run: SyncRun, page: MlsPage) -> Checkpoint:
    """The checkpoint that leaves the page behind."""
    known = run.checkpoint
    defects = [digest(row) for row in page.rows if isinstance(row, MlsDefect)]
    return Checkpoint(
        position=page.position,
        high_water=later_stamp(known.high_water, page, run.started_at or run.created_at),
        finished_paging=page.position is None,
        cursors={**known.cursors, **page.cursors},
        answered=answered(run, page),
        defects=(*known.defects, *defects)[-KNOWN_ROWS:],
    )


def _query(connection: MlsConnection, run: SyncRun) -> MlsQuery:
    if not is_whole(run):
        return MlsQuery(keys=run.keys, numbers=run.numbers)
    query = delta(connection)
    return query if run.mode is SyncMode.INCREMENTAL else replace(query, since=None, anew=True)


async def _try_later(
    ports: Ports, connection: MlsConnection, run: SyncRun, fence: Fence, error: Unavailable
) -> Outcome | None:
    if asks_for_patience(ports, error, run.started_at or run.created_at):
        return await wait(ports, connection, error)
    run = await ports.runs.get(run.user_id, run.id) or run
    attempts = run.attempts + 1
    if attempts >= FETCH_ATTEMPTS:
        await _finish(ports, connection, run, fence, SyncRunState.FAILED, failure_of(error))
        return None
    await ports.runs.save(replace(run, attempts=attempts), fence=fence)
    if error.retry_after:
        return await wait(ports, connection, error)
    return Later(ports.now() + backoff(attempts, ports.random()), failure=error.message)


async def _finish(
    ports: Ports,
    connection: MlsConnection,
    run: SyncRun,
    fence: Fence,
    state: SyncRunState,
    failure: Failure | None = None,
) -> None:
    """End the run and move the connection on, in one transaction."""
    if run.kind is SyncRunKind.SWEEP:
        await forget_sweep(ports, run.id)
    ended = replace(run, state=state, failure=failure, finished_at=ports.now())
    moved = replace(
        _moved(ports, connection, run, succeeded=state is SyncRunState.SUCCEEDED),
        run_queue=tuple(waiting for waiting in connection.run_queue if waiting != run.id),
        last_run_id=run.id,
        needs_action=_needs_action(connection, failure),
    )
    told = await told_of_end(ports, connection, ended, moved)
    await ports.mls_connections.save(moved, runs=[ended], fence=fence, ask=told)
    ports.meter.ran(connection.protocol, ended)
    for wish in told:
        await ports.bell.ring(wish.kind, wish.target)
    await ports.progress.tell(f"run:{run.id}")


def _moved(ports: Ports, connection: MlsConnection, run: SyncRun, *, succeeded: bool) -> MlsConnection:
    """The connection behind a run: when it is polled and swept next, and from where its deltas go on.

    A run for certain rows leaves all that alone, so that many of them never keep the polls from their turn.
    """
    now = ports.now()
    if run.kind is SyncRunKind.SWEEP:
        swept = now if succeeded else connection.last_swept_at
        return replace(connection, last_swept_at=swept, next_sweep_at=next_sweep(now, ports.random()))
    if not is_whole(run):
        return connection
    polled = polled_now(ports, connection, news=_brought_news(connection, run) if succeeded else None)
    if not connection.enabled:
        polled = replace(polled, next_sync_at=None)
    if not succeeded:
        return replace(connection, next_sync_at=polled.next_sync_at)
    cursors = advanced(connection.cursors, run.checkpoint.high_water, run.checkpoint.cursors)
    return replace(polled, cursors=cursors, known_rows=run.checkpoint.defects)


def _brought_news(connection: MlsConnection, run: SyncRun) -> bool | None:
    """None for what says nothing of how busy the MLS is: reading everything, for the first time or anew."""
    if run.mode is SyncMode.FULL or connection.last_synced_at is None:
        return None
    return run.counters.successful_imports > 0


def _needs_action(connection: MlsConnection, failure: Failure | None) -> str | None:
    if failure is None:
        return None
    return failure.message if failure.code == ActionRequired.__name__ else connection.needs_action


async def _told(ports: Ports, run: SyncRun) -> SyncRun:
    await ports.progress.tell(f"run:{run.id}")
    await ports.progress.tell(f"listings:{run.user_id}")
    return run
