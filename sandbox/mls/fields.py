"""The resources that the sandbox MLS serves and their fields, with their OData types.

Names and types are those of the RESO Data Dictionary 2.0 (https://dd.reso.org).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from sandbox.mls.flavours import Flavour


class Edm(Enum):
    """The OData primitive types in use."""

    STRING = "Edm.String"
    DECIMAL = "Edm.Decimal"
    INT = "Edm.Int64"
    BOOLEAN = "Edm.Boolean"
    DATE = "Edm.Date"
    TIMESTAMP = "Edm.DateTimeOffset"


@dataclass(frozen=True)
class Field:
    """One field: its type, whether it is a list of them, and what $metadata says of its size."""

    name: str
    type: Edm
    many: bool = False
    length: int | None = None


def _fields(type_: Edm, names: str, *, many: bool = False, length: int | None = None) -> dict[str, Field]:
    return {name: Field(name, type_, many, length) for name in names.split()}


PROPERTY: dict[str, Field] = {
    **_fields(
        Edm.STRING,
        "ListingKey ListingId OriginatingSystemName StandardStatus MlsStatus PropertyType PropertySubType"
        " UnparsedAddress StreetNumber StreetDirPrefix StreetName StreetSuffix StreetDirSuffix UnitNumber City"
        " StateOrProvince CountyOrParish Country SubdivisionName LivingAreaUnits LotSizeUnits LeaseTerm"
        " AssociationFeeFrequency"
        " ListAgentKey ListAgentMlsId ListAgentFullName ListAgentFirstName ListAgentLastName"
        " ListAgentDirectPhone ListAgentEmail ListOfficeKey ListOfficeName ListOfficePhone BuyerAgentFullName",
        length=255,
    ),
    **_fields(Edm.STRING, "PostalCode", length=10),
    **_fields(Edm.STRING, "PublicRemarks", length=4000),
    **_fields(Edm.STRING, "VirtualTourURLUnbranded VirtualTourURLBranded", length=8000),
    **_fields(
        Edm.STRING,
        "Levels ArchitecturalStyle ParkingFeatures Heating Cooling Appliances InteriorFeatures ExteriorFeatures"
        " Flooring View LotFeatures PetsAllowed",
        many=True,
        length=255,
    ),
    **_fields(
        Edm.DECIMAL,
        "ListPrice OriginalListPrice PreviousListPrice ClosePrice LivingArea LotSizeSquareFeet LotSizeAcres"
        " LotSizeArea GarageSpaces AssociationFee TaxAnnualAmount Latitude Longitude",
    ),
    **_fields(
        Edm.INT,
        "BedroomsTotal BathroomsTotalInteger BathroomsFull BathroomsHalf YearBuilt StoriesTotal FireplacesTotal"
        " NumberOfUnitsTotal TaxYear DaysOnMarket CumulativeDaysOnMarket PhotosCount",
    ),
    **_fields(
        Edm.BOOLEAN,
        "GarageYN NewConstructionYN PoolPrivateYN WaterfrontYN AssociationYN InternetEntireListingDisplayYN"
        " InternetAddressDisplayYN",
    ),
    **_fields(
        Edm.DATE,
        "ListingContractDate OnMarketDate OffMarketDate PurchaseContractDate CloseDate ExpirationDate"
        " AvailabilityDate",
    ),
    **_fields(
        Edm.TIMESTAMP,
        "OriginalEntryTimestamp StatusChangeTimestamp PriceChangeTimestamp PhotosChangeTimestamp"
        " ModificationTimestamp",
    ),
}

MEDIA: dict[str, Field] = {
    **_fields(
        Edm.STRING,
        "MediaKey ResourceRecordKey ResourceRecordID ResourceName MediaCategory MediaType MimeType MediaStatus"
        " ImageOf OriginatingSystemName",
        length=255,
    ),
    **_fields(Edm.STRING, "MediaURL", length=8000),
    **_fields(Edm.STRING, "ShortDescription", length=50),
    **_fields(Edm.STRING, "Permission", many=True, length=255),
    **_fields(Edm.INT, "Order ImageWidth ImageHeight"),
    **_fields(Edm.BOOLEAN, "PreferredPhotoYN"),
    **_fields(Edm.TIMESTAMP, "MediaModificationTimestamp ModificationTimestamp"),
}

DELETED: dict[str, Field] = {
    **_fields(Edm.STRING, "resource primary_key", length=255),
    **_fields(Edm.TIMESTAMP, "ts"),
}
"""What UtahRealEstate keeps of rows that it deleted: vendor.utahrealestate.com, "Deleting old Data"."""

ENTITY_EVENT: dict[str, Field] = {
    **_fields(Edm.INT, "EntityEventSequence"),
    **_fields(Edm.STRING, "ResourceName ResourceRecordKey", length=255),
}
"""RESO's log of changes: https://transport.reso.org/proposals/web-api-entity-event.html"""

MLG: dict[str, Field] = {
    **_fields(Edm.BOOLEAN, "MlgCanView"),
    **_fields(Edm.STRING, "MlgCanUse", many=True, length=255),
}
"""What MLS Grid adds to every row."""


@dataclass(frozen=True)
class Resource:
    """The name of a resource's key, and its fields."""

    key: str
    fields: Mapping[str, Field]


def resources(flavour: Flavour) -> dict[str, Resource]:
    """The resources that a flavour serves, by name."""
    extra = MLG if flavour.removal == "can-view" else {}
    served = {"Property": Resource("ListingKey", PROPERTY | extra), "Media": Resource("MediaKey", MEDIA)}
    if flavour.removal == "deleted":
        served["Deleted"] = Resource("primary_key", DELETED)
    if flavour.events:
        served["EntityEvent"] = Resource("EntityEventSequence", ENTITY_EVENT)
    return served
