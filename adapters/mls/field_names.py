"""Our fields and the RESO fields (Data Dictionary 2.0) that each is read from."""

from adapters.mls.reso_extras import EXTRAS

READ_FROM: dict[str, tuple[str, ...]] = {
    "listingKey": ("ListingKey",),
    "mlsNumber": ("ListingId",),
    "mlsId": ("OriginatingSystemKey", "ListingKeyNumeric"),
    "originatingSystem": ("OriginatingSystemName",),
    "status": ("StandardStatus", "MlsStatus"),
    "standardStatus": ("StandardStatus",),
    "mlsStatus": ("MlsStatus",),
    "price": ("ListPrice",),
    "originalPrice": ("OriginalListPrice",),
    "closePrice": ("ClosePrice",),
    "propertyType": ("PropertyType",),
    "propertySubType": ("PropertySubType",),
    "address.street": ("StreetName", "UnparsedAddress"),
    "address.unit": ("UnitNumber",),
    "address.city": ("City", "PostalCity"),
    "address.state": ("StateOrProvince",),
    "address.zipCode": ("PostalCode",),
    "address.country": ("Country",),
    "address.county": ("CountyOrParish",),
    "latitude": ("Latitude",),
    "longitude": ("Longitude",),
    "bedrooms": ("BedroomsTotal",),
    "bathrooms": ("BathroomsTotalInteger", "BathroomsTotal"),
    "bathroomsFull": ("BathroomsFull",),
    "bathroomsHalf": ("BathroomsHalf",),
    "squareFeet": ("LivingArea",),
    "lotSizeSquareFeet": ("LotSizeSquareFeet", "LotSizeAcres", "LotSizeArea"),
    "yearBuilt": ("YearBuilt",),
    "stories": ("Stories", "StoriesTotal"),
    "garageSpaces": ("GarageSpaces",),
    "parkingTotal": ("ParkingTotal",),
    "features": (
        "InteriorFeatures",
        "ExteriorFeatures",
        "PatioAndPorchFeatures",
        "CommunityFeatures",
        "AssociationAmenities",
        "LotFeatures",
        "WaterfrontFeatures",
        "SecurityFeatures",
        "AccessibilityFeatures",
        "ParkingFeatures",
    ),
    "appliances": ("Appliances",),
    "heating": ("Heating",),
    "cooling": ("Cooling",),
    "view": ("View",),
    "poolPrivate": ("PoolPrivateYN",),
    "associationFee": ("AssociationFee",),
    "associationFeeFrequency": ("AssociationFeeFrequency",),
    "taxAnnualAmount": ("TaxAnnualAmount",),
    "description": ("PublicRemarks",),
    "virtualTourUrl": ("VirtualTourURLUnbranded", "VirtualTourURLBranded"),
    "listDate": ("ListingContractDate",),
    "onMarketDate": ("OnMarketDate", "OnMarketTimestamp"),
    "closeDate": ("CloseDate",),
    "daysOnMarket": ("DaysOnMarket",),
    "agentName": ("ListAgentFullName", "ListAgentLastName"),
    "agentPhone": (
        "ListAgentPreferredPhone",
        "ListAgentDirectPhone",
        "ListAgentMobilePhone",
        "ListAgentOfficePhone",
    ),
    "agentEmail": ("ListAgentEmail",),
    "officeName": ("ListOfficeName",),
    "photos": ("Media",),
    "modifiedInMlsAt": ("ModificationTimestamp",),
}
"""Our field, as the graph names it -> the RESO fields it may be read from, the first that has a value."""

_BESIDE = (
    "StreetNumber",
    "StreetDirPrefix",
    "StreetSuffix",
    "StreetDirSuffix",
    "LivingAreaUnits",
    "LotSizeUnits",
    "ListAgentFirstName",
    "MlgCanView",
    "PhotosChangeTimestamp",
    "PhotosCount",
)

RESO_NAMES = frozenset(name for names in READ_FROM.values() for name in names) | {*_BESIDE, *EXTRAS}
"""Every RESO field that can make a difference."""

_WRITTEN_AS = {"address.street": "UnparsedAddress", "status": "MlsStatus"}

SET_ASIDE = {
    "address.street": ("StreetNumber", "StreetName"),
    "squareFeet": ("LivingAreaUnits",),
    "status": ("StandardStatus",),
}
"""What would be read before or beside our field, and is not once the field has a source of its own."""


def written_as(target: str) -> str | None:
    """The RESO field under which a value for our field, or for a RESO field, is put; None if unknown."""
    if target in READ_FROM:
        return _WRITTEN_AS.get(target, READ_FROM[target][0])
    return target if target in RESO_NAMES else None
