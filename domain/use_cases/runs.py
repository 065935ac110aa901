"""Asking for runs: an import, a synchronization of a connection, of all of them, or of one listing."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from domain.entities.common import PageRequest
from domain.entities.intent import Ask, Done, Intent, IntentKind, Outcome
from domain.entities.mls_connection import MlsConnection
from domain.entities.sync_run import TERMINAL, SyncMode, SyncRun, SyncRunKind, SyncRunState
from domain.errors import Conflict, Invalid, NotFound
from domain.ports import Ports
from domain.use_cases.again import until_unchallenged
from domain.use_cases.installation import refuse_while_off
from domain.use_cases.lookup import connection_of, listing_of, run_of

MOST_NUMBERS = 1_000


async def import_mls_listings(
    ports: Ports,
    *,
    user_id: str,
    connection_id: str,
    mode: SyncMode = SyncMode.FULL,
    mls_numbers: tuple[str, ...] | None = None,
    idempotency_key: str | None = None,
) -> SyncRun:
    """Begin an import at once; while one for the same rows waits or runs, that one is answered.

    Args:
        mode: FULL brings every listing, INCREMENTAL what changed since the last run.
        mls_numbers: only these listings.
        idempotency_key: asking again with the same key answers the same run, even when it has ended.

    Raises:
        Conflict: while synchronization is off for the whole installation, as the other wishes for runs here.
    """
    await refuse_while_off(ports)
    if mls_numbers is not None and not 1 <= len(mls_numbers) <= MOST_NUMBERS:
        raise Invalid(f"Name 1 to {MOST_NUMBERS} MLS numbers, or none.", field=("mlsNumbers",))
    wanted = SyncRun(
        id=ports.new_id(),
        user_id=user_id,
        connection_id=connection_id,
        kind=SyncRunKind.IMPORT,
        mode=mode,
        by_user=True,
        numbers=mls_numbers,
        idempotency_key=idempotency_key,
        created_at=ports.now(),
    )
    return await _enqueue(ports, wanted)


async def sync_mls_status(ports: Ports, *, user_id: str, connection_id: str) -> SyncRun:
    """Bring what changed in the MLS since the last run, at once."""
    await refuse_while_off(ports)
    return await _enqueue(ports, replace(_sync_run(ports, user_id, connection_id), by_user=True))


async def sync_all_mls_connections(ports: Ports, *, user_id: str) -> list[SyncRun]:
    """The same for every enabled connection of the user."""
    await refuse_while_off(ports)
    connections = await ports.mls_connections.of_user(user_id)
    return [
        await sync_mls_status(ports, user_id=user_id, connection_id=connection.id)
        for connection in connections
        if connection.enabled
    ]


async def sync_listing_status(ports: Ports, *, user_id: str, listing_id: str) -> SyncRun:
    """Bring one listing up to date at once."""
    await refuse_while_off(ports)
    return await _sync_listing(ports, user_id, listing_id, by_user=True)


async def _sync_listing(ports: Ports, user_id: str, listing_id: str, *, by_user: bool) -> SyncRun:
    listing = await listing_of(ports, user_id, listing_id)
    key, number = listing.facts.listing_key, listing.facts.mls_number
    if listing.connection_id is None or not (key or number):
        raise Conflict("This listing does not come from an MLS.", field=("listingId",))
    run = replace(_sync_run(ports, user_id, listing.connection_id), mode=SyncMode.FULL, by_user=by_user)
    only = {"keys": (key,)} if key else {"numbers": (number,)}
    return await _enqueue(ports, replace(run, **only))


async def restore_listing(ports: Ports, *, intent: Intent, until: datetime) -> Outcome:
    """The work after a local edit: a run that brings back what the MLS says, or waits while none begins."""
    with suppress(NotFound, Conflict):  # deleted or disconnected meanwhile: nothing to restore
        await _sync_listing(ports, intent.user_id, intent.target, by_user=False)
    return Done()


async def cancel_sync_run(ports: Ports, *, user_id: str, run_id: str) -> SyncRun:
    """End a run that waits, or let one that runs end before its next page; what it has written stays.

    Raises:
        Conflict: if the run has ended already.
    """

    async def attempt() -> SyncRun:
        run = await run_of(ports, user_id, run_id)
        if run.state in TERMINAL:
            raise _Ended
        cancelled = replace(run, cancel_requested=True)
        if run.state is SyncRunState.QUEUED:
            cancelled = replace(cancelled, state=SyncRunState.CANCELLED, finished_at=ports.now())
        return await ports.runs.save(cancelled)

    try:
        run = await until_unchallenged(ports, attempt)
    except _Ended:
        raise Conflict("The run has ended already.", field=("runId",)) from None
    if run.state is SyncRunState.RUNNING:  # it may be waiting for an MLS that asked for patience
        await ports.intents.ask(Ask(IntentKind.SYNC, user_id, run.connection_id))
    await ports.bell.ring(IntentKind.SYNC, run.connection_id)
    await ports.progress.tell(f"run:{run.id}")
    return run


class _Ended(Exception):
    """Not a lost race, and so not tried again."""


def _sync_run(ports: Ports, user_id: str, connection_id: str) -> SyncRun:
    return SyncRun(
        id=ports.new_id(),
        user_id=user_id,
        connection_id=connection_id,
        kind=SyncRunKind.SYNC,
        mode=SyncMode.INCREMENTAL,
        created_at=ports.now(),
    )


async def _enqueue(ports: Ports, wanted: SyncRun) -> SyncRun:
    async def attempt() -> SyncRun:
        connection = await connection_of(ports, wanted.user_id, wanted.connection_id)
        same = await _same_run(ports, connection, wanted)
        if same is not None:
            return await _asked_for(ports, same, wanted)
        queued = replace(connection, run_queue=(*connection.run_queue, wanted.id))
        ask = Ask(IntentKind.SYNC, wanted.user_id, connection.id)
        await ports.mls_connections.save(queued, runs=[wanted], ask=[ask])
        return wanted

    run = await until_unchallenged(ports, attempt)
    await ports.bell.ring(IntentKind.SYNC, run.connection_id)
    return run


async def _asked_for(ports: Ports, run: SyncRun, wanted: SyncRun) -> SyncRun:
    """The run that is there already; one that began by itself is somebody's wish from now on."""
    if run.by_user or not wanted.by_user or run.state in TERMINAL:
        return run
    return await ports.runs.save(replace(run, by_user=True))


async def _same_run(ports: Ports, connection: MlsConnection, wanted: SyncRun) -> SyncRun | None:
    if wanted.idempotency_key is not None:
        page = await ports.runs.page(connection.user_id, PageRequest(50), connection_id=connection.id)
        for run in page.items:
            if run.idempotency_key == wanted.idempotency_key:
                return run
    for waiting in await ports.runs.get_many(connection.user_id, connection.run_queue):
        if waiting is not None and _alike(waiting, wanted):
            return waiting
    return None


def _alike(run: SyncRun, wanted: SyncRun) -> bool:
    if run.state in TERMINAL or run.cancel_requested:
        return False
    return (run.kind, run.mode, run.keys, run.numbers) == (
        wanted.kind,
        wanted.mode,
        wanted.keys,
        wanted.numbers,
    )
