"""Keeps how a scenario begins, so that hundreds of repetitions need not play its beginning again."""

import copy
import shutil
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from tests.world import World
from tests.world.world import Clock

FRESH_SECONDS = 240
"""After longer the polls of a connection would come into the scenario."""

SERVERS = ("facebook", "linkedin")
"""The sandbox platforms by their folders; Instagram is where Facebook is."""


@dataclass(frozen=True)
class Kept:
    """A world's folder and its sandbox platforms as they were; the MLS is as it was seeded.

    Attributes:
        servers: those that knew anything; the others are as they are when they are reset.
    """

    folder: Path
    clock: Clock
    servers: tuple[str, ...]
    at: float = field(default_factory=time.monotonic)

    @property
    def is_fresh(self) -> bool:
        """Whether it can still be used."""
        return time.monotonic() - self.at < FRESH_SECONDS

    def bring_back(self, world: Path, platforms: Path) -> Clock:
        """Put everything where it was; answers the world's clock."""
        shutil.rmtree(world, ignore_errors=True)
        shutil.copytree(self.folder / "world", world)
        for name in self.servers:
            _copy_server(self.folder / name, platforms / name)
        return copy.copy(self.clock)


def keep(world: World, platforms: Path, folder: Path) -> Kept:
    """Keep a world that is stopped."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(world.folder, folder / "world")
    servers = tuple(name for name in SERVERS if _knows_anything(platforms / name))
    for name in servers:
        (folder / name).mkdir()
        _copy_server(platforms / name, folder / name)
    return Kept(folder, copy.copy(world.clock), servers)


def _knows_anything(server: Path) -> bool:
    with closing(sqlite3.connect(server / "state.sqlite3")) as state:
        (known,) = state.execute("SELECT EXISTS (SELECT 1 FROM documents)").fetchone()
    return bool(known)


def _copy_server(source: Path, target: Path) -> None:
    """The database by SQLite itself: the sandbox has it open."""
    with (
        closing(sqlite3.connect(source / "state.sqlite3")) as reader,
        closing(sqlite3.connect(target / "state.sqlite3")) as writer,
    ):
        reader.backup(writer)
    if (source / "files").exists():
        shutil.copytree(source / "files", target / "files", dirs_exist_ok=True)
