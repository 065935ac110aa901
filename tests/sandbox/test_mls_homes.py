"""The seeded homes: believable, and the same for the same seed."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.mls.fields import PROPERTY, Edm
from sandbox.mls.homes import Home, generate
from sandbox.mls.places import MARKETS
from sandbox.mls.selling import STATUSES

ANCHOR = datetime(2026, 3, 15, tzinfo=UTC)
HOMES = [generate(7, number, ANCHOR) for number in range(1, 401)]


def of(property_type: str) -> list[Home]:
    found = [home for home in HOMES if home.row["PropertyType"] == property_type]
    assert found
    return found


def test_the_same_seed_gives_the_same_homes_and_another_others() -> None:
    again = [generate(7, number, ANCHOR) for number in range(1, 401)]
    assert again == HOMES
    other = generate(8, 1, ANCHOR)
    assert other.key != HOMES[0].key
    assert other.row != HOMES[0].row


def test_keys_and_numbers_are_unique_and_fifty_homes_have_every_status() -> None:
    assert len({home.row["ListingKey"] for home in HOMES}) == len(HOMES)
    assert len({home.row["ListingId"] for home in HOMES}) == len(HOMES)
    statuses = [home.row["StandardStatus"] for home in HOMES[:50]]
    assert set(statuses) == set(STATUSES)
    assert statuses.count("Active") > 25
    assert len({home.row["PropertyType"] for home in HOMES[:50]}) == 8


def test_every_field_has_the_type_it_is_declared_with() -> None:
    types = {Edm.STRING: str, Edm.DECIMAL: int | float, Edm.INT: int, Edm.BOOLEAN: bool, Edm.DATE: str, Edm.TIMESTAMP: str}  # fmt: skip
    for home in HOMES:
        assert home.row.keys() == PROPERTY.keys()
        for name, value in home.row.items():
            field = PROPERTY[name]
            for one in value if field.many else [value]:
                assert one is None or isinstance(one, types[field.type]), name


def test_closed_homes_and_only_they_have_a_closing() -> None:
    for home in HOMES:
        row = home.row
        closed = row["StandardStatus"] == "Closed"
        assert (row["CloseDate"] is not None, row["ClosePrice"] is not None) == (closed, closed)
        if closed:
            assert 0.9 < row["ClosePrice"] / row["ListPrice"] < 1.1
            assert row["ListingContractDate"] < row["PurchaseContractDate"] < row["CloseDate"] < "2026-03-15"


def test_dates_are_in_an_order_that_can_be() -> None:
    for home in HOMES:
        row = home.row
        modified = row["ModificationTimestamp"]
        assert row["ListingContractDate"] <= row["OriginalEntryTimestamp"][:10] <= modified[:10]
        for name in ("StatusChangeTimestamp", "PhotosChangeTimestamp", "PriceChangeTimestamp"):
            assert row[name] is None or row["OriginalEntryTimestamp"] <= row[name] <= modified
        assert datetime.fromisoformat(modified) < ANCHOR
        assert row["DaysOnMarket"] >= 0
        if row["YearBuilt"] is not None:
            assert row["YearBuilt"] <= int(row["ListingContractDate"][:4])


def test_some_rows_share_a_millisecond() -> None:
    stamps = [home.row["ModificationTimestamp"] for home in HOMES]
    assert len(set(stamps)) < len(stamps) - 5


def test_land_has_a_lot_and_nothing_of_a_house() -> None:
    for home in of("Land"):
        assert home.row["LotSizeAcres"] > 0
        for name in ("BedroomsTotal", "BathroomsTotalInteger", "LivingArea", "YearBuilt", "StoriesTotal"):
            assert home.row[name] is None, name


def test_houses_have_rooms_and_prices_that_fit() -> None:
    for home in of("Residential"):
        row = home.row
        assert 1 <= row["BedroomsTotal"] <= 5
        assert row["BathroomsTotalInteger"] == row["BathroomsFull"] + row["BathroomsHalf"]
        assert 350 <= row["LivingArea"] / row["BedroomsTotal"] <= 900
        assert 80_000 < row["ListPrice"] < 2_000_000
        assert 100 < row["ListPrice"] / row["LivingArea"] < 450
        assert (row["GarageSpaces"] > 0) == row["GarageYN"]


def test_rents_are_of_a_month() -> None:
    for home in of("Residential Lease"):
        assert 500 < home.row["ListPrice"] < 8_000
        assert home.row["LeaseTerm"]
        assert f"${home.row['ListPrice']:,} a month" in home.row["PublicRemarks"]


def test_homes_stand_near_their_city() -> None:
    areas = {
        area.postal_code: (market, area) for market in MARKETS for area in (*market.town, market.country)
    }
    for home in HOMES:
        row = home.row
        market, area = areas[row["PostalCode"]]
        assert (row["City"], row["StateOrProvince"], row["CountyOrParish"]) == (
            area.city,
            market.state,
            area.county,
        )
        assert abs(row["Latitude"] - area.latitude) <= 0.05
        assert abs(row["Longitude"] - area.longitude) <= 0.05
        assert row["UnparsedAddress"].endswith(f"{area.city}, {market.state} {area.postal_code}")


def test_nobody_real_can_be_called_or_written_to() -> None:
    for home in HOMES:
        assert "555-01" in home.row["ListAgentDirectPhone"]
        assert "555-01" in home.row["ListOfficePhone"]
        assert home.row["ListAgentEmail"].endswith("@example.com")


def test_remarks_say_what_the_row_says() -> None:
    for home in of("Residential"):
        row = home.row
        assert f"{row['LivingArea']:,} square feet" in row["PublicRemarks"]
        assert f"{row['BedroomsTotal']} bedroom" in row["PublicRemarks"]
        assert ("pool" in row["PublicRemarks"].lower()) == row["PoolPrivateYN"]


def test_media_are_photos_and_a_few_other_things() -> None:
    for home in HOMES:
        assert 3 <= home.row["PhotosCount"] <= 8
        assert [media["PreferredPhotoYN"] for media in home.media].index(True) == 0
        assert len({media["MediaKey"] for media in home.media}) == len(home.media)
        for media in home.media:
            assert media["MediaModificationTimestamp"] <= home.row["PhotosChangeTimestamp"]
    every = [media for home in HOMES for media in home.media]
    assert {media["MediaCategory"] for media in every} == {"Photo", "Floor Plan", "Branded Virtual Tour"}
    assert any(media["Permission"] == ["Private"] for media in every)


@pytest.mark.parametrize("days", [1, 400])
def test_the_anchor_alone_moves_the_dates(days: int) -> None:
    later = generate(7, 1, ANCHOR + timedelta(days=days))
    assert later.key == HOMES[0].key
    assert later.row["UnparsedAddress"] == HOMES[0].row["UnparsedAddress"]
    assert later.row["ModificationTimestamp"] > HOMES[0].row["ModificationTimestamp"]
