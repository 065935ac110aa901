"""What the user is told of when a run ends."""

from domain.entities.intent import Ask
from domain.entities.mls_connection import MlsConnection
from domain.entities.notification import NotificationKind, Subject, SubjectType
from domain.entities.sync_run import SyncRun, SyncRunKind, SyncRunState
from domain.ports import Ports
from domain.use_cases.notices import notice

_NAMES = {
    SyncRunKind.IMPORT: "import from",
    SyncRunKind.SYNC: "synchronization with",
    SyncRunKind.SWEEP: "comparison with",
}


async def told_of_end(
    ports: Ports, connection: MlsConnection, run: SyncRun, after: MlsConnection
) -> list[Ask]:
    """The wishes to tell of a run's end, to be stored with it.

    A run that was asked for is told of however it ends, unless the user has cancelled it. Of those that begin
    by themselves only failures are told, and of several in a row the first: a connection that fails every
    quarter of an hour is one piece of news.

    Args:
        connection: as it was before the run's end.
        after: as it is behind it.
    """
    told = []
    if run.state is SyncRunState.SUCCEEDED and run.by_user:
        told.append(
            _about(run, NotificationKind.RUN_FINISHED, f"{_name(connection, run)} is finished: {_sum(run)}.")
        )
    failed = run.state is SyncRunState.FAILED
    if failed and (run.by_user or not await _is_failing(ports, connection)):
        why = run.failure.message if run.failure else "nobody knows why."
        told.append(_about(run, NotificationKind.RUN_FAILED, f"{_name(connection, run)} failed: {why}"))
    if after.needs_action and after.needs_action != connection.needs_action:
        told.append(_needs_action(after, run))
    return told


async def _is_failing(ports: Ports, connection: MlsConnection) -> bool:
    """Whether the connection's latest run failed, and no poll has gone through since."""
    latest = (
        await ports.runs.get(connection.user_id, connection.last_run_id) if connection.last_run_id else None
    )
    if latest is None or latest.state is not SyncRunState.FAILED or latest.finished_at is None:
        return False
    return connection.last_synced_at is None or connection.last_synced_at < latest.finished_at


def _name(connection: MlsConnection, run: SyncRun) -> str:
    return f"The {_NAMES[run.kind]} {connection.label or connection.provider}"


def _sum(run: SyncRun) -> str:
    counters = run.counters
    failed = f", {counters.failed_imports} failed" if counters.failed_imports else ""
    return f"{counters.processed} listings read, {counters.successful_imports} written{failed}"


def _about(run: SyncRun, kind: NotificationKind, title: str) -> Ask:
    return notice(
        run.user_id,
        kind,
        title,
        subject=Subject(SubjectType.SYNC_RUN, run.id),
        event=run.id,
        at=run.finished_at or run.created_at,
    )


def _needs_action(connection: MlsConnection, run: SyncRun) -> Ask:
    return notice(
        connection.user_id,
        NotificationKind.NEEDS_ACTION,
        f"{connection.label or connection.provider} needs your help: {connection.needs_action}",
        subject=Subject(SubjectType.MLS_CONNECTION, connection.id),
        event=f"{connection.id}/{run.id}",
        at=run.finished_at or run.created_at,
    )
