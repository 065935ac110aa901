"""Reads DynamoDB's own account of what calls cost from the events of the client, unknown to the engine."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from adapters.tables.table import Table, Write
from tests.contracts.nouns.wrapped import Wrapped

_READS = frozenset({"GetItem", "BatchGetItem", "Query"})


@dataclass(frozen=True, slots=True)
class Cost:
    """What one operation of a repository took.

    Attributes:
        calls: how often which operation was called, such as `BatchGetItem, 2 Query`.
        returned: items in the answers of reads.
        evaluated: items that were read for them, those that filters left out included.
        written: items that were put, changed, deleted or checked.
        reads, writes: capacity units, those of all indexes included. DynamoDB itself also charges for keys
            under which nothing is, for queries that find nothing and for conditions that fail; DynamoDB
            Local does not, or not always.
    """

    calls: str
    returned: int
    evaluated: int
    written: int
    reads: float
    writes: float


@dataclass(frozen=True, slots=True)
class _Call:
    operation: str
    returned: int
    evaluated: int
    written: int
    units: float


class Meter:
    """Sums up the calls of a client since `start`."""

    def __init__(self, client: Any) -> None:
        self._calls: list[_Call] = []
        client.meta.events.register("before-parameter-build.dynamodb", self._ask)
        client.meta.events.register("after-call.dynamodb", self._count)

    def start(self) -> None:
        self._calls.clear()

    def cost(self) -> Cost:
        """What the calls took since `start`."""
        found = self._calls
        times = Counter(call.operation for call in found)
        return Cost(
            calls=", ".join(name if n == 1 else f"{n} {name}" for name, n in sorted(times.items())),
            returned=sum(call.returned for call in found),
            evaluated=sum(call.evaluated for call in found),
            written=sum(call.written for call in found),
            reads=sum(call.units for call in found if call.operation in _READS),
            writes=sum(call.units for call in found if call.operation not in _READS),
        )

    @contextmanager
    def as_one(self) -> Iterator[None]:
        """Count the calls of the block as one."""
        begin = len(self._calls)
        yield
        parts = self._calls[begin:]
        written, units = sum(part.written for part in parts), sum(part.units for part in parts)
        self._calls[begin:] = [_Call(parts[0].operation, 0, 0, written, units)]

    def _ask(self, params: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        if "ReturnConsumedCapacity" in model.input_shape.members:
            params["ReturnConsumedCapacity"] = "INDEXES"
            context["written"] = _written(model.name, params)

    def _count(self, parsed: dict[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        account = parsed.get("ConsumedCapacity", [])
        units = sum(one["CapacityUnits"] for one in ([account] if isinstance(account, dict) else account))
        returned = _returned(parsed)
        evaluated = int(parsed.get("ScannedCount", returned))
        self._calls.append(_Call(model.name, returned, evaluated, context.get("written", 0), units))


class Apart(Wrapped):
    """Sends the writes of a transaction one by one: DynamoDB Local forgets to account for some of them."""

    def __init__(self, table: Table, meter: Meter) -> None:
        super().__init__(table)
        self._meter = meter

    async def transact(self, writes: Sequence[Write]) -> None:
        with self._meter.as_one():
            for write in writes:
                await self._table.transact([write])


def grown(few: Cost, many: Cost) -> list[str]:
    """The figures by which the second is dearer, in words; other calls count too."""
    before, after = asdict(few), asdict(many)
    return [
        f"{name}: {before[name]} -> {after[name]}"
        for name in before
        if (before[name] != after[name] if name == "calls" else before[name] < after[name])
    ]


def _written(operation: str, params: dict[str, Any]) -> int:
    if operation in _READS:
        return 0
    batches = params.get("RequestItems", {}).values()
    return len(params.get("TransactItems", [])) or sum(map(len, batches)) or 1


def _returned(parsed: dict[str, Any]) -> int:
    batches = parsed.get("Responses", {}).values()
    return sum(map(len, batches)) + len(parsed.get("Items", [])) + ("Item" in parsed)
