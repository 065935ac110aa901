"""Turns a row of RESO's Property resource (Data Dictionary 2.0) into a record, whatever state it is in."""

from collections.abc import Mapping
from datetime import UTC, tzinfo
from typing import Any

from adapters.mls.field_names import READ_FROM
from adapters.mls.reso_extras import read_extras
from adapters.mls.reso_keys import is_tombstone
from adapters.mls.reso_media import read_links, read_media
from adapters.mls.values import TEXT, Values
from domain.entities.listing import Address, ListingFacts
from domain.entities.mls import MlsDefect, MlsRecord

DESCRIPTION = 20_000
"""Characters of PublicRemarks that are kept; RESO allows 4,000, some MLSs more."""

_LARGEST_AREA = 1e11  # square feet: more than any county
_FEET_IN = {
    "squarefeet": 1.0,
    "squarefoot": 1.0,
    "sqft": 1.0,
    "squaremeters": 10.763910417,
    "sqm": 10.763910417,
}
_LOT_FEET_IN = {**_FEET_IN, "acres": 43_560.0, "acre": 43_560.0, "hectares": 107_639.10417}

_STREET = ("StreetNumber", "StreetDirPrefix", "StreetName", "StreetSuffix", "StreetDirSuffix")


def read_row(
    raw: Any, *, currency: str = "USD", zone: tzinfo = UTC, closed_photos: bool = False
) -> MlsRecord | MlsDefect:
    """Read one row; never raises, so that no row takes its neighbours down.

    The key is ListingKey, or ListingId where there is none.

    Args:
        currency: ISO 4217, of all amounts.
        zone: of stamps that name none; `values.to_moment` tells what becomes of hours that clocks pass twice
            or leave out.
        closed_photos: whether the MLS opens the URLs of photos to us alone.
    """
    if not isinstance(raw, dict):
        return MlsDefect(code="UNREADABLE", message="A row of the MLS's answer is no JSON object.")
    row = Values(raw, zone=zone)
    key, number = row.text("ListingKey", "ListingId", limit=TEXT + 1), row.text("ListingId")
    if key is None:
        return MlsDefect(code="NO_KEY", message="The row has neither a ListingKey nor a ListingId.")
    if len(key) > TEXT:
        message = f"The row's ListingKey is longer than {TEXT} characters."
        return MlsDefect(code="UNREADABLE", message=message, mls_number=number)
    try:
        facts, media = _facts(row, number, currency), read_media(row, closed=closed_photos)
    except Exception as failure:
        # Not even a value that nobody has thought of may cost the other rows of the page.
        message = f"The row could not be read ({type(failure).__name__})."
        return MlsDefect(code="UNREADABLE", message=message, mls_number=number, key=key)
    deleted = is_tombstone(row.flag("MlgCanView"), facts.standard_status)
    return MlsRecord(key=key, facts=facts, media=media, deleted=deleted, warnings=tuple(row.warnings))


def _facts(row: Values, number: str | None, currency: str) -> ListingFacts:
    latitude, longitude = _place(row)
    links = read_links(row)
    return ListingFacts(
        listing_key=row.text("ListingKey"),
        mls_number=number,
        # The row's identity in the system it was entered in, which survives a change of the feed.
        mls_id=row.text("OriginatingSystemKey", "ListingKeyNumeric"),
        originating_system=row.text("OriginatingSystemName"),
        standard_status=row.text("StandardStatus"),
        mls_status=row.text("MlsStatus"),
        currency=currency,
        price=row.price("ListPrice"),
        original_price=row.price("OriginalListPrice"),
        close_price=row.price("ClosePrice"),
        property_type=row.text("PropertyType"),
        property_sub_type=row.text("PropertySubType"),
        address=_address(row),
        latitude=latitude,
        longitude=longitude,
        bedrooms=row.whole("BedroomsTotal", high=1000),
        bathrooms=row.whole("BathroomsTotalInteger", "BathroomsTotal", high=1000),
        bathrooms_full=row.whole("BathroomsFull", high=1000),
        bathrooms_half=row.whole("BathroomsHalf", high=1000),
        square_feet=_living_area(row),
        lot_size_square_feet=_lot_size(row),
        year_built=row.whole("YearBuilt", low=1000, high=2200),
        stories=row.whole("Stories", "StoriesTotal", high=300),
        garage_spaces=row.number("GarageSpaces", high=10_000),
        parking_total=row.whole("ParkingTotal", high=100_000),
        features=row.texts(*READ_FROM["features"]),
        appliances=row.texts("Appliances"),
        heating=row.texts("Heating"),
        cooling=row.texts("Cooling"),
        view=row.texts("View"),
        pool_private=row.flag("PoolPrivateYN"),
        association_fee=row.money("AssociationFee"),
        association_fee_frequency=row.text("AssociationFeeFrequency"),
        tax_annual_amount=row.money("TaxAnnualAmount"),
        description=row.text("PublicRemarks", limit=DESCRIPTION),
        virtual_tour_url=row.url("VirtualTourURLUnbranded", "VirtualTourURLBranded")
        or next(iter(links), None),
        media_links=links,
        list_date=row.date("ListingContractDate"),
        on_market_date=row.date("OnMarketDate", "OnMarketTimestamp"),
        close_date=row.date("CloseDate"),
        days_on_market=row.whole("DaysOnMarket", high=100_000),
        agent_name=_agent_name(row),
        agent_phone=row.text(*READ_FROM["agentPhone"]),
        agent_email=_email(row),
        office_name=row.text("ListOfficeName"),
        modified_in_mls_at=row.moment("ModificationTimestamp"),
        extras=read_extras(row),
    )


def _address(row: Values) -> Address:
    city = row.text("City", "PostalCity")
    return Address(
        street=_street(row, city),
        unit=row.text("UnitNumber"),
        city=city,
        state=row.text("StateOrProvince"),
        zip_code=row.text("PostalCode"),
        country=row.text("Country"),
        county=row.text("CountyOrParish"),
    )


def _street(row: Values, city: str | None) -> str | None:
    """The parts, because UnparsedAddress may repeat unit, city and postal code; its beginning without parts."""
    number, prefix, name, suffix, direction = map(row.text, _STREET)
    if number and name:
        return " ".join(filter(None, (number, prefix, name, suffix, direction)))
    whole = row.text("UnparsedAddress")
    if whole is None:
        return name
    end = whole.casefold().find(f", {city.casefold()}") if city else -1
    return whole[:end] if end > 0 else whole


def _place(row: Values) -> tuple[float | None, float | None]:
    """Latitude and longitude in degrees, both or neither; 0, 0 is how a failed lookup is written."""
    latitude = row.number("Latitude", low=-90, high=90)
    longitude = row.number("Longitude", low=-180, high=180)
    if latitude is None or longitude is None or (latitude, longitude) == (0, 0):
        return None, None
    return latitude, longitude


def _living_area(row: Values) -> float | None:
    return _area(row, "LivingArea", "LivingAreaUnits", _FEET_IN, default=1.0)


def _lot_size(row: Values) -> float | None:
    square_feet = row.number("LotSizeSquareFeet", high=_LARGEST_AREA)
    if square_feet is not None:
        return square_feet
    acres = row.number("LotSizeAcres", high=_LARGEST_AREA / 43_560)
    if acres is not None:
        return round(acres * 43_560, 2)
    return _area(row, "LotSizeArea", "LotSizeUnits", _LOT_FEET_IN, default=None)


def _area(
    row: Values, name: str, units_name: str, feet_in: Mapping[str, float], *, default: float | None
) -> float | None:
    """An area in square feet; `default` is the size of a unit that is not told, None if it must be."""
    area = row.number(name, high=_LARGEST_AREA)
    units = row.text(units_name)
    if area is None:
        return None
    feet = default if units is None else feet_in.get("".join(filter(str.isalnum, units)).casefold())
    if feet is None:
        row.warn(f"{name} was dropped: its unit is {'not told' if units is None else 'unknown'}.")
        return None
    return area if feet == 1.0 else round(area * feet, 2)


def _agent_name(row: Values) -> str | None:
    full = row.text("ListAgentFullName")
    return full or " ".join(filter(None, map(row.text, ("ListAgentFirstName", "ListAgentLastName")))) or None


def _email(row: Values) -> str | None:
    email = row.text("ListAgentEmail")
    if email is not None and "@" not in email:
        row.warn("ListAgentEmail is no e-mail address and was dropped.")
        return None
    return email
