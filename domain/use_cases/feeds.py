"""An MLS account that is opened for a slice of work: its credentials are read once."""

import asyncio
from dataclasses import dataclass

from domain.entities.mls import MlsKeys, MlsPage, MlsQuery
from domain.entities.mls_connection import MlsConnection, MlsSource
from domain.ports import Mls, Ports
from domain.use_cases.connections import source_of
from domain.use_cases.lookup import protocol_of


@dataclass(frozen=True, slots=True)
class _Ahead:
    """A page that is being fetched before it is asked for."""

    query: MlsQuery
    position: str
    page: asyncio.Task[MlsPage]


@dataclass(slots=True)
class Feed:
    """A protocol, and the account that is spoken to in it; raises what `domain.ports.Mls` does.

    Whoever calls `read_on` has to close it.
    """

    protocol: Mls
    source: MlsSource
    _ahead: _Ahead | None = None

    async def fetch(self, query: MlsQuery, position: str | None) -> MlsPage:
        return await self.protocol.fetch(self.source, query, position)

    async def read_on(self, query: MlsQuery, position: str | None) -> MlsPage:
        """The same; the page behind it is then fetched while this one is worked on.

        What goes wrong with the page behind is raised when that one is asked for.
        """
        ahead = self._ahead
        if ahead is not None and (ahead.query, ahead.position) == (query, position):
            self._ahead = None
            page = await ahead.page
        else:
            await self.aclose()
            page = await self.fetch(query, position)
        if page.position is not None:
            following = asyncio.create_task(self.fetch(query, page.position))
            self._ahead = _Ahead(query, page.position, following)
        return page

    async def keys(self, position: str | None) -> MlsKeys:
        return await self.protocol.keys(self.source, position)

    async def aclose(self) -> None:
        """Give up the page that nobody asked for."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            ahead.page.cancel()
            await asyncio.gather(ahead.page, return_exceptions=True)


async def open_feed(ports: Ports, connection: MlsConnection) -> Feed:
    """Raises `NotFound` if the protocol or the credentials are gone."""
    return Feed(protocol_of(ports, connection.protocol), await source_of(ports, connection))
