"""Runs that the outside asks for: waiting ones are joined, so that however much is asked for, few runs wait."""

from collections.abc import Callable
from dataclasses import replace

from domain.entities.intent import Ask, IntentKind
from domain.entities.mls_connection import MlsConnection
from domain.entities.sync_run import SyncMode, SyncRun, SyncRunKind, SyncRunState
from domain.errors import Unavailable
from domain.ports import Ports
from domain.use_cases.again import until_unchallenged
from domain.use_cases.lookup import connection_of

MOST_WAITING = 50
"""Runs of a connection in its queue; whoever asks for more is asked to come again."""

Join = Callable[[SyncRun], SyncRun | None]
"""What a waiting run becomes when it does the wanted work too; None if it cannot."""


def new_run(ports: Ports, connection: MlsConnection, keys: tuple[str, ...] | None) -> SyncRun:
    """A run over these rows as the MLS has them now, whatever is known of them; None for all rows."""
    return SyncRun(
        id=ports.new_id(),
        user_id=connection.user_id,
        connection_id=connection.id,
        kind=SyncRunKind.SYNC,
        mode=SyncMode.FULL,
        keys=keys,
        created_at=ports.now(),
    )


async def queued(
    ports: Ports, connection: MlsConnection, keys: tuple[str, ...] | None, join: Join, *, mended: bool = False
) -> SyncRun:
    """A run for these rows that has not begun: one that waits already and takes them in, or a new one.

    A run that has begun is never joined, because it may be past the rows.

    Args:
        mended: what only the user could mend counts as mended.

    Raises:
        Unavailable: too many runs are waiting.
    """
    wanted = new_run(ports, connection, keys)

    async def attempt() -> SyncRun:
        now = await connection_of(ports, connection.user_id, connection.id)
        run = await _joined(ports, now, join)
        if run is None and len(now.run_queue) >= MOST_WAITING:
            raise Unavailable("Too many runs are waiting already.", retry_after=60)
        queue = now.run_queue if run else (*now.run_queue, wanted.id)
        changed = replace(now, run_queue=queue, needs_action=None if mended else now.needs_action)
        ask = Ask(IntentKind.SYNC, now.user_id, now.id)
        await ports.mls_connections.save(changed, runs=[run or wanted], ask=[ask])
        return run or wanted

    run = await until_unchallenged(ports, attempt)
    await ports.bell.ring(IntentKind.SYNC, connection.id)
    return run


async def _joined(ports: Ports, connection: MlsConnection, join: Join) -> SyncRun | None:
    for run in await ports.runs.get_many(connection.user_id, connection.run_queue):
        if run is None or run.state is not SyncRunState.QUEUED or run.cancel_requested:
            continue
        joined = join(run)
        if joined is not None:
            return joined
    return None
