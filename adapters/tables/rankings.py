"""All listings of a user by what came of them: read from their months, sorted in memory.

A month of all listings is one range of small items (`month_items`), whatever happened on its days; a span reads the
months that it touches. Listings without an event have no month: a page that comes to them finds them among the
listings themselves, in the order of their ids.
"""

import base64
import hashlib
import json
from calendar import monthrange
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import date, timedelta

from adapters.tables import keys
from adapters.tables.checks import EXAMINED
from adapters.tables.listing_items import listing_of
from adapters.tables.month_items import month_of, months_of
from adapters.tables.pages import get_all, read_each
from adapters.tables.table import BASE, Query, Table, cursor
from domain.entities.common import Page, PageRequest
from domain.entities.metrics import Counts, ListingCounts, MetricsOrder
from domain.errors import Invalid
from domain.rules.figures import rank

_MANY = 1_000
_NONE = Counts()


@dataclass(frozen=True, slots=True, order=True)
class _Place:
    """Where a listing stands; the first place is the least.

    Attributes:
        part: 0 or 1: listings with events are in one part of the ranking, those without in the other.
        value: what it is sorted by, negative if the highest come first.
    """

    part: int
    value: float
    listing_id: str


async def totals_of_listings(
    table: Table, user_id: str, listing_ids: Sequence[str], first: date, last: date
) -> list[Counts]:
    """What the span comes to for each of some listings: an item for each month of each."""
    months = months_of(first, last)
    wanted = [keys.metrics_month(user_id, id, month) for id in listing_ids for month, _, _ in months]
    items = await get_all(table, wanted)
    sums = [_NONE] * len(listing_ids)
    for place, item in enumerate(items):
        listing, month = divmod(place, len(months))
        if item is not None:
            sums[listing] += month_of(item, *months[month][1:])[1]
    return sums


async def sums_by_day(table: Table, user_id: str, first: date, last: date) -> dict[date, Counts]:
    """What all listings together come to on each day with an event: a range for each month."""
    months = months_of(first, last)
    queries = [Query(BASE, keys.user(user_id), prefix=keys.metrics_months(month)) for month, _, _ in months]
    sums: dict[date, Counts] = {}
    for items, (month, begin, end) in zip(await read_each(table, queries), months, strict=True):
        for number in range(begin, min(end, monthrange(month.year, month.month)[1]) + 1):
            counts = sum((month_of(item, number, number)[1] for item in items), _NONE)
            if counts != _NONE:
                sums[month.replace(day=number)] = counts
    return sums


async def totals_of_all(table: Table, user_id: str, first: date, last: date) -> dict[str, Counts]:
    """The same for every listing with an event in the span, by listing id: a range for each month."""
    months = months_of(first, last)
    queries = [Query(BASE, keys.user(user_id), prefix=keys.metrics_months(month)) for month, _, _ in months]
    sums: dict[str, Counts] = defaultdict(Counts)
    for items, (_, *ends) in zip(await read_each(table, queries), months, strict=True):
        for item in items:
            listing_id, counts = month_of(item, *ends)
            sums[listing_id] += counts
    return {listing_id: counts for listing_id, counts in sums.items() if counts != _NONE}


async def read_ranking(
    table: Table, user_id: str, first: date, last: date, order: MetricsOrder, page: PageRequest
) -> Page[ListingCounts]:
    """A page of the ranking; raises `Invalid` for a cursor that is not of this one."""
    mark = _mark(user_id, last - first, order)
    after = None if page.after is None else _place_of(mark, page.after)
    sums = await totals_of_all(table, user_id, first, last)
    begin, end, more = after.part if after else 0, after, False
    found: list[_Place] = []
    for part in (0, 1)[begin:]:
        wanted, behind = page.first - len(found), after if part == begin else None
        if (part == 0) == order.descending:
            places = _busy(sums, order, part, behind)
            found += places[:wanted]
            end, more = found[-1] if found else end, len(places) > wanted
        elif wanted:
            quiet, end, more = await _quiet(table, user_id, sums, part, behind, wanted)
            found += quiet
        else:
            more = True
        if more:
            break
    return Page(
        items=[ListingCounts(place.listing_id, sums.get(place.listing_id, _NONE)) for place in found],
        cursors=[_cursor(mark, place) for place in found],
        end=_cursor(mark, end) if more and end else None,
        more=more,
    )


def _busy(sums: Mapping[str, Counts], order: MetricsOrder, part: int, behind: _Place | None) -> list[_Place]:
    """The listings with events, in their order."""
    sign = -1.0 if order.descending else 1.0
    places = (_Place(part, sign * rank(order.field, counts), id) for id, counts in sums.items())
    return sorted(place for place in places if behind is None or place > behind)


async def _quiet(
    table: Table, user_id: str, busy: Mapping[str, Counts], part: int, behind: _Place | None, wanted: int
) -> tuple[list[_Place], _Place | None, bool]:
    """So many listings without events, the last that was looked at, and whether there may be more.

    It looks at `EXAMINED` of the user's listings at most, then the page is short.
    """
    query = Query(
        BASE, keys.user(user_id), prefix=keys.joined("LISTING", ""), limit=min(wanted + len(busy), 2 * wanted)
    )
    if behind is not None:
        query = replace(query, after=cursor(BASE, {BASE.sk: keys.listing(user_id, behind.listing_id).sk}))
    found: list[_Place] = []
    examined, end, more = 0, behind, True
    while more and len(found) < wanted and examined < EXAMINED:
        page = await table.query(query)
        seen = [_Place(part, 0.0, listing_of(item).id) for item in page.items]
        found += [place for place in seen if place.listing_id not in busy]
        examined, end, more = examined + len(seen), seen[-1] if seen else end, page.more
        query = replace(query, after=page.cursor, limit=min(2 * query.limit, _MANY))
    if len(found) <= wanted:
        return found, end, more
    return found[:wanted], found[wanted - 1], True


def _mark(user_id: str, span: timedelta, order: MetricsOrder) -> str:
    """A mark of the ranking, by which a cursor belongs to it; the same tomorrow."""
    essence = repr((user_id, span.days, order))
    return hashlib.sha256(essence.encode("utf-8", "replace")).hexdigest()[:12]


def _cursor(mark: str, place: _Place) -> str:
    text = json.dumps([mark, *astuple(place)])
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _place_of(mark: str, cursor: str) -> _Place:
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        of, part, value, listing_id = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, TypeError, RecursionError) as error:
        raise _bad_cursor() from error
    fits = part in (0, 1) and isinstance(value, float) and isinstance(listing_id, str)
    if of != mark or not fits:
        raise _bad_cursor()
    return _Place(int(part), value, listing_id)


def _bad_cursor() -> Invalid:
    return Invalid("This is no cursor of this list.", field=("after",))
