"""Counters by day and inquiries, in the table.

A day of a listing is one item of flat counters, and a month of it another, of its sums by day. An event is counted
in both in one transaction with an item that remembers its id, so that it counts once however often it comes.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from adapters.remembered import Reread
from adapters.tables import keys
from adapters.tables.codec import Codec, free, stamped, version_of
from adapters.tables.day_items import day_of, day_write, gain_write, names_of
from adapters.tables.inquiries import inquiry_of, inquiry_put, origin_of
from adapters.tables.month_items import month_write
from adapters.tables.pages import get_all, read_all, read_each, read_page
from adapters.tables.rankings import read_ranking, sums_by_day, totals_of_listings
from adapters.tables.table import (
    BASE,
    EXPIRES_AT,
    GSI1,
    Absent,
    Change,
    Condition,
    Equals,
    Filter,
    In,
    Item,
    Key,
    Present,
    Put,
    Query,
    Refused,
    Table,
    Value,
    Write,
    key_of,
)
from adapters.tables.transaction import TRIES, Now, Stale, commit, pause, transact
from adapters.tables.wishes import blind_wish
from adapters.vault import Vault
from domain.entities.common import Page, PageRequest
from domain.entities.intent import Ask, Fence
from domain.entities.metrics import (
    Counts,
    DayMetrics,
    Inquiry,
    InquiryOrigin,
    InquiryStatus,
    ListingCounts,
    MetricEvent,
    MetricsOrder,
    Reading,
)
from domain.errors import Unavailable

EVENT_KEPT = timedelta(days=35)
"""How long after its receipt an event's id is remembered."""

_EVENT = Codec(MetricEvent, apart={"platform", "source"})
_READING = Codec(Reading, apart={"version"})
_MET_MOST = 2_000
"""Of so many days the names are kept in memory."""

_DECODED_MOST = 8_000
"""So many days are kept as what they say, of some 3 KB each: a page of 100 listings with a month of metrics has 3,000."""


class Metrics:
    """`domain.ports.Metrics` over a table and a vault."""

    def __init__(self, table: Table, vault: Vault, now: Now) -> None:
        self._table = table
        self._vault = vault
        self._now = now
        self._met: dict[Key, Item] = {}
        self._decoded: Reread[tuple[Value, Value], tuple[Item, DayMetrics]] = Reread(_DECODED_MOST)

    async def record(
        self, event: MetricEvent, inquiry: Inquiry | None = None, *, ask: Sequence[Ask] = ()
    ) -> bool:
        """What a day's counters are named after is bounded, so a name that is new to the day is counted only
        if no other was new at the same moment; the day is then read again."""
        now = self._now()
        day = event.occurred_at.astimezone(UTC).date()
        before: list[Write] = [self._event_put(event, now)]
        if inquiry is not None:
            before.append(inquiry_put(inquiry, self._vault, now))
        wishes = [blind_wish(one, now) for one in ask]
        for attempt in range(TRIES):
            of_day = await self._day_write(event, day, now, again=attempt > 0)
            try:
                of_month = month_write(event.user_id, event.listing_id, day, of_day)
                await transact(self._table, [*before, of_day, of_month, *wishes])
                return True
            except Refused as refused:
                if refused.reasons[0] is not None:
                    return False
            await pause(attempt)
        raise _busy()

    async def reading(self, user_id: str, post_id: str) -> Reading | None:
        item = await self._table.get(keys.reading(user_id, post_id))
        return None if item is None else _READING.decode(str(item["Data"]), version=version_of(item))

    async def add_reading(
        self, reading: Reading, gain: Counts, *, ask: Sequence[Ask] = (), fence: Fence
    ) -> None:
        """The day is read again if a name that is new to it came at the same moment, as in `record`."""
        now = self._now()
        day = reading.read_at.astimezone(UTC).date()
        before = self._reading_put(reading, now)
        for attempt in range(TRIES):
            known = await self._table.get(keys.metrics(reading.user_id, reading.listing_id, day))
            of_day = gain_write(reading, gain, day, known, now)
            writes: list[Write] = [
                before,
                of_day,
                month_write(reading.user_id, reading.listing_id, day, of_day),
                *(blind_wish(one, now) for one in ask),
            ]
            try:
                return await commit(self._table, self._now, writes, fence=fence)
            except Stale as stale:
                if stale.reasons[0] is not None:
                    raise
            await pause(attempt)
        raise _busy()

    async def days(self, user_id: str, listing_id: str, first: date, last: date) -> list[DayMetrics]:
        if first != last:
            return (await self.days_of_listings(user_id, [listing_id], first, last))[0]
        item = await self._table.get(keys.metrics(user_id, listing_id, first))
        return [] if item is None else [day_of(item)]

    async def days_of_listings(
        self, user_id: str, listing_ids: Sequence[str], first: date, last: date
    ) -> list[list[DayMetrics]]:
        if first > last or not listing_ids:
            return [[] for _ in listing_ids]
        if first == last:
            wanted = [keys.metrics(user_id, listing_id, first) for listing_id in listing_ids]
            items = await get_all(self._table, wanted)
            return [[] if item is None else [day_of(item)] for item in items]
        ends = [
            (keys.metrics(user_id, listing_id, first).sk, keys.metrics(user_id, listing_id, last).sk)
            for listing_id in listing_ids
        ]
        queries = [Query(BASE, keys.user(user_id), low=low, high=high) for low, high in ends]
        return [[self._day_of(item) for item in items] for items in await read_each(self._table, queries)]

    async def all_days(self, user_id: str, first: date, last: date) -> list[DayMetrics]:
        if first > last:
            return []
        beyond = f"{last.isoformat()}$"  # the character after "#": behind every listing of the last day
        query = Query(GSI1, keys.metrics_of(user_id), low=first.isoformat(), high=beyond)
        listed = await read_all(self._table, query)
        own = [key_of(item) for item in listed if item["PK"] == keys.user(user_id)]
        items = await get_all(self._table, own)  # the index does not carry counters, whose names are many
        return [day_of(item) for item in items if item is not None]

    async def all_sums(self, user_id: str, first: date, last: date) -> dict[date, Counts]:
        return await sums_by_day(self._table, user_id, first, last)

    async def totals(self, user_id: str, listing_ids: Sequence[str], first: date, last: date) -> list[Counts]:
        return await totals_of_listings(self._table, user_id, listing_ids, first, last)

    async def ranking(
        self, user_id: str, first: date, last: date, order: MetricsOrder, page: PageRequest
    ) -> Page[ListingCounts]:
        return await read_ranking(self._table, user_id, first, last, order, page)

    async def inquiry_origins(
        self, user_id: str, listing_ids: Sequence[str], first: date, last: date
    ) -> list[dict[InquiryOrigin, int]]:
        ends = [keys.inquiries_between(listing_id, first, last) for listing_id in listing_ids]
        queries = [Query(BASE, keys.user(user_id), low=low, high=high) for low, high in ends]
        found = await read_each(self._table, queries)
        return [Counter(origin_of(item) for item in items) for items in found]

    async def inquiry(self, user_id: str, listing_id: str, at: datetime, inquiry_id: str) -> Inquiry | None:
        item = await self._table.get(keys.inquiry(user_id, listing_id, at, inquiry_id))
        return None if item is None else inquiry_of(item, self._vault, user_id)

    async def set_inquiry_status(
        self, user_id: str, listing_id: str, at: datetime, inquiry_id: str, status: InquiryStatus
    ) -> Inquiry | None:
        key = keys.inquiry(user_id, listing_id, at, inquiry_id)
        changed: dict[str, Value] = {"status": status.value, "UpdatedAt": keys.millis(self._now())}
        try:
            item = await self._table.write(Change(key, set=changed, when=(Present(),)))
        except Refused:
            return None
        return None if item is None else inquiry_of(item, self._vault, user_id)

    async def inquiries(
        self,
        user_id: str,
        page: PageRequest,
        *,
        listing_id: str | None = None,
        status: InquiryStatus | None = None,
    ) -> Page[Inquiry]:
        filters: tuple[Filter, ...] = () if status is None else (In("status", (status.value,)),)
        query = Query(GSI1, keys.inquiries_of(user_id), ascending=False, filters=filters)
        if listing_id is not None:
            prefix = keys.joined("INQUIRY", listing_id) + "#"
            query = replace(query, index=BASE, pk=keys.user(user_id), prefix=prefix)

        def decode(item: Item) -> Inquiry | None:
            inquiry = inquiry_of(item, self._vault, user_id)
            return inquiry if status in (None, inquiry.status) else None

        return await read_page(self._table, query, page, decode, owner=user_id)

    def _day_of(self, item: Item) -> DayMetrics:
        """What the day says; the same for the same item, which nobody changes."""
        place = (item[BASE.pk], item[BASE.sk])
        known = self._decoded.get(place)
        if known is not None and (known[0] is item or known[0] == item):
            return known[1]
        day = day_of(item)
        self._decoded.put(place, (item, day))
        return day

    async def _day_write(self, event: MetricEvent, day: date, now: datetime, *, again: bool) -> Change:
        """Names stay with a day, so that what was read of it before is enough for an event whose names it has."""
        key = keys.metrics(event.user_id, event.listing_id, day)
        if not again and key in self._met:
            write = day_write(event, day, self._met[key], now)
            if write.when == (Present(),):
                return write
        known = await self._table.get(key)
        if known is not None:
            if len(self._met) >= _MET_MOST:
                self._met.clear()
            self._met[key] = names_of(known)
        return day_write(event, day, known, now)

    def _reading_put(self, reading: Reading, now: datetime) -> Put:
        key, version = keys.reading(reading.user_id, reading.post_id), reading.version
        item: Item = {
            **stamped(key, "Reading", created=now, now=now, version=version + 1),
            "Data": _READING.encode(reading),
        }
        when: Condition = Equals("version", version) if version else Absent()
        return Put(item, when=(when,))

    def _event_put(self, event: MetricEvent, now: datetime) -> Put:
        key = keys.metric_event(event.user_id, event.id)
        item: Item = {
            **stamped(key, "MetricEvent", created=event.received_at, now=now, version=1),
            "Data": _EVENT.encode(event),
            EXPIRES_AT: keys.seconds(event.received_at + EVENT_KEPT),
        }
        return Put(item, when=(free(now),))


def _busy() -> Unavailable:
    return Unavailable("The store is too busy with this listing at the moment.", retry_after=1)
