"""Turns SimplyRETS's JSON of a home into a row of RESO's names, for the one mapping to read.

Source: the schema `Listing` of https://docs.simplyrets.com/api/simplyrets-openapi.yaml.
"""

import re
from collections.abc import Mapping
from typing import Any

Row = dict[str, Any]

_TYPES = {
    "RES": "Residential",
    "CND": "Residential",
    "RNT": "Residential Lease",
    "MLF": "Residential Income",
    "CRE": "Commercial Sale",
    "LND": "Land",
    "FRM": "Farm",
}

# Where the values of RESO's fields lie; the first one that is there counts.
_PATHS: dict[str, tuple[str, ...]] = {
    "ListingKey": ("mlsId",),
    "ListingId": ("listingId",),
    "ListPrice": ("listPrice",),
    "OriginalListPrice": ("originalListPrice",),
    "ListingContractDate": ("listDate",),
    "OnMarketDate": ("listDate",),
    "ModificationTimestamp": ("modified",),
    "PublicRemarks": ("remarks",),
    "VirtualTourURLUnbranded": ("virtualTourUrl",),
    "LeaseTerm": ("leaseTerm",),
    "InternetAddressDisplayYN": ("internetAddressDisplay",),
    "InternetEntireListingDisplayYN": ("internetEntireListingDisplay",),
    "OriginatingSystemName": ("mls.originatingSystemName",),
    "MlsStatus": ("mls.statusText",),
    "DaysOnMarket": ("mls.daysOnMarket",),
    "ClosePrice": ("sales.closePrice",),
    "CloseDate": ("sales.closeDate",),
    "UnitNumber": ("address.unit",),
    "City": ("address.city",),
    "StateOrProvince": ("address.state",),
    "PostalCode": ("address.postalCode",),
    "Country": ("address.country",),
    "CountyOrParish": ("geo.county",),
    "Latitude": ("geo.lat",),
    "Longitude": ("geo.lng",),
    "BedroomsTotal": ("property.bedrooms",),
    "BathroomsFull": ("property.bathsFull",),
    "BathroomsHalf": ("property.bathsHalf",),
    "LivingArea": ("property.area",),
    "LotSizeAcres": ("property.lotSizeAcres",),
    "LotSizeArea": ("property.lotSizeArea",),
    "LotSizeUnits": ("property.lotSizeAreaUnits",),
    "YearBuilt": ("property.yearBuilt",),
    "GarageSpaces": ("property.garageSpaces",),
    "ParkingTotal": ("property.parking.spaces",),
    "ParkingFeatures": ("property.parking.description",),
    "SubdivisionName": ("property.subdivision",),
    "ArchitecturalStyle": ("property.style",),
    "InteriorFeatures": ("property.interiorFeatures",),
    "ExteriorFeatures": ("property.exteriorFeatures",),
    "LotFeatures": ("property.lotDescription",),
    "WaterfrontFeatures": ("property.water",),
    "AccessibilityFeatures": ("property.accessibility",),
    "Heating": ("property.heating",),
    "Cooling": ("property.cooling",),
    "View": ("property.view",),
    "Flooring": ("property.flooring",),
    "Roof": ("property.roof",),
    "ConstructionMaterials": ("property.construction",),
    "FireplacesTotal": ("property.fireplaces",),
    "PoolFeatures": ("property.poolFeatures",),
    "LaundryFeatures": ("property.laundryFeatures",),
    "AssociationFee": ("association.fee",),
    "AssociationFeeFrequency": ("association.frequency",),
    "AssociationAmenities": ("association.amenities",),
    "TaxAnnualAmount": ("tax.taxAnnualAmount",),
    "TaxYear": ("tax.taxYear",),
    "ParcelNumber": ("tax.id",),
    "ElementarySchool": ("school.elementarySchool",),
    "MiddleOrJuniorSchool": ("school.middleSchool",),
    "HighSchool": ("school.highSchool",),
    "ListAgentFirstName": ("agent.firstName",),
    "ListAgentLastName": ("agent.lastName",),
    "ListAgentMlsId": ("agent.id",),
    "ListAgentEmail": ("agent.contact.email",),
    "ListAgentMobilePhone": ("agent.contact.cell",),
    "ListAgentOfficePhone": ("agent.contact.office",),
    "ListOfficeName": ("office.name", "office.servingName"),
    "ListOfficeMlsId": ("office.brokerid",),
    "ListOfficePhone": ("office.contact.office", "office.contact.cell"),
}

_MADE = {
    "StandardStatus": "mls.status",
    "PropertyType": "property.type",
    "PropertySubType": "property.subType",
    "UnparsedAddress": "address.full",
    "StreetName": "address.streetName",
    "StreetNumber": "address.streetNumberText",
    "BathroomsTotalInteger": "property.bathrooms",
    "StoriesTotal": "property.stories",
    "Media": "photos",
}


def to_reso(listing: Any) -> Any:
    """The row: SimplyRETS's own fields by their paths (`property.area`), and RESO's names beside them.

    What is no JSON object comes back as it is; `read_row` tells it is none.
    """
    if not isinstance(listing, dict):
        return listing
    flat = flatten(listing)
    row = {name: _first(flat, paths) for name, paths in _PATHS.items()}
    row |= _kind(flat) | _street(flat) | _bathrooms(flat)
    status = flat.get("mls.status")
    # The documentation writes one of the statuses as "ActiveUnderContract (Backup-Offer)".
    row["StandardStatus"] = status.partition(" (")[0] if isinstance(status, str) else status
    row["StoriesTotal"] = _whole_stories(flat.get("property.stories"))
    row["Media"] = _media(listing.get("photos"))
    return {**flat, **{name: value for name, value in row.items() if value is not None}}


def path_of(reso_name: str) -> str:
    """Where the value of a RESO field lies; the name itself for a field that `to_reso` does not make."""
    return _PATHS.get(reso_name, (_MADE.get(reso_name, reso_name),))[0]


def flatten(listing: Mapping[str, Any], above: str = "") -> Row:
    """The fields by their paths, dots between names; lists as they are."""
    flat: Row = {}
    for name, value in listing.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{above}{name}.")
        else:
            flat[f"{above}{name}"] = value
    return flat


def _first(flat: Row, paths: tuple[str, ...]) -> Any:
    return next((flat[path] for path in paths if flat.get(path) not in (None, "")), None)


def _kind(flat: Row) -> Row:
    code, sub_type = flat.get("property.type"), flat.get("property.subType")
    if isinstance(sub_type, str):
        # The dictionary writes SingleFamilyResidence with spaces.
        sub_type = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", sub_type)
    elif code == "CND":
        sub_type = "Condominium"
    return {
        "PropertyType": _TYPES.get(code, code) if isinstance(code, str) else code,
        "PropertySubType": sub_type or flat.get("property.subTypeRaw"),
    }


def _street(flat: Row) -> Row:
    """`full` alone has the suffix, but also the unit, which has a field of its own."""
    full, unit = flat.get("address.full"), flat.get("address.unit")
    if isinstance(full, str) and full.strip():
        street = full.strip()
        for end in (f" #{unit}", f" {unit}"):
            if unit and street.endswith(end):
                return {"UnparsedAddress": street.removesuffix(end).strip()}
        return {"UnparsedAddress": street}
    number = flat.get("address.streetNumberText") or flat.get("address.streetNumber")
    return {"StreetNumber": number, "StreetName": flat.get("address.streetName")}


def _bathrooms(flat: Row) -> Row:
    total = flat.get("property.bathrooms")
    if total is None:
        names = ("bathsFull", "bathsThreeQuarter", "bathsHalf")
        known = [flat.get(f"property.{name}") for name in names]
        total = sum(count for count in known if isinstance(count, int)) or None
    return {"BathroomsTotalInteger": total}


def _whole_stories(stories: Any) -> Any:
    """SimplyRETS counts half stories, RESO does not."""
    return None if isinstance(stories, float) and not stories.is_integer() else stories


def _media(photos: Any) -> Any:
    """The photos' addresses as RESO's Media, in their order; None if the listing does not speak of photos."""
    if not isinstance(photos, list):
        return photos
    return [
        {"MediaURL": url, "Order": place, "MediaCategory": "Photo"}
        for place, url in enumerate(photos, start=1)
    ]
