"""Who may have the data folder: any number of processes together, or one that replaces what is in it, alone."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = "in-use.lock"


@contextmanager
def in_use(folder: Path) -> Iterator[None]:
    """Work with what is in the folder; raises SystemExit while somebody replaces it."""
    with _locked(folder, fcntl.LOCK_SH, f"{folder} is being replaced: try again when that is over."):
        yield


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Replace what is in the folder; raises SystemExit while a process works with it."""
    with _locked(folder, fcntl.LOCK_EX, f"something still works with {folder}: stop it first."):
        yield


@contextmanager
def _locked(folder: Path, kind: int, refusal: str) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    # Nobody removes the file: who locks one that has lost its name locks nothing.
    with (folder / LOCK).open("a") as lock:
        try:
            fcntl.flock(lock, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SystemExit(f"yardsign: {refusal}") from None
        yield
