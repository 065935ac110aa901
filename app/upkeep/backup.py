"""`python -m app backup` and `restore`: what the data folder holds, as one file."""

import hashlib
import io
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO

import orjson

from app.data_folder import LOCK, alone, in_use

TABLE, FILES = "table.sqlite", "files"
KEYS = ("secrets.json", "development-issuer.pem")
MANIFEST = "manifest.json"

_FORM = 1
_BLOCK = 1 << 20


def back_up(folder: Path, path: Path) -> str:
    """Write all of the data folder that is not made anew by itself to `path`, a gzipped tar for its owner alone.

    The system may run: the table is a snapshot by SQLite's own means, and files never change once they are
    stored. They are linked aside before the snapshot, for those that are deleted soon after it, and again behind
    it, for those that came meanwhile, so that what the table names is there.

    Returns:
        What is in it, as a sentence.

    Raises:
        SystemExit: there is nothing to save, `path` cannot be written or is taken, or something replaces what is
            in the folder.
    """
    if path.exists() or not path.parent.is_dir():
        raise SystemExit(f"yardsign: {path} {'exists already' if path.exists() else 'is in no folder'}.")
    # Keys are not changed meanwhile, or the table were sealed with one that is not saved with it.
    with in_use(folder), _beside(folder, ".backup-") as stage:
        _link(folder / FILES, stage / FILES)
        if (folder / TABLE).exists():
            _snapshot(folder / TABLE, stage / TABLE)
        _link(folder / FILES, stage / FILES)
        for name in KEYS:
            if (folder / name).exists():
                shutil.copy2(folder / name, stage / name)
        names = sorted(found.relative_to(stage).as_posix() for found in stage.rglob("*") if found.is_file())
        if not names:
            raise SystemExit(f"yardsign: there is nothing in {folder}.")
        with _atomically(path) as out:
            _pack(stage, names, out)
    photos = sum(name.startswith(FILES + "/") for name in names)
    return f"{path}: {', '.join([*(n for n in names if '/' not in n), f'{photos} files'])}."


def restore(folder: Path, path: Path, *, force: bool, now: datetime | None = None) -> str:
    """Put back what `back_up` has saved, once all of it is proved to be what was saved.

    Args:
        force: what lies in the folder moves aside into a folder `replaced-…` in it.

    Raises:
        SystemExit: the folder is not empty, something works with it, or the file is damaged.
    """
    with alone(folder), _beside(folder, ".restore-") as stage:
        present = [one for one in folder.iterdir() if one.name != LOCK and one != stage]
        if present and not force:
            raise SystemExit(f"yardsign: {folder} is not empty; --force moves what is there aside.")
        try:
            with tarfile.open(path, "r:gz") as archive:
                count = _unpack(archive, stage)
            _examine(stage / TABLE)
        except (OSError, EOFError, tarfile.TarError, sqlite3.Error, ValueError, KeyError) as error:
            raise SystemExit(f"yardsign: {path} cannot be restored: {error}.") from error
        if replaced := _parts(folder):
            prefix = f"replaced-{(now or datetime.now(UTC)):%Y%m%dT%H%M%SZ}-"
            aside = Path(tempfile.mkdtemp(prefix=prefix, dir=folder))
            for old in replaced:
                old.rename(aside / old.name)
        for new in sorted(
            _parts(stage), key=lambda one: one.name == TABLE
        ):  # without a table nothing is there
            new.rename(folder / new.name)
    return f"{count} files are restored and as they were saved."


def _parts(folder: Path) -> list[Path]:
    """What a backup holds, and what is about that: how far a copy is tells nothing of another table."""
    names = (*KEYS, FILES, TABLE, *(TABLE + ending for ending in ("-wal", "-shm", ".lock")))
    return [*(folder / name for name in names if (folder / name).exists()), *folder.glob("copy-*.ledger*")]


def _link(source: Path, target: Path) -> None:
    """All files of a folder under second names, which what is deleted keeps; drafts of files are left out."""
    for folder, _, names in os.walk(source):
        there = target / Path(folder).relative_to(source)
        there.mkdir(parents=True, exist_ok=True)
        for name in names:
            if not name.startswith("."):
                with suppress(FileExistsError, FileNotFoundError):
                    os.link(Path(folder) / name, there / name)


def _snapshot(source: Path, target: Path) -> None:
    """In one step, which reads one state and holds up no writer (https://www.sqlite.org/backup.html)."""
    target.touch(mode=0o600)
    origin, copied = sqlite3.connect(source), sqlite3.connect(target)
    try:
        origin.backup(copied)
        copied.execute("PRAGMA journal_mode = DELETE")
    finally:
        origin.close()
        copied.close()


def _pack(stage: Path, names: list[str], out: IO[bytes]) -> None:
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as archive:
        digests = {}
        for name in names:
            with (stage / name).open("rb") as file:
                digests[name] = _digest(file)
                file.seek(0)
                archive.addfile(_entry(name, os.fstat(file.fileno()).st_size), file)
        manifest = orjson.dumps({"form": _FORM, "sha256": digests})
        archive.addfile(_entry(MANIFEST, len(manifest)), io.BytesIO(manifest))


def _unpack(archive: tarfile.TarFile, stage: Path) -> int:
    """How many files came out of it; raises ValueError for anything that `_pack` does not write."""
    digests: dict[str, str] = {}
    manifest: dict[str, object] = {}
    for entry in archive:
        content = archive.extractfile(entry) if entry.isreg() else None
        if content is None or not _is_ours(entry.name) or entry.name in digests:
            raise ValueError(f"{entry.name!r} is none of our files")
        if entry.name == MANIFEST:
            manifest = orjson.loads(content.read())
            continue
        target = stage / entry.name
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            digests[entry.name] = _digest(content, file)
    if manifest.get("form") != _FORM or manifest["sha256"] != digests:
        raise ValueError("it is not what was saved")
    return len(digests)


def _is_ours(name: str) -> bool:
    parts = PurePosixPath(name).parts
    plain = "\\" not in name and ".." not in parts and "/".join(parts) == name
    return plain and (name in (TABLE, MANIFEST, *KEYS) or (parts[0] == FILES and len(parts) > 1))


def _examine(table: Path) -> None:
    if not table.exists():
        return
    connection = sqlite3.connect(table)
    try:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    finally:
        connection.close()
    if found != "ok":
        raise ValueError(f"its table is damaged ({found})")


def _digest(file: IO[bytes], into: IO[bytes] | None = None) -> str:
    digest = hashlib.sha256()
    while block := file.read(_BLOCK):
        digest.update(block)
        if into is not None:
            into.write(block)
    if into is not None:
        into.flush()
        os.fsync(into.fileno())
    return digest.hexdigest()


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


@contextmanager
def _beside(folder: Path, prefix: str) -> Iterator[Path]:
    """A folder on the same disk, where files can be linked and moved; gone in the end."""
    folder.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=prefix, dir=folder))
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


@contextmanager
def _atomically(path: Path) -> Iterator[IO[bytes]]:
    """A file that has its name only once it is complete and on the disk; for its owner alone."""
    descriptor, draft = tempfile.mkstemp(prefix=".", dir=path.parent)  # mode 0600
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.rename(draft, path)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(draft)
        raise
