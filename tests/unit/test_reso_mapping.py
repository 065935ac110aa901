"""RESO rows become records: each field's source, dirty values, photos, and rows that cannot be read."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.mls.reso_extras import EXTRAS_BYTES
from adapters.mls.reso_mapping import DESCRIPTION, read_row
from adapters.mls.values import MOST_WARNINGS
from domain.entities.listing import Address, ListingFacts, Media
from domain.entities.mls import MlsDefect, MlsRecord
from domain.rules.photos import MOST_NAMED


def record(**fields: Any) -> MlsRecord:
    read = read_row({"ListingKey": "K1", **fields})
    assert isinstance(read, MlsRecord)
    return read


def facts(**fields: Any) -> ListingFacts:
    return record(**fields).facts


def test_a_row_as_the_data_dictionary_has_it() -> None:
    read = record(
        ListingId="M-1", OriginatingSystemKey="O-1", OriginatingSystemName="Sandbox", StandardStatus="Active",
        MlsStatus="A", ListPrice=525000, OriginalListPrice=549000.5, PropertyType="Residential",
        PropertySubType="Townhouse", Latitude=35.8, Longitude=-78.6, BedroomsTotal=3, BathroomsTotalInteger=3,
        BathroomsFull=2, BathroomsHalf=1, LivingArea=1850, LivingAreaUnits="Square Feet",
        LotSizeSquareFeet=4000.5, YearBuilt=1999, StoriesTotal=2, GarageSpaces=1.5, ParkingTotal=3,
        InteriorFeatures=["Pantry"], ExteriorFeatures=["Garden", "Pantry"], Appliances=["Dishwasher"],
        Heating=["Forced Air"], Cooling=["None"], View=["Hills"], PoolPrivateYN=False, AssociationFee=120,
        AssociationFeeFrequency="Monthly", TaxAnnualAmount=4100.25, PublicRemarks="Bright.\nQuiet.",
        VirtualTourURLUnbranded="https://tour.example/1", ListingContractDate="2026-03-01",
        OnMarketDate="2026-03-02", CloseDate="2026-05-01", ClosePrice=520000, DaysOnMarket=60,
        ListAgentFullName="Dana Ashgrove", ListAgentDirectPhone="555-0110", ListAgentEmail="dana@example.com",
        ListOfficeName="Blue Door Homes", ModificationTimestamp="2026-05-01T10:00:00.123Z",
    )  # fmt: skip
    assert read.key == "K1"
    assert read.warnings == ()
    assert not read.deleted
    assert read.media is None
    assert read.facts == ListingFacts(
        listing_key="K1", mls_number="M-1", mls_id="O-1", originating_system="Sandbox", standard_status="Active",
        mls_status="A", price=Decimal("525000.00"), original_price=Decimal("549000.50"),
        close_price=Decimal("520000.00"), property_type="Residential", property_sub_type="Townhouse",
        latitude=35.8, longitude=-78.6, bedrooms=3, bathrooms=3, bathrooms_full=2, bathrooms_half=1,
        square_feet=1850.0, lot_size_square_feet=4000.5, year_built=1999, stories=2, garage_spaces=1.5,
        parking_total=3, features=("Pantry", "Garden"), appliances=("Dishwasher",), heating=("Forced Air",),
        view=("Hills",), pool_private=False, association_fee=Decimal("120.00"),
        association_fee_frequency="Monthly", tax_annual_amount=Decimal("4100.25"),
        description="Bright.\nQuiet.", virtual_tour_url="https://tour.example/1", list_date=date(2026, 3, 1),
        on_market_date=date(2026, 3, 2), close_date=date(2026, 5, 1), days_on_market=60,
        agent_name="Dana Ashgrove", agent_phone="555-0110", agent_email="dana@example.com",
        office_name="Blue Door Homes",
        modified_in_mls_at=datetime(2026, 5, 1, 10, 0, 0, 123000, UTC),
    )  # fmt: skip


class TestAddress:
    def test_the_parts_make_the_street(self) -> None:
        read = facts(
            StreetNumber="12", StreetDirPrefix="N", StreetName="Old Mill", StreetSuffix="Rd", StreetDirSuffix="W",
            UnitNumber="3B", City="Raleigh", StateOrProvince="NC", PostalCode="27606", Country="US",
            CountyOrParish="Wake", UnparsedAddress="12 N Old Mill Rd W Unit 3B, Raleigh, NC 27606",
        )  # fmt: skip
        assert read.address == Address(
            street="12 N Old Mill Rd W", unit="3B", city="Raleigh", state="NC", zip_code="27606", country="US",
            county="Wake",
        )  # fmt: skip

    def test_without_parts_it_is_the_beginning_of_the_whole(self) -> None:
        whole = "12 Old Mill Rd, RALEIGH, NC 27606"
        assert facts(UnparsedAddress=whole, City="Raleigh").address.street == "12 Old Mill Rd"
        assert facts(UnparsedAddress=whole).address.street == whole
        assert facts(StreetName="Old Mill").address.street == "Old Mill"

    @pytest.mark.parametrize(("latitude", "longitude"), [(0, 0), (91, 10), (45, None), ("x", 3), (45, -181)])
    def test_a_place_is_whole_or_not_at_all(self, latitude: Any, longitude: Any) -> None:
        read = facts(Latitude=latitude, Longitude=longitude)
        assert (read.latitude, read.longitude) == (None, None)


class TestAreas:
    @pytest.mark.parametrize(
        ("area", "units", "feet"),
        [
            (100, "Square Meters", 1076.39),
            (100, "SquareMeters", 1076.39),
            (100, "Square Feet", 100),
            (100, None, 100),
            ("1,850.5", None, 1850.5),
            (100, "Cubits", None),
        ],
    )
    def test_living_area_is_in_square_feet(self, area: Any, units: str | None, feet: float | None) -> None:
        assert facts(LivingArea=area, LivingAreaUnits=units).square_feet == feet

    @pytest.mark.parametrize(
        ("fields", "feet"),
        [
            ({"LotSizeSquareFeet": 5000, "LotSizeAcres": 3}, 5000),
            ({"LotSizeAcres": 0.25}, 10890),
            ({"LotSizeArea": 2, "LotSizeUnits": "Acres"}, 87120),
            ({"LotSizeArea": 2, "LotSizeUnits": "Hectares"}, 215278.21),
            ({"LotSizeArea": 800, "LotSizeUnits": "Square Feet"}, 800),
            ({"LotSizeArea": 2}, None),
        ],
    )
    def test_so_is_the_lot(self, fields: dict[str, Any], feet: float | None) -> None:
        assert facts(**fields).lot_size_square_feet == feet


class TestDirtyValues:
    @pytest.mark.parametrize(
        ("given", "price"),
        [
            ("525,000.00", "525000.00"),
            ("$525,000", "525000.00"),
            (525000.0, "525000.00"),
            (0.1 + 0.2, "0.30"),
            (99999999999.99, "99999999999.99"),
            (Decimal("1449.005"), "1449.00"),
            ("5,25", None),
            ("525.000,00", None),
            ("call", None),
            ("-", None),
            (".", None),
            (float("nan"), None),
            (float("inf"), None),
            (1e30, None),
            (10**400, None),
            (Decimal("1e999999"), None),
            (-1, None),
            (True, None),
            ([], None),
            ({"amount": 3}, None),
        ],
    )
    def test_a_price_is_exact_or_none(self, given: Any, price: str | None) -> None:
        read = record(ListPrice=given)
        assert read.facts.price == (None if price is None else Decimal(price))
        assert str(read.facts.price) == str(price)
        assert len(read.warnings) == (price is None and given != [])

    def test_a_price_of_zero_is_none_without_a_warning(self) -> None:
        assert facts(ListPrice=0).price is None
        assert facts(AssociationFee=0).association_fee == 0
        assert record(ClosePrice=0).warnings == ()

    @pytest.mark.parametrize(
        ("given", "bedrooms"),
        [
            (3, 3),
            (3.0, 3),
            ("3", 3),
            ("3.0", 3),
            (3.5, None),
            (-1, None),
            (10**9, None),
            ("three", None),
            (0, 0),
        ],
    )
    def test_a_count_is_whole(self, given: Any, bedrooms: int | None) -> None:
        assert facts(BedroomsTotal=given).bedrooms == bedrooms

    @pytest.mark.parametrize(
        ("given", "day"),
        [
            ("2026-05-01", date(2026, 5, 1)),
            ("2026-05-01T00:00:00Z", date(2026, 5, 1)),
            ("TBD", None),
            ("0001-01-01", None),
            ("9999-12-31", None),
            ("2026-02-30", None),
            (20260501, None),
        ],
    )
    def test_a_date_is_a_day_of_our_time(self, given: Any, day: date | None) -> None:
        read = record(CloseDate=given)
        assert read.facts.close_date == day
        assert len(read.warnings) == (day is None)

    @pytest.mark.parametrize(
        ("given", "moment"),
        [
            ("2026-05-01T10:00:00Z", datetime(2026, 5, 1, 10, tzinfo=UTC)),
            ("2026-05-01T10:00:00", datetime(2026, 5, 1, 10, tzinfo=UTC)),
            ("2026-05-01T10:00:00-05:00", datetime(2026, 5, 1, 15, tzinfo=UTC)),
            ("2026-05-01T10:00:00.1234567Z", datetime(2026, 5, 1, 10, 0, 0, 123456, UTC)),
            ("0001-01-01T00:00:00+14:00", None),
            ("soon", None),
            (1777629600, None),
        ],
    )
    def test_a_stamp_is_utc(self, given: Any, moment: datetime | None) -> None:
        assert facts(ModificationTimestamp=given).modified_in_mls_at == moment

    def test_text_loses_what_no_store_takes(self) -> None:
        read = facts(PublicRemarks="  a\x00b\ud800c\x1b\nd ", ListOfficeName="\x00", City=17)
        assert read.description == "abc\nd"
        assert read.office_name is None
        assert read.address.city == "17"

    def test_a_megabyte_of_remarks_is_cut(self) -> None:
        read = record(PublicRemarks="é" * 1_000_000)
        assert read.facts.description == "é" * DESCRIPTION
        assert "PublicRemarks" in read.warnings[0]

    def test_a_scalar_where_a_list_is_due_and_the_reverse(self) -> None:
        read = facts(Heating="Forced Air,Heat Pump", View=["Hills", None, 7, "Hills"], PropertyType=["Land"])
        assert read.heating == ("Forced Air", "Heat Pump")
        assert read.view == ("Hills", "7")
        assert read.property_type == "Land"
        assert record(Heating=[["deep"]], Cooling={"a": 1}).facts.heating == ()

    @pytest.mark.parametrize(
        ("given", "flag"), [(True, True), ("Y", True), ("false", False), (0, False), ("?", None)]
    )
    def test_a_flag(self, given: Any, flag: bool | None) -> None:
        assert facts(PoolPrivateYN=given).pool_private is flag

    def test_a_value_that_makes_no_sense_lets_the_next_name_speak(self) -> None:
        read = record(Stories="many", StoriesTotal=2, VirtualTourURLUnbranded="javascript:x")
        assert read.facts.stories == 2
        assert read.facts.virtual_tour_url is None
        assert len(read.warnings) == 2
        assert facts(ListAgentFirstName="Dana", ListAgentLastName="Ashgrove").agent_name == "Dana Ashgrove"

    def test_warnings_are_bounded(self) -> None:
        read = record(Media=[7] * 1000, ListPrice="x" * 100_000)
        assert len(read.warnings) == MOST_WARNINGS
        assert max(map(len, read.warnings)) < 200

    def test_extras_are_text_of_a_bounded_size(self) -> None:
        assert facts(SubdivisionName="Wren Park", Levels=["One"], WaterfrontYN=False, TaxYear=2025.0).extras == {
            "SubdivisionName": "Wren Park", "Levels": "One", "WaterfrontYN": "false", "TaxYear": "2025",
        }  # fmt: skip
        names = facts().extras.keys() | {"SubdivisionName", "Basement", "Flooring", "Roof", "Zoning", "Sewer"}
        large = record(**dict.fromkeys([*names, "Utilities", "HighSchool", "ListingURL"], "ü" * 5000))
        size = sum(len(name) + len(value.encode()) for name, value in large.facts.extras.items())
        assert EXTRAS_BYTES - 2100 < size <= EXTRAS_BYTES
        assert any("left out" in warning for warning in large.warnings)

    def test_private_remarks_are_not_kept(self) -> None:
        assert "secret" not in repr(record(PrivateRemarks="secret", AccessCode="secret", OwnerPhone="secret"))


class TestKeys:
    def test_the_number_stands_in_for_the_key(self) -> None:
        read = read_row({"ListingId": 4711.0, "ListingKey": ""})
        assert isinstance(read, MlsRecord)
        assert (read.key, read.facts.mls_number, read.facts.listing_key) == ("4711", "4711", None)

    def test_neither_is_a_defect(self) -> None:
        read = read_row({"ListPrice": 3, "ListingKey": "\x00", "ListingId": None})
        assert isinstance(read, MlsDefect)
        assert read.code == "NO_KEY"

    @pytest.mark.parametrize("raw", [None, 7, "row", ["row"]])
    def test_what_is_no_object_is_a_defect(self, raw: Any) -> None:
        read = read_row(raw)
        assert isinstance(read, MlsDefect)
        assert read.code == "UNREADABLE"

    def test_a_key_is_never_cut(self) -> None:
        read = read_row({"ListingKey": "k" * 256, "ListingId": "M-1"})
        assert isinstance(read, MlsDefect)
        assert (read.code, read.mls_number) == ("UNREADABLE", "M-1")

    @pytest.mark.parametrize(
        ("fields", "deleted"),
        [
            ({"MlgCanView": False, "StandardStatus": "Active"}, True),
            ({"MlgCanView": True}, False),
            ({"StandardStatus": "Delete"}, True),
            ({"StandardStatus": "Closed"}, False),
        ],
    )
    def test_a_tombstone_is_marked(self, fields: dict[str, Any], deleted: bool) -> None:
        assert record(**fields).deleted is deleted


def photo(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "MediaKey": f"P{number}",
        "MediaURL": f"https://photos.example/{number}.jpg",
        "Order": number,
        "MediaCategory": "Photo",
        **fields,
    }


class TestMedia:
    def test_a_photo_with_everything(self) -> None:
        stamp = "2026-01-02T03:04:05Z"
        raw = photo(1, ShortDescription="Front", PreferredPhotoYN=True, MediaModificationTimestamp=stamp)
        assert record(Media=[raw]).media == (
            Media(
                key="P1", url="https://photos.example/1.jpg", order=1, caption="Front", preferred=True,
                modified_at=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
            ),
        )  # fmt: skip

    def test_silence_and_an_empty_set_are_told_apart(self) -> None:
        assert record().media is None
        assert record(Media=None).media is None
        assert record(Media="none").media is None
        assert record(Media=[]).media == ()

    def test_they_come_in_the_order_of_the_mls(self) -> None:
        media = record(Media=[photo(3), photo(1), photo(2, Order="1"), photo(4, Order=None)]).media
        assert media is not None
        assert [item.key for item in media] == ["P4", "P1", "P2", "P3"]

    @pytest.mark.parametrize(
        "fields",
        [
            {"MediaCategory": "Floor Plan"},
            {"MediaCategory": "Document"},
            {"MediaCategory": None, "MediaType": "pdf"},
            {"MediaCategory": None, "MediaURL": "https://tour.example/1"},
            {"MediaStatus": "Deleted"},
            {"Permission": ["Private"]},
            {"Permission": ["Public", "Office Only"]},
            {"Permission": "Agent Only"},
            {"Permission": ["VOW"]},
            {"MediaURL": "ftp://photos.example/1.jpg"},
            {"MediaURL": "/photos/1.jpg"},
            {"MediaURL": "http://[broken/1.jpg"},
            {"MediaURL": None},
        ],
    )
    def test_what_is_left_out(self, fields: dict[str, Any]) -> None:
        assert record(Media=[photo(1, **fields)]).media == ()

    @pytest.mark.parametrize(
        "fields",
        [
            {"MediaCategory": "photo"},
            {"MediaCategory": None, "MediaType": "jpeg"},
            {"MediaCategory": None, "MimeType": "image/jpeg"},
            {"MediaCategory": None, "MediaURL": "https://photos.example/1.JPG?w=3"},
            {"Permission": ["Public"]},
            {"Permission": "IDX"},
            {"Permission": []},
        ],
    )
    def test_what_is_kept(self, fields: dict[str, Any]) -> None:
        media = record(Media=[photo(1, **fields)]).media
        assert media is not None
        assert [item.key for item in media] == ["P1"]

    def test_a_dropped_address_is_told(self) -> None:
        assert "MediaURL" in record(Media=[photo(1, MediaURL="ftp://x")]).warnings[0]

    def test_without_a_key_the_url_is_the_identity(self) -> None:
        first, again, other = (record(Media=[photo(n, MediaKey=None)]).media for n in (1, 1, 2))
        assert first == again
        assert first is not None
        assert other is not None
        assert first[0].key != other[0].key

    def test_two_photos_under_one_key_stay_two(self) -> None:
        media = record(Media=[photo(1, MediaKey="X"), photo(2, MediaKey="X"), photo(1, MediaKey="X")]).media
        assert media is not None
        assert [item.url[-5:] for item in media] == ["1.jpg", "2.jpg"]
        assert len({item.key for item in media}) == 2

    def test_addresses_that_open_to_us_alone_are_marked(self) -> None:
        open_to_all, closed = (
            read_row({"ListingKey": "K1", "Media": [photo(1)]}, closed_photos=closed)
            for closed in (False, True)
        )
        assert isinstance(open_to_all, MlsRecord)
        assert isinstance(closed, MlsRecord)
        assert [item.closed for item in (*(open_to_all.media or ()), *(closed.media or ()))] == [False, True]

    def test_tours_and_videos_are_links_and_no_photos(self) -> None:
        def link(number: int, **fields: Any) -> dict[str, Any]:
            return photo(number, **{"MediaURL": f"https://tour.example/{number}", **fields})

        media = [
            link(1, MediaCategory="Video"),
            link(2, MediaCategory=None, MimeType="video/mp4"),
            link(3, MediaCategory="Branded Virtual Tour"),
            link(4, MediaCategory="Unbranded Virtual Tour"),
            link(5, MediaCategory="Video", Permission=["Private"]),
            link(6, MediaCategory="Video", MediaStatus="Deleted"),
            link(7, MediaCategory="Video", MediaURL="javascript:x"),
            link(8, MediaCategory="Document"),
            link(4, MediaCategory="Unbranded Virtual Tour"),
            photo(9),
            "nonsense",
        ]
        read = record(Media=media)
        links = tuple(f"https://tour.example/{number}" for number in (4, 3, 1, 2))
        assert (read.facts.media_links, read.facts.virtual_tour_url) == (links, links[0])
        assert [item.key for item in read.media or ()] == ["P9"]
        own = record(Media=media, VirtualTourURLBranded="https://own.example/").facts
        assert (own.media_links, own.virtual_tour_url) == (links, "https://own.example/")

    def test_there_are_as_many_as_are_counted(self) -> None:
        media = record(Media=[photo(number) for number in range(MOST_NAMED + 100, 0, -1)]).media
        assert media is not None
        assert [item.order for item in media] == list(range(1, MOST_NAMED + 1))


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
_NAMES = (
    "ListingKey", "ListingId", "ListPrice", "BedroomsTotal", "LivingArea", "LivingAreaUnits", "LotSizeArea",
    "LotSizeUnits", "Latitude", "Longitude", "StandardStatus", "CloseDate", "ModificationTimestamp", "Media",
    "Heating", "InteriorFeatures", "PublicRemarks", "MlgCanView", "StreetNumber", "StreetName", "City",
    "UnparsedAddress", "ListAgentEmail", "VirtualTourURLBranded", "SubdivisionName", "PoolPrivateYN",
)  # fmt: skip


# The machine may be busy: neither a slow example nor a slow start is a failure.
_unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@_unhurried
@given(st.dictionaries(st.sampled_from(_NAMES), _json))
def test_no_row_raises_and_all_that_is_read_can_be_stored(raw: dict[str, Any]) -> None:
    read = read_row(raw)
    if isinstance(read, MlsRecord):
        repr(read).encode()
        assert read.facts.price is None or read.facts.price.is_finite()
    else:
        assert read.code in ("NO_KEY", "UNREADABLE")
        assert "(" not in read.message, "an exception was swallowed"


@given(
    st.lists(st.dictionaries(st.sampled_from([*photo(1), "Permission", "MediaStatus"]), _json), max_size=3)
)
def test_no_media_raises(media: list[dict[str, Any]]) -> None:
    read = read_row({"ListingKey": "K1", "Media": media})
    assert isinstance(read, MlsRecord)
    assert read.media is not None
