"""Writing one page of an MLS: each row for itself, so that none takes its neighbours down."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from domain.entities.intent import Fence
from domain.entities.listing import Listing
from domain.entities.mls import MlsDefect, MlsPage, MlsRecord, MlsRow
from domain.entities.mls_connection import MlsConnection
from domain.entities.sync_run import RunCounters, SyncError, SyncRun
from domain.ports import Ports
from domain.rules.identity import error_id
from domain.rules.schedule import LISTING_ATTEMPTS, backoff
from domain.use_cases.merging import Merged, id_of, merge, read_status
from domain.use_cases.relisting import linked


def records_of(page: MlsPage) -> list[MlsRecord]:
    """The rows that could be read, each key once: of a record that comes twice, the later state."""
    by_key: dict[str, MlsRecord] = {}
    for row in page.rows:
        if isinstance(row, MlsRecord) and not _is_older(row, by_key.get(row.key)):
            by_key[row.key] = row
    return list(by_key.values())


def _is_older(record: MlsRecord, other: MlsRecord | None) -> bool:
    mine = record.facts.modified_in_mls_at
    others = other.facts.modified_in_mls_at if other else None
    return mine is not None and others is not None and mine < others


def later_stamp(high_water: str | None, page: MlsPage, begun: datetime) -> str | None:
    """The latest modification stamp of the page and of those before it, but none after `begun`.

    A stamp that lies in the future would let the next delta begin behind everything that is still to come.
    """
    stamps = [record.facts.modified_in_mls_at for record in records_of(page)]
    known = [datetime.fromisoformat(high_water)] if high_water else []
    latest = max([*known, *(min(stamp, begun) for stamp in stamps if stamp is not None)], default=None)
    return latest.isoformat() if latest else None


async def brings_news(ports: Ports, connection: MlsConnection, page: MlsPage) -> bool:
    """Whether anything of the page would have to be written, or reported."""
    records = records_of(page)
    if any(isinstance(row, MlsDefect) for row in page.rows):
        return True
    merged = await _merged(ports, connection, None, records)
    return any(row.save is not None and not row.counters.unchanged for _, row in merged)


async def write_page(
    ports: Ports, connection: MlsConnection, run: SyncRun, page: MlsPage, fence: Fence
) -> tuple[SyncRun, RunCounters, list[SyncError]]:
    """Write the rows that bring news.

    Returns:
        The run as it is now, what the other rows add to its counters, and the failures: these two are
        written together with the checkpoint that leaves the page behind.
    """
    done = set(run.checkpoint.done)
    rest = [record for record in records_of(page) if record.key not in done]
    counters = RunCounters()
    errors = [_defect(ports, run, row, place) for place, row in enumerate(page.rows)]
    errors += [_unknown_status(ports, connection, run, record) for record in records_of(page)]
    for attempt in range(1, LISTING_ATTEMPTS + 1):
        merged = await _merged(ports, connection, run.id, rest)
        for _, row in merged:
            if row.save is None:
                counters = added(counters, row.counters)
        saves = [row.save for _, row in merged if row.save is not None]
        saves = await linked(ports, saves, run.id, fence)
        run, beaten = await ports.listings.save_step(saves, run, fence=fence)
        rest = [record for record, row in merged if row.save and row.save.listing.id in beaten]
        if not rest:
            break
        if attempt < LISTING_ATTEMPTS:
            await ports.sleep(backoff(attempt, ports.random()).total_seconds())
    errors += [_beaten(ports, run, record) for record in rest]
    known = [error for error in errors if error is not None]
    failed = sum(error.code != "UNKNOWN_STATUS" for error in known)
    return run, added(counters, RunCounters(processed=failed, failed_imports=failed)), known


def added(left: RunCounters, right: RunCounters) -> RunCounters:
    """The sums, counter by counter."""
    return RunCounters(
        **{f.name: getattr(left, f.name) + getattr(right, f.name) for f in fields(RunCounters)}
    )


async def _merged(
    ports: Ports, connection: MlsConnection, run_id: str | None, records: Sequence[MlsRecord]
) -> list[tuple[MlsRecord, Merged]]:
    ids = [id_of(connection, record) for record in records]
    stored = await ports.listings.get_many(connection.user_id, ids)
    gone = await _gone(ports, connection, stored)
    return [
        (record, merge(ports, connection, record, before, run_id, adopt=_connection_of(before) in gone))
        for record, before in zip(records, stored, strict=True)
    ]


async def _gone(ports: Ports, connection: MlsConnection, stored: Sequence[Listing | None]) -> frozenset[str]:
    """The connections by which listings came and which are there no more."""
    others = {_connection_of(listing) for listing in stored} - {"", connection.id}
    if not others:
        return frozenset()
    ids = sorted(others)
    found = await ports.mls_connections.get_many(connection.user_id, ids)
    return frozenset(id for id, other in zip(ids, found, strict=True) if other is None)


def _connection_of(listing: Listing | None) -> str:
    return (listing.connection_id or "") if listing else ""


def _defect(ports: Ports, run: SyncRun, row: MlsRow, place: int) -> SyncError | None:
    if not isinstance(row, MlsDefect):
        return None
    where = row.key or f"{run.checkpoint.position}/{place}"
    return _error(ports, run, row.code, row.message, where, row.mls_number, row.key, attempts=1)


def _unknown_status(
    ports: Ports, connection: MlsConnection, run: SyncRun, record: MlsRecord
) -> SyncError | None:
    facts = record.facts
    if not read_status(connection, record, None).unknown:
        return None
    status = facts.standard_status or facts.mls_status
    message = (
        f"The status {status!r} is unknown; the last known one stays." if status else "There is no status."
    )
    return _error(ports, run, "UNKNOWN_STATUS", message, record.key, facts.mls_number, record.key, attempts=1)


def _beaten(ports: Ports, run: SyncRun, record: MlsRecord) -> SyncError:
    message = "The listing was changed by another writer each time it was to be written."
    number = record.facts.mls_number
    return _error(ports, run, "CONFLICT", message, record.key, number, record.key, attempts=LISTING_ATTEMPTS)


def _error(
    ports: Ports,
    run: SyncRun,
    code: str,
    message: str,
    where: str,
    mls_number: str | None,
    key: str | None,
    *,
    attempts: int,
) -> SyncError:
    return SyncError(
        id=error_id(run.id, code, where),
        user_id=run.user_id,
        run_id=run.id,
        connection_id=run.connection_id,
        mls_number=mls_number,
        listing_key=key,
        code=code,
        error=message,
        attempts=attempts,
        at=ports.now(),
    )
