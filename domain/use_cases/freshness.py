"""Counting how fresh the connections of all users are."""

from collections.abc import Sequence

from domain.entities.common import PageRequest
from domain.entities.freshness import Freshness
from domain.entities.mls_connection import MlsConnection
from domain.ports import Ports
from domain.rules.freshness import freshness

TOGETHER = 100
"""Connections that are read at a time."""

PAUSE_SECONDS = 0.2
"""Between two of these, so that a hundred thousand are counted within minutes and nobody else waits."""


async def count_freshness(ports: Ports, together: int = TOGETHER) -> None:
    """Count all connections, by protocol, and tell the meter.

    Raises:
        Unavailable: if the store did not answer; what was told the last time then stays.
    """
    counted = {protocol: Freshness() for protocol in ports.mls}
    after: str | None = None
    while True:
        page = await ports.mls_connections.page_of_all(PageRequest(together, after))
        for protocol, found in _by_protocol(ports, page.items).items():
            counted[protocol] = counted.get(protocol, Freshness()).and_of(found)
        if not page.more:
            break
        after = page.end
        await ports.sleep(PAUSE_SECONDS)
    ports.meter.are_fresh(counted, ports.now())


def _by_protocol(ports: Ports, connections: Sequence[MlsConnection]) -> dict[str, Freshness]:
    protocols = {connection.protocol for connection in connections}
    return {
        protocol: freshness((one for one in connections if one.protocol == protocol), ports.now())
        for protocol in protocols
    }
