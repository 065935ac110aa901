"""The sandbox's homes as a CSV file, in the ways in which real ones differ."""

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import orjson

from sandbox.mls.homes import Home
from sandbox.mls.media import public_urls

Header = Literal["reso", "plain"]
DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "cp1252")

_RESO = [
    "ListingKey",
    "ListingId",
    "OriginatingSystemName",
    "StandardStatus",
    "MlsStatus",
    "ListPrice",
    "OriginalListPrice",
    "ClosePrice",
    "PropertyType",
    "PropertySubType",
    "StreetNumber",
    "StreetDirPrefix",
    "StreetName",
    "StreetSuffix",
    "UnitNumber",
    "City",
    "StateOrProvince",
    "PostalCode",
    "CountyOrParish",
    "Country",
    "Latitude",
    "Longitude",
    "BedroomsTotal",
    "BathroomsTotalInteger",
    "BathroomsFull",
    "BathroomsHalf",
    "LivingArea",
    "LotSizeSquareFeet",
    "YearBuilt",
    "StoriesTotal",
    "GarageSpaces",
    "InteriorFeatures",
    "Appliances",
    "Heating",
    "Cooling",
    "View",
    "PublicRemarks",
    "ListingContractDate",
    "CloseDate",
    "DaysOnMarket",
    "ListAgentFullName",
    "ListAgentEmail",
    "ListAgentDirectPhone",
    "ListOfficeName",
    "ModificationTimestamp",
]

# What an office calls its columns -> the fields they hold.
_PLAIN = {
    "MLS #": ("ListingId",),
    "Status": ("MlsStatus",),
    "Price": ("ListPrice",),
    "Address": ("StreetNumber", "StreetDirPrefix", "StreetName", "StreetSuffix"),
    "Unit": ("UnitNumber",),
    "City": ("City",),
    "State": ("StateOrProvince",),
    "Zip": ("PostalCode",),
    "Type": ("PropertyType",),
    "Beds": ("BedroomsTotal",),
    "Baths": ("BathroomsTotalInteger",),
    "Sq Ft": ("LivingArea",),
    "Year Built": ("YearBuilt",),
    "Description": ("PublicRemarks",),
    "Sold Price": ("ClosePrice",),
    "Sold Date": ("CloseDate",),
}


@dataclass(frozen=True)
class Style:
    """How the file is written.

    `header` "plain" has an office's own words and no key but the number; `photos` stands between the addresses
    of a cell.
    """

    header: Header = "reso"
    delimiter: str = ","
    encoding: str = "utf-8"
    photos: str = "|"


def document(homes: Iterable[Home], style: Style, base: str) -> bytes:
    """The file; `base` begins the addresses of photos."""
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=style.delimiter)
    columns = {name: (name,) for name in _RESO} if style.header == "reso" else _PLAIN
    writer.writerow([*columns, "Photos"])
    for home in homes:
        cells = [_joined(home.row.get(name) for name in names) for names in columns.values()]
        writer.writerow([*cells, style.photos.join(public_urls(home.media, base))])
    return file.getvalue().encode(style.encoding, "replace")


def _joined(values: Iterable[Any]) -> str:
    return " ".join(filter(None, map(_cell, values)))


def _cell(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return orjson.dumps(value).decode()
