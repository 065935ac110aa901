"""`python -m app rotate-keys`: everything that is sealed, sealed anew with the newest key."""

import asyncio
import base64
import os
import secrets
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import orjson

from adapters.tables.guarded import MARK
from adapters.tables.sealed import Tally, reseal
from adapters.tables.whole import READ_ONLY
from adapters.vault import Vault
from app.data_folder import alone
from app.secrets import load_secrets
from app.settings import Settings, sealing_keys
from app.stores import open_whole_table
from domain.errors import Unavailable, YardsignError

NAMED = 20


def rotate(settings: Settings, *, check: bool) -> None:
    """Seal anew, or only count, and say how much each key has sealed.

    Keys of the settings are the keeper's to add and to drop; the system may run, as soon as all of its processes
    know the new one. Keys of the data folder are made and dropped here, while nothing works with it.

    Raises:
        SystemExit: it cannot be done; 1 if something is left under an older key.
    """
    path = settings.yardsign_data / "secrets.json"
    with ExitStack() as stack:
        if not check and settings.yardsign_sealing_keys is None:
            load_secrets(settings)  # makes the first key of a new installation
            stack.enter_context(alone(settings.yardsign_data))
            _add_key(path)
        vault = load_secrets(settings).vault
        tally = _run(settings, vault, write=not check)
        for key_id, count in sorted(tally.by_key.items()):
            print(f"{key_id}{' (current)' if key_id == vault.current else ''}: {count}")
        left = tally.by_key.total() - tally.by_key[vault.current]
        print("\n".join(tally.stuck[:NAMED]), end="\n" if tally.stuck else "")
        if check:
            return
        if left:
            raise SystemExit(f"yardsign: {left} are left under older keys: keep those keys, and try again.")
        if settings.yardsign_sealing_keys is None:
            _keep_first(path)
    print(f"Everything is sealed with {vault.current}; no other key is needed.")


def _run(settings: Settings, vault: Vault, *, write: bool) -> Tally:
    async def work() -> Tally:
        async with open_whole_table(settings) as table:
            # A table in SQLite refuses by itself. What is sealed anew while it is copied may be copied already.
            if write and await table.get(MARK) is not None:
                raise Unavailable(READ_ONLY)
            return await reseal(table, vault, now=time.time, write=write)

    try:
        return asyncio.run(work())
    except YardsignError as error:
        raise SystemExit(f"yardsign: {error.message}") from error


def _add_key(path: Path) -> None:
    """Unless there is a second one, of a rotation that was broken off: that goes on."""
    held: dict[str, str] = orjson.loads(path.read_bytes())
    known = sealing_keys(held["sealing"])
    if len(known) > 1:
        return
    number = next(n for n in range(1, 1_000_000) if f"k{n}" not in known)
    fresh = base64.b64encode(secrets.token_bytes(32)).decode()
    _write(path, {**held, "sealing": f"k{number}:{fresh},{held['sealing']}"})


def _keep_first(path: Path) -> None:
    held: dict[str, str] = orjson.loads(path.read_bytes())
    _write(path, {**held, "sealing": held["sealing"].split(",")[0]})


def _write(path: Path, held: dict[str, str]) -> None:
    """All or nothing: without this file nothing that is sealed opens any more."""
    descriptor, draft = tempfile.mkstemp(dir=path.parent)  # mode 0600
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps(held))
        file.flush()
        os.fsync(file.fileno())
    os.replace(draft, path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
