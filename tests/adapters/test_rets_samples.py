"""The recorded traffic of a flexmls RETS server reads, every file of it."""

import json
from pathlib import Path

import httpx
import pytest

from adapters.http import Reply
from adapters.mls.rets_answers import Refused, read_answer
from adapters.mls.rets_metadata import read_entries
from adapters.mls.rets_objects import read_objects
from adapters.mls.rets_search import read_page
from adapters.mls.rets_session import capabilities

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "rets"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples lie beside the repository only")
ROOT = "http://retsgw.example/rets2_1/Login"


def recorded(name: str) -> Reply:
    """An answer as it was recorded; what its headers say of packing is no longer so."""
    head, _, body = (SAMPLES / f"{name}.txt").read_bytes().partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = [tuple(line.split(": ", 1)) for line in lines]
    given = httpx.Headers([(str(pair[0]), str(pair[1])) for pair in headers])
    return Reply(int(status.split()[1]), given, body, ROOT)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_login_names_the_capabilities(number: int) -> None:
    reply = recorded(f"Login-{number}")
    found = capabilities(read_answer(reply, ()).root, reply.url)
    assert found["search"] == "http://retsgw.example/rets2_1/Search"
    assert {"login", "getmetadata", "getobject", "logout"} <= found.keys()
    assert "x-notificationfeed" not in found, "it lies on another host"


def test_a_logout_is_a_success() -> None:
    assert read_answer(recorded("Logout-1"), ()).code == 0


# File, rows, columns, COUNT, whether MAXROWS says that there are more.
SEARCHES = [
    (1, 15, 1, 40, True),
    (2, 15, 1, None, True),
    (3, 10, 1, 40, False),
    (4, 3, 2, 9057, True),
    (5, 3, 9, 9057, True),
    (6, 15, 1, 40, True),
    (7, 15, 1, 40, True),
    (8, 15, 1, 40, True),
    (9, 15, 1, None, True),
    (11, 15, 1, 40, True),
    (12, 10, 1, None, False),
]


@pytest.mark.parametrize(("number", "rows", "columns", "count", "more"), SEARCHES)
def test_a_search_gives_its_rows(number: int, rows: int, columns: int, count: int | None, more: bool) -> None:
    table = read_page(recorded(f"Search-{number}"), ())
    assert (len(table.rows), len(table.columns), table.count, table.more) == (rows, columns, count, more)
    assert all(row.values is not None and row.values["LIST_1"].isdigit() for row in table.rows)


def test_values_stand_under_their_columns() -> None:
    first, *_ = read_page(recorded("Search-5"), ()).rows
    assert first.values is not None
    assert (first.values["LIST_105"], first.values["LIST_15"]) == ("11-73", "Expired")
    assert (first.values["LIST_22"], first.values["LIST_30"]) == ("185000.00", "")


def test_three_pages_are_one_list() -> None:
    pages = [read_page(recorded(f"Search-{number}"), ()) for number in (1, 8, 3)]
    keys = [row.values["LIST_1"] for page in pages for row in page.rows if row.values]
    assert len(keys) == len(set(keys)) == 40


def test_a_class_that_there_is_not_is_refused_and_not_asked_for_again() -> None:
    with pytest.raises(Refused, match="Class") as caught:
        read_page(recorded("Search-10"), ())
    assert caught.value.code == 20203


@pytest.mark.parametrize(
    ("number", "type", "entries", "example"),
    [
        (1, "RESOURCE", 0, {}),
        (2, "SYSTEM", 1, {"SystemID": "demomls", "TimeZoneOffset": "-05:00"}),
        (3, "TABLE", None, {"SystemName": "LIST_0", "LongName": "MLS Identifier", "DataType": "Character"}),
        (4, "LOOKUP_TYPE", 6, {"LongValue": "Lake/Other", "Value": "5PSUX49PM1Q"}),
        (5, "LOOKUP_TYPE", 6, {"LongValue": "Lake/Other", "ShortValue": "Lake/Other"}),
        (6, "SYSTEM", 1, {"SystemID": "demomls"}),
        (7, "OBJECT", None, {"ObjectType": "Photo", "ObjectTimeStamp": "LIST_134"}),
        (8, "CLASS", None, {"ClassName": "A", "StandardName": "ResidentialProperty"}),
        (9, "RESOURCE", None, {"ResourceID": "ActiveAgent", "KeyField": "MEMBER_0"}),
        (10, "TABLE", None, {"SystemName": "LIST_0", "StandardName": ""}),
        (11, "TABLE", None, {"SystemName": "LIST_0", "Searchable": "1"}),
    ],
)
def test_metadata_of_every_kind_is_read(
    number: int, type: str, entries: int | None, example: dict[str, str]
) -> None:
    found = read_entries(recorded(f"GetMetadata-{number}"), (), type=type)
    assert len(found) == entries if entries is not None else len(found) > 5
    if example:
        assert example.items() <= found[0][1].items()


def test_a_property_has_a_key_and_fields_by_the_hundred() -> None:
    resources = [entry for _, entry in read_entries(recorded("GetMetadata-9"), (), type="RESOURCE")]
    assert {entry["ResourceID"]: entry["KeyField"] for entry in resources}["Property"] == "LIST_1"
    fields = [entry["SystemName"] for _, entry in read_entries(recorded("GetMetadata-10"), (), type="TABLE")]
    assert len(fields) > 200
    assert {"LIST_1", "LIST_22", "LIST_87", "LIST_105"} <= set(fields)


def test_photographs_come_out_of_a_multipart_whole() -> None:
    found = read_objects(recorded("GetObject-1"), ())
    assert [item.number for item in found] == list(range(1, 23))
    assert {item.key for item in found} == {"14-52"}
    assert all(item.data.startswith(b"\xff\xd8\xff") and item.data.endswith(b"\xff\xd9") for item in found)
    assert (found[0].caption, found[0].preferred, found[1].preferred) == ("Walls", True, False)


def test_an_address_beside_a_success_in_xml() -> None:
    [found] = read_objects(recorded("GetObject-2"), ())
    assert (found.key, found.number, found.url, found.code) == ("234567865", 1, "http://someurl", 0)


def test_an_address_in_the_headers_of_an_empty_answer() -> None:
    [found] = read_objects(recorded("GetObject-3"), ())
    assert found.url == "http://cdn.photos.flexmls.com/demomls/20140430153341745985000000.jpg"
    assert (found.key, found.caption, found.preferred) == ("00-1669", "Hydrangeas", True)


def test_addresses_in_a_multipart() -> None:
    body = json.loads((SAMPLES / "GetObject-multipart.txt").read_text()).encode()
    boundary = body.split()[0].removeprefix(b"--").decode()
    kind = f'multipart/parallel; boundary="{boundary}"'
    found = read_objects(Reply(200, httpx.Headers({"content-type": kind}), body, ROOT), ())
    assert [item.url for item in found] == [f"http://url{number}.jpg" for number in range(1, 6)]
    assert [item.caption for item in found][1:3] == ["Exterior Back", "Foyer"]


def test_no_file_was_left_out() -> None:
    told = {f"Search-{number}" for number in range(1, 13)} | {
        f"GetMetadata-{number}" for number in range(1, 12)
    }
    told |= {f"Login-{number}" for number in range(1, 5)} | {"Logout-1", "GetObject-multipart", "LICENSE"}
    told |= {f"GetObject-{number}" for number in range(1, 4)}
    names = {path.name for path in SAMPLES.iterdir()}
    assert {name.removesuffix(".txt") for name in names} == told
