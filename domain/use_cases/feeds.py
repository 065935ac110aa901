"""An MLS account that is opened for a slice of work: its credentials are read once."""

from dataclasses import dataclass

from domain.entities.mls import MlsKeys, MlsPage, MlsQuery
from domain.entities.mls_connection import MlsConnection, MlsSource
from domain.ports import Mls, Ports
from domain.use_cases.connections import source_of
from domain.use_cases.lookup import protocol_of


@dataclass(frozen=True, slots=True)
class Feed:
    """A protocol, and the account that is spoken to in it; raises what `domain.ports.Mls` does."""

    protocol: Mls
    source: MlsSource

    async def fetch(self, query: MlsQuery, position: str | None) -> MlsPage:
        return await self.protocol.fetch(self.source, query, position)

    async def keys(self, position: str | None) -> MlsKeys:
        return await self.protocol.keys(self.source, position)


async def open_feed(ports: Ports, connection: MlsConnection) -> Feed:
    """Raises `NotFound` if the protocol or the credentials are gone."""
    return Feed(protocol_of(ports, connection.protocol), await source_of(ports, connection))
