"""Pages of entities: cursors that belong to their query, owners that are checked, indexes that lack `Data`."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from adapters.tables import keys
from adapters.tables.table import BASE, BadCursor, In, Item, Key, Query, Table, Unfit, cursor, key_of
from adapters.tables.table import Page as TablePage
from domain.entities.common import Page, PageRequest
from domain.errors import Invalid

T = TypeVar("T")
Decode = Callable[[Item], T | None]
"""Makes an entity of an item; None if the item, read anew, is no longer one that was asked for."""

_MANY = 1_000


async def read_page(
    table: Table,
    query: Query,
    page: PageRequest,
    decode: Decode[T],
    *,
    owner: str | None = None,
    essence: str = "",
) -> Page[T]:
    """A slice of a query's answer; its `limit` and `after` come from `page`.

    An index that does not carry everything is followed by a read of the items themselves, unless the engine has
    answered them entire; that also sees what the index has not learned yet; `decode` decides again. With `owner`,
    things of another user are as if they were absent: nothing of them is shown, not even that there are more.
    `essence` names what `decode` leaves out for good, so that a cursor belongs to that too.

    Raises:
        Invalid: the cursor was forged or is of another query, or a filter cannot be.
    """
    return (await read_pages(table, [query], page, decode, owner=owner, essence=essence))[0]


async def read_pages(
    table: Table,
    queries: Sequence[Query],
    page: PageRequest,
    decode: Decode[T],
    *,
    owner: str | None = None,
    essence: str = "",
) -> list[Page[T]]:
    """`read_page` for several queries of one index with the same slice, in their order."""
    bounds = [_bound(query, essence) for query in queries]
    sliced = [
        _sliced(query, page.first, _position(bound, page.after))
        for query, bound in zip(queries, bounds, strict=True)
    ]
    try:
        found = await table.query_many(sliced) if len(sliced) != 1 else [await table.query(sliced[0])]
    except BadCursor as error:
        raise _bad_cursor() from error
    except Unfit as unfit:
        raise Invalid(f"This cannot be looked for: {unfit}.") from unfit
    if owner is not None:
        found = [await _owned(table, query, one, owner) for query, one in zip(sliced, found, strict=True)]
    bases = await _whole(table, queries, found)
    return [
        _page(query, bound, one, items, decode)
        for query, bound, one, items in zip(queries, bounds, found, bases, strict=True)
    ]


async def read_all(table: Table, query: Query) -> list[Item]:
    """All items of a query."""
    found: list[Item] = []
    page = await table.query(replace(query, limit=_MANY))
    found += page.items
    while page.more:
        page = await table.query(replace(query, limit=_MANY, after=page.cursor))
        found += page.items
    return found


async def read_each(table: Table, queries: Sequence[Query]) -> list[list[Item]]:
    """All items of each of several queries, of which there may be any number."""
    found: list[list[Item]] = []
    for start in range(0, len(queries), _MANY):
        together = [_sliced(query, _MANY, query.after) for query in queries[start : start + _MANY]]
        for query, page in zip(together, await table.query_many(together), strict=True):
            rest = await read_all(table, replace(query, after=page.cursor)) if page.more else []
            found.append([*page.items, *rest])
    return found


async def get_all(table: Table, wanted: Sequence[Key]) -> list[Item | None]:
    """`Table.get_many` of any number of keys."""
    found: list[Item | None] = []
    for start in range(0, len(wanted), _MANY):
        found += await table.get_many(wanted[start : start + _MANY])
    return found


def _sliced(query: Query, limit: int, after: str | None) -> Query:
    """What `replace` does in four times the time, for the many queries of one answer; the items may be entire."""
    return Query(
        query.index,
        query.pk,
        query.prefix,
        query.low,
        query.high,
        query.ascending,
        limit,
        after,
        query.filters,
        True,
    )


async def _owned(table: Table, query: Query, found: TablePage, owner: str) -> TablePage:
    """The page without what belongs to another user, which is read again only if there is any.

    A page of an index on which nothing is left might be all another's: then there are no more either.
    """
    own = In(BASE.pk, (keys.user(owner),))
    if any(item[BASE.pk] != keys.user(owner) for item in found.items):
        found = await table.query(replace(query, filters=(*query.filters, own)))
    if found.more and not found.items and query.index is not BASE:
        probe = await table.query(replace(query, filters=(own,), after=None, limit=1))
        return found if probe.items else TablePage([], more=False, cursor=None)
    return found


async def _whole(
    table: Table, queries: Sequence[Query], found: Sequence[TablePage]
) -> list[list[Item | None]]:
    """The items with everything in them, in the order of the pages."""
    if not queries or queries[0].index.carries is None or all(page.entire for page in found):
        return [list(page.items) for page in found]
    read = iter(await get_all(table, [key_of(item) for page in found for item in page.items]))
    return [[next(read) for _ in page.items] for page in found]


def _page(
    query: Query, bound: str, found: TablePage, items: Sequence[Item | None], decode: Decode[T]
) -> Page[T]:
    entities: list[T] = []
    cursors: list[str] = []
    for place, item in zip(found.items, items, strict=True):
        entity = None if item is None else decode(item)
        if entity is not None:
            entities.append(entity)
            cursors.append(f"{bound}.{cursor(query.index, place)}")
    last = cursors[-1] if cursors else None
    end = last if found.cursor is None else f"{bound}.{found.cursor}"
    return Page(items=entities, cursors=cursors, end=end, more=found.more)


def _bound(query: Query, more: str) -> str:
    """A mark of the query: whose things, in which order, by which filters; not of the slice."""
    place = (query.index.name, query.pk, query.prefix, query.low, query.high, query.ascending)
    essence = repr((place, query.filters, more))
    return hashlib.sha256(essence.encode("utf-8", "replace")).hexdigest()[:12]


def _position(bound: str, after: str | None) -> str | None:
    if after is None:
        return None
    mark, _, position = after.partition(".")
    if mark != bound:
        raise _bad_cursor()
    return position


def _bad_cursor() -> Invalid:
    return Invalid("This is no cursor of this list.", field=("after",))
