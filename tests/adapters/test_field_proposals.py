"""Field maps proposed from metadata: a flexmls server's own, where it is there, and names met elsewhere."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from defusedxml import ElementTree

from adapters.mls.field_map import FieldMap, missing, propose, propose_statuses, read_field_map, sources
from adapters.mls.field_names import written_as
from adapters.mls.field_words import WANTED
from adapters.mls.reso_mapping import read_row
from adapters.mls.status_proposals import is_standard
from domain.entities.mls import MlsRecord, SourceField
from domain.rules.statuses import interpret

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "samples" / "rets"

needs_samples = pytest.mark.skipif(
    not list(SAMPLES.glob("GetMetadata-*.txt")), reason="the samples ../shared/samples/rets are not there"
)


def fields(*names: str, type: str | None = None) -> list[SourceField]:
    return [SourceField(name=name, type=type) for name in names]


def flexmls() -> list[SourceField]:
    """METADATA-TABLE of residential property, with the statuses that the sample searches show."""
    answer = (SAMPLES / "GetMetadata-10.txt").read_text()
    table = ElementTree.fromstring(answer[answer.index("<RETS") :])
    return [
        SourceField(
            name=field.findtext("SystemName") or "",
            title=field.findtext("LongName"),
            type=field.findtext("DataType"),
            standard_name=field.findtext("StandardName") or None,
        )
        for field in table.findall(".//Field")
    ]


@needs_samples
class TestFlexmls:
    def test_all_that_matters_is_found_but_photos_which_are_objects(self) -> None:
        there = flexmls()
        assert len(there) == 313
        proposed = read_field_map({"fieldMap": propose(there)})
        assert missing(sources(proposed, [field.name for field in there])) == ["photos"]

    def test_standard_names_titles_and_types_each_find_theirs(self) -> None:
        proposed = propose(flexmls())
        expected = {
            "LIST_1": "listingKey", "LIST_105": "mlsNumber", "LIST_15": "status", "LIST_22": "price",
            "LIST_23": "closePrice", "LIST_31": "StreetNumber", "LIST_34": "StreetName", "LIST_39": "address.city",
            "LIST_43": "address.zipCode", "LIST_48": "squareFeet", "LIST_57": "LotSizeAcres", "LIST_66": "bedrooms",
            "LIST_69": "bathroomsHalf", "LIST_78": "description", "LIST_87": "modifiedInMlsAt",
            "LIST_134": "PhotosChangeTimestamp", "UNBRANDEDIDXVIRTUALTOUR": "virtualTourUrl",
            "listing_member_name": "agentName", "listing_member_email": "agentEmail",
            # Of two titled "Year Built", the one whose type is a number.
            "LIST_53": "yearBuilt",
        }  # fmt: skip
        assert {source: proposed.get(source) for source in expected} == expected

    def test_what_only_looks_like_it_is_left_alone(self) -> None:
        proposed = propose(flexmls())
        look_alikes = {
            "LIST_0": "MLS Identifier", "LIST_58": "Year Built, as text", "LIST_79": "Private Remarks",
            "FEAT20110228170709225993000000": "Duplicate List Info2: MLS Number", "LIST_117": "Cost per Sqft",
            "selling_member_email": "SellingMemberEmail", "colisting_member_name": "CoListingMemberName",
            "BRANDEDVIRTUALTOUR": "Branded Virtual Tour", "LIST_14": "Fallthrough Date",
            "LIST_50": "SqFt. 1st Floor", "ROOM_BD_room_level": "Bedroom Room Level",
        }  # fmt: skip
        assert not look_alikes.keys() & proposed.keys()

    def test_a_row_of_that_server_is_read_by_the_proposal(self) -> None:
        answer = (SAMPLES / "Search-5.txt").read_text()
        found = ElementTree.fromstring(answer[answer.index("<RETS") :])
        names, values = ((found.findtext(tag) or "").split("\t")[1:-1] for tag in ("COLUMNS", "DATA"))
        settings = {"fieldMap": propose(flexmls()), "statusMap": propose_statuses(["Active", "Expired"])}
        record = read_row(read_field_map(settings).apply(dict(zip(names, values, strict=True))))
        assert isinstance(record, MlsRecord)
        facts = record.facts
        assert (record.key, facts.mls_number) == ("20111220223408848362000000", "11-73")
        assert facts.price == 185000
        assert str(facts.list_date) == "2011-12-03"
        reading = interpret(
            facts.standard_status, facts.mls_status, settings=settings, previous=None, deleted=False
        )
        assert reading.status == "EXPIRED"


class TestNames:
    @pytest.mark.parametrize(
        ("names", "expected"),
        [
            pytest.param(
                ["L_ListingID", "L_DisplayId", "L_AskingPrice", "L_City", "L_Zip", "L_Status", "L_SquareFeet",
                 "L_UpdateDate", "L_AddressNumber", "L_AddressStreet", "L_Address", "LR_remarks22"],
                ["listingKey", "mlsNumber", "price", "address.city", "address.zipCode", "status", "squareFeet",
                 "modifiedInMlsAt", "StreetNumber", "StreetName", None, "description"],
                id="Paragon",
            ),
            pytest.param(
                ["Matrix_Unique_ID", "MLSNumber", "BedsTotal", "BathsTotal", "SqFtTotal", "MatrixModifiedDT"],
                ["listingKey", "mlsNumber", "bedrooms", "bathrooms", "squareFeet", "modifiedInMlsAt"],
                id="Matrix",
            ),
            pytest.param(
                ["LN", "LP", "ListPrice1", "BR", "SqFt", "ADDR", "ZP"],
                ["mlsNumber", "price", None, "bedrooms", "squareFeet", "address.street", "address.zipCode"],
                id="older",
            ),
            pytest.param(
                ["list_price", "LISTINGKEY", "Postal_Code"], ["price", "listingKey", "address.zipCode"],
                id="RESO in another spelling",
            ),
            pytest.param(["ListPrice1", "BTH"], ["price", "bathrooms"], id="the second best, where it is alone"),
        ],
    )  # fmt: skip
    def test_of_systems_that_many_mlss_run(
        self, names: Sequence[str], expected: Sequence[str | None]
    ) -> None:
        proposed = propose(fields(*names))
        assert [proposed.get(name) for name in names] == list(expected)

    @pytest.mark.parametrize(
        ("name", "target"),
        [("Listing_Prise", None), ("Orignal_List_Price", None), ("Original_List_Prce", None), ("Sq_Footage", None),
         ("Bathroms_Total", "bathrooms"), ("Lot_Price", None), ("SellingOfficeName", None), ("XQZ", None)],
    )  # fmt: skip
    def test_likeness_is_enough_only_when_it_is_great(self, name: str, target: str | None) -> None:
        assert propose(fields(name)).get(name) == target

    def test_what_is_read_already_needs_no_map(self) -> None:
        assert propose(fields("ListPrice", "L_AskingPrice", "StandardStatus", "L_Status", "ListingKey")) == {}
        assert propose(fields("UnparsedAddress", "L_AddressStreet", "StreetNo")) == {}

    def test_nor_does_what_the_connection_maps(self) -> None:
        mapped = FieldMap({"ASK": "price", "L_City": "address.county"})
        assert propose(fields("ASK", "L_AskingPrice", "L_City", "L_Zip"), mapped) == {
            "L_Zip": "address.zipCode"
        }

    def test_every_word_names_one_target_and_every_target_can_be_written(self) -> None:
        words = [(each.target, word) for each in WANTED for word in each.words]
        assert len({word for _, word in words}) == len(words)
        for target, word in words:
            assert written_as(target) is not None
            assert propose([SourceField(name="F1", title=word)]) == {"F1": target}, word


class TestTypes:
    @pytest.mark.parametrize("type", ["Boolean", "Date", "Edm.Boolean", "DateTime"])
    def test_a_price_is_no_date_and_no_flag(self, type: str) -> None:
        assert propose(fields("L_AskingPrice", type=type)) == {}

    @pytest.mark.parametrize("type", ["Decimal", "Int", "Edm.Decimal", "Character", None, "Edm.Unheard"])
    def test_it_is_a_number_or_text(self, type: str | None) -> None:
        assert propose(fields("L_AskingPrice", type=type)) == {"L_AskingPrice": "price"}

    def test_the_fitting_type_wins(self) -> None:
        text = SourceField(name="A", title="Year Built", type="Character")
        number = SourceField(name="B", title="Year Built", type="Int")
        assert propose([text, number]) == propose([number, text]) == {"B": "yearBuilt"}


class TestLookups:
    def test_a_lookup_of_statuses_is_the_status_whatever_its_name(self) -> None:
        odd = SourceField(name="F_7", type="Character", values=("Active", "Pending", "Sold", "Expired"))
        assert propose([odd]) == {"F_7": "status"}

    def test_a_status_of_something_else_is_not(self) -> None:
        occupied = SourceField(name="Status", values=("Owner", "Tenant", "Vacant"))
        assert propose([occupied]) == {}


class TestStatuses:
    def test_each_means_a_standard_one(self) -> None:
        values = ["Active", "A", "Active Under Contract", "ActiveUnderContract", "Contingent", "Pending", "Sold",
                  "SLD", "Leased", "Expired", "Cancelled", "Withdrawn", "Temp Off Market", "Coming Soon"]  # fmt: skip
        assert propose_statuses(values) == {
            "Active": "Active", "A": "Active", "Active Under Contract": "Active Under Contract",
            "ActiveUnderContract": "Active Under Contract", "Contingent": "Active Under Contract",
            "Pending": "Pending", "Sold": "Closed", "SLD": "Closed", "Leased": "Closed", "Expired": "Expired",
            "Cancelled": "Canceled", "Withdrawn": "Withdrawn", "Temp Off Market": "Hold",
            "Coming Soon": "Coming Soon",
        }  # fmt: skip

    def test_a_slip_of_the_pen_is_forgiven(self) -> None:
        assert propose_statuses(["Witdrawn", "Comming Soon"]) == {
            "Witdrawn": "Withdrawn", "Comming Soon": "Coming Soon",
        }  # fmt: skip

    def test_what_is_not_clear_is_left_to_the_user(self) -> None:
        assert propose_statuses(["C", "T", "", "Unsold", "Inactive", "Showing", "1"]) == {}

    def test_all_that_is_proposed_is_standard(self) -> None:
        assert all(
            map(is_standard, propose_statuses(["act", "uc", "sld", "exp", "can", "wth", "tom"]).values())
        )
