"""MLS accounts and their sealed credentials, in the table."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from adapters.tables import key_indexes, keys
from adapters.tables.all_connections import page_of_all
from adapters.tables.codec import Codec, stamped, version_of
from adapters.tables.pages import read_all
from adapters.tables.runs import run_write
from adapters.tables.statistics import commit_runs
from adapters.tables.table import (
    BASE,
    EXPIRES_AT,
    Absent,
    Condition,
    Delete,
    Equals,
    Item,
    Key,
    Put,
    Query,
    Table,
    Write,
)
from adapters.tables.transaction import Now, commit
from adapters.vault import Vault
from domain.entities.common import Page, PageRequest
from domain.entities.intent import Ask, Fence
from domain.entities.mls_connection import MlsConnection, MlsCredentials
from domain.entities.sync_run import SyncRun
from domain.errors import NotFound
from domain.rules.freshness import is_stale

_CONNECTION = Codec(MlsConnection, apart={"version"})
_CREDENTIALS = Codec(MlsCredentials)
_FIELD = "credentials"


class MlsConnections:
    """`domain.ports.MlsConnections` over a table and a vault.

    The credentials of a connection lie in an item of their own, which lists never read and no index knows.
    """

    def __init__(self, table: Table, vault: Vault, now: Now) -> None:
        self._table = table
        self._vault = vault
        self._now = now

    async def create(
        self, connection: MlsConnection, credentials: MlsCredentials, *, ask: Sequence[Ask] = ()
    ) -> MlsConnection:
        return await self.save(replace(connection, version=0), credentials=credentials, ask=ask)

    async def get(self, user_id: str, connection_id: str) -> MlsConnection | None:
        item = await self._table.get(keys.mls_connection(user_id, connection_id))
        return None if item is None else _connection_of(item)

    async def get_many(self, user_id: str, connection_ids: Sequence[str]) -> list[MlsConnection | None]:
        wanted = [keys.mls_connection(user_id, connection_id) for connection_id in connection_ids]
        items = await self._table.get_many(wanted)
        return [None if item is None else _connection_of(item) for item in items]

    async def of_user(self, user_id: str) -> list[MlsConnection]:
        items = await read_all(self._table, Query(BASE, keys.user(user_id), prefix="MLS_CONNECTION#"))
        found = [_connection_of(item) for item in items]
        return sorted(found, key=lambda connection: (connection.created_at, connection.id))

    async def page_of_all(
        self,
        page: PageRequest,
        *,
        enabled: bool | None = None,
        needs_action: bool | None = None,
        stale: bool | None = None,
    ) -> Page[MlsConnection]:
        now = self._now()

        def decode(item: Item) -> MlsConnection | None:
            found = _connection_of(item)
            fits = (
                enabled in (None, found.enabled)
                and needs_action in (None, found.needs_action is not None)
                and stale in (None, is_stale(found, now))
            )
            return found if fits else None

        wanted = {"enabled": enabled, "needs_action": needs_action, "stale": stale}
        narrowed = {name: value for name, value in wanted.items() if value is not None}
        return await page_of_all(self._table, page, decode, essence=repr(narrowed) if narrowed else "")

    async def save(
        self,
        connection: MlsConnection,
        *,
        credentials: MlsCredentials | None = None,
        runs: Sequence[SyncRun] = (),
        fence: Fence | None = None,
        ask: Sequence[Ask] = (),
    ) -> MlsConnection:
        now = self._now()
        saved = replace(connection, updated_at=now, version=connection.version + 1)
        key = keys.mls_connection(connection.user_id, connection.id)
        expected: Condition = Equals("version", connection.version) if connection.version else Absent()
        item: Item = {
            **stamped(key, "MlsConnection", created=connection.created_at, now=now, version=saved.version),
            **key_indexes.mls_connection_indexes(connection),
            "Data": _CONNECTION.encode(saved),
        }
        writes: list[Write] = [Put(item, when=(expected,)), *(run_write(run, now) for run in runs)]
        if credentials is not None:
            writes.append(Put(self._sealed(saved, credentials, now)))
        written = [(run, None) for run in runs]
        await commit_runs(self._table, self._now, writes, written, fence=fence, ask=ask)
        return saved

    async def credentials(self, user_id: str, connection_id: str) -> MlsCredentials:
        item = await self._table.get(keys.mls_credentials(user_id, connection_id))
        if item is None:
            raise NotFound("There is no such connection.")
        return _CREDENTIALS.decode(
            self._vault.open(str(item["Data"]), owner=user_id, thing=connection_id, field=_FIELD)
        )

    async def delete(self, connection: MlsConnection) -> None:
        """A connection that is gone already is no error."""
        key = keys.mls_connection(connection.user_id, connection.id)
        if await self._table.get(key) is None:
            return
        sealed = keys.mls_credentials(connection.user_id, connection.id)
        writes = [Delete(key, when=(Equals("version", connection.version),)), Delete(sealed)]
        await commit(self._table, self._now, writes)

    async def keep_push(self, user_id: str, connection_id: str, signature: str, *, until: datetime) -> None:
        now = self._now()
        key = _push(user_id, connection_id, signature)
        item = stamped(key, "IdempotencyKey", created=now, now=now, version=1)
        await commit(self._table, self._now, [Put({**item, EXPIRES_AT: keys.seconds(until) + 1})])

    async def knows_push(self, user_id: str, connection_id: str, signature: str) -> bool:
        return await self._table.get(_push(user_id, connection_id, signature)) is not None

    def _sealed(self, connection: MlsConnection, credentials: MlsCredentials, now: datetime) -> Item:
        key = keys.mls_credentials(connection.user_id, connection.id)
        plain = _CREDENTIALS.encode(credentials)
        return {
            **stamped(key, "MlsCredentials", created=now, now=now, version=connection.version),
            "Data": self._vault.seal(plain, owner=connection.user_id, thing=connection.id, field=_FIELD),
        }


def _push(user_id: str, connection_id: str, signature: str) -> Key:
    return keys.idempotency(user_id, "MLS_PUSH", f"{connection_id}:{signature}")


def _connection_of(item: Item) -> MlsConnection:
    return _CONNECTION.decode(str(item["Data"]), version=version_of(item))
