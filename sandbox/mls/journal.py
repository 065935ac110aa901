"""Keeps what differs from the seed, so that a restarted sandbox MLS serves the homes it had."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson

from sandbox.mls.homes import Home

_TABLES = """
CREATE TABLE IF NOT EXISTS origin (anchor TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS changes (number INTEGER PRIMARY KEY, home BLOB);
CREATE TABLE IF NOT EXISTS events (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, number TEXT, at TEXT NOT NULL, removed INTEGER NOT NULL
);
"""


@dataclass(frozen=True)
class Event:
    """What happened to a home: its ListingKey and ListingId, when (as stamps are), and whether it is gone.

    `sequence` rises by one with each event, and goes on after a reset.
    """

    sequence: int
    key: str
    number: str | None
    at: str
    removed: bool


class Journal:
    """A SQLite file of changed homes by number; a home that was taken out of the feed is kept as null.

    The file also keeps the anchor, the day the seeded homes are dated from: it must not move with the
    clock, or every restart would modify every home.
    """

    def __init__(self, path: Path, today: datetime) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Opened where the application is made, used in the thread that serves it, never in two at a time.
        self._database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.executescript(_TABLES)
        self.anchor = self._origin(today)

    def keep(self, number: int, home: Home | None) -> None:
        """Remember a home as it is now; None for one that was deleted."""
        blob = None if home is None else orjson.dumps(home, option=orjson.OPT_NON_STR_KEYS)
        self._database.execute("REPLACE INTO changes (number, home) VALUES (?, ?)", (number, blob))

    def changes(self) -> Iterator[tuple[int, Home | None]]:
        """What was kept: numbers with their home, or None."""
        for number, blob in self._database.execute("SELECT number, home FROM changes ORDER BY number"):
            yield number, None if blob is None else _home(blob)

    def note(self, key: str, number: str | None, at: str, *, removed: bool) -> Event:
        """Remember that something happened to a home."""
        cursor = self._database.execute(
            "INSERT INTO events (key, number, at, removed) VALUES (?, ?, ?, ?)", (key, number, at, removed)
        )
        return Event(cursor.lastrowid or 0, key, number, at, removed)

    def events(self) -> Iterator[Event]:
        """What happened, the oldest first."""
        rows = self._database.execute(
            "SELECT sequence, key, number, at, removed FROM events ORDER BY sequence"
        )
        for sequence, key, number, at, removed in rows:
            yield Event(sequence, key, number, at, bool(removed))

    def clear(self) -> None:
        """Forget every change and event; the anchor stays."""
        self._database.execute("DELETE FROM changes")
        self._database.execute("DELETE FROM events")

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def _origin(self, today: datetime) -> datetime:
        found = self._database.execute("SELECT anchor FROM origin").fetchone()
        if found is not None:
            return datetime.fromisoformat(found[0])
        anchor = today.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        self._database.execute("INSERT INTO origin (anchor) VALUES (?)", (anchor.isoformat(),))
        return anchor


def _home(blob: bytes) -> Home:
    kept = orjson.loads(blob)
    kept["versions"] = {int(number): version for number, version in kept["versions"].items()}
    return Home(**kept)
