"""An MLS written by hand: what it has, lists, deletes and refuses is up to the test."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from domain.entities.listing import ListingFacts, Media
from domain.entities.mls import (
    MlsDefect,
    MlsKeys,
    MlsPage,
    MlsQuery,
    MlsRecord,
    MlsRemoval,
    MlsRow,
    MlsSample,
    MlsVendor,
)
from domain.entities.mls_connection import MlsConnection, MlsCredentials, MlsSource
from domain.use_cases.connections import connect_mls
from tests.world import World
from tests.world.world import USER

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def a_row(key: str, status: str = "Active", *, at: datetime | None = LONG_AGO, **more: Any) -> MlsRecord:
    """A row; names of facts go into its facts."""
    of_row = {name: more.pop(name) for name in ("warnings", "deleted") if name in more}
    facts = {"listing_key": key, "mls_number": f"N{key}", "price": Decimal(100), **more}
    return MlsRecord(
        key=key, facts=ListingFacts(standard_status=status, modified_in_mls_at=at, **facts), **of_row
    )


async def _nothing() -> None:
    return


@dataclass
class HandMls:
    """A protocol with one account.

    Attributes:
        rows: by key; deltas find those that are modified since, or have no stamp.
        defects: come with every delta.
        removals: the list of deletions; its cursor is how many of it are known.
        unlisted: keys that the sweep's list leaves out although their rows answer.
        refusals: raised by the next requests, one by one.
        before: called before each request.
        answer: the rows of a query, in place of those that fit it.
    """

    name: str = "hand"
    title: str = "By hand"
    vendors: tuple[MlsVendor, ...] = (MlsVendor(name="generic", title="Any"),)
    rows: dict[str, MlsRecord] = field(default_factory=dict)
    defects: list[MlsDefect] = field(default_factory=list)
    removals: list[MlsRemoval] = field(default_factory=list)
    cursors: dict[str, str] = field(default_factory=dict)
    unlisted: set[str] = field(default_factory=set)
    refusals: list[Exception] = field(default_factory=list)
    before: Callable[[], Awaitable[None]] = _nothing
    answer: Callable[[MlsQuery], list[MlsRow]] | None = None
    page_size: int = 3
    queries: list[MlsQuery] = field(default_factory=list)
    key_pages: int = 0

    def put(self, *rows: MlsRecord) -> None:
        """Have these rows, in place of others of their keys."""
        self.rows.update({row.key: row for row in rows})

    def drop(self, *keys: str) -> None:
        """Have these rows no more, without a word."""
        for key in keys:
            del self.rows[key]

    async def check(self, source: MlsSource) -> None:
        return

    async def fetch(self, source: MlsSource, query: MlsQuery, position: str | None) -> MlsPage:
        self.queries.append(query)
        await self._met()
        rows = self.answer(query) if self.answer else self._found(query)
        cursors: dict[str, str] = {}
        if query.keys is None and query.numbers is None:
            rows += self.defects
            if "Deleted" in query.cursors:
                rows += self.removals[int(query.cursors["Deleted"]) :]
            cursors = {"Deleted": str(len(self.removals)), **self.cursors}
        start = int(position or 0)
        end = start + self.page_size
        after = str(end) if end < len(rows) else None
        return MlsPage(rows=tuple(rows[start:end]), position=after, cursors=cursors if after is None else {})

    async def keys(self, source: MlsSource, position: str | None) -> MlsKeys:
        self.key_pages += 1
        await self._met()
        keys = [key for key in self.rows if key not in self.unlisted]
        start = int(position or 0)
        end = start + self.page_size
        return MlsKeys(keys=tuple(keys[start:end]), position=str(end) if end < len(keys) else None)

    async def photo(self, source: MlsSource, media: Media) -> bytes:
        raise NotImplementedError

    async def sample(self, source: MlsSource) -> MlsSample:
        raise NotImplementedError

    async def close(self) -> None:
        return

    async def _met(self) -> None:
        await self.before()
        if self.refusals:
            raise self.refusals.pop(0)

    def _found(self, query: MlsQuery) -> list[MlsRow]:
        return [row for row in self.rows.values() if _is_wanted(row, query)]


def _is_wanted(row: MlsRecord, query: MlsQuery) -> bool:
    modified = row.facts.modified_in_mls_at
    if query.keys is not None and row.key not in query.keys:
        return False
    if query.numbers is not None and row.facts.mls_number not in query.numbers:
        return False
    return query.since is None or modified is None or modified >= query.since


async def connect_by_hand(
    world: World, *rows: MlsRecord, **settings: object
) -> tuple[HandMls, MlsConnection]:
    """Connect an MLS with these rows."""
    hand = HandMls()
    hand.put(*rows)
    world.ports = replace(world.ports, mls={"hand": hand})
    connection = await connect_mls(
        world.ports,
        user_id=USER,
        provider="hand",
        protocol="hand",
        vendor="generic",
        url="https://mls.example/by-hand",
        label=None,
        credentials=MlsCredentials(token="t"),
        settings=settings,
    )
    return hand, connection
