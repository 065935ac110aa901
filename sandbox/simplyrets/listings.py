"""A home of the sandbox as SimplyRETS shows it.

Shapes and names are those of SimplyRETS's OpenAPI document, schema `Listing`
(https://docs.simplyrets.com/api/simplyrets-openapi.yaml). What control calls put into a home's row is passed on
as it is, so that the sandbox can serve values that make no sense.
"""

from typing import Any

from sandbox.mls.homes import Home
from sandbox.mls.media import public_urls

Listing = dict[str, Any]
_FIRST_ID = 1_000_000

# PropertyType -> property.type, and the value of the query parameter `type` that finds it.
_TYPES = {
    "Residential": ("RES", "residential"),
    "Residential Lease": ("RNT", "rental"),
    "Residential Income": ("MLF", "multifamily"),
    "Land": ("LND", "land"),
    "Commercial Sale": ("CRE", "commercial"),
    "Commercial Lease": ("CRE", "commercial"),
    "Farm": ("FRM", "farm"),
    "Manufactured In Park": ("RES", "mobilehome"),
}
_CONDOMINIUM = ("CND", "condominium")
TYPES = frozenset({asked for _, asked in _TYPES.values()} | {"condominium"})


def mls_id(home: Home) -> int:
    """The mlsId of a home."""
    return _FIRST_ID + home.number


def status_of(standard: Any) -> Any:
    """A StandardStatus as mls.status writes it; SimplyRETS has no word of its own for Canceled."""
    plain = standard.replace(" ", "") if isinstance(standard, str) else standard
    return "Withdrawn" if plain == "Canceled" else plain


def type_of(home: Home) -> str:
    """What the query parameter `type` calls a home."""
    return _type(home.row)[1]


def listing(home: Home, base: str) -> Listing:
    """The JSON of a home; `base` begins the URLs of its photos."""
    row = home.row
    return {
        # Control calls can take the keys out of a row, which SimplyRETS would then have none of either.
        "mlsId": mls_id(home) if "ListingKey" in row else None,
        "listingId": row.get("ListingId"),
        "listPrice": row.get("ListPrice"),
        "originalListPrice": row.get("OriginalListPrice"),
        "listDate": _midnight(row.get("ListingContractDate")),
        "modified": row.get("ModificationTimestamp"),
        "remarks": row.get("PublicRemarks"),
        "privateRemarks": None,
        "virtualTourUrl": row.get("VirtualTourURLUnbranded"),
        "leaseTerm": row.get("LeaseTerm"),
        "internetAddressDisplay": row.get("InternetAddressDisplayYN"),
        "internetEntireListingDisplay": row.get("InternetEntireListingDisplayYN"),
        "disclaimer": "This information is believed to be accurate, but without warranty.",
        "photos": public_urls(home.media, base),
        "address": _address(row),
        "geo": {"county": row.get("CountyOrParish"), "lat": row.get("Latitude"), "lng": row.get("Longitude")},
        "property": _property(row),
        "mls": _mls(row),
        "sales": _sales(row),
        "association": {
            "fee": row.get("AssociationFee"),
            "frequency": row.get("AssociationFeeFrequency"),
            "name": None,
            "amenities": None,
        },
        "tax": {"taxYear": row.get("TaxYear"), "taxAnnualAmount": row.get("TaxAnnualAmount"), "id": None},
        "school": {"elementarySchool": None, "middleSchool": None, "highSchool": None, "district": None},
        **_people(row),
    }


def _type(row: Listing) -> tuple[str, str]:
    if row.get("PropertySubType") == "Condominium" and row.get("PropertyType") == "Residential":
        return _CONDOMINIUM
    return _TYPES.get(str(row.get("PropertyType")), _TYPES["Residential"])


def _property(row: Listing) -> Listing:
    sub_type = row.get("PropertySubType")
    return {
        "type": _type(row)[0],
        "subType": sub_type.replace(" ", "") if isinstance(sub_type, str) else sub_type,
        "subTypeRaw": sub_type,
        "bedrooms": row.get("BedroomsTotal"),
        "bathrooms": row.get("BathroomsTotalInteger"),
        "bathsFull": row.get("BathroomsFull"),
        "bathsHalf": row.get("BathroomsHalf"),
        "bathsThreeQuarter": None,
        "area": row.get("LivingArea"),
        "lotSizeArea": row.get("LotSizeArea"),
        "lotSizeAreaUnits": row.get("LotSizeUnits"),
        "lotSizeAcres": row.get("LotSizeAcres"),
        "stories": row.get("StoriesTotal"),
        "yearBuilt": row.get("YearBuilt"),
        "garageSpaces": row.get("GarageSpaces"),
        "fireplaces": row.get("FireplacesTotal"),
        "subdivision": row.get("SubdivisionName"),
        "parking": {"spaces": None, "leased": None, "description": _joined(row.get("ParkingFeatures"))},
        "style": _joined(row.get("ArchitecturalStyle")),
        "heating": _joined(row.get("Heating")),
        "cooling": _joined(row.get("Cooling")),
        "flooring": _joined(row.get("Flooring")),
        "view": _joined(row.get("View")),
        "interiorFeatures": _joined(row.get("InteriorFeatures")),
        "exteriorFeatures": _joined(row.get("ExteriorFeatures")),
    }


def _address(row: Listing) -> Listing:
    number = row.get("StreetNumber")
    parts = (row.get("StreetDirPrefix"), row.get("StreetName"), row.get("StreetSuffix"))
    street = " ".join(str(part) for part in parts if part)
    unit = row.get("UnitNumber")
    return {
        "streetNumber": int(number) if isinstance(number, str) and number.isdecimal() else None,
        "streetNumberText": number,
        "streetName": street,
        "unit": unit,
        "full": f"{number or ''} {street}{f' #{unit}' if unit else ''}".strip(),
        "city": row.get("City"),
        "state": row.get("StateOrProvince"),
        "postalCode": row.get("PostalCode"),
        "country": row.get("Country"),
        "crossStreet": None,
    }


def _mls(row: Listing) -> Listing:
    return {
        "status": status_of(row.get("StandardStatus")),
        "statusText": row.get("MlsStatus"),
        "daysOnMarket": row.get("DaysOnMarket"),
        "originatingSystemName": row.get("OriginatingSystemName"),
        "originalEntryTimestamp": row.get("OriginalEntryTimestamp"),
        "area": None,
        "areaMinor": None,
    }


def _sales(row: Listing) -> Listing | None:
    if row.get("CloseDate") is None and row.get("PurchaseContractDate") is None:
        return None
    return {
        "closeDate": _midnight(row.get("CloseDate")),
        "closePrice": row.get("ClosePrice"),
        "contractDate": _midnight(row.get("PurchaseContractDate")),
        "agent": None,
        "office": None,
    }


def _people(row: Listing) -> Listing:
    return {
        "agent": {
            "id": row.get("ListAgentMlsId"),
            "firstName": row.get("ListAgentFirstName"),
            "lastName": row.get("ListAgentLastName"),
            "contact": {
                "email": row.get("ListAgentEmail"),
                "office": row.get("ListAgentDirectPhone"),
                "cell": None,
            },
        },
        "coAgent": None,
        "office": {
            "name": row.get("ListOfficeName"),
            "servingName": row.get("ListOfficeName"),
            "brokerid": row.get("ListOfficeKey"),
            "contact": {"email": None, "office": row.get("ListOfficePhone"), "cell": None},
        },
    }


def _midnight(day: Any) -> Any:
    """A date as the date-time that SimplyRETS sends; anything else as it is."""
    return f"{day}T00:00:00.000000Z" if isinstance(day, str) and len(day) == 10 else day


def _joined(values: Any) -> Any:
    return ", ".join(map(str, values)) or None if isinstance(values, list) else values
