"""Turning rows of an MLS into records, with and without a field map, beside parsing their pages alone."""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from adapters.mls.field_map import FieldMap
from adapters.mls.reso_mapping import read_row
from benchmarks.figures import ROUNDS, Line, Report, Round, measured, share
from domain.entities.mls import MlsRecord

SAMPLES = Path(__file__).resolve().parents[1].parent / "shared" / "samples" / "reso"
_FIELDS, _MADE_ROWS = 633, 50
_ROWS, _FEW_ROWS = 2_000, 100

_RENAMED = {
    "L_ListingID": "ListingKey",
    "L_DisplayId": "ListingId",
    "L_AskingPrice": "ListPrice",
    "L_City": "City",
    "L_State": "StateOrProvince",
    "L_Zip": "PostalCode",
    "L_AddressStreet": "StreetName",
    "L_AddressNumber": "StreetNumber",
    "L_UpdateDate": "ModificationTimestamp",
    "L_SquareFeet": "LivingArea",
    "LM_Int1_1": "BedroomsTotal",
    "LR_remarks22": "PublicRemarks",
}


@dataclass(frozen=True, slots=True)
class _Pages:
    """Pages as they come, their rows, and the rows as an MLS with names of its own would send them."""

    bodies: Sequence[bytes]
    rows: Sequence[dict[str, Any]]
    renamed: Sequence[dict[str, Any]]


def run(*, small: bool = False) -> Report:
    """Measure: seconds are of the processor, on one core."""
    pages = _pages()
    times = max(1, (_FEW_ROWS if small else _ROWS) // len(pages.rows))
    rounds = [_round(pages, times) for _ in range(1 if small else 1 + ROUNDS)]
    mapping, parsing = measured("mapping"), measured("parsing")
    lines = [
        Line("rows into records", mapping, "rows/s"),
        Line("the same by a field map of 12 fields", measured("renamed"), "rows/s"),
        Line("  parsing the pages alone (orjson)", parsing, "rows/s"),
        Line("  parsing, then mapping", measured("both"), "rows/s"),
        Line("records, of what parsing alone makes", share(mapping, parsing), "%"),
    ]
    wide = sum(map(len, pages.rows)) / len(pages.rows)
    size = sum(map(len, pages.bodies)) / len(pages.rows) / 1024
    source = "RESO's samples" if any(SAMPLES.glob("page-*.json")) else "made rows"
    title = f"Mapping: {source} of {wide:.0f} fields and {size:.0f} KB a row, one core"
    return Report(title, lines, rounds if small else rounds[1:])


def _round(pages: _Pages, times: int) -> Round:
    field_map = FieldMap(_RENAMED)
    rows = times * len(pages.rows)
    mapping = _seconds(lambda: [read_row(row) for row in pages.rows], times)
    renamed = _seconds(lambda: [read_row(field_map.apply(row)) for row in pages.renamed], times)
    parsing = _seconds(lambda: [orjson.loads(body) for body in pages.bodies], times)
    return {
        "mapping": rows / mapping,
        "renamed": rows / renamed,
        "parsing": rows / parsing,
        "both": rows / (mapping + parsing),
    }


def _seconds(work: Callable[[], object], times: int) -> float:
    gc.collect()
    begin = time.process_time()
    for _ in range(times):
        work()
    return time.process_time() - begin


def _pages() -> _Pages:
    bodies = [path.read_bytes() for path in sorted(SAMPLES.glob("page-*.json"))] or [_made()]
    rows = [row for body in bodies for row in orjson.loads(body)["value"]]
    own = {reso: name for name, reso in _RENAMED.items()}
    renamed = [{own.get(name, name): value for name, value in row.items()} for row in rows]
    field_map = FieldMap(_RENAMED)
    for row, other in zip(rows, renamed, strict=True):
        record = read_row(row)
        if not isinstance(record, MlsRecord) or record != read_row(field_map.apply(other)):
            raise RuntimeError("the rows are not read, or not read alike")
    return _Pages(bodies, rows, renamed)


def _made() -> bytes:
    """A page as wide as RESO's samples, which are not there: two of three fields have a value."""
    rows = [_row(number) for number in range(_MADE_ROWS)]
    return orjson.dumps({"@odata.count": len(rows), "value": rows})


def _row(number: int) -> dict[str, Any]:
    photos = [
        {
            "MediaKey": f"K{number}-{order}",
            "MediaURL": f"https://photos.example/{number}/{order}.jpg",
            "MediaCategory": "Photo",
            "Order": order,
            "ModificationTimestamp": "2026-05-01T10:00:00Z",
        }
        for order in range(5)
    ]
    row: dict[str, Any] = {
        "ListingKey": f"K{number}",
        "ListingId": f"M-{number}",
        "StandardStatus": "Active",
        "ListPrice": 525_000.5 + number,
        "StreetNumber": str(number),
        "StreetName": "Old Mill",
        "City": "Raleigh",
        "StateOrProvince": "NC",
        "PostalCode": "27606",
        "LivingArea": 1850.0,
        "BedroomsTotal": 3,
        "ListingContractDate": "2026-03-01",
        "PublicRemarks": "Bright and quiet. " * 40,
        "ModificationTimestamp": "2026-05-01T10:00:00.123Z",
        "InteriorFeatures": ["Pantry", "Walk-In Closet(s)"],
        "Media": photos,
    }
    values = ("some text", 12.5, None, ["One", "Two"], True, None)
    others = range(_FIELDS - len(row))
    return row | {f"Other{place}": values[place % len(values)] for place in others}
