"""The processor time that the DynamoDB engine takes, beside the stock resource of aioboto3, on one emulator.

What counts is the time of this process, not the time that passes: the emulator has a process of its own.
"""

import asyncio
import gc
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

import aioboto3
from boto3.dynamodb.conditions import Attr
from boto3.dynamodb.conditions import Key as KeyIs

from adapters.mls.reso_mapping import read_row
from adapters.tables import keys
from adapters.tables.dynamodb import DynamoTable
from adapters.tables.dynamodb_client import new_session, open_client
from adapters.tables.dynamodb_schema import create
from adapters.tables.listing_items import listing_item
from adapters.tables.table import BASE, GSI5, Equals, Item, Put, Query, key_of
from benchmarks.figures import ROUNDS, Line, Report, Round, measured, share
from domain.entities.listing import Listing, ListingStatus
from domain.entities.mls import MlsRecord
from domain.rules.identity import listing_id
from sandbox.mls.homes import generate
from tests.emulators.dynamodb import ministack_url

_TABLE, _REGION, _KEY = "benchmark", "us-east-1", "benchmark"
_ANCHOR = datetime(2026, 10, 1, tzinfo=UTC)
_PAGE, _LISTINGS = 50, 60
_CALLS, _FEW_CALLS = 100, 3

_SHORT, _WHOLE, _TYPED = "short", "whole", "typed"
"""The users whose listings have facts alone, all that the system stores, and facts in typed attributes."""

_LONG = ("description", "extras")

_WAYS = {
    "orjson": "{}: our engine",
    "botocore": "  with botocore's parser",
    "strings": "  aioboto3's resource",
    "typed": "  aioboto3's resource, typed Data",
}
_WORK = {
    "query": (f"query of {_PAGE}, {{{_SHORT}:.1f}} KB each", "ms", 1e3),
    "whole": (f"query of {_PAGE}, {{{_WHOLE}:.1f}} KB as stored", "ms", 1e3),
    "get": ("get", "µs", 1e6),
    "put": ("conditional put", "µs", 1e6),
}
"""What is done, the unit in which it is told, and how many of them make a second."""


class _Engine:
    """Our engine."""

    def __init__(self, table: DynamoTable, item: Item) -> None:
        self._table = table
        self._key, self._put = key_of(item), Put(item, (Equals("version", 1),))

    async def query(self, user: str) -> int:
        """Read a page; how many items it has."""
        query = Query(GSI5, keys.listings_of(user), ascending=False, limit=_PAGE)
        return len((await self._table.query(query)).items)

    async def get(self) -> object:
        return await self._table.get(self._key)

    async def put(self) -> None:
        await self._table.write(self._put)


class _Resource:
    """What aioboto3 offers: attributes as Python's types."""

    def __init__(self, table: Any, item: Mapping[str, Any]) -> None:
        self._table, self._item = table, item
        self._key = {name: item[name] for name in (BASE.pk, BASE.sk)}

    async def query(self, user: str) -> int:
        """Read a page; how many items it has."""
        partition = KeyIs(GSI5.pk).eq(keys.listings_of(user))
        answer = await self._table.query(
            IndexName=GSI5.name, KeyConditionExpression=partition, ScanIndexForward=False, Limit=_PAGE
        )
        return len(answer["Items"])

    async def get(self) -> object:
        return (await self._table.get_item(Key=self._key, ConsistentRead=True))["Item"]

    async def put(self) -> None:
        await self._table.put_item(Item=self._item, ConditionExpression=Attr("version").eq(1))


_Way = _Engine | _Resource


def run(*, small: bool = False) -> Report:
    """Measure."""
    calls, rounds = (_FEW_CALLS, 1) if small else (_CALLS, ROUNDS)
    whole = [_listing(_WHOLE, number) for number in range(1, _LISTINGS + 1)]
    short = [_shortened(_SHORT, item) for item in whole]
    found = asyncio.run(_rounds(short, whole, calls, rounds))
    sizes = {_SHORT: _kilobytes(short), _WHOLE: _kilobytes(whole)}
    return Report("DynamoDB: processor time of a call", _lines(sizes), found)


def _lines(sizes: Mapping[str, float]) -> list[Line]:
    lines: list[Line] = []
    for work, (what, unit, per_second) in _WORK.items():
        ours = measured(f"orjson {work}")
        for way, name in _WAYS.items():
            if (way, work) != ("typed", "whole"):
                value = _scaled(measured(f"{way} {work}"), per_second)
                lines.append(Line(name.format(what.format(**sizes)), value, unit))
        lines.append(Line("  our engine, of the resource", share(ours, measured(f"strings {work}")), "%"))
    return lines


def _scaled(value: Callable[[Round], float], factor: float) -> Callable[[Round], float]:
    return lambda round_: factor * value(round_)


async def _rounds(short: list[Item], whole: list[Item], calls: int, rounds: int) -> list[Round]:
    typed = [{**_shortened(_TYPED, item), "Data": _facts(item)} for item in whole]
    async with AsyncExitStack() as resources:
        ways: dict[str, _Way] = {
            name: _Engine(
                await resources.enter_async_context(_table(orjson_parser=name == "orjson")), short[0]
            )
            for name in ("orjson", "botocore")
        }
        table = await resources.enter_async_context(_resource())
        await _store(table, [*short, *whole, *typed])
        ways |= {"strings": _Resource(table, short[0]), "typed": _Resource(table, typed[0])}
        await _round(ways, max(1, calls // 10))
        return [await _round(ways, calls) for _ in range(rounds)]


async def _round(ways: Mapping[str, _Way], calls: int) -> Round:
    """Seconds of processor time for each way and work."""
    found: dict[str, float] = {}
    for name, way in ways.items():
        pages = {"query": _TYPED if name == "typed" else _SHORT} | (
            {} if name == "typed" else {"whole": _WHOLE}
        )
        for work, user in pages.items():
            if await way.query(user) != _PAGE:
                raise RuntimeError(f"{name} does not read a whole page")
            found[f"{name} {work}"] = await _seconds(partial(way.query, user), calls)
        found[f"{name} get"] = await _seconds(way.get, calls)
        found[f"{name} put"] = await _seconds(way.put, calls)
    return found


async def _seconds(call: Callable[[], Awaitable[object]], calls: int) -> float:
    """Of processor time for one call."""
    gc.collect()
    begin = time.process_time()
    for _ in range(calls):
        await call()
    return (time.process_time() - begin) / calls


@asynccontextmanager
async def _table(*, orjson_parser: bool) -> AsyncIterator[DynamoTable]:
    """Our engine over a table that is there."""
    session = new_session(orjson_parser=orjson_parser)
    session.set_credentials(_KEY, _KEY)
    async with open_client(region=_REGION, endpoint_url=ministack_url(), session=session) as client:
        await create(client, _TABLE)
        yield DynamoTable(client, _TABLE)


@asynccontextmanager
async def _resource() -> AsyncIterator[Any]:
    session = aioboto3.Session(aws_access_key_id=_KEY, aws_secret_access_key=_KEY, region_name=_REGION)
    async with session.resource("dynamodb", endpoint_url=ministack_url()) as resource:
        yield await resource.Table(_TABLE)


async def _store(table: Any, items: list[dict[str, Any]]) -> None:
    async with table.batch_writer() as batch:
        for item in items:
            await batch.put_item(Item=item)


def _listing(user: str, number: int) -> Item:
    """A sandbox home as it is stored."""
    record = read_row(generate(7, number, _ANCHOR).row, currency="USD")
    if not isinstance(record, MlsRecord):
        raise RuntimeError(f"a sandbox home cannot be read: {record}")
    listing = Listing(
        id=listing_id(user, "sandbox", record.facts.originating_system, record.key),
        user_id=user,
        mls_provider="sandbox",
        facts=record.facts,
        status=ListingStatus.ACTIVE,
        publishable=True,
        version=1,
        created_at=_ANCHOR,
        updated_at=_ANCHOR,
    )
    return listing_item(listing, _ANCHOR)


def _shortened(user: str, item: Item) -> Item:
    """The listing with its shorter facts in `Data`, a few flat attributes, and one index."""
    names = ("EntityType", "CreatedAt", "UpdatedAt", "version", "status", "price", "SK", GSI5.sk)
    data = json.dumps(_facts(item), separators=(",", ":"), ensure_ascii=False)
    few = {name: item[name] for name in names}
    return {**few, BASE.pk: keys.user(user), GSI5.pk: keys.listings_of(user), "Data": data}


def _facts(item: Item) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads(str(item["Data"]), parse_float=str)["facts"]
    return {name: value for name, value in facts.items() if value and name not in _LONG}


def _kilobytes(items: list[Item]) -> float:
    """Of an item, by the bytes of its names and values."""
    sizes = (len(name) + len(str(value).encode()) for item in items for name, value in item.items())
    return sum(sizes) / len(items) / 1024
