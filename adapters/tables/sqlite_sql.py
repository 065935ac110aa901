"""The SQLite file: how it is opened, how items lie in it, and what its errors mean.

An item is one row: its key, the item as JSON, and a copy of the attributes that order or end it. The
secondary indexes are partial, so that an item costs only the indexes it is in.
"""

import os
import sqlite3
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path

import orjson

from adapters.tables.ranges import range_of
from adapters.tables.table import EXPIRES_AT, SECONDARY, Item, Key, Query, Value, key_of
from adapters.tables.whole import READ_ONLY
from domain.errors import Unavailable

Row = tuple[Value | None, ...]

_VERSION = 1
_LOOKED_UP = tuple(name for index in SECONDARY for name in (index.pk, index.sk))

COPIED = frozenset((EXPIRES_AT, *_LOOKED_UP))
"""The attributes that have a column of their own."""

_SCHEMA = """
CREATE TABLE IF NOT EXISTS items (
    pk TEXT NOT NULL,
    sk TEXT NOT NULL,
    item TEXT NOT NULL,
    expires_at INTEGER,
    gsi1pk TEXT, gsi1sk TEXT,
    gsi2pk TEXT, gsi2sk TEXT,
    gsi3pk TEXT, gsi3sk TEXT,
    gsi4pk TEXT, gsi4sk TEXT,
    gsi5pk TEXT, gsi5sk TEXT,
    PRIMARY KEY (pk, sk)
);
CREATE INDEX IF NOT EXISTS gsi1 ON items (gsi1pk, gsi1sk) WHERE gsi1pk IS NOT NULL;
CREATE INDEX IF NOT EXISTS gsi2 ON items (gsi2pk, gsi2sk) WHERE gsi2pk IS NOT NULL;
CREATE INDEX IF NOT EXISTS gsi3 ON items (gsi3pk, gsi3sk) WHERE gsi3pk IS NOT NULL;
CREATE INDEX IF NOT EXISTS gsi4 ON items (gsi4pk, gsi4sk) WHERE gsi4pk IS NOT NULL;
CREATE INDEX IF NOT EXISTS gsi5 ON items (gsi5pk, gsi5sk) WHERE gsi5pk IS NOT NULL;
CREATE INDEX IF NOT EXISTS expiring ON items (expires_at) WHERE expires_at IS NOT NULL;
"""

FORBID = tuple(
    f"CREATE TRIGGER IF NOT EXISTS read_only_{verb} BEFORE {verb} ON items "
    f"BEGIN SELECT RAISE(ABORT, '{READ_ONLY}'); END"
    for verb in ("INSERT", "UPDATE", "DELETE")
)
"""Lets SQLite itself refuse every write, from any process, also of those that have the file open."""

ALLOW = tuple(f"DROP TRIGGER IF EXISTS read_only_{verb}" for verb in ("INSERT", "UPDATE", "DELETE"))

READ_SECONDS = 1.0
"""How long a read waits. With a write-ahead log it only has to while a log is recovered or removed."""

READ = "SELECT item FROM items WHERE pk = ? AND sk = ?"
PUT = "INSERT OR REPLACE INTO items VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
REWRITE = "UPDATE items SET item = ? WHERE pk = ? AND sk = ?"
DELETE = "DELETE FROM items WHERE pk = ? AND sk = ?"
EVERYTHING = "SELECT pk, sk, item FROM items WHERE (pk, sk) > (?, ?) ORDER BY pk, sk"
PURGE = (
    "DELETE FROM items WHERE rowid IN "
    "(SELECT rowid FROM items WHERE expires_at <= ? ORDER BY expires_at LIMIT ?)"
)


def create(path: Path) -> None:
    """Make the file if it is not there, readable by its owner alone; raises `Unavailable`.

    The caller holds the lock between processes: switching to the write-ahead log tolerates no company.
    """
    with unavailable():
        path.touch(mode=0o600)
        connection = connect(path, busy_seconds=READ_SECONDS)
        try:
            found = connection.execute("PRAGMA user_version").fetchone()[0]
            if found > _VERSION:
                raise Unavailable("The database was written by a newer version of this program.")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")
        finally:
            connection.close()


def connect(path: Path, *, busy_seconds: float, read_only: bool = False) -> sqlite3.Connection:
    """A connection without implicit transactions, for any thread (but one at a time).

    `busy_seconds` is how long it waits for another program that keeps the database to itself.
    """
    connection = sqlite3.connect(path, timeout=busy_seconds, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = FULL")
    if read_only:
        connection.execute("PRAGMA query_only = ON")
    return connection


def read(connection: sqlite3.Connection, key: Key) -> Item | None:
    """The item as it is stored, expired or not."""
    rows = connection.execute(READ, key).fetchall()
    return item_of(rows[0][0]) if rows else None


def item_of(text: str) -> Item:
    """The item that a row holds."""
    item: Item = orjson.loads(text)
    return item


def row_of(item: Item) -> Row:
    """The row for `PUT`."""
    key = key_of(item)
    text = orjson.dumps(item).decode()
    return (key.pk, key.sk, text, item.get(EXPIRES_AT), *map(item.get, _LOOKED_UP))


def select(query: Query, most: int) -> tuple[str, list[str]]:
    """The statement that yields (pk, sk, item) in the order of the query, `most` rows at most, and its values."""
    wanted, values = range_of(query), [query.pk]
    low = high = ""
    if wanted.low is not None:
        low = ">" if wanted.low_open else ">="
        values.append(wanted.low)
    if wanted.high is not None:
        high = "<" if wanted.high_open else "<="
        values.append(wanted.high)
    return _statement(
        query.index.pk.lower(), query.index.sk.lower(), low, high, query.ascending, most
    ), values


@lru_cache(maxsize=256)
def _statement(pk: str, sk: str, low: str, high: str, ascending: bool, most: int) -> str:
    terms = [f"{pk} = ?", *(f"{sk} {bound} ?" for bound in (low, high) if bound)]
    order = "ASC" if ascending else "DESC"
    clauses = (f"WHERE {' AND '.join(terms)}", f"ORDER BY {sk} {order}", f"LIMIT {most}")
    return " ".join(("SELECT pk, sk, item FROM items", *clauses))


class _Explained:
    """A context manager that is around every read, and so no generator."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, (sqlite3.Error, OSError)):
            raise explain(error) from error


_EXPLAINED = _Explained()


def unavailable() -> AbstractContextManager[None]:
    """Turns what SQLite and the file system raise into `Unavailable`."""
    return _EXPLAINED


def explain(error: sqlite3.Error | OSError) -> Unavailable:
    """Say in a sentence what is wrong with the database."""
    if isinstance(error, OSError):
        return Unavailable(f"The database file cannot be used: {os.strerror(error.errno or 0)}.")
    # The low byte is the primary code: https://www.sqlite.org/rescode.html
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    sentence = _SENTENCES.get(code) or f"The database cannot be used: {error}."
    return Unavailable(sentence)


def is_locked(error: BaseException) -> bool:
    """Whether another program keeps us from writing."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


_SENTENCES = {
    sqlite3.SQLITE_CONSTRAINT: READ_ONLY,
    sqlite3.SQLITE_BUSY: "The database is locked by another program.",
    sqlite3.SQLITE_LOCKED: "The database is locked by another program.",
    sqlite3.SQLITE_FULL: "The disk that holds the database is full.",
    sqlite3.SQLITE_CORRUPT: "The database file is damaged.",
    sqlite3.SQLITE_NOTADB: "The database file is damaged, or is no database.",
    sqlite3.SQLITE_READONLY: "The database file cannot be written.",
    sqlite3.SQLITE_CANTOPEN: "The database file cannot be opened.",
    sqlite3.SQLITE_IOERR: "The disk that holds the database fails.",
}
