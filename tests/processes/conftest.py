"""Fixtures: systems that are gone when a test has ended, however it ended."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.processes.installation import Installation
from tests.processes.system import System
from tests.world import Sandboxes


@pytest.fixture
def system(tmp_path: Path) -> Iterator[Callable[..., System]]:
    """Makes systems: `system("name", PORT=…)`, each with a folder of its own."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("needs /proc to see which processes are left")
    made: list[System] = []

    def make(name: str, port: int | None = None, **env: str) -> System:
        made.append(System(tmp_path / name, port, **env))
        return made[-1]

    yield make
    for one in made:
        one.end()


@pytest.fixture
async def installation(tmp_path: Path, sandboxes: Sandboxes) -> AsyncIterator[Installation]:
    """A data folder, a Redis and sandboxes, to start single processes on."""
    async with Installation.open(tmp_path, sandboxes) as opened:
        yield opened
