"""The switches of the installation, which everybody reads and administrators turn."""

from typing import Protocol

from domain.entities.installation import Installation

RECENT_SECONDS = 5
"""So soon every process has heard of a change."""


class Installations(Protocol):
    """One installation: the one that this store belongs to."""

    async def get(self) -> Installation:
        """As it is now; with everything on if nothing was ever switched."""
        ...

    async def recent(self) -> Installation:
        """As it was at most `RECENT_SECONDS` ago, for those who ask all the time: most answers cost nothing."""
        ...

    async def save(self, installation: Installation) -> Installation:
        """Write it if its version still holds, else raises `Conflict`."""
        ...
