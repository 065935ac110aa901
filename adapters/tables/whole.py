"""A table as a whole, for whoever moves, rewrites or searches all of it: never for the daily work."""

from dataclasses import dataclass
from typing import Protocol

from adapters.tables.table import Item, Key, Table

SLICE_ITEMS = 1_000
"""The most items of a slice: as many as `Table.put_many` takes."""

SLICE_BYTES = 1_000_000
"""About how much a slice holds; DynamoDB scans 1 MB at a time."""

READ_ONLY = "The installation is being copied, or was moved: nothing can be changed here."
"""What a write hears where nothing may be written."""


@dataclass(frozen=True, slots=True)
class Slice:
    """Some items as they are stored, those that have expired too.

    Attributes:
        after: where the next slice begins; None if there is none.
    """

    items: list[Item]
    after: Key | None


class WholeTable(Table, Protocol):
    """A table that can be read from its one end to its other."""

    async def everything(self, after: Key | None = None) -> Slice:
        """The items behind a key, or from the beginning, in an order of the engine's own.

        An item that is there all the time is in exactly one slice; one that is written meanwhile may be in one
        or none. On DynamoDB this is a Scan with consistent reads, which the roles of the processes may not do.
        """
        ...
