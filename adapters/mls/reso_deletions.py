"""Reads where a server tells what is gone, and asks for each row named whether it is there after all.

Sources: RESO, RCP 27, EntityEvent Resource and Replication Model 2.0.2 (an event does not say what happened:
a key that does not answer any more is gone); vendor.utahrealestate.com, "Deleting old Data".
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from adapters.mls.answers import Forbidden, Refused
from adapters.mls.odata import OData
from adapters.mls.reso_account import Account
from adapters.mls.reso_keys import key_of
from adapters.mls.reso_pages import Pages
from adapters.mls.reso_places import Place
from adapters.mls.reso_profiles import Columns, Log
from adapters.mls.reso_requests import log_plan, moment_literal, newest_of, row_plan
from adapters.mls.tools import Tools
from adapters.mls.values import Values
from domain.entities.mls import MlsQuery, MlsRemoval

CLOCKS_DIFFER = timedelta(minutes=20)
"""How far the MLS's clock or its caches may lie behind ours when a log is read from now on."""

_MOST_PAGES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """A page of a log.

    Attributes:
        rows: the rows it names that are there, as they came.
        removals: those that are not.
        cursor: how far the page leads.
        after: where to go on; None after the last page.
    """

    rows: Sequence[Any] = ()
    removals: Sequence[MlsRemoval] = ()
    cursor: str
    after: Place | None = None


class Deletions:
    """Reads the log of an account's profile."""

    def __init__(self, tools: Tools, odata: OData, pages: Pages) -> None:
        self._tools = tools
        self._odata = odata
        self._pages = pages

    async def from_now_on(self, account: Account, log: Log) -> str:
        """The cursor from which the log tells what happens from now on; "" if the log cannot be read."""
        if not log.counts:
            return moment_literal(self._tools.now() - CLOCKS_DIFFER)
        try:
            body = await self._odata.get(account, newest_of(account, log))
        except (Refused, Forbidden):
            return ""
        rows = body.get("value")
        return _furthest(log, rows if isinstance(rows, list) else [], "0")

    async def page(self, account: Account, log: Log, query: MlsQuery, place: Place) -> News:
        """The page at the place. A log that this account may not read, or that is none, has no rows.

        A removal's key is `MlsRecord.key`'s, since both are a ListingKey. What is named and answers is an
        ordinary row: it came back, or an event told of a change.
        """
        # What the reading began with makes the filter of all its pages; how far they lead is in the place.
        begun = _begun(log, query)
        if not begun:
            return News(cursor=await self.from_now_on(account, log))
        try:
            served = await self._pages.page(account, log_plan(account, log, begun), place)
        except (Refused, Forbidden):
            return News(cursor="")
        named = [removal for row in served.rows for removal in _named(row, log.columns)]
        rows = await self._rows(account, [removal.key for removal in named])
        there = {key_of(row, account.field_map) for row in rows}
        removals = {removal.key: removal for removal in named if removal.key not in there}
        cursor = _furthest(log, served.rows, place.cursor or begun)
        return News(rows=rows, removals=tuple(removals.values()), cursor=cursor, after=served.after)

    async def _rows(self, account: Account, keys: Sequence[str]) -> list[Any]:
        if not keys:
            return []
        plan = row_plan(account, MlsQuery(keys=tuple(keys)), bulk=False)
        return await self._pages.all(account, plan, _MOST_PAGES)


def _begun(log: Log, query: MlsQuery) -> str:
    """The cursor that is known; of a log of moments without one, the moment of the query; else ""."""
    known = query.cursors.get(log.resource, "")
    try:
        if log.counts:
            return str(int(known))
        return moment_literal(datetime.fromisoformat(known))
    except ValueError:
        return moment_literal(query.since) if query.since and not log.counts else ""


def _named(row: Any, columns: Columns) -> list[MlsRemoval]:
    """The row's key as a removal, if it is one of Property's."""
    if not isinstance(row, dict):
        return []
    values = Values(row)
    key = values.text(columns.key)
    if key is None or values.text(columns.of) != "Property":
        return []
    number, system = values.text("ListingId"), values.text("OriginatingSystemName")
    return [
        MlsRemoval(key=key, mls_number=number, originating_system=system, at=values.moment(columns.grows))
    ]


def _furthest(log: Log, rows: Sequence[Any], known: str) -> str:
    """The greatest of what the log grows by, and what was known."""
    values = [Values(row) for row in rows if isinstance(row, dict)]
    if log.counts:
        numbers = [value.whole(log.columns.grows, high=2**63 - 1) for value in values]
        return str(max([int(known), *(number for number in numbers if number is not None)]))
    moments = [value.moment(log.columns.grows) for value in values]
    return max([known, *(moment_literal(moment) for moment in moments if moment is not None)])
