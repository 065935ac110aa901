"""A feed that is a file which the user sends."""

from domain.entities.mls import UPLOADED
from domain.entities.mls_connection import MlsConnection
from domain.entities.sync_run import SyncMode, SyncRun, SyncRunKind
from domain.errors import Conflict, Invalid, NotFound
from domain.ports import Ports
from domain.rules.identity import upload_key
from domain.use_cases.installation import refuse_while_off
from domain.use_cases.lookup import connection_of
from domain.use_cases.queueing import queued


async def awaits_upload(ports: Ports, *, user_id: str, connection_id: str) -> MlsConnection:
    """The connection, if its feed is a file that the user sends.

    Raises:
        NotFound: there is no such connection.
        Conflict: its feed is fetched, or synchronization is off for the whole installation.
    """
    connection = await connection_of(ports, user_id, connection_id)
    if connection.url != UPLOADED:
        raise Conflict(f"Only a connection whose url is {UPLOADED!r} takes a file.", field=("connectionId",))
    await refuse_while_off(ports)
    return connection


async def upload_feed(ports: Ports, *, user_id: str, connection_id: str, data: bytes) -> SyncRun:
    """Store the file in place of the one before, and queue a run that reads it.

    Raises:
        NotFound, Conflict: as `awaits_upload`.
        Invalid: the file is empty.
    """
    connection = await awaits_upload(ports, user_id=user_id, connection_id=connection_id)
    if not data.strip():
        raise Invalid("The file is empty.")
    key = upload_key(connection.id)
    await ports.files.put(key, data, content_type="text/csv")
    try:
        return await queued(ports, connection, None, _reads_all, mended=True)
    except NotFound:  # disconnected meanwhile: nobody would remove the file
        await ports.files.delete(key)
        raise


def _reads_all(run: SyncRun) -> SyncRun | None:
    whole = run.keys is None and run.numbers is None
    return run if whole and (run.kind, run.mode) == (SyncRunKind.SYNC, SyncMode.FULL) else None
