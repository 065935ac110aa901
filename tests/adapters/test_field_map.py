"""A connection's field map: what may be written in it, and what it makes of a row."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from adapters.mls.field_map import FieldMap, missing, read_field_map, sources
from adapters.mls.field_names import READ_FROM, RESO_NAMES
from adapters.mls.reso_mapping import read_row
from domain.entities.mls import MlsRecord
from domain.errors import ActionRequired

_PHOTO = {"MediaKey": "P1", "MediaURL": "https://photos.example/1.jpg", "MediaCategory": "Photo"}

_VALUES: dict[str, tuple[Any, Any]] = {
    "listingKey": ("K9", "K9"),
    "mlsNumber": ("M-9", "M-9"),
    "mlsId": ("O-9", "O-9"),
    "originatingSystem": ("North", "North"),
    "standardStatus": ("Pending", "Pending"),
    "mlsStatus": ("PND", "PND"),
    "price": ("525,000.00", Decimal("525000.00")),
    "originalPrice": (549000, Decimal("549000.00")),
    "closePrice": (520000, Decimal("520000.00")),
    "propertyType": ("Land", "Land"),
    "propertySubType": ("Lot", "Lot"),
    "latitude": (35.5, 35.5),
    "longitude": (-78.5, -78.5),
    "bedrooms": ("3", 3),
    "bathrooms": ("2", 2),
    "bathroomsFull": (1, 1),
    "bathroomsHalf": (1, 1),
    "squareFeet": (1850, 1850.0),
    "lotSizeSquareFeet": (4000, 4000.0),
    "yearBuilt": ("1999", 1999),
    "stories": (2, 2),
    "garageSpaces": (2, 2.0),
    "parkingTotal": (3, 3),
    "features": ("Pantry,Den", ("Pantry", "Den")),
    "appliances": (["Oven"], ("Oven",)),
    "heating": (["Wood"], ("Wood",)),
    "cooling": (["Fans"], ("Fans",)),
    "view": (["Hills"], ("Hills",)),
    "poolPrivate": ("Y", True),
    "associationFee": (120, Decimal("120.00")),
    "associationFeeFrequency": ("Monthly", "Monthly"),
    "taxAnnualAmount": (4100, Decimal("4100.00")),
    "description": ("Bright.", "Bright."),
    "virtualTourUrl": ("https://tour.example/1", "https://tour.example/1"),
    "listDate": ("2026-03-01", date(2026, 3, 1)),
    "onMarketDate": ("2026-03-02", date(2026, 3, 2)),
    "closeDate": ("2026-05-01", date(2026, 5, 1)),
    "daysOnMarket": (60, 60),
    "agentName": ("Dana Ashgrove", "Dana Ashgrove"),
    "agentPhone": ("555-0110", "555-0110"),
    "agentEmail": ("dana@example.com", "dana@example.com"),
    "officeName": ("Blue Door", "Blue Door"),
    "modifiedInMlsAt": ("2026-05-01T10:00:00Z", datetime(2026, 5, 1, 10, tzinfo=UTC)),
    "address.street": ("12 Old Mill Rd", "12 Old Mill Rd"),
    "address.unit": ("3B", "3B"),
    "address.city": ("Raleigh", "Raleigh"),
    "address.state": ("NC", "NC"),
    "address.zipCode": ("27606", "27606"),
    "address.country": ("US", "US"),
    "address.county": ("Wake", "Wake"),
}

# What a row must hold beside the field so that it counts, and an attribute that is called otherwise.
_WITH: dict[str, dict[str, Any]] = {"latitude": {"Longitude": -78.5}, "longitude": {"Latitude": 35.5}}


def field_map(**targets: str) -> FieldMap:
    return read_field_map({"fieldMap": targets})


def read(row: Mapping[str, Any], mapped: FieldMap) -> MlsRecord:
    record = read_row(mapped.apply({"ListingKey": "K1", **row}))
    assert isinstance(record, MlsRecord)
    return record


def fact(record: MlsRecord, target: str) -> Any:
    whole: Any = record.facts
    for part in target.split("."):
        snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in part)
        whole = getattr(whole, snake)
    return whole


@pytest.mark.parametrize("target", sorted(set(READ_FROM) - {"photos", "status"}))
def test_every_field_of_ours_can_have_a_source_of_its_own(target: str) -> None:
    given, expected = _VALUES[target]
    row = {**_WITH.get(target, {}), "RAW": given}
    assert fact(read(row, field_map(RAW=target)), target) == expected
    assert fact(read(row, FieldMap()), target) != expected


@pytest.mark.parametrize("target", sorted(set(READ_FROM) - {"photos", "status", "features"}))
def test_it_wins_over_all_that_the_row_has_under_resos_names(target: str) -> None:
    given, expected = _VALUES[target]
    there: dict[str, Any] = dict.fromkeys(READ_FROM[target], "7")
    there |= {"StreetNumber": "7", "LivingAreaUnits": "Acres", **_WITH.get(target, {}), "RAW": given}
    assert fact(read(there, field_map(RAW=target)), target) == expected


def test_photos_have_a_source_too() -> None:
    media = read({"PICTURES": [_PHOTO]}, field_map(PICTURES="photos")).media
    assert [photo.key for photo in media or ()] == ["P1"]


def test_resos_own_names_are_targets_too() -> None:
    record = read(
        {"NO": "12", "NAME": "Old Mill", "SUBDIV": "Wren Park"},
        field_map(NO="StreetNumber", NAME="StreetName", SUBDIV="SubdivisionName"),
    )
    assert record.facts.address.street == "12 Old Mill"
    assert record.facts.extras == {"SubdivisionName": "Wren Park"}


def test_every_name_of_resos_that_is_a_target_is_read_or_asked_for() -> None:
    asked: set[str] = set()

    class Watched(dict[str, Any]):
        def get(self, key: str, default: Any = None) -> Any:
            asked.add(key)
            return super().get(key, default)

    watched = Watched(ListingKey="K1")
    for row in (watched, Watched(watched | {"StreetNumber": "1", "StreetName": "x", "LotSizeArea": 1})):
        read_row(row)
    # The last two are for the delta's filter and for protocols that fetch photos by number.
    assert asked >= RESO_NAMES - {"PhotosChangeTimestamp", "PhotosCount"}


class TestApplying:
    def test_without_a_map_the_row_itself_comes_back(self) -> None:
        row = {"ListPrice": 3}
        assert FieldMap().apply(row) is row
        assert read_field_map({}).apply(row) is row

    def test_a_row_is_not_changed(self) -> None:
        row = {"ASK": 1, "ListPrice": 2, "Other": 3}
        assert field_map(ASK="price").apply(row) == {"ListPrice": 1, "Other": 3}
        assert row == {"ASK": 1, "ListPrice": 2, "Other": 3}

    def test_fields_may_change_places(self) -> None:
        swapped = field_map(ListPrice="originalPrice", OriginalListPrice="price")
        record = read({"ListPrice": 1, "OriginalListPrice": 2}, swapped)
        assert record.facts.price == 2
        assert record.facts.original_price == 1

    def test_a_field_renamed_midway_falls_back_to_resos_name(self) -> None:
        mapped = field_map(ASK="price", ADDR="address.street")
        record = read({"ListPrice": 2, "StreetNumber": "1", "StreetName": "Elm"}, mapped)
        assert record.facts.price == 2
        assert record.facts.address.street == "1 Elm"

    @pytest.mark.parametrize("row", [None, 7, "row", ["row"]])
    def test_what_is_no_object_is_left_to_the_mapping(self, row: Any) -> None:
        assert field_map(ASK="price").apply(row) == row


class TestStatus:
    def test_a_standard_word_is_the_standard_status(self) -> None:
        facts = read({"ST": "ActiveUnderContract"}, field_map(ST="status")).facts
        assert (facts.standard_status, facts.mls_status) == ("ActiveUnderContract", "ActiveUnderContract")

    def test_another_is_for_the_status_map(self) -> None:
        facts = read({"ST": "U", "StandardStatus": "Active"}, field_map(ST="status")).facts
        assert (facts.standard_status, facts.mls_status) == (None, "U")

    def test_what_the_status_map_explains_is_never_read_otherwise(self) -> None:
        settings = {"fieldMap": {"ST": "status"}, "statusMap": {"ACTIVE": "Coming Soon"}}
        facts = read({"ST": "Active"}, read_field_map(settings)).facts
        assert (facts.standard_status, facts.mls_status) == (None, "Active")


class TestSettings:
    @pytest.mark.parametrize("settings", [{}, {"fieldMap": None}, {"fieldMap": ""}, {"fieldMap": {}}])
    def test_none_is_an_empty_map(self, settings: dict[str, Any]) -> None:
        assert read_field_map(settings).targets == {}

    @pytest.mark.parametrize("given", ["ASK=price", ["ASK"], 7, True])
    def test_it_must_be_an_object(self, given: Any) -> None:
        with pytest.raises(ActionRequired, match="JSON object"):
            read_field_map({"fieldMap": given})

    @pytest.mark.parametrize(
        ("target", "near"),
        [
            ("Price", "price"),
            ("list_price", "ListPrice"),
            ("adress.city", "address.city"),
            ("zipcode", "zip"),
        ],
    )
    def test_an_unknown_target_is_refused_with_the_nearest_ones(self, target: str, near: str) -> None:
        with pytest.raises(ActionRequired, match=f"ASK.*{target}.*{near}"):
            read_field_map({"fieldMap": {"ASK": target}})

    @pytest.mark.parametrize("target", [None, 7, ["price"], {"price": 1}, ""])
    def test_so_is_what_is_no_name(self, target: Any) -> None:
        with pytest.raises(ActionRequired, match="ASK"):
            read_field_map({"fieldMap": {"ASK": target}})

    @pytest.mark.parametrize("second", ["price", "ListPrice"])
    def test_one_field_has_one_source(self, second: str) -> None:
        with pytest.raises(ActionRequired, match="ASK and LP"):
            read_field_map({"fieldMap": {"ASK": "price", "LP": second}})


class TestNames:
    def test_the_mls_is_asked_by_its_own_names(self) -> None:
        mapped = field_map(LIST_87="modifiedInMlsAt", LIST_134="PhotosChangeTimestamp")
        assert mapped.raw_name("ModificationTimestamp") == "LIST_87"
        assert mapped.raw_name("PhotosChangeTimestamp") == "LIST_134"
        assert mapped.raw_name("ListingKey") == "ListingKey"

    def test_sources_tell_what_each_of_ours_is_read_from(self) -> None:
        mapped = field_map(ASK="price", CITY="address.city", GONE="bedrooms", NAME="StreetName")
        names = ["ASK", "ListPrice", "CITY", "BedroomsTotal", "NAME", "LotSizeAcres", "Other", "ListingKey"]
        assert sources(mapped, names) == {
            "listingKey": "ListingKey",
            "price": "ASK",
            "address.street": "NAME",
            "address.city": "CITY",
            "bedrooms": "BedroomsTotal",
            "lotSizeSquareFeet": "LotSizeAcres",
        }

    def test_a_field_that_is_mapped_away_is_no_source_any_more(self) -> None:
        assert sources(field_map(ListPrice="closePrice"), ["ListPrice"]) == {"closePrice": "ListPrice"}

    def test_missing_are_the_important_ones(self) -> None:
        found = missing(["price", "status", "photos", "mlsNumber"])
        assert {"address.street", "bedrooms", "modifiedInMlsAt"} <= set(found)
        assert not {"price", "status", "photos", "mlsNumber", "poolPrivate"} & set(found)
        assert missing(READ_FROM) == []
