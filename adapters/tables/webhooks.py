"""Users' webhooks and their sealed secrets, in the table."""

from dataclasses import replace

from adapters.tables import keys
from adapters.tables.codec import Codec, stamped, version_of
from adapters.tables.pages import read_all
from adapters.tables.table import BASE, Absent, Condition, Delete, Equals, Item, Put, Query, Table, Write
from adapters.tables.transaction import Now, commit
from adapters.vault import Vault
from domain.entities.notification import Webhook
from domain.errors import NotFound

_WEBHOOK = Codec(Webhook, apart={"version"})
_FIELD = "secret"


class Webhooks:
    """`domain.ports.Webhooks` over a table and a vault; the secret lies in an item of its own."""

    def __init__(self, table: Table, vault: Vault, now: Now) -> None:
        self._table = table
        self._vault = vault
        self._now = now

    async def get(self, user_id: str, webhook_id: str) -> Webhook | None:
        item = await self._table.get(keys.webhook(user_id, webhook_id))
        return None if item is None else _webhook_of(item)

    async def of_user(self, user_id: str) -> list[Webhook]:
        items = await read_all(self._table, Query(BASE, keys.user(user_id), prefix="WEBHOOK#"))
        return sorted(map(_webhook_of, items), key=lambda webhook: (webhook.created_at, webhook.id))

    async def save(self, webhook: Webhook, *, secret: str | None = None) -> Webhook:
        now = self._now()
        saved = replace(webhook, updated_at=now, version=webhook.version + 1)
        key = keys.webhook(webhook.user_id, webhook.id)
        expected: Condition = Equals("version", webhook.version) if webhook.version else Absent()
        item: Item = {
            **stamped(key, "Webhook", created=webhook.created_at, now=now, version=saved.version),
            "Data": _WEBHOOK.encode(saved),
        }
        writes: list[Write] = [Put(item, when=(expected,))]
        if secret is not None:
            writes.append(Put(self._sealed(saved, secret)))
        await commit(self._table, self._now, writes)
        return saved

    async def secret(self, user_id: str, webhook_id: str) -> str:
        item = await self._table.get(keys.webhook_secret(user_id, webhook_id))
        if item is None:
            raise NotFound("There is no such webhook.")
        return self._vault.open(str(item["Data"]), owner=user_id, thing=webhook_id, field=_FIELD)

    async def delete(self, webhook: Webhook) -> None:
        """A webhook that is gone already is no error."""
        key = keys.webhook(webhook.user_id, webhook.id)
        if await self._table.get(key) is None:
            return
        writes = [
            Delete(key, when=(Equals("version", webhook.version),)),
            Delete(keys.webhook_secret(webhook.user_id, webhook.id)),
        ]
        await commit(self._table, self._now, writes)

    def _sealed(self, webhook: Webhook, secret: str) -> Item:
        key, now = keys.webhook_secret(webhook.user_id, webhook.id), self._now()
        return {
            **stamped(key, "WebhookSecret", created=now, now=now, version=webhook.version),
            "Data": self._vault.seal(secret, owner=webhook.user_id, thing=webhook.id, field=_FIELD),
        }


def _webhook_of(item: Item) -> Webhook:
    return _WEBHOOK.decode(str(item["Data"]), version=version_of(item))
