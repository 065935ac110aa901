"""How far a copy is, and what was found at its two ends: a file, so that a copy goes on where it was broken off."""

import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from domain.errors import Conflict

_SCHEMA = """
CREATE TABLE IF NOT EXISTS about (id INTEGER PRIMARY KEY CHECK (id = 1), remote TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS phases (phase TEXT PRIMARY KEY, position TEXT NOT NULL, over INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS found (
    name TEXT PRIMARY KEY, source BLOB, target BLOB, ends_at INTEGER
) WITHOUT ROWID;
"""
_NOTE = {
    "source": "INSERT INTO found (name, source, ends_at) VALUES (?1, ?2, ?3) "
    "ON CONFLICT (name) DO UPDATE SET source = ?2, ends_at = ?3",
    "target": "INSERT INTO found (name, target, ends_at) VALUES (?1, ?2, ?3) "
    "ON CONFLICT (name) DO UPDATE SET target = ?2",
}
_SUMS = {
    "source": "SELECT name, source FROM found WHERE source IS NOT NULL ORDER BY name",
    "target": "SELECT name, target FROM found WHERE target IS NOT NULL ORDER BY name",
}


class Phase(StrEnum):
    """What a copy does, one after the other."""

    COPY = "copy"
    SOURCE = "source"
    """reading all of the source, for the proof"""
    TARGET = "target"
    """reading all of the target, for the proof"""


@dataclass(frozen=True, slots=True)
class Seen:
    """A thing at one end.

    Attributes:
        name: of an item its key, of a file its key.
        digest: SHA-256 of all that it is.
        ends_at: epoch seconds after which it may vanish by itself; None if it never does.
    """

    name: str
    digest: bytes
    ends_at: int | None = None


class Ledger:
    """Of one copy; nobody else can open it meanwhile.

    Args:
        remote: the name of the table or bucket at its other end: how far the copy is says nothing of another one.

    Raises:
        sqlite3.OperationalError: another process works with it.
        Conflict: it is of a copy with another `remote`.
    """

    def __init__(self, path: Path, remote: str = "") -> None:
        self.is_new = not path.exists()
        path.touch(mode=0o600)
        self._path = path
        self._connection = sqlite3.connect(path, isolation_level=None, timeout=0)
        self._connection.execute("PRAGMA locking_mode = EXCLUSIVE")
        self._connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
        self._connection.execute("INSERT OR IGNORE INTO about VALUES (1, ?)", (remote,))
        (begun,) = self._connection.execute("SELECT remote FROM about").fetchone()
        if begun != remote:
            self._connection.close()
            raise Conflict(
                f"A copy from or to {begun} was broken off: set that again and finish it, or --release it."
            )

    def position(self, phase: Phase) -> str | None:
        """The name behind which the phase goes on, `""` at its beginning; None if it is over."""
        found = self._connection.execute("SELECT position, over FROM phases WHERE phase = ?", (phase,))
        position, over = found.fetchone() or ("", 0)
        return None if over else position

    def advance(self, phase: Phase, seen: Sequence[Seen]) -> None:
        """These are done, and in the phases of the proof noted."""
        self._connection.execute("BEGIN")
        if phase is not Phase.COPY:
            rows = [(one.name, one.digest, one.ends_at) for one in seen]
            self._connection.executemany(_NOTE[phase], rows)
        self._connection.execute("REPLACE INTO phases VALUES (?, ?, 0)", (phase, seen[-1].name))
        self._connection.execute("COMMIT")

    def end(self, phase: Phase) -> None:
        """All of the phase is done."""
        self._connection.execute("REPLACE INTO phases VALUES (?, '', 1)", (phase,))

    def only_in_target(self) -> list[str]:
        """What a copy that was begun before has left there."""
        rows = self._connection.execute("SELECT name FROM found WHERE source IS NULL ORDER BY name")
        return [name for (name,) in rows]

    def forget(self, name: str) -> None:
        """It is gone from the target."""
        self._connection.execute("DELETE FROM found WHERE name = ?", (name,))

    def sum(self, side: Phase) -> tuple[int, str]:
        """How many things are at an end, and one SHA-256 over the names and digests of all."""
        count, total = 0, hashlib.sha256()
        for name, digest in self._connection.execute(_SUMS[side]):
            count += 1
            total.update(hashlib.sha256(name.encode()).digest() + digest)
        return count, total.hexdigest()

    def differences(self, now: float) -> Iterator[str]:
        """A sentence on each thing that is not the same at both ends, but for what ended meanwhile."""
        rows = self._connection.execute(
            "SELECT name, source, target, ends_at FROM found WHERE source IS NOT target ORDER BY name"
        )
        for name, source, target, ends_at in rows:
            if source is not None and target is not None:
                yield f"differs: {name}"
            elif ends_at is None or ends_at > now:
                yield f"{'missing' if target is None else 'too much'}: {name}"

    def close(self, *, remove: bool = False) -> None:
        """Let the file go; `remove` it once it is of no more use."""
        self._connection.close()
        if remove:
            self._path.unlink(missing_ok=True)
            self._path.with_name(self._path.name + "-journal").unlink(missing_ok=True)
