"""What lists can be narrowed to and sorted by."""

from datetime import date
from decimal import Decimal
from typing import Any

import strawberry
from strawberry import UNSET

from domain.entities import listing as listings
from domain.entities import metrics
from domain.entities import post as posts
from domain.entities.listing import ListingOrderField, ListingStatus
from domain.entities.metrics import MetricsOrderField
from domain.entities.post import PostState
from domain.errors import Invalid
from schema.enums import Direction

LARGEST_CHOICE = 100
"""The most values of a list in a filter."""


def given(value: Any) -> Any:
    """An argument that was left out counts as null."""
    return None if value is UNSET else value


def _choice(name: str, values: list[Any] | None) -> tuple[Any, ...]:
    """The values of the argument; none at all means that it narrows nothing."""
    chosen = tuple(given(values) or ())
    if len(chosen) > LARGEST_CHOICE:
        raise Invalid(f"`{name}` takes at most {LARGEST_CHOICE} values.", field=("filter", name))
    return chosen


def _rising(low_name: str, low: Any, high_name: str, high: Any) -> None:
    """Refuse a range that nothing can be in."""
    if given(low) is not None and given(high) is not None and low > high:
        raise Invalid(f"`{low_name}` is greater than `{high_name}`.", field=("filter", low_name))


@strawberry.input(
    description="A piece of the map, in degrees, its edges included. West may be greater than east across the date"
    " line, and longitudes beyond 180 go on around the globe, as maps that are scrolled give them."
)
class BoundingBox:
    """A piece of the map."""

    south: float = strawberry.field(description="Lowest latitude.")
    west: float = strawberry.field(description="Western longitude.")
    north: float = strawberry.field(description="Highest latitude.")
    east: float = strawberry.field(description="Eastern longitude.")

    def to_domain(self) -> listings.BoundingBox:
        """For the port; raises `Invalid` if it is upside down."""
        _rising("south", self.south, "north", self.north)
        return listings.BoundingBox(south=self.south, west=self.west, north=self.north, east=self.east)


@strawberry.input(
    description="Which listings; all that is given must hold. A list takes at most 100 values, and an empty one"
    " is as if it were not given; names are compared without case and accents; a home that lacks a value is in no range of it."
    " A page reads at most 2,000 listings: if few match, it may be short, even empty, while `hasNextPage` says that"
    " there may be more behind `endCursor`."
)
class ListingFilter:
    """Which listings."""

    statuses: list[ListingStatus] | None = strawberry.field(default=UNSET, description="Any of these.")
    connection_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="From this MLS account."
    )
    property_types: list[str] | None = strawberry.field(default=UNSET, description="Any of these.")
    min_price: Decimal | None = strawberry.field(default=UNSET, description="Asked at least.")
    max_price: Decimal | None = strawberry.field(default=UNSET, description="Asked at most.")
    min_bedrooms: int | None = strawberry.field(default=UNSET, description="Bedrooms at least.")
    min_bathrooms: int | None = strawberry.field(default=UNSET, description="Bathrooms at least.")
    min_square_feet: float | None = strawberry.field(default=UNSET, description="Living area at least.")
    max_square_feet: float | None = strawberry.field(default=UNSET, description="Living area at most.")
    cities: list[str] | None = strawberry.field(default=UNSET, description="Any of these.")
    zip_codes: list[str] | None = strawberry.field(
        default=UNSET, description="Any of these; of a ZIP+4 the five digits count."
    )
    text: str | None = strawberry.field(
        default=UNSET,
        description="Each of these words, the first eight of them, somewhere in the address, the MLS number, the type"
        " or the beginning of the description, whatever the case and the accents.",
    )
    bounding_box: BoundingBox | None = strawberry.field(default=UNSET, description="Within it.")
    publishable: bool | None = strawberry.field(default=UNSET, description="Whether a post may go up now.")
    listed_from: date | None = strawberry.field(default=UNSET, description="Listed on this day or later.")
    listed_to: date | None = strawberry.field(default=UNSET, description="Listed on this day or earlier.")

    def to_domain(self, connection_id: str | None) -> listings.ListingFilter:
        """For the port; `connection_id` is the key that was found in the global id.

        Raises `Invalid` for ranges from high to low and too many values.
        """
        _rising("minPrice", self.min_price, "maxPrice", self.max_price)
        _rising("minSquareFeet", self.min_square_feet, "maxSquareFeet", self.max_square_feet)
        _rising("listedFrom", self.listed_from, "listedTo", self.listed_to)
        box = given(self.bounding_box)
        return listings.ListingFilter(
            statuses=_choice("statuses", self.statuses),
            connection_id=connection_id,
            property_types=_choice("propertyTypes", self.property_types),
            min_price=given(self.min_price),
            max_price=given(self.max_price),
            min_bedrooms=given(self.min_bedrooms),
            min_bathrooms=given(self.min_bathrooms),
            min_square_feet=given(self.min_square_feet),
            max_square_feet=given(self.max_square_feet),
            cities=_choice("cities", self.cities),
            zip_codes=_choice("zipCodes", self.zip_codes),
            text=given(self.text) or None,
            bounding_box=box.to_domain() if box else None,
            publishable=given(self.publishable),
            listed_from=given(self.listed_from),
            listed_to=given(self.listed_to),
        )


@strawberry.input(
    description="An order of listings, among equals by id. A listing that is changed on the way moves to its new place"
    " in it; a cursor stays where it is."
)
class ListingOrder:
    """An order of listings."""

    field: ListingOrderField = strawberry.field(
        default=ListingOrderField.UPDATED, description="Sorted by this."
    )
    direction: Direction = strawberry.field(default=Direction.DESC, description="Which end comes first.")

    def to_domain(self) -> listings.ListingOrder:
        """For the port."""
        return listings.ListingOrder(field=self.field, descending=self.direction is Direction.DESC)


@strawberry.input(description="Which posts; all that is given must hold.")
class PostFilter:
    """Which posts."""

    states: list[PostState] | None = strawberry.field(default=UNSET, description="Any of these.")
    platforms: list[str] | None = strawberry.field(default=UNSET, description="On any of these, by slug.")
    listing_id: strawberry.ID | None = strawberry.field(default=UNSET, description="Of this listing.")

    def to_domain(self, listing_id: str | None) -> posts.PostFilter:
        """For the port; `listing_id` is the key that was found in the global id."""
        return posts.PostFilter(
            states=_choice("states", self.states),
            platforms=_choice("platforms", self.platforms),
            listing_id=listing_id,
        )


@strawberry.input(description="An order of listings by what came of them.")
class MetricsOrder:
    """An order of listings by their metrics."""

    field: MetricsOrderField = strawberry.field(description="Sorted by this; among equals by id.")
    direction: Direction = strawberry.field(default=Direction.DESC, description="Which end comes first.")

    def to_domain(self) -> metrics.MetricsOrder:
        """For the port."""
        return metrics.MetricsOrder(field=self.field, descending=self.direction is Direction.DESC)


@strawberry.input(description="UTC days, both included, at most two years.")
class DateRange:
    """A range of days."""

    from_: date = strawberry.field(name="from", description="The first day.")
    to: date = strawberry.field(description="The last day.")
