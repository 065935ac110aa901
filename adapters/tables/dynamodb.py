"""The engine for when one machine is outgrown: the table in DynamoDB, through one client per process.

What becomes of a reply that is lost, after the write took effect:

- A transaction carries a ClientRequestToken: within ten minutes DynamoDB carries it out once, however often it
  is sent. A conditional Delete is sent as a transaction of one (two write units), since an absent item cannot
  tell who deleted it.
- A put or a change under a condition leaves an id of this very write in the item. If its repetition is
  refused and the item holds that id, the first try has taken effect and that is the answer. If it holds
  another one, our write may have come first and been overwritten since: then nobody can know, and the caller
  hears `Unavailable` with `outcome_unknown`, never `Refused` for a write that took effect.
- A change that adds, and whose condition would hold a second time, is not repeated: the item is read instead,
  and its id tells.
- Everything else is the same when it is done twice.
"""

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, contextmanager
from typing import Any
from uuid import uuid4

from aiobotocore.session import AioSession

from adapters.tables.attributes import Kind
from adapters.tables.checks import Checks, check_key, target
from adapters.tables.dynamodb_calls import (
    Calls,
    Cancelled,
    ConditionFailed,
    Patience,
    Time,
    Unsure,
    together,
)
from adapters.tables.dynamodb_client import open_client
from adapters.tables.dynamodb_errors import CONDITION_FAILED
from adapters.tables.dynamodb_pages import read_page
from adapters.tables.dynamodb_requests import OPERATIONS, spent_by, write_request
from adapters.tables.dynamodb_values import Stored, decode, encode, encode_key, key_of_stored
from adapters.tables.semantics import expired
from adapters.tables.table import (
    WRITE_ID,
    Change,
    Delete,
    Item,
    Key,
    Page,
    Put,
    Query,
    Refused,
    Unfit,
    Write,
)
from adapters.tables.whole import SLICE_ITEMS, Slice
from domain.errors import Unavailable

PARALLEL = 16
"""The most calls at once for one call of the seam."""

GETS_TOGETHER = 100
PUTS_TOGETHER = 25
"""DynamoDB's limits for BatchGetItem and BatchWriteItem."""


class DynamoTable:
    """A `Table` in DynamoDB; `adapters.tables.dynamodb_schema` makes it.

    Args:
        client: see `dynamodb_client.open_client`; the caller closes it.
        name: the table's name.
        now: epoch seconds, for hiding items that have expired.
        types: the types of attributes known beforehand.
        times: how long a call is repeated while errors pass.
    """

    def __init__(
        self,
        client: Any,
        name: str,
        *,
        now: Callable[[], float] = time.time,
        types: Mapping[str, Kind] | None = None,
        times: Time | None = None,
    ) -> None:
        self._calls = Calls(client, name, times or Time())
        self._name = name
        self._now = now
        self._checks = Checks(types or {})
        self._resources = AsyncExitStack()
        self._open = True
        self._under_way = 0
        self._idle = asyncio.Event()

    @classmethod
    async def open(
        cls,
        name: str,
        *,
        region: str | None = None,
        endpoint_url: str | None = None,
        session: AioSession | None = None,
        now: Callable[[], float] = time.time,
        types: Mapping[str, Kind] | None = None,
        times: Time | None = None,
    ) -> "DynamoTable":
        """A table with a client of its own, which `close` closes; raises `Rejected` without a region."""
        resources = AsyncExitStack()
        client = await resources.enter_async_context(
            open_client(region=region, endpoint_url=endpoint_url, session=session)
        )
        table = cls(client, name, now=now, types=types, times=times)
        table._resources = resources
        return table

    async def get(self, key: Key) -> Item | None:
        check_key(key)
        with self._at_work():
            stored = await self._stored(key)
        return None if stored is None else self._living(decode(stored))

    async def get_many(self, keys: Sequence[Key]) -> list[Item | None]:
        self._checks.keys(keys)
        wanted = list(dict.fromkeys(keys))
        batches = [wanted[begin : begin + GETS_TOGETHER] for begin in range(0, len(wanted), GETS_TOGETHER)]
        found: dict[Key, Item] = {}
        with self._at_work():
            for batch in await together(self._get_batch, batches, PARALLEL):
                found.update(batch)
        return [self._living(found[key]) if key in found else None for key in keys]

    async def query(self, query: Query) -> Page:
        self._checks.query(query)
        with self._at_work():
            return await read_page(self._calls, query, self._now())

    async def query_many(self, queries: Sequence[Query]) -> list[Page]:
        self._checks.queries(queries)
        now = self._now()
        with self._at_work():
            return await together(lambda query: read_page(self._calls, query, now), queries, PARALLEL)

    async def put_many(self, puts: Sequence[Put]) -> list[Item | None]:
        """Puts with conditions go one by one: BatchWriteItem knows none."""
        self._checks.puts(puts)
        plain = [put for put in puts if not put.when]
        batches = [plain[begin : begin + PUTS_TOGETHER] for begin in range(0, len(plain), PUTS_TOGETHER)]
        conditional = [put for put in puts if put.when]
        with self._at_work():
            await together(self._put_batch, batches, PARALLEL)
            refusals = iter(await together(self._refusal, conditional, PARALLEL))
        return [next(refusals) if put.when else None for put in puts]

    async def write(self, write: Put | Change | Delete) -> Item | None:
        self._checks.write(write)
        with self._at_work():
            return await self._write(write)

    async def transact(self, writes: Sequence[Write]) -> None:
        self._checks.transaction(writes)
        with self._at_work():
            await self._transact(writes)

    async def purge(self, now_seconds: int) -> int:
        """DynamoDB deletes expired items itself (time to live), within some days."""
        return 0

    async def everything(self, after: Key | None = None) -> Slice:
        """See `adapters.tables.whole.WholeTable`."""
        request: dict[str, Any] = {"Limit": SLICE_ITEMS, "ConsistentRead": True}
        if after is not None:
            request["ExclusiveStartKey"] = encode_key(after)
        with self._at_work():
            answer = await self._calls.do("scan", TableName=self._name, **request)
        last = answer.get("LastEvaluatedKey")
        items = [decode(stored) for stored in answer.get("Items", ())]
        return Slice(items, None if last is None else key_of_stored(last))

    async def close(self) -> None:
        self._open = False
        if self._under_way:
            await self._idle.wait()
        await self._resources.aclose()

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        if not self._open:
            raise Unavailable("The database is closed.")
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1
            if not self._under_way and not self._open:
                self._idle.set()

    def _living(self, item: Item) -> Item | None:
        return None if expired(item, self._now()) else item

    async def _stored(self, key: Key) -> Stored | None:
        answer = await self._calls.do(
            "get_item", TableName=self._name, Key=encode_key(key), ConsistentRead=True
        )
        stored: Stored | None = answer.get("Item")
        return stored

    async def _get_batch(self, keys: Sequence[Key]) -> dict[Key, Item]:
        found: dict[Key, Item] = {}
        left: Any = {"Keys": [encode_key(key) for key in keys], "ConsistentRead": True}
        patience = Patience(self._calls.times)
        while left:
            answer = await self._calls.do("batch_get_item", RequestItems={self._name: left})
            stored = answer.get("Responses", {}).get(self._name, [])
            found.update((key_of_stored(one), decode(one)) for one in stored)
            left = answer.get("UnprocessedKeys", {}).get(self._name)
            if left:
                await _later(patience, progress=bool(stored))
        return found

    async def _put_batch(self, puts: Sequence[Put]) -> None:
        left = [{"PutRequest": {"Item": encode(put.item)}} for put in puts]
        patience = Patience(self._calls.times)
        while left:
            answer = await self._calls.do("batch_write_item", RequestItems={self._name: left})
            rest = answer.get("UnprocessedItems", {}).get(self._name, [])
            if rest:
                await _later(patience, progress=len(rest) < len(left))
            left = rest

    async def _refusal(self, put: Put) -> Item | None:
        """Do one of many puts; what it was refused for, or None."""
        try:
            await self._write(put)
        except Refused as refused:
            return refused.reasons[0]
        return None

    async def _write(self, write: Put | Change | Delete) -> Item | None:
        match write:
            case Put():
                await self._single("put_item", write)
            case Change():
                try:
                    return decode(await self._single("update_item", write, ReturnValues="ALL_NEW"))
                except Unfit as unfit:
                    raise _unfit(write, str(unfit)) from unfit
            case Delete() if write.when:
                await self._transact([write])
            case Delete(key=key):
                await self._calls.do("delete_item", TableName=self._name, Key=encode_key(key))
        return None

    async def _single(self, operation: str, write: Put | Change, **more: str) -> Stored:
        """The item that DynamoDB answers, or what a lost reply would have said."""
        write_id = uuid4().hex[:16] if write.when else None
        repeat = not (isinstance(write, Change) and write.add) or spent_by(write)
        request = write_request(write, write_id)
        try:
            answer = await self._calls.do(operation, repeat=repeat, TableName=self._name, **request, **more)
        except ConditionFailed as failed:
            if failed.unsure:
                return _ours(failed.item, write_id)
            raise Refused([decode(failed.item)]) from failed
        except Unsure:
            return _ours(await self._stored(target(write)) or {}, write_id)
        attributes: Stored = answer.get("Attributes", {})
        return attributes

    async def _transact(self, writes: Sequence[Write]) -> None:
        items = [
            {OPERATIONS[type(write)]: {"TableName": self._name, **write_request(write)}} for write in writes
        ]
        try:
            await self._calls.do("transact_write_items", TransactItems=items, ClientRequestToken=str(uuid4()))
        except Cancelled as cancelled:
            raise _verdict(writes, cancelled.reasons) from cancelled


def _verdict(writes: Sequence[Write], reasons: Sequence[Mapping[str, Any]]) -> Exception:
    """Why a transaction did not happen, in the seam's words."""
    refused = [reason.get("Code") in CONDITION_FAILED for reason in reasons]
    if any(refused):
        return Refused(
            [
                decode(reason.get("Item") or {}) if no else None
                for no, reason in zip(refused, reasons, strict=True)
            ]
        )
    for write, reason in zip(writes, reasons, strict=False):
        if reason.get("Code") == "ValidationError":
            return _unfit(write, str(reason.get("Message")))
    return Unavailable("DynamoDB cancelled the transaction and does not say why.")


def _unfit(write: Write, message: str) -> Unfit:
    key = target(write)
    if isinstance(write, Change) and write.add and "size" not in message.lower():
        names = " or ".join(write.add)
        return Unfit(
            f"attribute {names} of {key.pk} / {key.sk} is a string: nothing can be added ({message})"
        )
    return Unfit(f"{key.pk} / {key.sk}: {message}")


def _ours(item: Stored, write_id: str | None) -> Stored:
    """The item, if it shows that our write was the last; raises `Unavailable` if nobody can know."""
    if write_id is not None and item.get(WRITE_ID, {}).get("S") == write_id:
        return item
    raise Unavailable(
        "No reply came, and whether the write took effect cannot be told.", outcome_unknown=True
    )


async def _later(patience: Patience, *, progress: bool) -> None:
    """Wait before the rest of a batch is asked for again."""
    if progress:
        patience.refresh()
    await patience.wait("DynamoDB is throttling this table.", unsure=True)
