"""Inputs and payloads: listings by the user's own hand."""

from dataclasses import fields
from datetime import date
from decimal import Decimal

import strawberry
from strawberry import UNSET

from domain.entities import listing as entities
from domain.entities.listing import ListingFacts, ListingStatus
from schema.filters import given
from schema.listings import Listing
from schema.mutations.payload import Payload

_LISTING = "The global id of the listing."


@strawberry.input(description="Where a home stands.")
class AddressInput:
    """An address in its parts."""

    street: str | None = strawberry.field(default=UNSET, description="House number and street.")
    unit: str | None = strawberry.field(default=UNSET, description="Apartment or suite.")
    city: str | None = strawberry.field(default=UNSET, description="City or town.")
    state: str | None = strawberry.field(default=UNSET, description="State or province.")
    zip_code: str | None = strawberry.field(default=UNSET, description="ZIP or postal code.")
    country: str | None = strawberry.field(default=UNSET, description="Country.")
    county: str | None = strawberry.field(default=UNSET, description="County.")


@strawberry.input
class ListingFields:
    """What a user may say of a home; money is in units of `currency`, areas are in square feet."""

    mls_number: str | None = strawberry.field(default=UNSET, description="The number agents know it by.")
    status: ListingStatus | None = strawberry.field(default=UNSET, description="ACTIVE for a new one.")
    currency: str | None = strawberry.field(default=UNSET, description="ISO 4217; USD for a new one.")
    price: Decimal | None = strawberry.field(default=UNSET, description="What is asked.")
    original_price: Decimal | None = strawberry.field(default=UNSET, description="What was asked at first.")
    close_price: Decimal | None = strawberry.field(default=UNSET, description="What was paid.")
    property_type: str | None = strawberry.field(default=UNSET, description="As Residential, Land.")
    property_sub_type: str | None = strawberry.field(default=UNSET, description="As Condominium.")
    address: AddressInput | None = strawberry.field(default=UNSET, description="Where it stands, by parts.")
    latitude: float | None = strawberry.field(default=UNSET, description="Degrees north, WGS 84.")
    longitude: float | None = strawberry.field(default=UNSET, description="Degrees east, WGS 84.")
    bedrooms: int | None = strawberry.field(default=UNSET, description="Number of bedrooms.")
    bathrooms: int | None = strawberry.field(default=UNSET, description="Number of bathrooms.")
    bathrooms_full: int | None = strawberry.field(default=UNSET, description="Number of full bathrooms.")
    bathrooms_half: int | None = strawberry.field(default=UNSET, description="Number of half bathrooms.")
    square_feet: float | None = strawberry.field(default=UNSET, description="Living area.")
    lot_size_square_feet: float | None = strawberry.field(default=UNSET, description="Area of the lot.")
    year_built: int | None = strawberry.field(default=UNSET, description="When it was built.")
    stories: int | None = strawberry.field(default=UNSET, description="Number of floors.")
    garage_spaces: float | None = strawberry.field(default=UNSET, description="Cars the garage holds.")
    parking_total: int | None = strawberry.field(default=UNSET, description="Cars that can be parked.")
    features: list[str] | None = strawberry.field(default=UNSET, description="Inside and outside.")
    appliances: list[str] | None = strawberry.field(default=UNSET, description="That stay with the home.")
    heating: list[str] | None = strawberry.field(default=UNSET, description="Kinds of heating.")
    cooling: list[str] | None = strawberry.field(default=UNSET, description="Kinds of cooling.")
    view: list[str] | None = strawberry.field(default=UNSET, description="What can be seen from it.")
    pool_private: bool | None = strawberry.field(default=UNSET, description="A pool of its own.")
    association_fee: Decimal | None = strawberry.field(default=UNSET, description="The association's charge.")
    association_fee_frequency: str | None = strawberry.field(default=UNSET, description="As Monthly.")
    tax_annual_amount: Decimal | None = strawberry.field(
        default=UNSET, description="Property tax for a year."
    )
    description: str | None = strawberry.field(default=UNSET, description="Public remarks.")
    virtual_tour_url: str | None = strawberry.field(default=UNSET, description="A tour of it.")
    list_date: date | None = strawberry.field(default=UNSET, description="When it was listed.")
    on_market_date: date | None = strawberry.field(default=UNSET, description="When it came to the market.")
    close_date: date | None = strawberry.field(default=UNSET, description="When the sale was closed.")
    agent_name: str | None = strawberry.field(default=UNSET, description="The listing agent.")
    agent_phone: str | None = strawberry.field(default=UNSET, description="The agent's phone number.")
    agent_email: str | None = strawberry.field(default=UNSET, description="The agent's e-mail address.")
    office_name: str | None = strawberry.field(default=UNSET, description="The listing office.")


_FACTS = frozenset(field.name for field in fields(ListingFacts)) - {"address"}
_NEVER_NULL = frozenset({"currency", "status"})


def changes_of(input: ListingFields) -> dict[str, object]:
    """What was given, by the names of the domain's facts and address; null clears, but not what must be."""
    changes: dict[str, object] = {}
    for field in fields(input):
        value = getattr(input, field.name)
        if value is UNSET or (value is None and field.name in _NEVER_NULL):
            continue
        if field.name in _FACTS:
            changes[field.name] = _fact(field.name, value)
    if given(input.status) is not None:
        changes["status"] = input.status
    if given(input.address) is not None:
        changes.update(_address(input.address))
    return changes


def _fact(name: str, value: object) -> object:
    if name in ("features", "appliances", "heating", "cooling", "view"):
        return tuple(value) if isinstance(value, list) else ()
    return value


def _address(input: AddressInput | None) -> dict[str, object]:
    parts = {field.name: getattr(input, field.name) for field in fields(AddressInput)}
    return {name: value for name, value in parts.items() if value is not UNSET}


def facts_of(input: ListingFields) -> ListingFacts:
    """The facts of a new listing."""
    changes = changes_of(input)
    changes.pop("status", None)
    names = {field.name for field in fields(entities.Address)}
    parts = {name: value for name, value in changes.items() if name in names}
    facts = {name: value for name, value in changes.items() if name not in names}
    return ListingFacts(address=entities.Address(**parts), **facts)  # type: ignore[arg-type]


@strawberry.input(description="A new listing that comes from no MLS.")
class CreateListingInput(ListingFields):
    """For `createListing`."""


@strawberry.input(description="What is to change; what is not given stays, null clears.")
class UpdateListingInput(ListingFields):
    """For `updateListing`."""

    listing_id: strawberry.ID = strawberry.field(description=_LISTING)


@strawberry.input(description="A listing to delete.")
class DeleteListingInput:
    """For `deleteListing`."""

    listing_id: strawberry.ID = strawberry.field(description=_LISTING)


@strawberry.input(description="Whether a listing is left out of every synchronization.")
class SetListingSyncInput:
    """For `setListingSync`."""

    listing_id: strawberry.ID = strawberry.field(description=_LISTING)
    excluded: bool = strawberry.field(description="Whether the MLS's rows of it are left alone.")


@strawberry.type(description="The new listing.")
class CreateListingPayload(Payload):
    """Of `createListing`."""

    listing: Listing | None = strawberry.field(default=None, description="Null on failure.")


@strawberry.type(description="The changed listing.")
class UpdateListingPayload(Payload):
    """Of `updateListing`."""

    listing: Listing | None = strawberry.field(default=None, description="Null on failure.")


@strawberry.type(description="The listing.")
class SetListingSyncPayload(Payload):
    """Of `setListingSync`."""

    listing: Listing | None = strawberry.field(default=None, description="Null on failure.")


@strawberry.type(description="The deleted listing.")
class DeleteListingPayload(Payload):
    """Of `deleteListing`."""

    deleted_id: strawberry.ID | None = strawberry.field(default=None, description="Null on failure.")
