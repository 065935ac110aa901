"""The switch of the whole installation: while it is off no run begins, and none is lost."""

from dataclasses import replace

from domain.entities.installation import Installation
from domain.entities.intent import Later
from domain.entities.mls_connection import MlsConnection
from domain.errors import Conflict
from domain.ports import Ports
from domain.rules.roles import check_admin
from domain.rules.schedule import first_poll
from domain.use_cases.again import until_unchallenged


async def installation_of(ports: Ports, *, user_id: str, roles: tuple[str, ...]) -> Installation:
    """The switches as they are now; raises `Forbidden` for all but administrators."""
    check_admin(roles)
    return await ports.installations.get()


async def set_sync_enabled(
    ports: Ports, *, user_id: str, roles: tuple[str, ...], enabled: bool
) -> Installation:
    """Let runs begin, or not, for all users; other processes hear of it within seconds.

    Nobody has to visit the connections: each one's due work looks at the switch and, while that is off, puts
    itself off, so that polls come back spread over a period.

    Raises:
        Forbidden: the user is no administrator.
    """
    check_admin(roles)

    async def attempt() -> Installation:
        old = await ports.installations.get()
        if old.sync_enabled == enabled:
            return old
        new = replace(old, sync_enabled=enabled, changed_at=ports.now(), changed_by=user_id)
        return await ports.installations.save(new)

    return await until_unchallenged(ports, attempt)


async def refuse_while_off(ports: Ports) -> None:
    """Raises `Conflict` for whoever asks for a run while none begins."""
    if not (await ports.installations.recent()).sync_enabled:
        raise Conflict("Synchronization is switched off for the whole installation at the moment.")


async def put_off_while_off(ports: Ports, connection: MlsConnection) -> Later | None:
    """The outcome for a run or a poll that would begin now; None if it may."""
    if (await ports.installations.recent()).sync_enabled:
        return None
    due = first_poll(ports.now(), connection.effective_interval_minutes, ports.random())
    return Later(due, progress=True)
