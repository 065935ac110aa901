"""Counting events exactly: how many a second on SQLite, beside not counting them, and what one costs on DynamoDB."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from adapters.tables import keys
from adapters.tables.codec import stamped
from adapters.tables.dynamodb import DynamoTable
from adapters.tables.dynamodb_client import new_session, open_client
from adapters.tables.dynamodb_schema import create
from adapters.tables.metrics import Metrics
from adapters.tables.sqlite import SqliteTable
from adapters.tables.table import Absent, Put, Table
from adapters.vault import Vault
from benchmarks.figures import ROUNDS, Line, Report, Round, measured, share
from domain.entities.metrics import EventKind, MetricEvent
from tests.emulators.dynamodb import ministack_url

_USER, _REGION, _KEY = "benchmark", "us-east-1", "benchmark"
_LISTINGS, _TASKS = 100, 100
_EVENTS, _FEW_EVENTS = 40_000, 400
_CALLED = 300
_KINDS = tuple(EventKind)
_SOURCES = ("flyer", "newsletter", None)

_Do = Callable[[int], Awaitable[None]]


def run(*, small: bool = False) -> Report:
    """Measure."""
    events, rounds = (_FEW_EVENTS, 1) if small else (_EVENTS, ROUNDS)
    calls = asyncio.run(_calls())
    found = [{**asyncio.run(_round(events)), **calls} for _ in range(rounds)]
    return Report(f"Events of {_LISTINGS} listings, from {_TASKS} tasks", _lines(), found)


def _lines() -> list[Line]:
    return [
        Line("SQLite: counted exactly by day and month", measured("counted"), "events/s"),
        Line("  the event alone, counted by nobody", measured("alone"), "events/s"),
        Line("  the first, of the second", share(measured("counted"), measured("alone")), "%"),
        Line("  the same events again, told apart", measured("again"), "events/s"),
        Line("DynamoDB: transactions an event", measured("TransactWriteItems"), "calls"),
        Line("  other calls an event", measured("others"), "calls"),
    ]


async def _round(events: int) -> Round:
    with TemporaryDirectory() as folder:
        table = SqliteTable(Path(folder) / "table.sqlite")
        try:
            record = partial(_record, _metrics(table))
            return {
                "alone": await _rate(partial(_put, table), events),
                "counted": await _rate(partial(record, True), events),
                "again": await _rate(partial(record, False), events),
            }
        finally:
            await table.close()


async def _rate(do: _Do, events: int) -> float:
    """How many a second are done by tasks that take the next as soon as they can."""
    numbers = iter(range(events))

    async def work() -> None:
        for number in numbers:
            await do(number)

    begin = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(_TASKS)))
    return events / (time.perf_counter() - begin)


async def _record(metrics: Metrics, fresh: bool, number: int) -> None:
    if await metrics.record(_event(number)) is not fresh:
        raise RuntimeError("an event was counted twice, or not at all")


async def _put(table: Table, number: int) -> None:
    now = datetime.now(UTC)
    key = keys.metric_event(_USER, f"alone-{number}")
    item = stamped(key, "MetricEvent", created=now, now=now, version=1)
    await table.transact([Put(item, when=(Absent(),))])


async def _calls() -> Round:
    """What the calls of so many events are, after a first one of each listing."""
    async with _dynamodb() as (table, called):
        metrics = _metrics(table)
        first = 4 * len(_SOURCES) * _LISTINGS
        await _rate(partial(_record, metrics, True), first)
        called.clear()
        numbers = count(first)
        for _ in range(_CALLED):
            await _record(metrics, True, next(numbers))
        transactions = called.pop("TransactWriteItems", 0)
        return {"TransactWriteItems": transactions / _CALLED, "others": called.total() / _CALLED}


@asynccontextmanager
async def _dynamodb() -> AsyncIterator[tuple[Table, Counter[str]]]:
    url, name = ministack_url(), f"benchmark-{uuid4().hex[:12]}"
    session = new_session()
    session.set_credentials(_KEY, _KEY)
    async with open_client(region=_REGION, endpoint_url=url, session=session) as client:
        await create(client, name)
        called: Counter[str] = Counter()

        def see(model: Any, **_: Any) -> None:
            called[model.name] += 1

        client.meta.events.register("after-call.dynamodb", see)
        yield DynamoTable(client, name), called


def _metrics(table: Table) -> Metrics:
    return Metrics(table, Vault({"k1": bytes(32)}, "k1"), lambda: datetime.now(UTC))


def _event(number: int) -> MetricEvent:
    now = datetime.now(UTC)
    listing = number % _LISTINGS
    kind = number // _LISTINGS
    return MetricEvent(
        id=f"event-{number}",
        user_id=_USER,
        listing_id=f"listing-{listing}",
        kind=_KINDS[kind % len(_KINDS)],
        platform="facebook" if kind % 2 else None,
        source=_SOURCES[kind % len(_SOURCES)],
        occurred_at=now - timedelta(seconds=1),
        received_at=now,
    )
