"""Writes as units of work on the SQLite file: everything is computed first, then it is written.

Within a shared transaction a unit that said no after its first statement would leave half of itself
behind; so conditions and new items come before any statement that writes.
"""

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from adapters.tables import sqlite_sql as sql
from adapters.tables.attributes import ITEM_BYTES
from adapters.tables.checks import Checks, target
from adapters.tables.semantics import changed, holds
from adapters.tables.table import Change, Delete, Item, Key, Put, Refused, Write

PURGED = 1_000
"""The most items that one purge deletes, so that no other write waits long for it."""

_Statement = tuple[str, sql.Row]


@dataclass(frozen=True, slots=True)
class _Step:
    """A write, with the row of its item if that is known beforehand."""

    write: Write
    key: Key
    row: sql.Row | None


def transaction(writes: Sequence[Write], checks: Checks) -> Callable[[sqlite3.Connection], list[Item | None]]:
    """Work that does all writes or raises `Refused`; it answers the new item of each Change."""
    steps = [_step(write) for write in writes]

    def work(connection: sqlite3.Connection) -> list[Item | None]:
        before = [_before(connection, step) for step in steps]
        reasons = [_reason(step.write, item) for step, item in zip(steps, before, strict=True)]
        if any(reason is not None for reason in reasons):
            raise Refused(reasons)
        plans = [_planned(step, item, checks) for step, item in zip(steps, before, strict=True)]
        for _, statement in plans:
            if statement is not None:
                connection.execute(*statement)
        return [item for item, _ in plans]

    return work


def puts(puts: Sequence[Put]) -> Callable[[sqlite3.Connection], list[Item | None]]:
    """Work that puts each item whose conditions hold and answers the reason of those that do not."""
    steps = [_step(put) for put in puts]

    def work(connection: sqlite3.Connection) -> list[Item | None]:
        reasons = [_reason(step.write, _before(connection, step)) for step in steps]
        rows = [step.row for step, reason in zip(steps, reasons, strict=True) if reason is None and step.row]
        connection.executemany(sql.PUT, rows)
        return reasons

    return work


def purge(now_seconds: int) -> Callable[[sqlite3.Connection], int]:
    """Work that deletes items which expired by then and answers how many."""
    return lambda connection: connection.execute(sql.PURGE, (now_seconds, PURGED)).rowcount


def statements(statements: Sequence[str]) -> Callable[[sqlite3.Connection], None]:
    """Work that carries out statements without values."""

    def work(connection: sqlite3.Connection) -> None:
        for statement in statements:
            connection.execute(statement)

    return work


def truncate_wal(connection: sqlite3.Connection) -> bool:
    """Copy the write-ahead log into the database and empty it; False if a reader was in the way."""
    (patience,) = connection.execute("PRAGMA busy_timeout").fetchone()
    # Waiting for the reader here would keep every writer waiting; there will be another time.
    connection.execute("PRAGMA busy_timeout = 0")
    busy: int = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    connection.execute(f"PRAGMA busy_timeout = {patience:d}")
    return not busy


def _step(write: Write) -> _Step:
    return _Step(write, target(write), sql.row_of(write.item) if isinstance(write, Put) else None)


def _before(connection: sqlite3.Connection, step: _Step) -> Item | None:
    if step.write.when or isinstance(step.write, Change):
        return sql.read(connection, step.key)
    return None


def _reason(write: Write, before: Item | None) -> Item | None:
    return None if holds(write.when, before) else before or {}


def _planned(step: _Step, before: Item | None, checks: Checks) -> tuple[Item | None, _Statement | None]:
    """The new item of a Change, and the statement that does the write."""
    match step.write:
        case Put():
            return None, (sql.PUT, step.row or ())
        case Change() as change:
            after = changed(before, change)
            return after, _rewritten(change, before, after, checks)
        case Delete():
            return None, (sql.DELETE, step.key)
    return None, None


def _rewritten(change: Change, before: Item | None, after: Item, checks: Checks) -> _Statement:
    row = sql.row_of(after)
    # JSON takes more room than DynamoDB counts, and a character at most 4 bytes: a short text needs no count.
    text = row[2]
    if isinstance(text, str) and 4 * len(text) > ITEM_BYTES:
        checks.grown(after)
    if before is not None and sql.COPIED.isdisjoint((*change.set, *change.add)):
        return sql.REWRITE, (text, *change.key)
    return sql.PUT, row
