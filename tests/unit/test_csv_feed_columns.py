"""What the columns of a CSV file stand for."""

from typing import Any

import pytest

from adapters.mls.csv_feed_columns import Columns
from adapters.mls.csv_feed_dates import iso_date
from adapters.mls.reso_mapping import read_row
from domain.entities.mls import MlsRecord
from domain.errors import ActionRequired, Rejected


def record(row: dict[str, str], **settings: Any) -> MlsRecord:
    """One line, read to its end."""
    read = read_row(Columns(list(row), settings).row(list(row.values())))
    assert isinstance(read, MlsRecord)
    return read


class TestMapping:
    def test_an_office_s_own_words_map_by_themselves(self) -> None:
        found = record(
            {
                "MLS #": "77",
                "Status": "Active",
                "Price": "$525,000",
                "Address": "12 Oak St",
                "City": "Raleigh",
                "State": "NC",
                "Zip": "27601",
                "Beds": "3",
                "Baths": "2",
                "Sq Ft": "1,850",
                "Type": "House",
                "Description": "Bright.",
                "Agent": "Dana Ashgrove",
                "Last Updated": "3/15/2026 4:05 PM",
            }
        ).facts
        assert (found.mls_number, str(found.price), found.square_feet) == ("77", "525000.00", 1850)
        assert (found.address.street, found.address.city, found.address.state) == (
            "12 Oak St",
            "Raleigh",
            "NC",
        )
        assert (found.bedrooms, found.bathrooms, found.property_type) == (3, 2, "House")
        assert (found.description, found.agent_name) == ("Bright.", "Dana Ashgrove")
        assert found.modified_in_mls_at is not None
        assert found.modified_in_mls_at.isoformat() == "2026-03-15T16:05:00+00:00"

    def test_so_do_reso_s_names_however_they_are_spelled(self) -> None:
        found = record({"listing_id": "1", "LISTPRICE": "5", "postal code": "27601", "Lot Size Acres": "2"})
        assert (found.key, found.facts.address.zip_code) == ("1", "27601")
        assert found.facts.lot_size_square_feet == 87_120

    def test_the_user_s_field_map_goes_first(self) -> None:
        row = {"Nr": "1", "Price": "5", "Asking": "7"}
        found = record(row, fieldMap={"Nr": "mlsNumber", "Asking": "price"})
        assert (found.key, str(found.facts.price)) == ("1", "7.00")

    def test_the_same_header_is_read_the_same_way_whatever_its_values(self) -> None:
        header = ["MLS #", "A", "Status"]
        assert Columns(header, {}).sources() == {
            "mlsNumber": "MLS #",
            "status": "Status",
            "mlsStatus": "Status",
        }

    def test_without_a_number_of_the_listing_there_is_no_reading(self) -> None:
        with pytest.raises(Rejected, match=r'{"Where": "mlsNumber"}\. The columns are: Where, What'):
            Columns(["Where", "What"], {})

    @pytest.mark.parametrize(
        ("setting", "value"),
        [
            ("photoColumns", "Pictures"),
            ("photoColumns", 7),
            ("photoSeparator", "tabs"),
            ("photoSeparator", ["|"]),
            ("dateOrder", "YMD"),
            ("fieldMap", {"MLS #": "nonsense"}),
        ],
    )
    def test_settings_that_make_no_sense_need_the_user(self, setting: str, value: Any) -> None:
        with pytest.raises(ActionRequired, match=setting):
            Columns(["MLS #"], {setting: value})


class TestStatuses:
    @pytest.mark.parametrize("column", ["Status", "StandardStatus", "MlsStatus"])
    @pytest.mark.parametrize(
        ("written", "standard"),
        [
            ("Active", "Active"),
            ("For Sale", "Active"),
            ("SOLD", "Closed"),
            ("under contract", "Pending"),
            ("Coming Soon", "Coming Soon"),
            ("Withdrawn", "Withdrawn"),
        ],
    )
    def test_plain_words_are_understood(self, column: str, written: str, standard: str) -> None:
        facts = record({"MLS #": "1", column: written}).facts
        assert (facts.standard_status or "").casefold() == standard.casefold()

    def test_what_could_mean_several_things_is_left_open(self) -> None:
        facts = record({"MLS #": "1", "Status": "C"}).facts
        assert (facts.standard_status, facts.mls_status) == (None, "C")

    def test_what_the_user_gave_a_meaning_is_left_to_that(self) -> None:
        facts = record({"MLS #": "1", "Status": "Sold"}, statusMap={"sold": "Pending"}).facts
        assert (facts.standard_status, facts.mls_status) == (None, "Sold")


class TestPhotos:
    @pytest.mark.parametrize(
        ("cell", "separator"),
        [
            ("http://a/1.jpg|http://a/2.jpg", None),
            ("http://a/1.jpg\nhttp://a/2.jpg\n", None),
            ("http://a/1.jpg http://a/2.jpg", None),
            ("http://a/1.jpg, http://a/2.jpg", None),
            ("http://a/1.jpg;http://a/2.jpg", None),
            ("http://a/1.jpg,http://a/2.jpg", "comma"),
            ("http://a/1.jpg#http://a/2.jpg", "#"),
        ],
    )
    def test_a_cell_may_hold_several(self, cell: str, separator: str | None) -> None:
        settings = {"photoSeparator": separator} if separator else {}
        media = record({"MLS #": "1", "Photos": cell}, **settings).media
        assert [photo.url for photo in media or ()] == ["http://a/1.jpg", "http://a/2.jpg"]

    def test_commas_within_an_address_stay(self) -> None:
        media = record({"MLS #": "1", "Photos": "http://a/w_200,h_100/1.jpg|http://a/2.jpg"}).media
        assert [photo.url for photo in media or ()] == ["http://a/w_200,h_100/1.jpg", "http://a/2.jpg"]

    def test_several_columns_may_hold_one_each(self) -> None:
        row = {"MLS #": "1", "Photo 1": "http://a/1", "Photo 2": "http://a/2", "Image_URL_3": "http://a/3"}
        assert [photo.order for photo in record(row).media or ()] == [1, 2, 3]

    def test_the_setting_names_them(self) -> None:
        row = {"MLS #": "1", "Photos": "7", "Where": "http://a/1.jpg"}
        assert [photo.url for photo in record(row, photoColumns="Where").media or ()] == ["http://a/1.jpg"]

    def test_no_photos_are_something_else_than_no_column(self) -> None:
        assert record({"MLS #": "1", "Photos": ""}).media == ()
        assert record({"MLS #": "1"}).media is None


@pytest.mark.parametrize(
    ("written", "day_first", "iso"),
    [
        ("3/15/2026", False, "2026-03-15"),
        ("03/04/26", False, "2026-03-04"),
        ("03/04/2026", True, "2026-04-03"),
        ("15.03.2026", False, "2026-03-15"),
        ("3/15/2026 4:05 PM", False, "2026-03-15T16:05:00"),
        ("3/15/2026 12:05:09 am", False, "2026-03-15T00:05:09"),
        ("3/15/2026 16:05", False, "2026-03-15T16:05:00"),
        ("2026-03-15T10:00:00Z", False, "2026-03-15T10:00:00Z"),
        ("15/15/2026", False, "15/15/2026"),
        ("3/15/2026 25:00", False, "3/15/2026 25:00"),
        ("TBD", False, "TBD"),
    ],
)
def test_dates_are_read_as_spreadsheets_write_them(written: str, day_first: bool, iso: str) -> None:
    assert iso_date(written, day_first=day_first) == iso
