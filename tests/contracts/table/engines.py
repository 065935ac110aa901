"""The engines that have to keep the promises of the Table seam, each with how to prepare and open it."""

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from adapters.tables.attributes import Kind
from adapters.tables.sqlite import SqliteTable
from adapters.tables.table import Table

Now = Callable[[], float]


@dataclass(frozen=True)
class Engine:
    """How the tests get a table.

    Attributes:
        prepare: makes a place for one empty table in a folder of its own, yields what names the place, and
            clears it away; several processes may open the place by that name.
        open: opens the table at the place.
    """

    prepare: Callable[[Path], AbstractContextManager[str]]
    open: Callable[[str, Now, Mapping[str, Kind]], Awaitable[Table]]


@contextmanager
def _sqlite_file(folder: Path) -> Iterator[str]:
    yield str(folder / "table.db")


async def _open_sqlite(place: str, now: Now, types: Mapping[str, Kind]) -> Table:
    return SqliteTable(Path(place), now=now, types=types)


ENGINES = {"sqlite": Engine(_sqlite_file, _open_sqlite)}


@dataclass
class Clock:
    """A clock that stands where it is put."""

    seconds: float = field(default_factory=time.time)

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Place:
    """Where one table of one engine is; every `open` answers another handle on it."""

    engine: str
    name: str
    clock: Clock = field(default_factory=Clock)

    async def open(self, types: Mapping[str, Kind] | None = None) -> Table:
        return await ENGINES[self.engine].open(self.name, self.clock, types or {})
