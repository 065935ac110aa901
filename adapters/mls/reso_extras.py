"""Keeps fields of a RESO row that have no attribute of their own, as text of a bounded size."""

from decimal import Decimal
from typing import Any

from adapters.mls.values import Values, to_text

EXTRAS_BYTES = 16_384
_EXTRA = 1000

# Most telling first: when they do not fit, the last ones are left out.
EXTRAS = (
    "InternetEntireListingDisplayYN",
    "InternetAddressDisplayYN",
    "SubdivisionName",
    "ArchitecturalStyle",
    "NewConstructionYN",
    "WaterfrontYN",
    "SeniorCommunityYN",
    "Levels",
    "Basement",
    "Flooring",
    "Roof",
    "ConstructionMaterials",
    "FireplacesTotal",
    "FireplaceFeatures",
    "PoolFeatures",
    "LaundryFeatures",
    "Furnished",
    "LeaseTerm",
    "AvailabilityDate",
    "PetsAllowed",
    "NumberOfUnitsTotal",
    "ElementarySchool",
    "MiddleOrJuniorSchool",
    "HighSchool",
    "Sewer",
    "WaterSource",
    "Utilities",
    "Zoning",
    "ParcelNumber",
    "TaxYear",
    "ListAgentMlsId",
    "ListOfficeMlsId",
    "ListOfficePhone",
    "ListingURL",
)


def read_extras(row: Values) -> dict[str, str]:
    """Fields without an attribute of their own, as text, within `EXTRAS_BYTES` of UTF-8."""
    extras: dict[str, str] = {}
    room = EXTRAS_BYTES
    for name in EXTRAS:
        given = row.raw.get(name)
        value = "" if given is None else _extra(given)
        if not value:
            continue
        size = len(name) + (len(value) if value.isascii() else len(value.encode()))
        if size > room:
            row.warn(f"{name} was left out: the further fields are larger than {EXTRAS_BYTES} bytes.")
            continue
        extras[name] = value
        room -= size
    return extras


def _extra(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float | Decimal | list):
        return ""
    try:
        return to_text(value)[:_EXTRA]
    except ValueError:
        return ""
