"""The comparison of all stored photos with the listings that name them, and how far it has come."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSweep:
    """One comparison: first every file is looked for in its listing, then every listing's photos in the files.

    Attributes:
        after: the files up to this key are compared; empty before any.
        files_compared: all of them are.
        connections_after: the listings of the connections up to this position are compared.
        listings_after: as far as the listings of the next connection are; None before any.
        unnamed: photos that had files, and no listing named them.
        missing: photos that a listing named, and of which a file was missing.
        finished_at: when all was compared; None while it goes on.
    """

    begun_at: datetime
    after: str = ""
    files_compared: bool = False
    connections_after: str | None = None
    listings_after: str | None = None
    unnamed: int = 0
    missing: int = 0
    finished_at: datetime | None = None
    version: int = 0
