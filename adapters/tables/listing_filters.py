"""A filter of listings in the words of the Table seam."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from adapters.tables.codec import number, plain
from adapters.tables.listing_items import hundredths, millionths
from adapters.tables.table import Between, Contains, Filter, In, Item
from domain.entities.listing import BoundingBox, ListingFilter
from domain.errors import Invalid

_MOST = 10**15
_WORDS = 8
_WHOLE_CIRCLE = 180_000_000
_DAYS = ("0000", "9999-12-31")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a page of listings is filtered by.

    Attributes:
        filters: what the table filters by.
        across: west and east, in millionths of a degree, of a box across the date line: it is two ranges,
            and since the table knows no "or", what lies outside is left out here.
        nothing: no listing can match.
    """

    filters: tuple[Filter, ...] = ()
    across: tuple[int, int] | None = None
    nothing: bool = False

    def keeps(self, item: Item) -> bool:
        """What is decided here of an item that has passed the filters."""
        if self.across is None:
            return True
        west, east = self.across
        longitude = number(item, "longitude")
        return west <= longitude <= _WHOLE_CIRCLE or -_WHOLE_CIRCLE <= longitude <= east


def wanted(filter: ListingFilter) -> Wanted:
    """Translate a filter; raises `Invalid` for a number that is none.

    All words of a text must be found; of more than eight, the first eight count.
    """
    ranges: list[tuple[str, int | None, int | None]] = [
        (
            "price",
            _positive(_cents(filter.min_price, ROUND_CEILING)),
            _cents(filter.max_price, ROUND_FLOOR),
        ),
        ("bedrooms", _positive(filter.min_bedrooms), None),
        ("bathrooms", _positive(filter.min_bathrooms), None),
        ("squareFeet", hundredths(filter.min_square_feet), hundredths(filter.max_square_feet)),
    ]
    across = None
    if filter.bounding_box is not None:
        of_box, across = _box(filter.bounding_box)
        ranges += of_box
    bounded = [
        (name, 0 if low is None else low, _MOST if high is None else high)
        for name, low, high in ranges
        if (low, high) != (None, None)
    ]
    first = filter.listed_from.isoformat() if filter.listed_from else _DAYS[0]
    last = filter.listed_to.isoformat() if filter.listed_to else _DAYS[1]
    if first > last or any(low > high for _, low, high in bounded):
        return Wanted(nothing=True)
    between = [Between(name, low, high) for name, low, high in bounded]
    if (first, last) != _DAYS:
        between.append(Between("listDate", first, last))
    return Wanted((*_choices(filter), *between, *_words(filter.text)), across)


def _choices(filter: ListingFilter) -> Iterable[Filter]:
    choices = (
        ("status", [status.value for status in filter.statuses]),
        ("connection", [filter.connection_id] if filter.connection_id else []),
        ("propertyType", [plain(name) for name in filter.property_types]),
        ("city", [plain(name) for name in filter.cities]),
        ("zipCode", [plain(code) for code in filter.zip_codes]),
    )
    for name, values in choices:
        if values:
            yield In(name, tuple(dict.fromkeys(values)))
    if filter.publishable is not None:
        yield In("publishable", (int(filter.publishable),))


def _words(text: str | None) -> list[Filter]:
    return [Contains("searchText", word) for word in plain(text, 1_000).split()[:_WORDS]]


def _box(box: BoundingBox) -> tuple[list[tuple[str, int | None, int | None]], tuple[int, int] | None]:
    south, west, north, east = map(_degrees, (box.south, box.west, box.north, box.east))
    if west > east:
        return [("latitude", south, north)], (west, east)
    return [("latitude", south, north), ("longitude", west, east)], None


def _degrees(value: float) -> int:
    found = millionths(value)
    if found is None:
        raise Invalid("A coordinate is a number of degrees.", field=("filter", "boundingBox"))
    return found


def _positive(low: int | None) -> int | None:
    """A lower bound that leaves out homes without the value, which is stored as a negative number."""
    return None if low is None else min(max(low, 0), _MOST)


def _cents(amount: Decimal | None, rounding: str) -> int | None:
    """Whole cents inside the range that was asked for."""
    if amount is None:
        return None
    if not amount.is_finite():
        raise Invalid("A price is a number.", field=("filter",))
    return min(max(int((amount * 100).to_integral_value(rounding)), -1), _MOST)
