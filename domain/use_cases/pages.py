"""Writing one page of an MLS: each row for itself, so that none takes its neighbours down."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from domain.entities.intent import Fence
from domain.entities.listing import Listing
from domain.entities.mls import MlsDefect, MlsPage, MlsRecord, MlsRemoval, MlsRow
from domain.entities.mls_connection import MlsConnection
from domain.entities.sync_run import RunCounters, SyncError, SyncRun, SyncRunKind
from domain.ports import ListingSave, Ports
from domain.rules.identity import listing_id
from domain.rules.photos import MOST_PHOTOS
from domain.rules.schedule import LISTING_ATTEMPTS, backoff
from domain.use_cases import reports
from domain.use_cases.merging import Merged, id_of, merge, read_status
from domain.use_cases.metering import count_others, count_saves
from domain.use_cases.relisting import linked
from domain.use_cases.vanishing import removed

News = MlsRecord | MlsRemoval


def rows_of(page: MlsPage) -> list[News]:
    """The rows that could be read, each key once: of a record that comes twice, the later state."""
    by_key: dict[str, News] = {}
    for row in page.rows:
        if not isinstance(row, MlsDefect) and not _is_older(row, by_key.get(row.key)):
            by_key[row.key] = row
    return list(by_key.values())


def records_of(page: MlsPage) -> list[MlsRecord]:
    """Those of them that describe a home."""
    return [row for row in rows_of(page) if isinstance(row, MlsRecord)]


def _is_older(row: News, other: News | None) -> bool:
    """A removal that does not say when is older than any row that is there."""
    if other is None:
        return False
    mine, others = _moment(row), _moment(other)
    if isinstance(row, MlsRemoval) is isinstance(other, MlsRemoval):
        return mine is not None and others is not None and mine < others
    if mine is None or others is None:
        return isinstance(row, MlsRemoval)
    return mine < others or (mine == others and isinstance(row, MlsRemoval))


def _moment(row: News) -> datetime | None:
    return row.at if isinstance(row, MlsRemoval) else row.facts.modified_in_mls_at


def digest(row: MlsRow) -> str:
    """Equal for equal rows; twelve hexadecimal digits."""
    return hashlib.sha256(repr(row).encode(errors="replace")).hexdigest()[:12]


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
    if any(isinstance(row, MlsDefect) for row in page.rows):
        return True
    return any(merged.news for _, merged in await _merged(ports, connection, None, rows_of(page)))


async def write_page(
    ports: Ports, connection: MlsConnection, run: SyncRun, page: MlsPage, fence: Fence
) -> tuple[SyncRun, RunCounters, list[SyncError]]:
    """Write the rows that bring news.

    Returns:
        The run as it is now, what the other rows add to its counters, and what is to be reported: these two
        are written together with the checkpoint that leaves the page behind.
    """
    done = set(run.checkpoint.done)
    rest = [row for row in rows_of(page) if row.key not in done]
    counters, written = RunCounters(), done
    errors = [*_defects(ports, run, page), *_unknown_statuses(ports, connection, run, page)]
    for attempt in range(1, LISTING_ATTEMPTS + 1):
        merged = await _merged(ports, connection, run, rest)
        for _, row in merged:
            if row.save is None:
                counters = added(counters, row.counters)
        saves = [row.save for _, row in merged if row.save is not None]
        written = written | {save.row_key for save in saves}
        saves = await linked(ports, saves, run.id, fence)
        run, beaten = await ports.listings.save_step(saves, run, fence=fence)
        count_saves(ports, saves, beaten)
        await _ring(ports, [save for save in saves if save.listing.id not in beaten])
        again = [(row, one.save.listing) for row, one in merged if one.save and one.save.listing.id in beaten]
        rest = [row for row, _ in again]
        if not rest:
            break
        if attempt < LISTING_ATTEMPTS:
            await ports.sleep(backoff(attempt, ports.random()).total_seconds())
    written = written - {row.key for row in rest}
    errors += [reports.beaten(ports, run, row.key, listing) for row, listing in again]
    errors += [reports.value_dropped(ports, run, record) for record in _lossy(page, written)]
    errors += [reports.photos_left_out(ports, run, record) for record in _too_rich(page, written)]
    failed = reports.failures(errors)
    counters = added(counters, RunCounters(processed=failed, failed_imports=failed))
    count_others(ports, counters)
    return run, counters, errors


async def _ring(ports: Ports, saves: Sequence[ListingSave]) -> None:
    """So that photos are fetched beside the next page, and do not wait for the clock."""
    asks = [ask for save in saves for ask in save.ask if ask.due is None]
    await asyncio.gather(*(ports.bell.ring(ask.kind, ask.target) for ask in asks))


def added(left: RunCounters, right: RunCounters) -> RunCounters:
    """The sums, counter by counter."""
    return RunCounters(
        **{f.name: getattr(left, f.name) + getattr(right, f.name) for f in fields(RunCounters)}
    )


def _defects(ports: Ports, run: SyncRun, page: MlsPage) -> list[SyncError]:
    rows = enumerate(page.rows)
    return [reports.defect(ports, run, row, place) for place, row in rows if isinstance(row, MlsDefect)]


def _unknown_statuses(
    ports: Ports, connection: MlsConnection, run: SyncRun, page: MlsPage
) -> list[SyncError]:
    return [
        reports.unknown_status(ports, run, record)
        for record in records_of(page)
        if read_status(connection, record, None).unknown
    ]


def _lossy(page: MlsPage, written: set[str]) -> list[MlsRecord]:
    """The rows that lost values; only what is written is worth a word, or each poll would repeat it."""
    return [record for record in records_of(page) if record.warnings and record.key in written]


def _too_rich(page: MlsPage, written: set[str]) -> list[MlsRecord]:
    """The rows with more photos than are kept, likewise."""
    return [one for one in records_of(page) if len(one.media or ()) > MOST_PHOTOS and one.key in written]


async def _merged(
    ports: Ports, connection: MlsConnection, run: SyncRun | None, rows: Sequence[News]
) -> list[tuple[News, Merged]]:
    """What the rows come to; an import, which somebody asked for, tries again what failed of the photos."""
    run_id, retry = (None, False) if run is None else (run.id, run.kind is SyncRunKind.IMPORT)
    records = [row for row in rows if isinstance(row, MlsRecord)]
    stored = await ports.listings.get_many(connection.user_id, [id_of(connection, one) for one in records])
    gone = await _gone(ports, connection, stored)
    merged: list[tuple[News, Merged]] = [
        (
            record,
            merge(
                ports,
                connection,
                record,
                before,
                run_id,
                adopt=_connection_of(before) in gone,
                retry_photos=retry,
            ),
        )
        for record, before in zip(records, stored, strict=True)
    ]
    removals = [row for row in rows if isinstance(row, MlsRemoval)]
    found = await _of_removals(ports, connection, removals)
    return merged + [(removal, removed(ports, removal, before, run_id)) for removal, before in found]


async def _of_removals(
    ports: Ports, connection: MlsConnection, removals: Sequence[MlsRemoval]
) -> list[tuple[MlsRemoval, Listing]]:
    """The connection's listings that the removals mean; lists of deletions name homes of anybody.

    Where such a list does not say of which system its key is, the key has to be looked for.
    """
    if not removals:
        return []
    ids = [
        listing_id(connection.user_id, connection.provider, one.originating_system, one.key)
        for one in removals
    ]
    stored = await ports.listings.get_many(connection.user_id, ids)
    vague = [
        one.key
        for one, listing in zip(removals, stored, strict=True)
        if listing is None and one.originating_system is None
    ]
    by_key = {one.facts.listing_key: one for one in await _of_keys(ports, connection, vague)}
    pairs = [(one, listing or by_key.get(one.key)) for one, listing in zip(removals, stored, strict=True)]
    return [(one, found) for one, found in pairs if found and found.connection_id == connection.id]


async def _of_keys(ports: Ports, connection: MlsConnection, keys: Sequence[str]) -> list[Listing]:
    return await ports.listings.of_keys(connection.user_id, connection.id, keys) if keys else []


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
