"""Tells what the columns of a CSV file stand for, and turns its lines into rows of RESO's names."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.mls.csv_feed_dates import iso_date
from adapters.mls.field_map import FIELD_MAP, FieldMap, propose, read_field_map, sources
from adapters.mls.field_names import RESO_NAMES, written_as
from adapters.mls.shared_settings import read_text
from adapters.mls.status_proposals import is_standard, plain, standard_status
from adapters.mls.values import Values
from domain.entities.mls import SourceField
from domain.errors import ActionRequired, Rejected
from domain.rules.statuses import STATUS_MAP

PHOTO_COLUMNS, PHOTO_SEPARATOR, DATE_ORDER = "photoColumns", "photoSeparator", "dateOrder"
SEPARATORS = {"pipe": "|", "newline": "\n", "space": " ", "comma": ",", "semicolon": ";"}

# What people call the columns of their own lists, beyond what MLSs call their fields.
_WORDS = {
    "description": ("description", "remarks", "comments", "propertydescription", "listingdescription"),
    "propertyType": ("type", "propertykind"),
    "address.city": ("town",),
    "address.state": ("province",),
    "address.zipCode": ("postcode", "postal"),
    "bathrooms": ("bathroom",),
    "garageSpaces": ("garage", "garages", "carspaces"),
    "stories": ("floors", "levelscount"),
    "modifiedInMlsAt": ("modified", "updated", "updatedat", "lastupdate", "lastchange", "changed"),
    "agentName": ("agent", "realtor", "agentname"),
    "agentPhone": ("agentphone", "phone"),
    "agentEmail": ("agentemail", "email"),
    "officeName": ("office", "brokerage", "broker", "company"),
    "SubdivisionName": ("subdivision", "neighborhood", "neighbourhood"),
}
_PHOTOS = re.compile(r"(photo|image|picture|pic|img|media)s?(urls?|links?)?\d*")
_BETWEEN = re.compile(r"[\s|]+|[;,](?=\s*https?://)")
_DATES = (
    "ListingContractDate",
    "OnMarketDate",
    "CloseDate",
    "AvailabilityDate",
    "ModificationTimestamp",
)


class Columns:
    """The columns of one file, by the connection's settings.

    Attributes:
        field_map: the user's, completed by what the header says by itself.
        photos: the columns with addresses of photos, in the file's order.
    """

    def __init__(self, header: Sequence[str], settings: Mapping[str, Any]) -> None:
        """Raises `ActionRequired` for settings that make no sense, `Rejected` if no column names a listing."""
        self._header = tuple(header)
        given = read_field_map(settings)
        self.field_map = _completed(self._header, given, settings)
        self.photos = _photo_columns(self._header, self.field_map, settings)
        self._separator = _separator(settings)
        self._day_first = _day_first(settings)
        own = settings.get(STATUS_MAP)
        self._own_statuses = frozenset(map(plain, own)) if isinstance(own, Mapping) else frozenset()
        read = sources(self.field_map, self._header)
        self._number = read.get("mlsNumber", "")
        self._keys = tuple(filter(None, (read.get("listingKey"), self._number)))
        if not self._keys:
            raise Rejected(_no_key(self._header))

    def raw(self, cells: Sequence[str]) -> dict[str, str]:
        """The line by the file's own names; empty cells are left out."""
        named = zip(self._header, map(str.strip, cells), strict=False)
        return {name: cell for name, cell in named if cell}

    def key(self, cells: Sequence[str]) -> str | None:
        """What `read_row` takes for the line's key, told without reading all of it."""
        return Values(self.raw(cells)).text(*self._keys)

    def number(self, cells: Sequence[str]) -> str | None:
        """The line's ListingId."""
        return Values(self.raw(cells)).text(self._number)

    def row(self, cells: Sequence[str]) -> dict[str, Any]:
        """The line by RESO's names."""
        raw = self.raw(cells)
        row: dict[str, Any] = self.field_map.apply({k: v for k, v in raw.items() if k not in self.photos})
        for name in _DATES:
            if name in row:
                row[name] = iso_date(row[name], day_first=self._day_first)
        self._read_status(row)
        if self.photos:
            urls = [url for name in self.photos for url in self._urls(raw.get(name, ""))]
            row["Media"] = [
                {"MediaURL": url, "Order": place, "MediaCategory": "Photo"}
                for place, url in enumerate(urls, 1)
            ]
        return row

    def sources(self) -> dict[str, str]:
        """Our field -> the column it is read from; of several columns of photos the first."""
        found = sources(self.field_map, [name for name in self._header if name not in self.photos])
        return found | ({"photos": self.photos[0]} if self.photos else {})

    def _read_status(self, row: dict[str, Any]) -> None:
        """Plain words such as Sold become RESO's; what the user gave a meaning is left to the status map."""
        status = row.get("StandardStatus") or row.get("MlsStatus")
        if not isinstance(status, str) or (is_standard(status) and "StandardStatus" in row):
            return
        row.setdefault("MlsStatus", status)
        known = None if plain(status) in self._own_statuses else standard_status(status)
        if known is not None:
            row["StandardStatus"] = known
        else:
            row.pop("StandardStatus", None)

    def _urls(self, cell: str) -> list[str]:
        parts = _BETWEEN.split(cell) if self._separator is None else cell.split(self._separator)
        return [part.strip() for part in parts if part.strip()]


def _completed(header: Sequence[str], given: FieldMap, settings: Mapping[str, Any]) -> FieldMap:
    """The user's map and, for columns it does not speak of, what their names say: never from values, so that
    the same header is always read the same way."""
    chosen = dict(given.targets)
    by_letters = {plain(name): name for name in RESO_NAMES}
    for column in header:
        name = by_letters.get(plain(column))
        if name is not None and name != column:
            _add(chosen, header, column, name)
    fields = [SourceField(name=column) for column in header if not _PHOTOS.fullmatch(plain(column))]
    for column, target in propose(fields, _map(chosen, settings)).items():
        _add(chosen, header, column, target)
    read = sources(_map(chosen, settings), header)
    for target, words in _WORDS.items():
        called = [column for word in words for column in header if plain(column) == word]
        if called and target not in read:
            _add(chosen, header, called[0], target)
    return _map(chosen, settings)


def _add(chosen: dict[str, str], header: Sequence[str], column: str, target: str) -> None:
    """Map a column that is not mapped yet to a target that has no column yet."""
    taken = {written_as(other) for other in chosen.values()} | (set(header) - set(chosen))
    if column not in chosen and written_as(target) not in taken - {column}:
        chosen[column] = target


def _map(targets: Mapping[str, str], settings: Mapping[str, Any]) -> FieldMap:
    return read_field_map({**settings, FIELD_MAP: dict(targets)})


def _photo_columns(
    header: Sequence[str], field_map: FieldMap, settings: Mapping[str, Any]
) -> tuple[str, ...]:
    wanted = [name.strip() for name in read_text(settings, PHOTO_COLUMNS).split(",") if name.strip()]
    absent = [name for name in wanted if name not in header]
    if absent:
        raise ActionRequired(
            f"The setting {PHOTO_COLUMNS} names {absent[0]!r}, which is no column of the file.",
            field=("settings",),
        )
    mapped = [name for name, target in field_map.targets.items() if target in ("photos", "Media")]
    usual = [name for name in header if _PHOTOS.fullmatch(plain(name)) and name not in field_map.targets]
    chosen = wanted or mapped or usual
    return tuple(name for name in header if name in chosen)


def _separator(settings: Mapping[str, Any]) -> str | None:
    given = settings.get(PHOTO_SEPARATOR)
    if given in (None, ""):
        return None
    separator = SEPARATORS.get(given, given) if isinstance(given, str) else ""
    if not isinstance(separator, str) or len(separator) != 1:
        names = ", ".join(SEPARATORS)
        raise ActionRequired(
            f"The setting {PHOTO_SEPARATOR} must be one character, or one of {names}.", field=("settings",)
        )
    return separator


def _day_first(settings: Mapping[str, Any]) -> bool:
    order = read_text(settings, DATE_ORDER).upper() or "MDY"
    if order not in ("MDY", "DMY"):
        raise ActionRequired(f"The setting {DATE_ORDER} must be MDY or DMY.", field=("settings",))
    return order == "DMY"


def _no_key(header: Sequence[str]) -> str:
    shown = ", ".join(name[:40] for name in header[:12])
    return (
        "No column of the CSV file is the number of the listing. Name the column in the field map, for example"
        f' {{"{header[0][:40]}": "mlsNumber"}}. The columns are: {shown}.'
    )
