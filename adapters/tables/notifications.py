"""What users have been told, in the table."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.tables import keys
from adapters.tables.codec import Codec, free, stamped, version_of
from adapters.tables.pages import read_page
from adapters.tables.table import BASE, EXPIRES_AT, Equals, In, Item, Put, Query, Table
from adapters.tables.transaction import Now, Stale, commit
from domain.entities.common import Page, PageRequest
from domain.entities.intent import Ask, Fence
from domain.entities.notification import Notification

KEPT = timedelta(days=90)
_NOTIFICATION = Codec(Notification)
_PREFIX = "NOTIFICATION#"


class Notifications:
    """`domain.ports.Notifications` over a table."""

    def __init__(self, table: Table, now: Now) -> None:
        self._table = table
        self._now = now

    async def add(
        self, notification: Notification, *, ask: Sequence[Ask] = (), fence: Fence | None = None
    ) -> bool:
        put = Put(self._item(notification, version=1), when=(free(self._now()),))
        try:
            await commit(self._table, self._now, [put], ask=ask, fence=fence)
        except Stale:
            return False
        return True

    async def get(self, user_id: str, notification_id: str) -> Notification | None:
        item = await self._table.get(keys.notification(user_id, notification_id))
        return None if item is None else _notification_of(item)

    async def page(self, user_id: str, page: PageRequest, *, unread_only: bool = False) -> Page[Notification]:
        unread = (In("isRead", (0,)),) if unread_only else ()
        query = Query(BASE, keys.user(user_id), prefix=_PREFIX, ascending=False, filters=unread)
        return await read_page(self._table, query, page, _notification_of)

    async def between(
        self, user_id: str, after: datetime, until: datetime, most: int, *, behind: str | None = None
    ) -> list[Notification]:
        low = _PREFIX + keys.padded(keys.millis(after) + 1)
        if behind is not None:  # one character more than its key: the next key is at least that
            low = max(low, f"{keys.notification(user_id, behind).sk}!")
        high = _PREFIX + keys.padded(keys.millis(until) + 1)
        if low > high:  # by clocks that differ
            return []
        found = await self._table.query(Query(BASE, keys.user(user_id), low=low, high=high, limit=most))
        return [_notification_of(item) for item in found.items]

    async def mark_read(
        self, user_id: str, notification_ids: Sequence[str], at: datetime
    ) -> list[Notification]:
        wanted = [keys.notification(user_id, id) for id in dict.fromkeys(notification_ids)]
        items = [item for item in await self._table.get_many(wanted) if item is not None]
        return [await self._read(item, at) for item in items]

    async def _read(self, item: Item, at: datetime) -> Notification:
        found = _notification_of(item)
        if found.read_at is not None:
            return found
        read = replace(found, read_at=at)
        version = version_of(item)
        put = Put(self._item(read, version=version + 1), when=(Equals("version", version),))
        try:
            await commit(self._table, self._now, [put])
        except Stale:  # only reading changes a notification: another hand has marked it
            return await self.get(found.user_id, found.id) or read
        return read

    def _item(self, notification: Notification, *, version: int) -> Item:
        key = keys.notification(notification.user_id, notification.id)
        return {
            **stamped(key, "Notification", created=notification.at, now=self._now(), version=version),
            "isRead": int(notification.read_at is not None),
            "Data": _NOTIFICATION.encode(notification),
            EXPIRES_AT: keys.seconds(max(notification.at, self._now()) + KEPT),
        }


def _notification_of(item: Item) -> Notification:
    return _NOTIFICATION.decode(str(item["Data"]))
