"""What a sandbox platform remembers: JSON documents in SQLite, and photo bytes as files beside it."""

import json
import os
import sqlite3
from pathlib import Path
from typing import Any

Document = dict[str, Any]

_TABLES = """
CREATE TABLE IF NOT EXISTS documents (
    number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (kind, id)
);
CREATE TABLE IF NOT EXISTS numbers (name TEXT PRIMARY KEY, last INTEGER NOT NULL);
"""


class Store:
    """Documents by kind and id, in the order in which they were first put.

    Every call is one committed transaction, so a server that is killed finds all it had answered. It is
    used from one event loop only; a call takes well under a millisecond.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._connection: sqlite3.Connection | None = None

    def get(self, kind: str, key: str) -> Document | None:
        """The document, or None."""
        found = self._db.execute(
            "SELECT body FROM documents WHERE kind = ? AND id = ?", (kind, key)
        ).fetchone()
        return json.loads(found[0]) if found else None

    def put(self, kind: str, key: str, body: Document) -> None:
        """Write the document; one that is there keeps its place in the order."""
        self._db.execute(
            "INSERT INTO documents (kind, id, body) VALUES (?, ?, ?)"
            " ON CONFLICT (kind, id) DO UPDATE SET body = excluded.body",
            (kind, key, json.dumps(body)),
        )

    def delete(self, kind: str, key: str) -> None:
        """Forget the document if it is there."""
        self._db.execute("DELETE FROM documents WHERE kind = ? AND id = ?", (kind, key))

    def all(self, kind: str) -> list[Document]:
        """Every document of the kind, oldest first."""
        rows = self._db.execute("SELECT body FROM documents WHERE kind = ? ORDER BY number", (kind,))
        return [json.loads(body) for (body,) in rows]

    def next_number(self, name: str) -> int:
        """1, 2, 3 …: never the same number twice, after a restart neither."""
        found = self._db.execute(
            "INSERT INTO numbers VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET last = last + 1 RETURNING last",
            (name,),
        ).fetchone()
        return int(found[0])

    def save_file(self, name: str, content: bytes) -> None:
        """Write a file whole or not at all."""
        path = self.file(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        half = path.with_name(path.name + ".part")
        half.write_bytes(content)
        os.replace(half, path)

    def file(self, name: str) -> Path:
        """Where the file of that name is, or would be; `name` is one of ours, never a client's."""
        return self._folder / "files" / name

    def remove_file(self, name: str) -> None:
        """Remove the file if it is there."""
        self.file(name).unlink(missing_ok=True)

    def reset(self) -> None:
        """Forget every document and file; numbers go on, so that no id comes twice."""
        self._db.execute("DELETE FROM documents")
        for path in (self._folder / "files").glob("*"):
            path.unlink()

    def close(self) -> None:
        """Close the database; the next call opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    @property
    def _db(self) -> sqlite3.Connection:
        # Opened on first use, because the server's thread is not the one that builds the app.
        if self._connection is None:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                self._folder / "state.sqlite3", isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.executescript(_TABLES)
        return self._connection
