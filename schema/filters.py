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
from schema.enums import Direction


def given(value: Any) -> Any:
    """An argument that was left out counts as null."""
    return None if value is UNSET else value


def _tuple(values: list[Any] | None) -> tuple[Any, ...]:
    return tuple(given(values) or ())


@strawberry.input(
    description="A piece of the map, in degrees; west may be greater than east across the date line."
)
class BoundingBox:
    """A piece of the map."""

    south: float = strawberry.field(description="Lowest latitude.")
    west: float = strawberry.field(description="Western longitude.")
    north: float = strawberry.field(description="Highest latitude.")
    east: float = strawberry.field(description="Eastern longitude.")


@strawberry.input(description="Which listings; all that is given must hold.")
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
    zip_codes: list[str] | None = strawberry.field(default=UNSET, description="Any of these.")
    text: str | None = strawberry.field(default=UNSET, description="Somewhere in it, whatever the case.")
    bounding_box: BoundingBox | None = strawberry.field(default=UNSET, description="Within it.")
    publishable: bool | None = strawberry.field(default=UNSET, description="Whether a post may go up now.")
    listed_from: date | None = strawberry.field(default=UNSET, description="Listed on this day or later.")
    listed_to: date | None = strawberry.field(default=UNSET, description="Listed on this day or earlier.")

    def to_domain(self, connection_id: str | None) -> listings.ListingFilter:
        """For the port; `connection_id` is the key that was found in the global id."""
        box = given(self.bounding_box)
        return listings.ListingFilter(
            statuses=_tuple(self.statuses),
            connection_id=connection_id,
            property_types=_tuple(self.property_types),
            min_price=given(self.min_price),
            max_price=given(self.max_price),
            min_bedrooms=given(self.min_bedrooms),
            min_bathrooms=given(self.min_bathrooms),
            min_square_feet=given(self.min_square_feet),
            max_square_feet=given(self.max_square_feet),
            cities=_tuple(self.cities),
            zip_codes=_tuple(self.zip_codes),
            text=given(self.text) or None,
            bounding_box=box
            and listings.BoundingBox(south=box.south, west=box.west, north=box.north, east=box.east),
            publishable=given(self.publishable),
            listed_from=given(self.listed_from),
            listed_to=given(self.listed_to),
        )


@strawberry.input(description="An order of listings.")
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
            states=_tuple(self.states), platforms=_tuple(self.platforms), listing_id=listing_id
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
