"""Others that ask for patience: waiting is no failure, and nobody makes an MLS be asked earlier."""

from dataclasses import replace
from datetime import datetime, timedelta

from domain.entities.intent import Later, Outcome
from domain.entities.mls_connection import MlsConnection
from domain.errors import Unavailable
from domain.ports import Ports
from domain.rules.schedule import LONGEST_WAIT
from domain.use_cases.again import until_unchallenged


def asks_for_patience(ports: Ports, error: Exception, since: datetime | None) -> bool:
    """Whether the other side said when to come again, and what waits since then has not waited for too long."""
    if not isinstance(error, Unavailable) or not error.retry_after or since is None:
        return False
    return ports.now() - since < LONGEST_WAIT


def wanted_wait(error: Unavailable) -> float:
    """Seconds that the other side asked for, a day at most; 0.0 if it did not ask."""
    return min(error.retry_after or 0.0, LONGEST_WAIT.total_seconds())


async def wait(ports: Ports, connection: MlsConnection, error: Unavailable) -> Outcome:
    """Leave the MLS alone for as long as it wants, and a moment more; a day at most."""
    due = ports.now() + timedelta(seconds=wanted_wait(error) + ports.random())

    async def attempt() -> None:
        now = await ports.mls_connections.get(connection.user_id, connection.id)
        if now is not None:
            await ports.mls_connections.save(replace(now, not_before=due))

    await until_unchallenged(ports, attempt)
    return Later(due, progress=True, failure=error.message)


def still_waits(ports: Ports, connection: MlsConnection) -> Outcome | None:
    """The outcome for work that comes too early; None if the MLS may be asked."""
    if connection.not_before is None or connection.not_before <= ports.now():
        return None
    return Later(connection.not_before, progress=True)
