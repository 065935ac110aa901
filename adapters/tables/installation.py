"""The switches of the installation, in the table."""

from dataclasses import replace
from datetime import datetime, timedelta

from adapters.tables import keys
from adapters.tables.codec import Codec, stamped, version_of
from adapters.tables.table import Absent, Condition, Equals, Item, Put, Table
from adapters.tables.transaction import Now, commit
from domain.entities.installation import Installation
from domain.ports.installation import RECENT_SECONDS

_RECENT = timedelta(seconds=RECENT_SECONDS)
_INSTALLATION = Codec(Installation, apart={"version"})


class Installations:
    """`domain.ports.Installations` over a table; remembers what it read last."""

    def __init__(self, table: Table, now: Now) -> None:
        self._table = table
        self._now = now
        self._known: tuple[datetime, Installation] | None = None

    async def get(self) -> Installation:
        asked = self._now()
        item = await self._table.get(keys.installation())
        if item is None:
            return self._remembered(asked, Installation())
        return self._remembered(asked, _INSTALLATION.decode(str(item["Data"]), version=version_of(item)))

    async def recent(self) -> Installation:
        if self._known is not None:
            read, installation = self._known
            if timedelta() <= self._now() - read < _RECENT:
                return installation
        return await self.get()

    async def save(self, installation: Installation) -> Installation:
        now = self._now()
        saved = replace(installation, version=installation.version + 1)
        expected: Condition = Equals("version", installation.version) if installation.version else Absent()
        item: Item = {
            **stamped(keys.installation(), "Installation", created=now, now=now, version=saved.version),
            "Data": _INSTALLATION.encode(saved),
        }
        await commit(self._table, self._now, [Put(item, when=(expected,))])
        return self._remembered(now, saved)

    def _remembered(self, read: datetime, installation: Installation) -> Installation:
        """An older version never takes the place of a newer one: reads and writes may pass each other."""
        if self._known is None or self._known[1].version <= installation.version:
            self._known = read, installation
        return installation
