"""Keeps how a scenario begins, so that hundreds of repetitions need not play its beginning again."""

import copy
import shutil
import sqlite3
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.world import World
from tests.world.world import Clock

FRESH_SECONDS = 240
"""After longer the polls of a connection would come into the scenario."""


@dataclass(frozen=True)
class Kept:
    """A world's folder and its sandbox Facebook as they were; the MLS is as it was seeded."""

    folder: Path
    clock: Clock
    at: float = field(default_factory=time.monotonic)

    @property
    def is_fresh(self) -> bool:
        """Whether it can still be used."""
        return time.monotonic() - self.at < FRESH_SECONDS

    def bring_back(self, world: Path, facebook: Path) -> Clock:
        """Put everything where it was; answers the world's clock."""
        shutil.rmtree(world, ignore_errors=True)
        shutil.copytree(self.folder / "world", world)
        _copy_database(self.folder / "facebook.sqlite3", facebook / "state.sqlite3")
        shutil.copytree(self.folder / "files", facebook / "files", dirs_exist_ok=True)
        return copy.copy(self.clock)


def keep(world: World, facebook: Path, folder: Path) -> Kept:
    """Keep a world that is stopped."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(world.folder, folder / "world")
    _copy_database(facebook / "state.sqlite3", folder / "facebook.sqlite3")
    (facebook / "files").mkdir(exist_ok=True)
    shutil.copytree(facebook / "files", folder / "files")
    return Kept(folder, copy.copy(world.clock))


def _copy_database(source: Path, target: Path) -> None:
    """By SQLite itself: the sandbox has the database open."""
    reader, writer = sqlite3.connect(source), sqlite3.connect(target)
    reader.backup(writer)
    reader.close()
    writer.close()
