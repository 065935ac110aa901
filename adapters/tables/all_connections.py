"""All users' MLS connections, page by page: one list over the sixteen partitions in which they lie."""

from typing import NamedTuple

from adapters.tables import keys
from adapters.tables.pages import Decode, read_page
from adapters.tables.table import GSI1, Query, Table
from domain.entities.common import Page, PageRequest
from domain.entities.mls_connection import MlsConnection
from domain.errors import Invalid

LOOKS = 20
"""Reads for one page: of partitions that are soon at their end, or of parts of them with little that is wanted."""

_WIDEST = 100


class _Place(NamedTuple):
    """A shard and the cursor in it, None for its beginning."""

    shard: int
    after: str | None

    def __str__(self) -> str:
        return f"{self.shard:02d}.{self.after or ''}"


async def page_of_all(
    table: Table, page: PageRequest, decode: Decode[MlsConnection], *, essence: str
) -> Page[MlsConnection]:
    """A slice of all connections that `decode` takes, by shard, owner and id.

    A page of everything reads what it shows. Where `decode` leaves something out, a page reads on, more and
    more at once: it examines at most 2,000 connections and may come back short.

    Args:
        essence: names what `decode` leaves out, empty if nothing: a cursor belongs to that too.

    Raises:
        Invalid: the cursor was forged or is of another list.
    """
    items: list[MlsConnection] = []
    cursors: list[str] = []
    place, looks, width, left_over = _start(page.after), 0, page.first, False
    while place.shard < keys.SHARDS and looks < LOOKS and len(items) < page.first:
        room = page.first - len(items)
        request = PageRequest(width if essence else room, place.after)
        query = Query(GSI1, keys.connections(place.shard))
        part = await read_page(table, query, request, decode, essence=essence)
        items += part.items[:room]
        cursors += [str(_Place(place.shard, cursor)) for cursor in part.cursors[:room]]
        place = _Place(place.shard, part.end) if part.more else _Place(place.shard + 1, None)
        looks, width, left_over = looks + 1, min(2 * width, _WIDEST), len(part.items) > room
    more = left_over or place.shard < keys.SHARDS
    last = cursors[-1] if cursors else None
    end = str(place) if more and len(items) < page.first else last
    return Page(items=items, cursors=cursors, end=end, more=more)


def _start(after: str | None) -> _Place:
    if after is None:
        return _Place(0, None)
    number, _, cursor = after.partition(".")
    shards = {f"{shard:02d}": shard for shard in range(keys.SHARDS)}
    if number not in shards:
        raise Invalid("This is no cursor of this list.", field=("after",))
    return _Place(shards[number], cursor or None)
