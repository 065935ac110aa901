"""Backups: made while the system writes, restored only as they were, and only where nothing is lost by it."""

import gzip
import os
import sqlite3
import stat
import tarfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.data_folder import alone, in_use
from app.graphql_app import build_schema
from app.upkeep.backup import back_up, restore
from domain.entities.viewer import Viewer
from domain.ports import Ports
from schema.context import Context
from tests.graph import seeds
from tests.world.world import USER, World

QUESTION = """{ listings(first: 10) { nodes { id mlsNumber status price { amount } photos { state } } }
    mlsConnections { id provider } socialAccounts { id name } }"""


async def asked(ports: Ports) -> dict[str, Any]:
    answer = await build_schema().execute(QUESTION, context_value=Context(ports, Viewer(user_id=USER)))
    assert answer.errors is None
    assert answer.data is not None
    return answer.data


async def test_a_restored_backup_answers_the_same(world: World, tmp_path: Path) -> None:
    await seeds.connection_with_run(world.ports, USER)
    for _ in range(3):
        await seeds.listing(world.ports, USER)
    await seeds.account(world.ports, USER)
    await world.files.put("listings/u/a/1.jpg", b"jpeg", content_type="image/jpeg", metadata={"of": "é"})
    (world.folder / "secrets.json").write_text("{}")
    before = await asked(world.ports)
    path = tmp_path / "saved" / "yardsign.tar.gz"
    path.parent.mkdir()
    assert back_up(world.folder, path).endswith("secrets.json, table.sqlite, 2 files.")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == [path.name]
    with pytest.raises(SystemExit, match="exists already"):
        back_up(world.folder, path)

    with pytest.raises(SystemExit, match="not empty"):
        restore(world.folder, path, force=False)
    other = World(tmp_path / "other", world.sandboxes)
    with in_use(other.folder), pytest.raises(SystemExit, match="stop it first"):
        restore(other.folder, path, force=False)
    with alone(other.folder), pytest.raises(SystemExit, match="being replaced"), in_use(other.folder):
        pass
    restore(other.folder, path, force=False)
    assert stat.S_IMODE((other.folder / "secrets.json").stat().st_mode) == 0o600
    await other.start()
    assert await asked(other.ports) == before
    assert await other.files.get("listings/u/a/1.jpg") == await world.files.get("listings/u/a/1.jpg")
    await seeds.listing(other.ports, USER)
    await other.stop()

    restore(other.folder, path, force=True)
    await other.start()
    assert await asked(other.ports) == before
    await other.stop()
    (aside,) = other.folder.glob("replaced-*")
    counted = sqlite3.connect(aside / "table.sqlite").execute("SELECT count(*) FROM items").fetchone()
    assert (
        counted
        > sqlite3.connect(other.folder / "table.sqlite").execute("SELECT count(*) FROM items").fetchone()
    )


def test_what_is_replaced_is_not_saved_and_a_copy_of_it_does_not_go_on(tmp_path: Path) -> None:
    folder, path = tmp_path / "data", tmp_path / "saved.tar.gz"
    folder.mkdir()
    (folder / "secrets.json").write_text("{}")
    with alone(folder), pytest.raises(SystemExit, match="being replaced"):
        back_up(folder, path)
    with pytest.raises(SystemExit, match="in no folder"):
        back_up(folder, tmp_path / "none" / "saved.tar.gz")
    back_up(folder, path)
    (folder / "copy-sqlite-dynamodb.ledger").write_bytes(b"far")
    restore(folder, path, force=True)
    assert [found.parent.name[:8] for found in folder.rglob("copy-*")] == ["replaced"]


def test_what_was_moved_aside_is_never_replaced_itself(tmp_path: Path) -> None:
    folder, path, at_once = tmp_path / "data", tmp_path / "saved.tar.gz", datetime(2026, 11, 21, tzinfo=UTC)
    folder.mkdir()
    (folder / "secrets.json").write_text("first")
    back_up(folder, path)
    (folder / "secrets.json").write_text("second")
    for _ in range(2):
        restore(folder, path, force=True, now=at_once)
    assert sorted(one.read_text() for one in folder.glob("replaced-*/*")) == ["first", "second"]


def _repacked(path: Path, name: str, content: bytes) -> None:
    """The archive with another file in it, or one of its files changed."""
    with tarfile.open(path) as archive:
        files = {e.name: archive.extractfile(e).read() for e in archive}  # type: ignore[union-attr]
    path.unlink()
    with tarfile.open(path, "w:gz") as archive:
        for each, data in {**files, name: content}.items():
            draft = path.with_name("draft")
            draft.write_bytes(data)
            archive.add(draft, arcname=each)


@pytest.mark.parametrize("name", ["secrets.json", "../outside", "files/../../outside", "else", "files/x"])
def test_a_changed_or_hostile_archive_is_refused(tmp_path: Path, name: str) -> None:
    folder, path = tmp_path / "data", tmp_path / "saved.tar.gz"
    folder.mkdir()
    (folder / "secrets.json").write_text("{}")
    back_up(folder, path)
    _repacked(path, name, b"changed")
    with pytest.raises(SystemExit, match="cannot be restored"):
        restore(tmp_path / "new", path, force=False)
    assert os.listdir(tmp_path / "new") == ["in-use.lock"]
    assert not (tmp_path / "outside").exists()


def test_half_an_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "secrets.json").write_bytes(os.urandom(100_000))
    back_up(tmp_path / "data", tmp_path / "saved.tar.gz")
    plain = gzip.decompress((tmp_path / "saved.tar.gz").read_bytes())
    (tmp_path / "saved.tar.gz").write_bytes(gzip.compress(plain[: len(plain) // 2]))
    with pytest.raises(SystemExit, match="cannot be restored"):
        restore(tmp_path / "new", tmp_path / "saved.tar.gz", force=False)
