"""The fields and classes of the sandbox RETS server's Property: system names, data types, lookups.

The names are of the kind that such systems have: short, grown over the years, and told apart by metadata only.
"""

from dataclasses import dataclass
from hashlib import blake2s
from typing import Any

from sandbox.mls.homes import Home
from sandbox.rets.habits import Habits

Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One field.

    Attributes:
        reso: the field of the home's RESO row that it shows, and its StandardName.
        type: DataType of RETS: Character, Int, Decimal, Boolean, Date or DateTime.
        precision: how many decimals a Decimal has.
        lookup: the LookupName, if its values are coded.
        many: several values of the lookup (Interpretation LookupMulti).
    """

    name: str
    reso: str
    type: str
    title: str
    length: int
    precision: int = 0
    lookup: str | None = None
    many: bool = False


def _texts(*columns: tuple[str, str, str], length: int = 80) -> list[Column]:
    return [Column(name, reso, "Character", title, length) for name, reso, title in columns]


def _of(kind: str, length: int, *columns: tuple[str, str, str], precision: int = 0) -> list[Column]:
    return [Column(name, reso, kind, title, length, precision) for name, reso, title in columns]


def _features(*columns: tuple[str, str]) -> list[Column]:
    return [
        Column(f"LFD_{reso}_{place}", reso, "Character", title, 255, lookup=reso, many=True)
        for place, (reso, title) in enumerate(columns, start=1)
    ]


COLUMNS: tuple[Column, ...] = (
    *_texts(("L_ListingID", "ListingKey", "System ID"), ("L_DisplayId", "ListingId", "MLS #"), length=40),
    Column("L_Class", "PropertyType", "Character", "Class", 40, lookup="Class"),
    Column("L_Type_", "PropertySubType", "Character", "Type", 40, lookup="Type"),
    Column("L_Status", "MlsStatus", "Character", "Status", 40, lookup="Status"),
    *_of(
        "Decimal",
        16,
        ("L_AskingPrice", "ListPrice", "Asking Price"),
        ("L_OriginalPrice", "OriginalListPrice", "Original Price"),
        ("L_SoldPrice", "ClosePrice", "Sold Price"),
        ("L_SquareFeet", "LivingArea", "Finished SqFt"),
        ("L_LotSqFt", "LotSizeSquareFeet", "Lot SqFt"),
        ("L_NumAcres", "LotSizeAcres", "Acres"),
        ("L_GarageSpaces", "GarageSpaces", "Garage Spaces"),
        ("L_AssocFee", "AssociationFee", "HOA Fee"),
        ("L_Taxes", "TaxAnnualAmount", "Taxes"),
        precision=2,
    ),
    *_texts(
        ("L_Address", "UnparsedAddress", "Address"),
        ("L_AddressNumber", "StreetNumber", "Street #"),
        ("L_AddressDirection", "StreetDirPrefix", "Dir"),
        ("L_AddressStreet", "StreetName", "Street"),
        ("L_AddressSuffix", "StreetSuffix", "Suffix"),
        ("L_AddressUnit", "UnitNumber", "Unit"),
        ("L_City", "City", "City"),
        ("L_State", "StateOrProvince", "State"),
        ("L_Zip", "PostalCode", "Zip"),
        ("L_County", "CountyOrParish", "County"),
        ("L_Subdivision", "SubdivisionName", "Subdivision"),
        ("L_AssocFeeFreq", "AssociationFeeFrequency", "HOA Fee Paid"),
    ),
    *_of(
        "Decimal",
        16,
        ("LMD_MP_Latitude", "Latitude", "Latitude"),
        ("LMD_MP_Longitude", "Longitude", "Longitude"),
        precision=8,
    ),
    *_of(
        "Int",
        10,
        ("L_Keyword1", "BedroomsTotal", "Bedrooms"),
        ("L_Keyword2", "BathroomsTotalInteger", "Baths"),
        ("L_Keyword3", "BathroomsFull", "Full Baths"),
        ("L_Keyword4", "BathroomsHalf", "Half Baths"),
        ("L_YearBuilt", "YearBuilt", "Year Built"),
        ("L_Stories", "StoriesTotal", "Stories"),
        ("L_TaxYear", "TaxYear", "Tax Year"),
        ("L_DOM", "DaysOnMarket", "DOM"),
        ("L_PictureCount", "PhotosCount", "Pictures"),
    ),
    *_of(
        "Boolean",
        1,
        ("L_Pool", "PoolPrivateYN", "Pool"),
        ("L_InternetDisplay", "InternetEntireListingDisplayYN", "Show on Internet"),
        ("L_AddressDisplay", "InternetAddressDisplayYN", "Show Address on Internet"),
    ),
    *_features(
        ("Heating", "Heating"),
        ("Cooling", "Cooling"),
        ("Appliances", "Appliances"),
        ("InteriorFeatures", "Interior"),
        ("ExteriorFeatures", "Exterior"),
        ("LotFeatures", "Lot"),
        ("ParkingFeatures", "Parking"),
        ("View", "View"),
    ),
    *_texts(("LR_remarks11", "PublicRemarks", "Public Remarks"), length=4000),
    *_texts(("VT_VTourURL", "VirtualTourURLUnbranded", "Virtual Tour"), length=500),
    *_of(
        "Date",
        10,
        ("L_ListingDate", "ListingContractDate", "Listing Date"),
        ("L_OnMarketDate", "OnMarketDate", "On Market"),
        ("L_ContractDate", "PurchaseContractDate", "Contract Date"),
        ("L_ClosingDate", "CloseDate", "Closing Date"),
        ("L_ExpireDate", "ExpirationDate", "Expiration"),
    ),
    *_of(
        "DateTime",
        25,
        ("L_EntryDate", "OriginalEntryTimestamp", "Entered"),
        ("L_StatusDate", "StatusChangeTimestamp", "Status Changed"),
        ("L_PriceDate", "PriceChangeTimestamp", "Price Changed"),
        ("L_Last_Photo_updt", "PhotosChangeTimestamp", "Last Photo Update"),
        ("L_UpdateDate", "ModificationTimestamp", "Last Update"),
    ),
    *_texts(
        ("LA1_AgentID", "ListAgentMlsId", "Listing Agent ID"),
        ("LA1_UserFirstName", "ListAgentFirstName", "Listing Agent First"),
        ("LA1_UserLastName", "ListAgentLastName", "Listing Agent Last"),
        ("LA1_PhoneNumber1", "ListAgentDirectPhone", "Listing Agent Phone"),
        ("LA1_Email", "ListAgentEmail", "Listing Agent Email"),
        ("LO1_OrganizationName", "ListOfficeName", "Listing Office"),
        ("SA1_Name", "BuyerAgentFullName", "Selling Agent"),
    ),
)

_STANDARD_STATUS = Column(
    "L_StandardStatus", "StandardStatus", "Character", "Standard Status", 40, lookup="StandardStatus"
)

KEY_FIELD = "L_ListingID"

CLASSES: dict[str, tuple[str, tuple[str, ...]]] = {
    "RES": ("Residential", ("Residential",)),
    "CND": ("Condominium", ()),
    "RNT": ("Rental", ("Residential Lease",)),
    "MUL": ("Multi-Family", ("Residential Income",)),
    "LND": ("Lots and Land", ("Land",)),
    "COM": ("Commercial", ("Commercial Sale", "Commercial Lease")),
    "FRM": ("Farm and Ranch", ("Farm",)),
    "MFG": ("Manufactured", ("Manufactured In Park",)),
}
"""Classes of Property: what each is called, and the PropertyTypes in it (condominiums have one of their own)."""

ONE_CLASS = "LISTING"

# Status codes of this MLS, and what its agents call them.
_STATUSES = {
    "Active": "A",
    "Active-Contingent": "C",
    "Pending": "P",
    "Sold": "S",
    "Leased": "L",
    "Coming Soon-No Showings": "N",
    "Expired": "X",
    "Withdrawn": "W",
    "Cancelled": "K",
    "Temporarily Off Market": "T",
    "Draft": "I",
    "Deleted": "D",
    "Hold": "H",
}


def columns_of(habits: Habits) -> tuple[Column, ...]:
    """The fields of every class."""
    return (*COLUMNS, _STANDARD_STATUS) if habits.standard_status else COLUMNS


def class_of(row: Row) -> str:
    """The class that a home is in; what has no known PropertyType is residential."""
    if row.get("PropertyType") == "Residential" and row.get("PropertySubType") == "Condominium":
        return "CND"
    found = (name for name, (_, types) in CLASSES.items() if row.get("PropertyType") in types)
    return next(found, "RES")


def code_of(lookup: str, value: str) -> str:
    """The code that COMPACT has for a value of a lookup; a value that is in no lookup stands for itself."""
    if lookup == "Status":
        return _STATUSES.get(value, value)
    return blake2s(f"{lookup}:{value}".encode(), digest_size=4).hexdigest().upper()


def lookup_values(column: Column, homes: list[Home]) -> list[str]:
    """The values of a column's lookup: those in use, of the statuses all."""
    if column.lookup == "Status":
        return list(_STATUSES)
    return sorted({value for home in homes for value in coded(column, home.row)})


def coded(column: Column, row: Row) -> list[str]:
    """The values of a row in a column with a lookup."""
    value = row.get(column.reso)
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, str) and item]
