"""Every dirty value seen in the wild becomes the right one, or None with a warning, and harms no neighbour."""

import json
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from adapters.mls.field_map import read_field_map
from adapters.mls.reso_mapping import DESCRIPTION, read_row
from domain.entities.mls import MlsRecord
from domain.ports import Mls
from tests.contracts.mls.cases import records
from tests.contracts.mls.scripted import Scripted, raw

# What a field is called in our facts.
_FACT = {
    "ListPrice": "price",
    "LivingArea": "square_feet",
    "BedroomsTotal": "bedrooms",
    "YearBuilt": "year_built",
    "CloseDate": "close_date",
    "PublicRemarks": "description",
    "Heating": "heating",
    "PropertyType": "property_type",
    "PoolPrivateYN": "pool_private",
    "ModificationTimestamp": "modified_in_mls_at",
    "ListOfficeName": "office_name",
}

NONE = object()
"""None, and a warning that names the field."""

CASES = [
    pytest.param("ListPrice", '"525,000.00"', Decimal("525000.00"), id="number-as-text-with-commas"),
    pytest.param("ListPrice", '"$525,000"', Decimal("525000.00"), id="number-as-text-with-a-dollar"),
    pytest.param("BedroomsTotal", '"3"', 3, id="whole-number-as-text"),
    pytest.param("LivingArea", '" 1850.5 "', 1850.5, id="number-as-text-with-spaces"),
    pytest.param("ListPrice", "NaN", NONE, id="NaN"),
    pytest.param("LivingArea", "NaN", NONE, id="NaN-for-an-area"),
    pytest.param("BedroomsTotal", '"NaN"', NONE, id="NaN-as-text"),
    pytest.param("ListPrice", "Infinity", NONE, id="Infinity"),
    pytest.param("ListPrice", "1e30", NONE, id="1e30"),
    pytest.param("LivingArea", "1e30", NONE, id="1e30-for-an-area"),
    pytest.param("BedroomsTotal", "1e30", NONE, id="1e30-for-a-whole-number"),
    pytest.param("ListPrice", "1e400", NONE, id="more-than-a-float-holds"),
    pytest.param("ListPrice", "-525000", NONE, id="negative"),
    pytest.param("BedroomsTotal", "-1", NONE, id="negative-whole-number"),
    pytest.param("LivingArea", "-0.5", NONE, id="negative-area"),
    pytest.param("BedroomsTotal", "12.0", 12, id="12.0-for-a-whole-number"),
    pytest.param("YearBuilt", '"1999.0"', 1999, id="12.0-as-text"),
    pytest.param("BedroomsTotal", "3.5", NONE, id="a-fraction-for-a-whole-number"),
    pytest.param("CloseDate", '"TBD"', NONE, id="TBD-for-a-date"),
    pytest.param("ListPrice", '"TBD"', NONE, id="TBD-for-a-price"),
    pytest.param("CloseDate", '"0001-01-01"', NONE, id="the-year-1-for-no-date"),
    pytest.param("CloseDate", '"2026-05-01T00:00:00"', date(2026, 5, 1), id="a-stamp-for-a-date"),
    pytest.param("PublicRemarks", '"Sunny \U0001f31e!"', "Sunny \U0001f31e!", id="emoji"),
    pytest.param("PublicRemarks", r'"Sunny \ud83c\udf1e!"', "Sunny \U0001f31e!", id="emoji-escaped"),
    pytest.param("PublicRemarks", r'"a\u0000b"', "ab", id="NUL"),
    pytest.param("ListOfficeName", r'"\u0000"', None, id="NUL-alone"),
    pytest.param("PublicRemarks", '"a\x00b\x1f"', "ab", id="NUL-not-escaped"),
    pytest.param("PublicRemarks", r'"a\ud83cb"', "ab", id="lone-surrogate"),
    pytest.param("PublicRemarks", r'"\udf1e\ud83c"', None, id="surrogates-the-wrong-way-round"),
    pytest.param("Heating", '"Forced Air"', ("Forced Air",), id="scalar-where-an-array-is-due"),
    pytest.param("Heating", '"Forced Air,Heat Pump"', ("Forced Air", "Heat Pump"), id="list-as-text"),
    pytest.param("PropertyType", '["Land"]', "Land", id="array-where-a-scalar-is-due"),
    pytest.param("Heating", '{"a": 1}', NONE, id="object-where-an-array-is-due"),
    pytest.param("ListPrice", "[525000]", NONE, id="array-where-a-number-is-due"),
    pytest.param("PoolPrivateYN", '"Y"', True, id="boolean-as-Y"),
    pytest.param("PoolPrivateYN", '"N"', False, id="boolean-as-N"),
    pytest.param("PoolPrivateYN", "1", True, id="boolean-as-1"),
    pytest.param("PoolPrivateYN", '"maybe"', NONE, id="boolean-as-neither"),
    pytest.param("ListPrice", "true", NONE, id="boolean-for-a-price"),
    pytest.param(
        "ModificationTimestamp", '"2026-05-01T10:00:00"', datetime(2026, 5, 1, 10, tzinfo=UTC),
        id="stamp-without-zone",
    ),
    pytest.param("ModificationTimestamp", "1777629600", NONE, id="stamp-as-a-number"),
]  # fmt: skip

GOOD = {"ListPrice": 300_000, "City": "Raleigh", "CloseDate": "2026-04-01", "PublicRemarks": "Quiet."}


@pytest.mark.parametrize(("field", "written", "becomes"), CASES)
async def test_a_dirty_value_by_itself(field: str, written: str, becomes: Any) -> None:
    read = read_row(json.loads(f'{{"ListingKey": "K1", "{field}": {written}}}', strict=False))
    assert isinstance(read, MlsRecord)
    check(read, field, becomes)


async def test_all_of_them_in_one_page_of_a_server_with_good_neighbours(
    protocols: dict[str, Mls], server: Scripted
) -> None:
    written = []
    for number, case in enumerate(CASES):
        field, value, _ = case.values
        written += [
            f'{{"ListingKey": "K{number}", "{field}": {value}, "City": "Cary"}}',
            json.dumps({"ListingKey": f"G{number}", **GOOD}),
        ]
    page = f'{{"value": [{",".join(written)}]}}'
    server.answer = lambda request: raw(page if "$skip" not in request.query_params else '{"value": []}')

    found = {record.key: record for record in await records(protocols["reso-web-api"], server.source())}

    assert len(found) == 2 * len(CASES)
    for number, case in enumerate(CASES):
        field, _, becomes = case.values
        check(found[f"K{number}"], str(field), becomes)
        assert found[f"K{number}"].facts.address.city == "Cary"
        good = found[f"G{number}"]
        assert (good.facts.price, good.facts.description) == (Decimal("300000.00"), "Quiet.")
        assert good.facts.close_date == date(2026, 4, 1)
        assert not warnings(good)


async def test_a_megabyte_of_remarks_is_cut_and_told_and_harms_no_neighbour(
    protocols: dict[str, Mls], server: Scripted
) -> None:
    rows = [{"ListingKey": "K1", "PublicRemarks": "\U0001f31e" * 1_000_000}, {"ListingKey": "K2", **GOOD}]
    page = json.dumps({"value": rows}, ensure_ascii=False).encode()
    server.answer = lambda request: raw(page if "$skip" not in request.query_params else '{"value": []}')
    long, good = await records(protocols["reso-web-api"], server.source())
    assert long.facts.description == "\U0001f31e" * DESCRIPTION
    assert "PublicRemarks" in warnings(long)[0]
    assert good.facts.description == "Quiet."


async def test_a_field_renamed_midway_is_read_under_both_names(
    protocols: dict[str, Mls], server: Scripted
) -> None:
    rows = [
        {"ListingKey": "K1", "ListPrice": 1, "BathroomsTotalInteger": 2, "OnMarketDate": "2026-05-01"},
        {"ListingKey": "K2", "AskingPrice": 2, "BathroomsTotal": 3, "OnMarketTimestamp": "2026-05-02T03:00Z"},
    ]
    page = json.dumps({"value": rows})
    server.answer = lambda request: raw(page if "$skip" not in request.query_params else '{"value": []}')
    source = server.source(fieldMap={"AskingPrice": "price"})
    first, second = (record.facts for record in await records(protocols["reso-web-api"], source))
    assert (first.price, first.bathrooms, first.on_market_date) == (Decimal(1), 2, date(2026, 5, 1))
    assert (second.price, second.bathrooms, second.on_market_date) == (Decimal(2), 3, date(2026, 5, 2))


CHICAGO = ZoneInfo("America/Chicago")


@pytest.mark.parametrize(
    ("written", "zone", "moment"),
    [
        pytest.param("2026-07-01T10:00:00", CHICAGO, datetime(2026, 7, 1, 15, tzinfo=UTC), id="summer"),
        pytest.param("2026-01-01T10:00:00.5", CHICAGO, datetime(2026, 1, 1, 16, 0, 0, 500_000, UTC), id="winter"),
        pytest.param("2026-07-01T10:00:00Z", CHICAGO, datetime(2026, 7, 1, 10, tzinfo=UTC), id="has-a-zone"),
        pytest.param("2026-07-01T10:00:00", UTC, datetime(2026, 7, 1, 10, tzinfo=UTC), id="UTC"),
        # As a clock shows it that has not yet been set forward.
        pytest.param("2026-03-08T02:30:00", CHICAGO, datetime(2026, 3, 8, 8, 30, tzinfo=UTC), id="skipped-hour"),
        pytest.param("2026-11-01T01:30:00", CHICAGO, None, id="hour-that-comes-twice"),
        pytest.param("2026-11-01T02:00:00", CHICAGO, datetime(2026, 11, 1, 8, tzinfo=UTC), id="the-hour-after"),
        pytest.param("2026-11-01T01:30:00-06:00", CHICAGO, datetime(2026, 11, 1, 7, 30, tzinfo=UTC), id="told"),
    ],
)  # fmt: skip
def test_a_stamp_without_zone_is_in_the_connections(
    written: str, zone: tzinfo, moment: datetime | None
) -> None:
    photo = {"MediaURL": "https://photos.example/1.jpg", "MediaModificationTimestamp": written}
    row = {"ListingKey": "K1", "ModificationTimestamp": written, "Media": [photo]}
    read = read_row(row, zone=zone)
    assert isinstance(read, MlsRecord)
    assert read.media is not None
    assert (read.facts.modified_in_mls_at, read.media[0].modified_at) == (moment, moment)
    assert len(read.warnings) == (0 if moment else 2)


def test_a_mapped_field_is_as_forgiving() -> None:
    mapped = read_field_map({"fieldMap": {"ASK": "price", "TXT": "description"}})
    read = read_row(mapped.apply({"ListingKey": "K1", "ASK": "525,000.00", "TXT": "a\x00b"}))
    assert isinstance(read, MlsRecord)
    assert (read.facts.price, read.facts.description) == (Decimal("525000.00"), "ab")


def check(record: MlsRecord, field: str, becomes: Any) -> None:
    found = getattr(record.facts, _FACT[field])
    if becomes is NONE:
        assert not found
        assert len(warnings(record)) == 1
        assert field in warnings(record)[0]
    else:
        assert found == becomes
        assert type(found) is type(becomes)
        assert not warnings(record)


def warnings(record: MlsRecord) -> list[str]:
    """Without what the server's silence on photos is worth."""
    return [warning for warning in record.warnings if "$expand" not in warning]
