"""Users' alerts, in the table."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.tables import keys
from adapters.tables.codec import Codec, stamped, version_of
from adapters.tables.pages import read_all
from adapters.tables.table import BASE, Absent, Condition, Delete, Equals, Item, Put, Query, Table
from adapters.tables.transaction import Now, commit
from domain.entities.alert import MetricAlert
from domain.entities.intent import Ask, Fence
from domain.ports.alerts import RECENT_SECONDS

_ALERT = Codec(MetricAlert, apart={"version"})
_RECENT = timedelta(seconds=RECENT_SECONDS)
_REMEMBERED = 10_000


class Alerts:
    """`domain.ports.Alerts` over a table; remembers what it read last of many users."""

    def __init__(self, table: Table, now: Now) -> None:
        self._table = table
        self._now = now
        self._known: dict[str, tuple[datetime, list[MetricAlert]]] = {}

    async def get(self, user_id: str, alert_id: str) -> MetricAlert | None:
        item = await self._table.get(keys.alert(user_id, alert_id))
        return None if item is None else _alert_of(item)

    async def of_user(self, user_id: str) -> list[MetricAlert]:
        items = await read_all(self._table, Query(BASE, keys.user(user_id), prefix="ALERT#"))
        return sorted(map(_alert_of, items), key=lambda alert: (alert.created_at, alert.id))

    async def recent(self, user_id: str) -> Sequence[MetricAlert]:
        now = self._now()
        read, alerts = self._known.get(user_id, (datetime.min.replace(tzinfo=now.tzinfo), []))
        if timedelta() <= now - read < _RECENT:
            return alerts
        found = await self.of_user(user_id)
        if len(self._known) >= _REMEMBERED:
            self._known.clear()
        self._known[user_id] = now, found
        return found

    async def save(
        self, alert: MetricAlert, *, ask: Sequence[Ask] = (), fence: Fence | None = None
    ) -> MetricAlert:
        now = self._now()
        saved = replace(alert, updated_at=now, version=alert.version + 1)
        key = keys.alert(alert.user_id, alert.id)
        expected: Condition = Equals("version", alert.version) if alert.version else Absent()
        item: Item = {
            **stamped(key, "MetricAlert", created=alert.created_at, now=now, version=saved.version),
            "Data": _ALERT.encode(saved),
        }
        await commit(self._table, self._now, [Put(item, when=(expected,))], ask=ask, fence=fence)
        return saved

    async def delete(self, alert: MetricAlert) -> None:
        key = keys.alert(alert.user_id, alert.id)
        if await self._table.get(key) is None:
            return
        await commit(self._table, self._now, [Delete(key, when=(Equals("version", alert.version),))])


def _alert_of(item: Item) -> MetricAlert:
    return _ALERT.decode(str(item["Data"]), version=version_of(item))
