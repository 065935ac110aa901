"""GetMetadata of the sandbox RETS server: what it says of itself agrees with what it serves."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.rets_client import CODES, Client, reply, rows, running


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with running(tmp_path_factory.mktemp("rets")) as client:
        client.login()
        yield client


def test_the_system_tells_its_zone(client: Client) -> None:
    section = client.metadata("SYSTEM")
    system = section.find("SYSTEM")
    assert system is not None
    assert (system.attrib["SystemID"], system.attrib["TimeZoneOffset"]) == ("SANDBOX", "-05:00")


def test_there_is_one_resource_with_a_key(client: Client) -> None:
    [resource] = rows(client.metadata("RESOURCE"))
    assert (resource["ResourceID"], resource["KeyField"]) == ("Property", "L_ListingID")
    assert resource["ClassCount"] == str(len(CODES))


def test_its_classes_can_be_searched(client: Client) -> None:
    section = client.metadata("CLASS", "Property")
    assert section.attrib["Resource"] == "Property"
    names = [row["ClassName"] for row in rows(section)]
    assert names == list(CODES)
    for name in names:
        reply(client.search(Class=name), 0, 20201)


def test_a_table_has_the_fields_that_searches_serve(client: Client) -> None:
    fields = {row["SystemName"]: row for row in rows(client.metadata("TABLE", "Property:RES"))}
    assert list(fields) == list(client.rows(Limit="1")[0])
    assert fields["L_AskingPrice"]["DataType"] == "Decimal"
    assert fields["L_AskingPrice"]["LongName"] == "Asking Price"
    assert fields["L_UpdateDate"]["DataType"] == "DateTime"
    assert (fields["L_Status"]["Interpretation"], fields["L_Status"]["LookupName"]) == ("Lookup", "Status")
    assert fields["LFD_Heating_1"]["Interpretation"] == "LookupMulti"
    assert {row["StandardName"] for row in fields.values()} == {""}


def test_all_tables_come_at_once_if_asked_for(client: Client) -> None:
    answer = client.http.get("/rets/getmetadata", params={"Type": "METADATA-TABLE", "ID": "Property:*"})
    assert [section.attrib["Class"] for section in reply(answer)] == list(CODES)
    assert answer.headers["content-id"] == "METADATA-TABLE"


def test_standard_names_are_there_where_they_work(tmp_path: Path) -> None:
    with running(tmp_path, homes=4, standard_names=True) as client:
        client.login()
        fields = {row["SystemName"]: row for row in rows(client.metadata("TABLE", "Property:RES"))}
        assert fields["L_AskingPrice"]["StandardName"] == "ListPrice"


def test_every_lookup_that_fields_name_is_there(client: Client) -> None:
    named = {row["LookupName"] for row in rows(client.metadata("TABLE", "Property:RES"))} - {""}
    assert {row["LookupName"] for row in rows(client.metadata("LOOKUP", "Property"))} == named
    answer = client.http.get("/rets/getmetadata", params={"Type": "METADATA-LOOKUP_TYPE", "ID": "Property:*"})
    assert {section.attrib["Lookup"] for section in reply(answer)} == named


def test_a_lookup_tells_the_words_of_its_codes(client: Client) -> None:
    values = {
        row["Value"]: row["LongValue"] for row in rows(client.metadata("LOOKUP_TYPE", "Property:Status"))
    }
    assert values["A"] == "Active"
    assert values["T"] == "Temporarily Off Market"
    decoded = client.rows(Select="L_Status,L_Type_")
    coded = client.rows(Select="L_Status,L_Type_", Format="COMPACT")
    assert [row["L_Status"] for row in decoded] == [values[row["L_Status"]] for row in coded]
    types = {row["Value"]: row["LongValue"] for row in rows(client.metadata("LOOKUP_TYPE", "Property:Type"))}
    assert [row["L_Type_"] for row in decoded] == [types[row["L_Type_"]] for row in coded]


def test_there_are_photos(client: Client) -> None:
    [photo, _] = rows(client.metadata("OBJECT", "Property"))
    assert (photo["ObjectType"], photo["ObjectTimeStamp"]) == ("Photo", "L_Last_Photo_updt")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"Type": "METADATA-UPDATE"}, 20501),
        ({"Type": "METADATA-CLASS", "ID": "Agent"}, 20500),
        ({"Type": "METADATA-TABLE", "ID": "Property:Z"}, 20502),
        ({"Type": "METADATA-LOOKUP_TYPE", "ID": "Property:Nope"}, 20502),
        ({"Type": "METADATA-SYSTEM", "Format": "STANDARD-XML"}, 20513),
    ],
)
def test_what_there_is_not_is_an_error(client: Client, arguments: dict[str, str], code: int) -> None:
    reply(client.http.get("/rets/getmetadata", params=arguments), code)
