"""Where the comparison of stored photos with listings keeps how far it is."""

from typing import Protocol

from domain.entities.file_sweep import FileSweep
from domain.entities.intent import Fence


class FileSweeps(Protocol):
    """The latest one of the installation."""

    async def get(self) -> FileSweep | None: ...

    async def save(self, sweep: FileSweep, *, fence: Fence) -> FileSweep:
        """Write it if its version still holds (0: there is none), else raises `Conflict`."""
        ...
