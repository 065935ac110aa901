"""The limits that every engine keeps, so that nothing works on one and fails on another.

They are DynamoDB's ("Quotas in Amazon DynamoDB" in its developer guide) and some of our own, which keep
a call within bounds. Each check raises `Unfit` before anything is read or written.
"""

from collections.abc import Mapping, Sequence

from adapters.tables.attributes import ITEM_BYTES, WRITE_ID_BYTES, Attributes, Kind, check_text
from adapters.tables.semantics import ordered
from adapters.tables.table import (
    BASE,
    INDEXES,
    SECONDARY,
    SORT_KEY_BYTES,
    Absent,
    Between,
    Change,
    Check,
    Condition,
    Contains,
    Delete,
    Filter,
    In,
    Index,
    Key,
    Present,
    Put,
    Query,
    Unfit,
    Value,
    Within,
    Write,
    key_of,
    position,
)

PARTITION_KEY_BYTES = 2048
TRANSACTION_WRITES = 100
TRANSACTION_BYTES = 4 * 1024 * 1024
IN_VALUES = 100
MANY = 1_000
"""The most keys, puts or queries in one call."""
LIMIT = 1_000
"""The most items on a page."""
EXAMINED = 2_000
"""The most items a page looks at, those that filters leave out included."""
RANGES = 10
"""The most ranges of one filter."""
TERMS = 25
"""The most conditions of a write, and filters of a query."""
FILTER_VALUES = 500
"""The most values in all filters of a query, which keeps its expression under DynamoDB's 4 KB."""
CHANGED = 200
"""The most attributes in a Change, which keeps its expression under DynamoDB's 4 KB."""


class Checks:
    """The checks of one table; it remembers which type each attribute has.

    Args:
        types: the types of attributes known beforehand; others are learned from their first use.
    """

    def __init__(self, types: Mapping[str, Kind]) -> None:
        self._attributes = Attributes(types)

    def keys(self, keys: Sequence[Key]) -> None:
        _at_most("keys in one call", len(keys), MANY)
        for key in keys:
            check_key(key)

    def queries(self, queries: Sequence[Query]) -> None:
        """Raises `BadCursor` too."""
        _at_most("queries in one call", len(queries), MANY)
        for query in queries:
            self.query(query)

    def query(self, query: Query) -> None:
        """Raises `BadCursor` too."""
        if INDEXES.get(query.index.name) != query.index:
            raise Unfit(f"there is no index {query.index!r}")
        _check_position(query.index.pk, query.pk, PARTITION_KEY_BYTES)
        _check_range(query)
        if not 1 <= query.limit <= LIMIT:
            raise Unfit(f"a page of {query.limit} items: the limit is 1 to {LIMIT}")
        _at_most("filters of a query", len(query.filters), TERMS)
        for wanted in query.filters:
            self._filter(query.index, wanted)
        values = sum(len(wanted.values) for wanted in query.filters if isinstance(wanted, In))
        _at_most("values in the filters of a query", values, FILTER_VALUES)
        if query.after is not None:
            position(query.after)

    def puts(self, puts: Sequence[Put]) -> None:
        _at_most("puts in one call", len(puts), MANY)
        for put in puts:
            self._write(put)
        _distinct([key_of(put.item) for put in puts])

    def write(self, write: Put | Change | Delete) -> None:
        if isinstance(write, Change) and write.add and not write.when:
            raise Unfit(f"an add without a condition to {_shown(write.key)}: only a transaction may do that")
        self._write(write)

    def transaction(self, writes: Sequence[Write]) -> None:
        if not 1 <= len(writes) <= TRANSACTION_WRITES:
            raise Unfit(f"a transaction of {len(writes)} writes: the limit is 1 to {TRANSACTION_WRITES}")
        size = sum(self._write(write) for write in writes)
        if size > TRANSACTION_BYTES:
            raise Unfit(f"a transaction of {size} bytes: the limit is {TRANSACTION_BYTES}")
        _distinct([target(write) for write in writes])

    def grown(self, item: Mapping[str, Value]) -> None:
        """Check an item that a Change has made."""
        self._item(item, WRITE_ID_BYTES)

    def _write(self, write: Write) -> int:
        """Check one write and answer its size in bytes."""
        self._conditions(write)
        match write:
            case Put(item=item):
                return self._item(item, WRITE_ID_BYTES if write.when else 0)
            case Change():
                return self._change(write)
        check_key(write.key)
        return sum(map(len, write.key))

    def _item(self, item: Mapping[str, Value], room: int) -> int:
        """Check an item beside which so many bytes are needed, and answer its size in bytes."""
        key = key_of(item)
        check_key(key)
        size = self._attributes.measure(item)
        _check_indexed(item)
        if size > ITEM_BYTES - room:
            raise Unfit(f"the item {_shown(key)} has {size} bytes: the limit is {ITEM_BYTES - room}")
        return size

    def _change(self, change: Change) -> int:
        check_key(change.key)
        count = len(change.set) + len(change.add)
        if not 1 <= count <= CHANGED:
            raise Unfit(
                f"a change of {count} attributes of {_shown(change.key)}: the limit is 1 to {CHANGED}"
            )
        for name in (*change.set, *change.add):
            if name in (BASE.pk, BASE.sk):
                raise Unfit(f"a change of {_shown(change.key)} names {name}: a key never changes")
            if name in change.set and name in change.add:
                raise Unfit(f"a change of {_shown(change.key)} both sets {name} and adds to it")
        for name, by in change.add.items():
            if type(by) is not int:
                raise Unfit(f"attribute {name} is added a {type(by).__name__}: only int can be added")
        _check_indexed(change.set)
        size = self._attributes.measure(change.set) + self._attributes.measure(change.add)
        if size > ITEM_BYTES - WRITE_ID_BYTES:
            most = ITEM_BYTES - WRITE_ID_BYTES
            raise Unfit(f"a change of {_shown(change.key)} has {size} bytes: the limit is {most}")
        return size + sum(map(len, change.key))

    def _conditions(self, write: Write) -> None:
        _at_most("conditions of a write", len(write.when), TERMS)
        if isinstance(write, Check) and not write.when:
            raise Unfit(f"a check of {_shown(write.key)} without a condition")
        for condition in write.when:
            self._condition(condition)

    def _condition(self, condition: Condition) -> None:
        if not isinstance(condition, Absent | Present):
            self._attributes.measure({condition.name: condition.value})

    def _filter(self, index: Index, wanted: Filter) -> None:
        name = wanted.name
        if name in (index.pk, index.sk):
            raise Unfit(f"a filter on {name}, a key of the index that is read: give a range instead")
        if index.carries is not None and name not in index.carries:
            raise Unfit(f"a filter on {name}, which {index.name} does not carry")
        match wanted:
            case In(values=values):
                if not 1 <= len(values) <= IN_VALUES:
                    raise Unfit(
                        f"a filter on {name} with {len(values)} values: the limit is 1 to {IN_VALUES}"
                    )
                for value in values:
                    self._attributes.measure({name: value})
            case Between(low=low, high=high):
                self._range(name, low, high)
            case Within(ranges=ranges):
                if not 1 <= len(ranges) <= RANGES:
                    raise Unfit(f"a filter on {name} with {len(ranges)} ranges: the limit is 1 to {RANGES}")
                for low, high in ranges:
                    self._range(name, low, high)
            case Contains(text=text):
                if type(text) is not str or not text:
                    raise Unfit(f"a filter on {name} for a text that is empty or no string")
                self._attributes.measure({name: text})

    def _range(self, name: str, low: Value, high: Value) -> None:
        self._attributes.measure({name: low})
        self._attributes.measure({name: high})
        if not ordered(low, high):
            raise Unfit(f"a filter on {name} from high to low")


def target(write: Write) -> Key:
    """The key that a write is about."""
    return key_of(write.item) if isinstance(write, Put) else write.key


def check_key(key: Key) -> None:
    """Raises `Unfit` if no item can have this key."""
    _check_position(BASE.pk, key.pk, PARTITION_KEY_BYTES)
    _check_position(BASE.sk, key.sk, SORT_KEY_BYTES)


def _check_position(name: str, text: str, most: int) -> None:
    """Check a key attribute or a bound of one."""
    if type(text) is not str:
        raise Unfit(f"{name} is of type {type(text).__name__}: a key is a string")
    size = check_text(name, text)
    if not 1 <= size <= most:
        raise Unfit(f"{name} of {size} bytes ({text[:40]!r}): the limit is 1 to {most}")


def _check_indexed(values: Mapping[str, Value]) -> None:
    """An item is in an index with both of its keys, or not at all."""
    for index in SECONDARY:
        pk, sk = values.get(index.pk), values.get(index.sk)
        if pk is None and sk is None:
            continue
        if type(pk) is not str or type(sk) is not str:
            raise Unfit(f"{index.pk} and {index.sk} go together, both of them strings")
        _check_position(index.pk, pk, PARTITION_KEY_BYTES)
        _check_position(index.sk, sk, SORT_KEY_BYTES)


def _check_range(query: Query) -> None:
    for bound in (query.prefix, query.low, query.high):
        if bound is not None:
            _check_position(query.index.sk, bound, SORT_KEY_BYTES)
    if query.prefix is not None and (query.low is not None or query.high is not None):
        raise Unfit("a query has a prefix or bounds, not both")
    if query.low is not None and query.high is not None and query.low > query.high:
        raise Unfit(f"a query on {query.index.sk} from high to low")


def _at_most(what: str, count: int, most: int) -> None:
    if count > most:
        raise Unfit(f"{count} {what}: the limit is {most}")


def _distinct(keys: Sequence[Key]) -> None:
    if len(set(keys)) < len(keys):
        twice = next(key for key in keys if keys.count(key) > 1)
        raise Unfit(f"two writes to {_shown(twice)} in one call: the limit is one per key")


def _shown(key: Key) -> str:
    return f"{key.pk[:80]} / {key.sk[:80]}"
