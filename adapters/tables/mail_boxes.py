"""How users want e-mail, in the table."""

from collections.abc import Sequence
from dataclasses import replace

from adapters.tables import keys
from adapters.tables.codec import Codec, stamped, version_of
from adapters.tables.table import Absent, Condition, Equals, Item, Put, Table
from adapters.tables.transaction import Now, commit
from domain.entities.intent import Ask, Fence
from domain.entities.notification import MailSettings

_SETTINGS = Codec(MailSettings, apart={"version"})


class MailBoxes:
    """`domain.ports.MailBoxes` over a table."""

    def __init__(self, table: Table, now: Now) -> None:
        self._table = table
        self._now = now

    async def get(self, user_id: str) -> MailSettings:
        item = await self._table.get(keys.mail_settings(user_id))
        if item is None:
            return MailSettings(user_id=user_id)
        return _SETTINGS.decode(str(item["Data"]), version=version_of(item))

    async def save(
        self, settings: MailSettings, *, ask: Sequence[Ask] = (), fence: Fence | None = None
    ) -> MailSettings:
        now = self._now()
        saved = replace(settings, version=settings.version + 1)
        key = keys.mail_settings(settings.user_id)
        expected: Condition = Equals("version", settings.version) if settings.version else Absent()
        item: Item = {
            **stamped(key, "MailSettings", created=now, now=now, version=saved.version),
            "Data": _SETTINGS.encode(saved),
        }
        await commit(self._table, self._now, [Put(item, when=(expected,))], ask=ask, fence=fence)
        return saved
