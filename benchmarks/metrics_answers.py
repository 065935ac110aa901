"""What the answers about a month cost with many listings: from the months that are kept, and from all days."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from adapters.tables.repositories import Repositories, repositories
from adapters.tables.sqlite import SqliteTable
from adapters.tables.table import Item, Key, Page, Query
from adapters.vault import Vault
from benchmarks.figures import ROUNDS, Line, Report, Round, measured, share
from domain.entities.common import PageRequest
from domain.entities.listing import Listing, ListingFacts, ListingStatus
from domain.entities.metrics import Counts, EventKind, ListingCounts, MetricEvent, MetricsOrder
from domain.ports import ListingSave
from domain.rules.aggregates import aggregate
from tests.contracts.nouns.wrapped import Wrapped
from tests.costs.crowd import Gathered

_USER = "benchmark"
_NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
_DAYS = 30
_FIRST, _LAST = (_NOW - timedelta(days=_DAYS - 1)).date(), _NOW.date()
_LISTINGS, _FEW_LISTINGS = 1_000, 20
_PAGE = 20
_TIMES, _FEW_TIMES = 10, 1
_VAULT = Vault({"k1": bytes(32)}, "k1")


class _Way(NamedTuple):
    """A way to an answer: what it is called, and what it does."""

    what: str
    ask: Callable[[Repositories], Awaitable[object]]


def run(*, small: bool = False) -> Report:
    """Measure."""
    listings, times, rounds = (_FEW_LISTINGS, _FEW_TIMES, 1) if small else (_LISTINGS, _TIMES, ROUNDS)
    found = asyncio.run(_rounds(listings, times, rounds))
    return Report(f"A month of {listings:,} listings with events on each day, on SQLite", _lines(), found)


async def _ranking(nouns: Repositories) -> Sequence[ListingCounts]:
    page = await nouns.metrics.ranking(_USER, _FIRST, _LAST, MetricsOrder(), PageRequest(first=_PAGE))
    return page.items


async def _ranking_of_days(nouns: Repositories) -> Sequence[ListingCounts]:
    """The same, added up from all days of all listings."""
    sums: dict[str, Counts] = {}
    for day in await nouns.metrics.all_days(_USER, _FIRST, _LAST):
        sums[day.listing_id] = sums.get(day.listing_id, Counts()) + day.total
    ranked = sorted(sums.items(), key=lambda one: (-one[1].views, one[0]))
    return [ListingCounts(*one) for one in ranked[:_PAGE]]


async def _month(nouns: Repositories) -> Counts:
    days = await nouns.metrics.days(_USER, _name(0), _FIRST, _LAST)
    return aggregate(days, _FIRST, _LAST, listing_id=_name(0)).total


async def _month_day_by_day(nouns: Repositories) -> Counts:
    """The same, each day asked for by itself."""
    found = Counts()
    for number in range(_DAYS):
        day = _FIRST + timedelta(days=number)
        found += sum((one.total for one in await nouns.metrics.days(_USER, _name(0), day, day)), Counts())
    return found


_WAYS = {
    "ranking": _Way(f"allListingsMetrics(monthly), {_PAGE} of them", _ranking),
    "all days": _Way("  added up from all days", _ranking_of_days),
    "month": _Way("aggregatedMetrics(monthly)", _month),
    "by day": _Way("  day by day", _month_day_by_day),
}
_SAME = [("ranking", "all days"), ("month", "by day")]


def _lines() -> list[Line]:
    lines: list[Line] = []
    for ours, other in _SAME:
        for name in (ours, other):
            lines.append(Line(_WAYS[name].what, measured(f"{name} ms"), "ms"))
            lines.append(Line("    calls of the table", measured(f"{name} calls"), "calls"))
            lines.append(Line("    items read", measured(f"{name} items"), "items"))
        lines.append(
            Line("  ours, of the other", share(measured(f"{ours} ms"), measured(f"{other} ms")), "%")
        )
    return lines


async def _rounds(listings: int, times: int, rounds: int) -> list[Round]:
    with TemporaryDirectory() as folder:
        table = _Counting(SqliteTable(Path(folder) / "table.sqlite", now=_NOW.timestamp))
        try:
            await _seed(table, listings)
            nouns = repositories(table, _VAULT, lambda: _NOW)
            for ours, other in _SAME:
                if await _WAYS[ours].ask(nouns) != await _WAYS[other].ask(nouns):
                    raise RuntimeError(f"{ours} and {other} do not agree")
            return [await _round(nouns, table, times) for _ in range(rounds)]
        finally:
            await table.close()


async def _round(nouns: Repositories, table: "_Counting", times: int) -> Round:
    found: dict[str, float] = {}
    for name, way in _WAYS.items():
        table.calls = table.items = 0
        begin = time.perf_counter()
        for _ in range(times):
            await way.ask(nouns)
        found[f"{name} ms"] = (time.perf_counter() - begin) / times * 1e3
        found[f"{name} calls"], found[f"{name} items"] = table.calls / times, table.items / times
    return found


class _Counting(Wrapped):
    """Counts the reads, and the items in their answers."""

    calls = items = 0

    async def get(self, key: Key) -> Item | None:
        return (await self._seen([await super().get(key)]))[0]

    async def get_many(self, keys: Sequence[Key]) -> list[Item | None]:
        return await self._seen(await super().get_many(keys))

    async def query(self, query: Query) -> Page:
        page = await super().query(query)
        await self._seen([*page.items])
        return page

    async def query_many(self, queries: Sequence[Query]) -> list[Page]:
        pages = await super().query_many(queries)
        self.calls += len(queries) - 1
        await self._seen([item for page in pages for item in page.items])
        return pages

    async def _seen(self, items: list[Item | None]) -> list[Item | None]:
        self.calls += 1
        self.items += sum(item is not None for item in items)
        return items


async def _seed(table: _Counting, listings: int) -> None:
    gathered = Gathered(table)
    nouns = repositories(gathered, _VAULT, lambda: _NOW)
    for number in range(listings):
        listing = Listing(
            id=_name(number),
            user_id=_USER,
            mls_provider="sandbox",
            facts=ListingFacts(description="Sunny, with a garden. " * 40),
            status=ListingStatus.ACTIVE,
            publishable=True,
            created_at=_NOW,
            updated_at=_NOW,
        )
        await nouns.listings.create(ListingSave(listing=listing))
        for ago in range(_DAYS):
            day = _LAST - timedelta(days=ago)
            for minute, kind in enumerate(_kinds(number, day)):
                await nouns.metrics.record(_event(number, day, minute, kind))
    await gathered.store()


def _name(number: int) -> str:
    return f"mls-{number:04d}"


def _kinds(number: int, day: date) -> list[EventKind]:
    """One or two views, and now and then something else."""
    more = list(EventKind)[(number + day.day) % 8 :][:1]
    return [EventKind.VIEW, *more]


def _event(number: int, day: date, minute: int, kind: EventKind) -> MetricEvent:
    at = datetime(day.year, day.month, day.day, number % 12, minute, tzinfo=UTC)
    return MetricEvent(
        id=f"{number}-{day}-{minute}",
        user_id=_USER,
        listing_id=_name(number),
        kind=kind,
        platform="facebook" if number % 2 else None,
        source="newsletter" if number % 3 else None,
        occurred_at=at,
        received_at=_NOW,
    )
