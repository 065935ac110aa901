"""The seam between the nouns and the engines: one table of flat items, spoken of in DynamoDB's words.

Every engine keeps the promises written here; `tests/contracts/table` holds each of them to it. What is
refused is refused alike everywhere (`adapters.tables.checks`), so that nothing works on one engine and
fails on another. Nouns are written over this module alone.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

Value = str | int
Item = dict[str, Value]

EXPIRES_AT = "ExpiresAt"
"""The attribute that says when an item ends, in epoch seconds; reads hide an item whose time has come."""

WRITE_ID = "WriteId"
"""The attribute in which an engine may keep which write came last; nobody else may use it or sees it."""

SORT_KEY_BYTES = 1024
"""The longest sort key, in UTF-8 bytes (DynamoDB, "Quotas in Amazon DynamoDB")."""


class Key(NamedTuple):
    """Where an item lives: its partition and its sort key."""

    pk: str
    sk: str


@dataclass(frozen=True, slots=True)
class Index:
    """An order in which items can be read, by the names of its two key attributes.

    An item without the two attributes is not in the index. Sort keys must be unique within a partition
    (they end in `#id`): a position in an index is its sort key alone. `carries` are the only attributes that
    an answer from this index has, keys included, because it projects no others (None: it has them all); read
    the base item (`get_many`) for the rest.
    """

    name: str
    pk: str
    sk: str
    carries: frozenset[str] | None = None


FLAT = frozenset(
    (
        *("EntityType", "CreatedAt", "UpdatedAt", "version", EXPIRES_AT),
        *(
            "status",
            "publishable",
            "takedown",
            "price",
            "bedrooms",
            "bathrooms",
            "squareFeet",
            "propertyType",
        ),
        *("city", "zipCode", "latitude", "longitude", "listDate", "connection", "mlsModifiedAt"),
        *("contentHash", "photosVersion"),
        *("state", "platform", "listing", "sequence"),
        *("kind", "target", "userId", "asked", "attempts", "fence", "holder", "failure", "payload"),
        *("due", "dead"),
    )
)
"""What GSI1 and GSI2 project beside keys: the flat attributes of all kinds of items, but none that is long or
has no fixed name. DynamoDB takes at most 100 such names over all indexes together (CreateTable, Projection)."""

BASE = Index("", "PK", "SK")
GSI1 = Index("GSI1", "GSI1PK", "GSI1SK", FLAT | {"PK", "SK", "GSI1PK", "GSI1SK"})
GSI2 = Index("GSI2", "GSI2PK", "GSI2SK", FLAT | {"PK", "SK", "GSI2PK", "GSI2SK"})
GSI3 = Index("GSI3", "GSI3PK", "GSI3SK")
GSI4 = Index("GSI4", "GSI4PK", "GSI4SK")
GSI5 = Index("GSI5", "GSI5PK", "GSI5SK")
INDEXES: Mapping[str, Index] = {index.name: index for index in (BASE, GSI1, GSI2, GSI3, GSI4, GSI5)}
SECONDARY = (GSI1, GSI2, GSI3, GSI4, GSI5)


@dataclass(frozen=True, slots=True)
class Absent:
    """There is no item under the key."""


@dataclass(frozen=True, slots=True)
class Present:
    """There is an item under the key."""


@dataclass(frozen=True, slots=True)
class Equals:
    """The attribute is there and has this value."""

    name: str
    value: Value


@dataclass(frozen=True, slots=True)
class Below:
    """The attribute (or the whole item) is missing, or its value is less than this one."""

    name: str
    value: Value


Condition = Absent | Present | Equals | Below
"""What must be so for a write to happen. Conditions see an item that has expired but is still stored:
`Below("ExpiresAt", now)` holds for an absent item and for an expired one."""


@dataclass(frozen=True, slots=True)
class In:
    """The attribute is there and is one of these values (1 to 100, of one type)."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Between:
    """The attribute is there and low <= attribute <= high."""

    name: str
    low: Value
    high: Value


@dataclass(frozen=True, slots=True)
class Within:
    """The attribute is there and lies in one of these ranges (1 to 10, of one type), bounds included."""

    name: str
    ranges: tuple[tuple[Value, Value], ...]


@dataclass(frozen=True, slots=True)
class Contains:
    """The attribute is a string with this text somewhere in it; upper and lower case differ."""

    name: str
    text: str


Filter = In | Between | Within | Contains
"""What an item must be like to be on a page. All filters of a query must hold; a missing attribute never
matches."""


@dataclass(frozen=True, slots=True)
class Put:
    """Store this item in place of whatever is under its key."""

    item: Item
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """Set attributes and add to numbers, leaving the others as they are.

    Creates the item if it is absent, as DynamoDB's UpdateItem does; `add` counts a missing number as 0.
    """

    key: Key
    set: Mapping[str, Value] = field(default_factory=dict)
    add: Mapping[str, int] = field(default_factory=dict)
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove the item; an absent one is no error."""

    key: Key
    when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """Write nothing, but let the transaction happen only if these conditions hold."""

    key: Key
    when: tuple[Condition, ...]


Write = Put | Change | Delete | Check


@dataclass(frozen=True, slots=True)
class Query:
    """The items of one partition of one index, in the order of their sort keys (UTF-8 bytes).

    Attributes:
        prefix: only sort keys that begin so; not together with `low` and `high`.
        low, high: the lowest and the highest sort key wanted, both included.
        limit: the most items on a page, 1 to 1,000; counts items that pass the filters.
        after: `Page.cursor` of the page before, or `cursor(index, item)` of any item.
        entire: the items may come with more than the index carries, and as the engine keeps them: whoever asks so
            changes nothing in them.
    """

    index: Index
    pk: str
    prefix: str | None = None
    low: str | None = None
    high: str | None = None
    ascending: bool = True
    limit: int = 100
    after: str | None = None
    filters: tuple[Filter, ...] = ()
    entire: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What a query found.

    A page examines at most 2,000 items, so that it may be short, even empty, while `more` is True.

    Attributes:
        more: another page may exist. If nothing is filtered or expired, another page does exist.
        cursor: the position of the last item examined, to continue after; None if `more` is False.
        examined: how many items the engine has read for it, which is what it costs; no part of the answer.
        entire: the items hold all they have, as they are at this moment; only if `Query.entire` was asked for.
    """

    items: list[Item]
    more: bool
    cursor: str | None
    examined: int = field(default=0, compare=False)
    entire: bool = field(default=False, compare=False)


class Refused(Exception):
    """A condition did not hold; nothing was written.

    Attributes:
        reasons: an entry per write, in their order (one entry for `Table.write`): None if the conditions
            of that write held, else its item as it was, `{}` if there was none.
    """

    def __init__(self, reasons: list[Item | None]) -> None:
        super().__init__("a condition did not hold")
        self.reasons = reasons


class Unfit(ValueError):
    """The call breaks a limit of the table; the message names the limit, the key or attribute, the size."""


class BadCursor(ValueError):
    """The text given as `Query.after` is not a cursor."""


class Table(Protocol):
    """One table of items.

    Every method raises `Unfit` before anything is read or written if its arguments break a limit, and
    `domain.errors.Unavailable` if the engine cannot do it now. A write that was answered is durable.
    """

    async def get(self, key: Key) -> Item | None:
        """The item under the key, or None if it is absent or has expired; sees every finished write."""
        ...

    async def get_many(self, keys: Sequence[Key]) -> list[Item | None]:
        """`get` of up to 1,000 keys, in their order; a key may occur twice."""
        ...

    async def query(self, query: Query) -> Page:
        """A page of items; raises `BadCursor`."""
        ...

    async def query_many(self, queries: Sequence[Query]) -> list[Page]:
        """A page for each of up to 1,000 queries, in their order; raises `BadCursor`."""
        ...

    async def put_many(self, puts: Sequence[Put]) -> list[Item | None]:
        """Put up to 1,000 items, each for itself, under different keys.

        Answers, per put and in their order, None if it was written, else the item as it was (`{}` if
        there was none).
        """
        ...

    async def write(self, write: Put | Change | Delete) -> Item | None:
        """Do one write; a Change answers the new item, the others None; raises `Refused`.

        A Change that adds needs a condition here: after a lost reply it could not be told whether it has
        counted. Without one it belongs in `transact`, beside what tells the second try from the first.
        """
        ...

    async def transact(self, writes: Sequence[Write]) -> None:
        """Do 1 to 100 writes on different keys, all or none; raises `Refused`."""
        ...

    async def purge(self, now_seconds: int) -> int:
        """Delete some of the items that expired by then and say how many; 0 if the engine does it itself."""
        ...

    async def close(self) -> None:
        """Finish what was asked, then let everything go; a second call does nothing."""
        ...


def key_of(item: Mapping[str, Value]) -> Key:
    """The key of an item; raises `Unfit` if it has none."""
    pk, sk = item.get(BASE.pk), item.get(BASE.sk)
    if type(pk) is not str or type(sk) is not str:
        raise Unfit(f"an item needs the strings PK and SK, not {pk!r} and {sk!r}")
    return Key(pk, sk)


def cursor(index: Index, item: Mapping[str, Value]) -> str:
    """The position of an item in an index, as opaque text.

    It holds the sort key and nothing else: the partition that is read comes from `Query.pk`, so that a
    forged cursor can move within a partition but never into another one.
    """
    position = item.get(index.sk)
    if type(position) is not str:
        raise Unfit(f"the item has no {index.sk}: it is not in index {index.name or 'BASE'}")
    return base64.urlsafe_b64encode(position.encode()).decode().rstrip("=")


def position(cursor: str) -> str:
    """The sort key that a cursor holds; raises `BadCursor` if the text cannot be one."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (UnicodeError, binascii.Error) as error:
        raise BadCursor("this is not a cursor") from error
    if not text or "\0" in text or len(text.encode()) > SORT_KEY_BYTES:
        raise BadCursor("this is not a cursor")
    return text
