"""What the sandbox RETS server answers to searches: pages, counts, formats, stamps."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.rets_client import CODES, EVERYTHING, Client, reply, rows, running


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with running(tmp_path_factory.mktemp("rets"), max_rows=10) as client:
        yield client


@pytest.fixture
def client(served: Client) -> Client:
    served.control("reset")
    served.login()
    return served


def first(client: Client, name: str = "RES") -> str:
    return client.rows(Class=name, Limit="1", Select="L_ListingID")[0]["L_ListingID"]


class TestClasses:
    def test_every_home_is_in_one(self, client: Client) -> None:
        found = [key for name in CODES for key in paged(client, name)]
        assert sorted(found) == sorted(home["key"] for home in client.homes())

    def test_condominiums_have_their_own(self, client: Client) -> None:
        assert {row["L_Type_"] for row in client.rows(Class="CND", Select="L_Type_")} == {"Condominium"}

    def test_a_home_goes_where_its_type_goes(self, client: Client) -> None:
        key = first(client)
        client.control(f"homes/{key}", {"PropertyType": "Land"})
        assert key in paged(client, "LND")
        assert key not in paged(client, "RES")

    def test_there_may_be_one_for_all(self, tmp_path: Path) -> None:
        with running(tmp_path, one_class=True) as client:
            client.login()
            assert len(client.rows(Class="LISTING")) == 60
            reply(client.search(Class="RES"), 20203)

    @pytest.mark.parametrize("wrong", [{"Class": "Z"}, {"SearchType": "Agent"}, {"QueryType": "SQL"}])
    def test_what_there_is_not_is_an_error(self, client: Client, wrong: dict[str, str]) -> None:
        reply(client.search(**wrong), 20203)

    def test_a_home_that_was_removed_is_gone(self, client: Client) -> None:
        key = first(client)
        client.http.delete(f"/_control/homes/{key}").raise_for_status()
        assert key not in paged(client, "RES")


def paged(client: Client, name: str) -> list[str]:
    """The keys of a class, page by page."""
    found: list[str] = []
    while True:
        root = reply(client.search(Class=name, Select="L_ListingID", Offset=str(len(found) + 1)), 0, 20201)
        found += [row["L_ListingID"] for row in rows(root)]
        if root.find("MAXROWS") is None:
            return found


class TestPages:
    def test_the_server_gives_no_more_than_its_maximum(self, client: Client) -> None:
        for limit in ("NONE", "500"):
            root = reply(client.search(Limit=limit, Count="1"))
            assert len(rows(root)) == 10
            assert root.find("MAXROWS") is not None
            assert [child.tag for child in root][:3] == ["COUNT", "DELIMITER", "COLUMNS"]

    def test_limit_and_offset_count_from_one(self, client: Client) -> None:
        everything = client.rows()
        assert client.rows(Limit="3") == client.rows(Limit="3", Offset="1") == everything[:3]
        assert client.rows(Limit="3", Offset="4") == everything[3:6]

    def test_the_last_page_has_no_maxrows(self, client: Client) -> None:
        count = len(paged(client, "RES"))
        root = reply(client.search(Offset=str(count - 1)))
        assert (len(rows(root)), root.find("MAXROWS")) == (2, None)
        reply(client.search(Offset=str(count + 1)), 20201)

    def test_count_can_come_with_rows_or_alone(self, client: Client) -> None:
        count = str(len(paged(client, "RES")))
        both, alone, none = (reply(client.search(Count=number, Limit="1")) for number in "120")
        assert [root.find("COUNT") is not None for root in (both, alone, none)] == [True, True, False]
        assert {root[0].attrib["Records"] for root in (both, alone)} == {count}
        assert [len(rows(root)) for root in (both, alone, none)] == [1, 0, 1]

    def test_the_maximum_may_be_told_by_a_code(self, tmp_path: Path) -> None:
        with running(tmp_path, max_rows=10, over_limit="20208") as client:
            client.login()
            assert len(rows(reply(client.search(), 20208))) == 10
            # What the client limited itself is no such case.
            assert reply(client.search(Limit="4")).find("MAXROWS") is not None

    def test_a_touched_home_may_move_behind_the_others(self, tmp_path: Path) -> None:
        with running(tmp_path, order="modified") as client:
            client.login()
            before = paged(client, "RES")
            client.control(f"homes/{before[0]}", {"PublicRemarks": "Touched"})
            assert paged(client, "RES") == [*before[1:], before[0]]

    def test_offset_may_be_ignored(self, tmp_path: Path) -> None:
        with running(tmp_path, offset=False) as client:
            client.login()
            assert client.rows(Offset="9", Limit="2") == client.rows(Limit="2")

    @pytest.mark.parametrize("wrong", [{"Limit": "many"}, {"Offset": "-1"}, {"Count": "3"}])
    def test_nonsense_is_an_error(self, client: Client, wrong: dict[str, str]) -> None:
        reply(client.search(**wrong), 20203)


class TestNothing:
    QUERY = "(L_AskingPrice=1)"

    def test_it_is_told_by_the_outer_code(self, client: Client) -> None:
        root = reply(client.search(self.QUERY, Count="1"), 20201)
        assert root[0].attrib["Records"] == "0"

    def test_or_by_a_status_behind_a_success(self, tmp_path: Path) -> None:
        with running(tmp_path, homes=4, empty="status") as client:
            client.login()
            root = reply(client.search(self.QUERY), 0)
            assert rows(root) == []
            assert (root[-1].tag, root[-1].attrib["ReplyCode"]) == ("RETS-STATUS", "20201")


def served_fields(folder: Path) -> set[str]:
    with running(folder) as client:
        client.login()
        return set(client.rows(Limit="1")[0])


class TestValues:
    def test_decoded_has_words_where_compact_has_codes(self, client: Client) -> None:
        key = first(client)
        client.control(
            f"homes/{key}",
            {"StandardStatus": "Active", "Heating": ["Radiant", "Heat Pump"], "GarageYN": True},
        )
        query = f"(L_ListingID={key})"
        [decoded], [coded] = client.rows(query), client.rows(query, Format="COMPACT")
        assert (decoded["L_Status"], coded["L_Status"]) == ("Active", "A")
        assert decoded["LFD_Heating_1"] == "Radiant,Heat Pump"
        assert len(coded["LFD_Heating_1"].split(",")) == 2
        assert "Radiant" not in coded["LFD_Heating_1"]
        assert decoded["L_AskingPrice"] == coded["L_AskingPrice"]

    @pytest.mark.parametrize(
        ("status", "code", "word"),
        [
            ("Active", "A", "Active"),
            ("Pending", "P", "Pending"),
            ("Closed", "S", "Sold"),
            ("Expired", "X", "Expired"),
            ("Withdrawn", "W", "Withdrawn"),
            ("Hold", "T", "Temporarily Off Market"),
            ("Delete", "D", "Deleted"),
        ],
    )
    def test_statuses_are_the_mlss_own(self, client: Client, status: str, code: str, word: str) -> None:
        key = first(client)
        client.control(f"homes/{key}", {"StandardStatus": status})
        assert client.rows(f"(L_ListingID={key})", Select="L_Status") == [{"L_Status": word}]
        assert key in client.keys(f"(L_Status=|{code})")

    def test_the_standard_one_may_stand_beside_it(self, tmp_path: Path) -> None:
        with running(tmp_path, one_class=True, standard_status=True) as client:
            client.login()
            found = client.rows(Class="LISTING", Select="L_Status,L_StandardStatus")
            assert {"L_Status": "Sold", "L_StandardStatus": "Closed"} in found
            assert "L_StandardStatus" not in served_fields(tmp_path / "plain")

    def test_a_sold_home_has_a_price_and_a_day(self, client: Client) -> None:
        key = first(client)
        client.control(f"homes/{key}", {"StandardStatus": "Closed", "ClosePrice": 512000})
        [row] = client.rows(f"(L_ListingID={key})", Select="L_SoldPrice,L_ClosingDate")
        assert row == {"L_SoldPrice": "512000.00", "L_ClosingDate": "2026-03-15"}

    def test_what_would_break_the_table_is_replaced_and_the_rest_escaped(self, client: Client) -> None:
        key = first(client)
        remarks = "A\tgarden <& pond>\x00\x0b, \U0001f3e1"
        client.control(f"homes/{key}", {"PublicRemarks": remarks, "City": [1], "ListPrice": "call us"})
        [row] = client.rows(f"(L_ListingID={key})")
        assert row["LR_remarks11"] == "A garden <& pond>, \U0001f3e1"
        assert (row["L_City"], row["L_AskingPrice"]) == ("[1]", "call us")

    def test_an_old_encoding_has_references_for_what_it_lacks(self, tmp_path: Path) -> None:
        with running(tmp_path, homes=4, encoding="cp1252") as client:
            client.login()
            key = client.homes()[0]["key"]
            client.control(f"homes/{key}", {"PublicRemarks": "Café \U0001f3e1"})
            found = [client.search(f"(L_ListingID={key})", Class=name).content for name in CODES]
            assert any(b"Caf\xe9 &#127969;" in body for body in found)

    def test_any_character_can_be_the_delimiter(self, tmp_path: Path) -> None:
        with running(tmp_path, homes=20, delimiter=0x7C) as client:
            client.login()
            root = reply(client.search(Select="L_ListingID,L_City"))
            declared = root.find("DELIMITER")
            assert declared is not None
            assert declared.attrib["value"] == "7C"
            assert rows(root, "|")[0].keys() == {"L_ListingID", "L_City"}

    def test_only_compact_is_served(self, client: Client) -> None:
        reply(client.search(Format="STANDARD-XML"), 20203)


class TestSelect:
    def test_only_these_columns_come_in_the_tables_order(self, client: Client) -> None:
        [row] = client.rows(Select="L_City,L_ListingID", Limit="1")
        assert list(row) == ["L_ListingID", "L_City"]

    def test_an_unknown_one_is_an_error(self, client: Client) -> None:
        reply(client.search(Select="L_ListingID,Nope"), 20202)

    def test_standard_names_are_not_known_to_all(self, client: Client) -> None:
        reply(client.search("(ListPrice=1+)", StandardNames="1"), 20200)
        reply(client.search("(L_AskingPrice=1+)", StandardNames="1", Select="ListPrice"), 20202)

    def test_but_to_some(self, tmp_path: Path) -> None:
        with running(tmp_path, standard_names=True) as client:
            client.login()
            [row] = client.rows("(ListPrice=1+)", StandardNames="1", Select="ListPrice", Limit="1")
            assert row.keys() == {"ListPrice"}
            assert "L_AskingPrice" in client.rows(Limit="1")[0]


class TestStamps:
    def change(self, client: Client, moment: str) -> str:
        key = first(client)
        client.control(f"homes/{key}", {"ModificationTimestamp": moment})
        return key

    @pytest.mark.parametrize(
        ("moment", "local"),
        [
            ("2026-01-10T18:30:00.250Z", "2026-01-10T12:30:00.250"),
            ("2026-06-10T18:30:00.250Z", "2026-06-10T13:30:00.250"),
        ],
    )
    def test_before_1_8_they_are_the_servers_local_time(
        self, client: Client, moment: str, local: str
    ) -> None:
        key = self.change(client, moment)
        [row] = client.rows(f"(L_ListingID={key})", Select="L_UpdateDate")
        assert row["L_UpdateDate"] == local
        assert key in client.keys(f"(L_UpdateDate={local})")
        assert key in client.keys(f"(L_UpdateDate={moment})")

    def test_another_server_stands_elsewhere(self, tmp_path: Path) -> None:
        with running(tmp_path, homes=20, time_zone="America/Phoenix") as client:
            client.login()
            key = self.change(client, "2026-06-10T18:30:00Z")
            [row] = client.rows(f"(L_ListingID={key})", Select="L_UpdateDate")
            assert row["L_UpdateDate"] == "2026-06-10T11:30:00.000"

    def test_1_8_has_utc(self, tmp_path: Path) -> None:
        with running(tmp_path, homes=20, version="RETS/1.8") as client:
            client.login()
            key = self.change(client, "2026-06-10T18:30:00Z")
            [row] = client.rows(f"(L_ListingID={key})", Select="L_UpdateDate")
            assert row["L_UpdateDate"] == "2026-06-10T18:30:00.000Z"

    def test_photos_have_their_own(self, client: Client) -> None:
        key = first(client)
        moment = "2026-04-01T12:00:00Z"
        client.control(f"homes/{key}", {"PhotosChangeTimestamp": moment, "$touch": False})
        assert client.keys("(L_Last_Photo_updt=2026-04-01T00:00:00+)") == {key}
        assert client.keys("(L_UpdateDate=2026-04-01T00:00:00+)") == set()

    def test_a_search_by_form_is_the_same(self, client: Client) -> None:
        arguments = {"SearchType": "Property", "Class": "RES", "QueryType": "DMQL2", "Query": EVERYTHING}
        assert rows(reply(client.http.post("/rets/search", data=arguments))) == client.rows()
