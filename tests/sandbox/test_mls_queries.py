"""Queries to the sandbox MLS: filters, order, select, expand, count, metadata, and what it refuses."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest

from sandbox.mls.flavours import flavour
from tests.sandbox.mls_client import control, every_row, key_with, rows, running

Row = dict[str, Any]
EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


@pytest.fixture(scope="module")
def mls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with running(tmp_path_factory.mktemp("mls")) as client:
        yield client


FILTERS: dict[str, Callable[[Row], bool]] = {
    "StandardStatus eq 'Active'": lambda row: row["StandardStatus"] == "Active",
    "StandardStatus ne 'Active'": lambda row: row["StandardStatus"] != "Active",
    "StandardStatus eq 'active'": lambda row: False,
    "ListPrice gt 300000 and ListPrice le 600000.50": lambda row: 300_000 < row["ListPrice"] <= 600_000.5,
    "City eq 'Austin' or City eq 'Denver' and ListPrice lt 400000": lambda row: (
        row["City"] == "Austin" or (row["City"] == "Denver" and row["ListPrice"] < 400_000)
    ),
    "(City eq 'Austin' or City eq 'Denver') and ListPrice lt 400000": lambda row: (
        row["City"] in ("Austin", "Denver") and row["ListPrice"] < 400_000
    ),
    "not (PropertyType eq 'Land' or StandardStatus eq 'Closed')": lambda row: (
        row["PropertyType"] != "Land" and row["StandardStatus"] != "Closed"
    ),
    "BedroomsTotal eq null": lambda row: row["BedroomsTotal"] is None,
    "CloseDate ne null": lambda row: row["CloseDate"] is not None,
    "BedroomsTotal lt 3": lambda row: row["BedroomsTotal"] is not None and row["BedroomsTotal"] < 3,
    "OnMarketDate ge 2026-02-01": lambda row: (row["OnMarketDate"] or "") >= "2026-02-01",
    "ModificationTimestamp ge 2026-03-01T00:00:00Z": lambda row: row["ModificationTimestamp"] >= "2026-03-01",
    "ModificationTimestamp lt 2026-02-28T19:00:00.000-05:00": lambda row: row["ModificationTimestamp"] < "2026-03-01",
    "ModificationTimestamp gt now()": lambda row: False,
    "GarageYN eq true": lambda row: row["GarageYN"] is True,
    "City in ('Tampa','Phoenix')": lambda row: row["City"] in ("Tampa", "Phoenix"),
    "contains(tolower(StreetName),'creek')": lambda row: "creek" in row["StreetName"].lower(),
    "startswith(PostalCode,'7')": lambda row: row["PostalCode"].startswith("7"),
}  # fmt: skip


@pytest.mark.parametrize("text", FILTERS)
def test_a_filter_gives_exactly_the_rows_that_pass(mls: httpx.Client, text: str) -> None:
    expected = {row["ListingKey"] for row in every_row(mls) if FILTERS[text](row)}
    assert {row["ListingKey"] for row in every_row(mls, filter=text)} == expected


def test_a_quote_in_a_string_is_doubled(tmp_path: Path) -> None:
    with running(tmp_path) as own:
        key = key_with(own)
        control(own, f"homes/{key}", {"City": "O'Fallon"})
        assert [row["ListingKey"] for row in rows(own, filter="City eq 'O''Fallon'")] == [key]


def test_several_orders_hold_one_after_the_other_and_null_is_least(mls: httpx.Client) -> None:
    found = every_row(mls, orderby="City,ListPrice desc")
    assert found == sorted(found, key=lambda row: (row["City"], -row["ListPrice"]))
    beds = [row["BedroomsTotal"] for row in every_row(mls, orderby="BedroomsTotal asc")]
    assert beds[0] is None
    assert beds[-1] == max(bed for bed in beds if bed is not None)


def test_select_gives_the_fields_asked_for_and_no_others(mls: httpx.Client) -> None:
    assert all(set(row) == {"ListingKey", "ListPrice"} for row in rows(mls, select="ListingKey,ListPrice"))
    row = rows(mls, select="ListingKey", expand="Media")[0]
    assert set(row) == {"ListingKey", "Media"}


def test_expand_gives_the_media_of_each_home(mls: httpx.Client) -> None:
    for row in every_row(mls, expand="Media"):
        photos = [m for m in row["Media"] if m["MediaCategory"] == "Photo" and m["Permission"] == ["Public"]]
        assert len(photos) == row["PhotosCount"]
        assert {media["ResourceRecordKey"] for media in row["Media"]} == {row["ListingKey"]}
        assert [media["Order"] for media in row["Media"]] == list(range(1, len(row["Media"]) + 1))
    assert "Media" not in rows(mls)[0]


def test_an_expansion_has_options_of_its_own(mls: httpx.Client) -> None:
    options = "Media($top=2;$orderby=Order desc;$select=Order,MediaCategory;$filter=MediaCategory eq 'Photo')"
    for row in rows(mls, expand=options):
        assert len(row["Media"]) == 2
        assert all(media.keys() == {"Order", "MediaCategory"} for media in row["Media"])
        assert row["Media"][0]["Order"] > row["Media"][1]["Order"]


def test_an_expansion_can_stop_early_unless_asked_for_more(tmp_path: Path) -> None:
    with running(tmp_path, media_max=2) as own:
        assert all(len(row["Media"]) == 2 for row in rows(own, expand="Media"))
        assert max(len(row["Media"]) for row in rows(own, expand="Media($top=50)")) > 2


def test_media_is_a_resource_of_its_own(mls: httpx.Client) -> None:
    home = rows(mls, expand="Media")[0]
    wanted = {"$filter": f"ResourceRecordKey eq '{home['ListingKey']}'", "$orderby": "Order"}
    assert mls.get("/odata/Media", params=wanted).json()["value"] == home["Media"]
    one = mls.get(f"/odata/Media('{home['Media'][0]['MediaKey']}')").json()
    assert one["MediaURL"] == home["Media"][0]["MediaURL"]
    assert mls.get("/odata/Media('none-1')").status_code == 404


def test_one_home_is_found_by_its_key(mls: httpx.Client) -> None:
    expected = rows(mls, expand="Media")[0]
    answer = mls.get(f"/odata/Property('{expected['ListingKey']}')", params={"$expand": "Media"})
    assert answer.headers["OData-Version"] == "4.0"
    assert answer.json() | {"@odata.context": ""} == expected | {"@odata.context": ""}
    assert mls.get("/odata/Property('nowhere')").json()["error"]["code"] == "404"


def test_the_count_is_of_all_rows_that_pass(mls: httpx.Client) -> None:
    wanted = {"$filter": "StandardStatus eq 'Active'", "$count": "true", "$top": "3"}
    page = mls.get("/odata/Property", params=wanted).json()
    assert len(page["value"]) == 3
    number = int(mls.get("/odata/Property/$count", params={"$filter": wanted["$filter"]}).text)
    assert page["@odata.count"] == number > 30


def test_metadata_lists_the_fields_served(mls: httpx.Client) -> None:
    answer = mls.get("/odata/$metadata")
    assert answer.headers["Content-Type"].startswith("application/xml")
    schema = ElementTree.fromstring(answer.content).find(f".//{EDM}Schema")
    assert schema is not None
    declared = {
        kind.get("Name"): {field.get("Name"): field.get("Type") for field in kind.findall(f"{EDM}Property")}
        for kind in schema.findall(f"{EDM}EntityType")
    }
    row = rows(mls, expand="Media")[0]
    assert set(declared["Property"]) | {"Media"} == set(row)
    assert set(declared["Media"]) == set(row["Media"][0])
    assert declared["Property"]["ListPrice"] == "Edm.Decimal"
    assert declared["Property"]["ModificationTimestamp"] == "Edm.DateTimeOffset"
    assert declared["Property"]["Appliances"] == "Collection(Edm.String)"


def test_metadata_lists_the_members_of_lookups_and_every_value_served_is_one(mls: httpx.Client) -> None:
    document = ElementTree.fromstring(mls.get("/odata/$metadata").content)
    members = {
        kind.get("Name", ""): {
            annotation.get("String") for annotation in kind.iterfind(f"{EDM}Member/{EDM}Annotation")
        }
        for kind in document.iter(f"{EDM}EnumType")
    }
    typed = {field.get("Name"): field.get("Type", "") for field in document.iter(f"{EDM}Property")}
    assert typed["StandardStatus"] == "org.reso.metadata.enums.StandardStatus"
    assert typed["Permission"] == "Collection(org.reso.metadata.enums.Permission)"
    assert {name for name, type_ in typed.items() if "enums." in type_} == members.keys()
    for row in every_row(mls, expand="Media"):
        for name, value in [*row.items(), *(pair for media in row["Media"] for pair in media.items())]:
            if name in members:
                values = value if isinstance(value, list) else [value]
                assert {one for one in values if one is not None} <= members[name], name


def test_members_have_names_that_odata_allows(mls: httpx.Client) -> None:
    document = ElementTree.fromstring(mls.get("/odata/$metadata").content)
    names = [member.get("Name", "") for member in document.iter(f"{EDM}Member")]
    assert "ActiveUnderContract" in names
    assert all(name.isidentifier() for name in names)


@pytest.mark.parametrize(
    ("options", "resource", "fields"),
    [
        ({"vendor": "mls-grid"}, "Property", {"MlgCanView", "MlgCanUse"}),
        ({"vendor": "utah-real-estate"}, "Deleted", {"resource", "primary_key", "ts"}),
        ({"events": True}, "EntityEvent", {"EntityEventSequence", "ResourceName", "ResourceRecordKey"}),
    ],
)
def test_metadata_knows_what_a_flavour_adds(
    tmp_path: Path, options: Row, resource: str, fields: set[str]
) -> None:
    with running(tmp_path, **options) as own:
        root = flavour(options.get("vendor", "generic")).root
        document = ElementTree.fromstring(own.get(f"{root}/$metadata").content)
    [kind] = [kind for kind in document.iter(f"{EDM}EntityType") if kind.get("Name") == resource]
    assert {field.get("Name") for field in kind.iter(f"{EDM}Property")} >= fields


REFUSED = {
    "$filter=Nonsense eq 1": 400,
    "$filter=ListPrice eq 'much'": 400,
    "$filter=CloseDate ge '2026-01-01'": 400,
    "$filter=ModificationTimestamp ge 2026-01-01T00:00:00": 400,
    "$filter=City eq": 400,
    "$filter=City": 400,
    "$filter=Appliances eq 'Washer'": 400,
    "$filter=Appliances has 'Washer'": 501,
    "$filter=Appliances/any(a:a eq 'Washer')": 501,
    "$filter=length(City) gt 3": 501,
    "$select=ListingKey,Nonsense": 400,
    "$orderby=Nonsense": 400,
    "$orderby=City sideways": 400,
    "$expand=Rooms": 400,
    "$expand=Media($nonsense=1)": 400,
    "$top=-1": 400,
    "$skip=some": 400,
    "$count=maybe": 400,
    "$top=1&$top=2": 400,
    "$format=xml": 400,
    "$search=pool": 501,
    "limit=10": 400,
}


@pytest.mark.parametrize("query", REFUSED)
def test_what_is_not_understood_is_refused_with_an_error_body(mls: httpx.Client, query: str) -> None:
    answer = mls.get(f"/odata/Property?{query}")
    assert answer.status_code == REFUSED[query], answer.text
    assert set(answer.json()["error"]) >= {"code", "message"}


def test_an_older_odata_and_an_unknown_resource_are_refused(mls: httpx.Client) -> None:
    assert mls.get("/odata/Property", headers={"OData-MaxVersion": "3.0"}).status_code == 400
    answer = mls.get("/odata/Member")
    assert answer.status_code == 404
    assert answer.json()["error"]["message"]
