"""SimplyRETS's JSON of a home as a row of RESO's names."""

from typing import Any

import pytest

from adapters.mls.reso_mapping import read_row
from adapters.mls.simplyrets_rows import path_of, to_reso
from domain.entities.listing import Address
from domain.entities.mls import MlsDefect, MlsRecord

# Shaped like the listings of SimplyRETS's demo, with values of our own.
LISTING: dict[str, Any] = {
    "mlsId": 1005192,
    "listingId": "49699701",
    "listPrice": 20714261,
    "originalListPrice": None,
    "listDate": "2026-02-09T05:30:00.000000Z",
    "modified": "2026-03-01T12:30:45.123456Z",
    "remarks": "Near the brook.",
    "virtualTourUrl": None,
    "internetAddressDisplay": None,
    "internetEntireListingDisplay": True,
    "photos": ["https://cdn.example/home1.jpg", "https://cdn.example/home2.jpg"],
    "address": {
        "full": "7 East Sweet Bottom Br #18",
        "streetNumber": 7,
        "streetNumberText": "7",
        "streetName": "East Sweet Bottom Br",
        "unit": "18",
        "city": "Houston",
        "state": "Texas",
        "postalCode": "77096",
        "country": "United States",
        "crossStreet": None,
    },
    "geo": {"county": "Harris", "lat": 29.689418, "lng": -95.47464},
    "property": {
        "type": "RES",
        "subType": "SingleFamilyResidence",
        "subTypeRaw": None,
        "bedrooms": 2,
        "bathrooms": None,
        "bathsFull": 6,
        "bathsHalf": 6,
        "bathsThreeQuarter": None,
        "area": 1043,
        "lotSize": "127X146",
        "lotSizeAcres": 2.0,
        "stories": 1.5,
        "yearBuilt": 1998,
        "garageSpaces": 2.68,
        "interiorFeatures": "Drapes/Curtains, Island Kitchen",
        "heating": "Central",
        "subdivision": "Oak Brook",
        "parking": {"spaces": 7, "leased": None, "description": None},
    },
    "mls": {"status": "Active", "statusText": "Act", "daysOnMarket": 12, "originatingSystemName": None},
    "sales": {"closeDate": None, "closePrice": None, "agent": None},
    "tax": {"taxYear": 2025, "taxAnnualAmount": 1234, "id": "753-866-974"},
    "association": {"fee": 1000, "frequency": "Monthly", "amenities": "Pool, Tennis"},
    "school": {"highSchool": "Bellaire"},
    "agent": {
        "id": "ABC123",
        "firstName": "Dana",
        "lastName": "Ashgrove",
        "contact": {"email": "dana@example.com", "office": "555-0100", "cell": "555-0101"},
    },
    "office": {"name": None, "servingName": "Front Porch Realty", "brokerid": "7", "contact": None},
}


def read(**changes: Any) -> MlsRecord:
    row = read_row(to_reso(LISTING | changes))
    assert isinstance(row, MlsRecord)
    return row


def test_a_listing_is_read_whole() -> None:
    record = read()
    facts = record.facts
    assert (record.key, facts.mls_number, record.warnings) == ("1005192", "49699701", ())
    assert (facts.standard_status, facts.mls_status, str(facts.price)) == ("Active", "Act", "20714261.00")
    assert facts.address == Address(
        street="7 East Sweet Bottom Br",
        unit="18",
        city="Houston",
        state="Texas",
        zip_code="77096",
        country="United States",
        county="Harris",
    )
    assert (facts.bedrooms, facts.bathrooms, facts.bathrooms_full, facts.bathrooms_half) == (2, 12, 6, 6)
    assert (facts.square_feet, facts.lot_size_square_feet, facts.stories) == (1043, 87_120, None)
    assert (facts.property_type, facts.property_sub_type) == ("Residential", "Single Family Residence")
    assert (facts.parking_total, facts.garage_spaces, facts.year_built) == (7, 2.68, 1998)
    assert {"Island Kitchen", "Pool", "Tennis"} <= set(facts.features)
    assert (facts.agent_name, facts.agent_phone, facts.agent_email) == (
        "Dana Ashgrove",
        "555-0101",
        "dana@example.com",
    )
    assert (facts.office_name, facts.extras["HighSchool"]) == ("Front Porch Realty", "Bellaire")
    assert (str(facts.list_date), str(facts.association_fee)) == ("2026-02-09", "1000.00")
    assert facts.modified_in_mls_at is not None
    assert [(photo.url[-9:], photo.order) for photo in record.media or ()] == [
        ("home1.jpg", 1),
        ("home2.jpg", 2),
    ]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("CND", "Residential"),
        ("RNT", "Residential Lease"),
        ("MLF", "Residential Income"),
        ("CRE", "Commercial Sale"),
        ("LND", "Land"),
        ("FRM", "Farm"),
        ("XYZ", "XYZ"),
    ],
)
def test_types_are_reso_s(code: str, kind: str) -> None:
    assert read(property={"type": code}).facts.property_type == kind


def test_a_condominium_is_one_without_a_sub_type_too() -> None:
    assert read(property={"type": "CND", "subType": None}).facts.property_sub_type == "Condominium"


def test_the_documentation_s_long_status_is_short() -> None:
    mls = {"status": "ActiveUnderContract (Backup-Offer)"}
    assert read(mls=mls).facts.standard_status == "ActiveUnderContract"


def test_a_sale_tells_when_and_for_how_much() -> None:
    sales = {"closeDate": "2026-03-02T00:00:00.000000Z", "closePrice": 500_000}
    facts = read(mls={"status": "Closed"}, sales=sales).facts
    assert (str(facts.close_date), str(facts.close_price)) == ("2026-03-02", "500000.00")


def test_photos_that_are_not_spoken_of_are_not_gone() -> None:
    assert read(photos=None).media is None
    assert read(photos=[]).media == ()


@pytest.mark.parametrize("junk", [None, 7, "row", []])
def test_what_is_no_listing_is_a_defect(junk: Any) -> None:
    assert isinstance(read_row(to_reso(junk)), MlsDefect)


def test_values_of_the_wrong_kind_cost_themselves_alone() -> None:
    record = read(address="somewhere", property=7, geo=[1], photos="x", listPrice={"a": 1}, agent=None)
    assert (record.key, record.facts.price, record.media) == ("1005192", None, None)


def test_each_of_reso_s_names_leads_back_to_its_place() -> None:
    assert (path_of("LivingArea"), path_of("StandardStatus"), path_of("Media")) == (
        "property.area",
        "mls.status",
        "photos",
    )
