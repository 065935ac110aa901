"""A filter of listings in the words of the Table seam."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from adapters.tables import keys
from adapters.tables.codec import plain
from adapters.tables.listing_items import filed_zip_code, hundredths
from adapters.tables.semantics import ordered
from adapters.tables.table import Contains, Filter, In, Within
from domain.entities.listing import BoundingBox, ListingFilter, ListingOrderField
from domain.errors import Invalid

_MOST = 10**15
_WORDS = 8
_FIRST_DAY, _LAST_DAY = "0000", "9999-12-31"
_CIRCLE, _HALF = 360_000_000, 180_000_000
_FURTHEST = 1_000_000.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a page of listings is filtered by.

    Attributes:
        filters: what the table filters by.
        low, high: the sort keys of the order between which all of it lies: a page that is ordered by what it is
            narrowed to reads nothing else.
        nothing: no listing can match.
    """

    filters: tuple[Filter, ...] = ()
    low: str | None = None
    high: str | None = None
    nothing: bool = False


def wanted(filter: ListingFilter, order: ListingOrderField) -> Wanted:
    """Translate a filter; raises `Invalid` for a number that is none.

    A home that lacks a value is in no range of it. All words of a text must be found; of more than eight,
    the first eight count.
    """
    ranges = [*_ranges(filter)]
    if filter.bounding_box is not None:
        ranges += _box(filter.bounding_box)
    if not all(ordered(low, high) for one in ranges for low, high in one.ranges):
        return Wanted(nothing=True)
    return Wanted((*_choices(filter), *ranges, *_words(filter.text)), *_positions(ranges, order))


def _choices(filter: ListingFilter) -> Iterator[Filter]:
    """With their values in order: who names them in another order wants the same."""
    choices = (
        ("status", [status.value for status in filter.statuses]),
        ("connection", [filter.connection_id] if filter.connection_id else []),
        ("propertyType", map(plain, filter.property_types)),
        ("city", map(plain, filter.cities)),
        ("zipCode", map(filed_zip_code, filter.zip_codes)),
    )
    for name, values in choices:
        if distinct := sorted(set(values)):
            yield In(name, tuple(distinct))
    if filter.publishable is not None:
        yield In("publishable", (int(filter.publishable),))


def _ranges(filter: ListingFilter) -> Iterator[Within]:
    """Those that are narrowed at all; homes without the value are stored below the lowest."""
    lowest, highest = filter.min_price, filter.max_price
    if (lowest, highest) != (None, None):
        low, high = _cents(lowest, ROUND_CEILING), _cents(highest, ROUND_FLOOR)
        yield Within("price", ((max(_or(low, 0), 0), _or(high, _MOST)),))
    for name, least in (("bedrooms", filter.min_bedrooms), ("bathrooms", filter.min_bathrooms)):
        if least is not None:
            yield Within(name, ((max(least, 0), _MOST),))
    smallest, largest = hundredths(filter.min_square_feet), hundredths(filter.max_square_feet)
    if (smallest, largest) != (None, None):
        yield Within("squareFeet", ((_or(smallest, 0), _or(largest, _MOST)),))
    first, last = filter.listed_from, filter.listed_to
    if (first, last) != (None, None):
        days = first.isoformat() if first else _FIRST_DAY, last.isoformat() if last else _LAST_DAY
        yield Within("listDate", (days,))


def _box(box: BoundingBox) -> tuple[Within, Within]:
    """Across the date line it is two ranges of longitudes; what reaches further around the globe is brought back."""
    south, west, north, east = map(_degrees, (box.south, box.west, box.north, box.east))
    latitudes = Within("latitude", ((south, north),))
    if east - west >= _CIRCLE:
        return latitudes, Within("longitude", ((-_HALF, _HALF),))
    west, east = _on_the_globe(west), _on_the_globe(east)
    if west > east:
        return latitudes, Within("longitude", ((west, _HALF), (-_HALF, east)))
    # 180 degrees west is 180 degrees east.
    same = ((-_HALF, -_HALF), (_HALF, _HALF)) if _HALF in (-west, east) else ()
    return latitudes, Within("longitude", ((west, east), *same))


def _words(text: str | None) -> list[Filter]:
    return [Contains("searchText", word) for word in plain(text, 1_000).split()[:_WORDS]]


def _positions(ranges: list[Within], order: ListingOrderField) -> tuple[str | None, str | None]:
    for one in ranges:
        low, high = one.ranges[0]
        if (one.name, order) == ("price", ListingOrderField.PRICE):
            return keys.price_positions(int(low), int(high))
        if (one.name, order) == ("listDate", ListingOrderField.LISTED):
            return keys.listing_day_positions(str(low), str(high))
    return None, None


def _degrees(value: float) -> int:
    """Millionths of a degree."""
    if not math.isfinite(value):
        raise Invalid("A coordinate is a number of degrees.", field=("filter", "bounding_box"))
    return round(min(max(value, -_FURTHEST), _FURTHEST) * 1_000_000)


def _on_the_globe(longitude: int) -> int:
    """The same longitude, from 180 west to 180 east."""
    return longitude if abs(longitude) <= _HALF else (longitude + _HALF) % _CIRCLE - _HALF


def _or(value: int | None, otherwise: int) -> int:
    return otherwise if value is None else value


def _cents(amount: Decimal | None, rounding: str) -> int | None:
    """Whole cents inside the range that was asked for, as far as attributes reach."""
    if amount is None:
        return None
    if not amount.is_finite():
        raise Invalid("A price is a number.", field=("filter",))
    near = min(max(amount, Decimal(-1)), Decimal(_MOST))
    return int((near * 100).to_integral_value(rounding))
