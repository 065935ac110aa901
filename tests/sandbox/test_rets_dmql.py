"""DMQL2 of the sandbox RETS server: what each form of a criterion finds."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.sandbox.rets_client import Client, reply, running

# Four homes, told apart by everything; two further ones are of no interest.
FACTS: list[dict[str, Any]] = [
    {"ListPrice": 100_000, "City": "Raleigh", "StandardStatus": "Active", "Heating": ["Radiant"]},
    {"ListPrice": 200_000, "City": "New York", "StandardStatus": "Pending", "Heating": ["Radiant", "Heat Pump"]},
    {"ListPrice": 300_000.5, "City": 'The "Hub", TX', "StandardStatus": "Closed", "Heating": []},
    {"ListPrice": None, "City": None, "StandardStatus": "Expired", "PoolPrivateYN": True},
]  # fmt: skip


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    with running(tmp_path_factory.mktemp("rets"), homes=4) as client:
        for place, (home, facts) in enumerate(zip(client.homes(), FACTS, strict=True)):
            day = f"2026-02-{10 + place}"
            client.control(
                f"homes/{home['key']}",
                {
                    "ListingContractDate": day,
                    "ModificationTimestamp": f"{day}T12:00:00Z",
                    "ListingId": f"H{place}",
                    "PoolPrivateYN": False,
                    "PropertyType": "Residential",
                    "PropertySubType": "Townhouse",
                    **facts,
                },
            )
        client.login()
        yield client


def found(client: Client, query: str) -> str:
    """The numbers of the homes that a query finds."""
    root = reply(client.search(query, Select="L_DisplayId"), 0, 20201)
    return "".join(sorted((data.text or "").strip("\tH") for data in root.findall("DATA")))


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        # Numbers: one, a list, ranges whose bounds belong to them, lists of ranges.
        ("(L_AskingPrice=200000)", "1"),
        ("(L_AskingPrice=100000,300000.5)", "02"),
        ("(L_AskingPrice=100000-200000)", "01"),
        ("(L_AskingPrice=200000+)", "12"),
        ("(L_AskingPrice=200000-)", "01"),
        ("(L_AskingPrice=0-150000,250000+)", "02"),
        # Lookups by code: any of them, none of them, all of them.
        ("(L_Status=A)", "0"),
        ("(L_Status=A,P)", "01"),
        ("(L_Status=|A,S)", "02"),
        ("(L_Status=~A,P)", "23"),
        ("(L_Status=Active)", ""),
        # Texts: words of any case, wildcards, literals in which nothing counts but doubled quotes.
        ("(L_City=raleigh)", "0"),
        ("(L_City=R*)", "0"),
        ("(L_City=*e*)", "012"),
        ("(L_City=?aleigh)", "0"),
        ('(L_City="New York")', "1"),
        ('(L_City="The ""Hub"", TX")', "2"),
        ('(L_City="New York",Raleigh)', "01"),
        ('(L_City="R*")', ""),
        ("(L_DisplayId=H1-H2)", "12"),
        ("(L_DisplayId=H2+)", "23"),
        # Nothing, and anything.
        ("(L_City=.EMPTY.)", "3"),
        ("(L_AskingPrice=.EMPTY.)", "3"),
        ("(LFD_Heating_1=.EMPTY.)", "2"),
        ("(L_City=.ANY.)", "0123"),
        # Truth values.
        ("(L_Pool=1)", "3"),
        ("(L_Pool=0)", "012"),
        # Dates, and stamps in local time (Chicago is six hours behind in February).
        ("(L_ListingDate=2026-02-11)", "1"),
        ("(L_ListingDate=2026-02-11+)", "123"),
        ("(L_ListingDate=2026-02-11-)", "01"),
        ("(L_ListingDate=2026-02-11-2026-02-12)", "12"),
        ("(L_ListingDate=TODAY-)", "0123"),
        ("(L_UpdateDate=2026-02-11)", "1"),
        ("(L_UpdateDate=2026-02-11T06:00:00)", "1"),
        ("(L_UpdateDate=2026-02-11T06:00:00+)", "123"),
        ("(L_UpdateDate=2026-02-11T06:00:00.001+)", "23"),
        ("(L_UpdateDate=2026-02-11T06:00:00-2026-02-12T06:00:00)", "12"),
        ("(L_UpdateDate=2026-02-11T12:00:00Z)", "1"),
        ("(L_UpdateDate=NOW-)", "0123"),
        # Joining: AND binds before OR, NOT before both.
        ("(L_Status=A),(L_AskingPrice=1+)", "0"),
        ("(L_Status=A) AND (L_AskingPrice=200000+)", ""),
        ("(L_Status=A)|(L_Status=P)", "01"),
        ("(L_Status=A) OR (L_Status=P) or (L_Status=S)", "012"),
        ("(L_Status=A)|(L_Status=P),(L_AskingPrice=1)", "0"),
        ("((L_Status=A)|(L_Status=P)),(L_AskingPrice=200000)", "1"),
        ("~(L_Status=A)", "123"),
        ("NOT (L_Status=A),~(L_Status=P)", "23"),
        ("~((L_Status=A)|(L_Status=P))", "23"),
        (" ( (L_Status = A) ) ", "0"),
    ],
)
def test_a_query_finds(client: Client, query: str, numbers: str) -> None:
    assert found(client, query) == numbers


def test_lookups_of_many_values(client: Client) -> None:
    lookup = client.metadata("LOOKUP_TYPE", "Property:Heating")
    codes = {
        text.split("\t")[2]: text.split("\t")[4] for data in lookup.findall("DATA") if (text := data.text)
    }
    radiant, pump = codes["Radiant"], codes["Heat Pump"]
    assert found(client, f"(LFD_Heating_1={pump})") == "1"
    assert found(client, f"(LFD_Heating_1=|{radiant},{pump})")[:2] == "01"
    assert found(client, f"(LFD_Heating_1=+{radiant},{pump})") == "1"
    assert "0" not in found(client, f"(LFD_Heating_1=~{radiant},{pump})")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "*",
        "L_City=Raleigh",
        "(L_City=Raleigh",
        "(L_City=Raleigh))",
        "(L_City=Raleigh)(L_Status=A)",
        "(L_City=)",
        "(L_City=a,,b)",
        "(L_City=no-such-place)",
        "(L_City=O'Fallon)",
        '(L_City="open)',
        "(L_AskingPrice=cheap)",
        "(L_AskingPrice=1-2-3)",
        "(L_Status=|)",
        "(L_Pool=Y)",
        "(L_UpdateDate=yesterday)",
        "(L_UpdateDate=2026-02-31)",
        "(L_UpdateDate=2026-02-11T06:00:00 )x",
        "(" * 60 + "L_Status=A" + ")" * 60,
        "~" * 5_000,
    ],
)
def test_nonsense_is_a_syntax_error(client: Client, query: str) -> None:
    reply(client.search(query), 20206)


def test_an_unknown_field_is_another(client: Client) -> None:
    reply(client.search("(Nope=1)"), 20200)


def test_a_plus_that_was_not_encoded_is_a_blank(client: Client) -> None:
    base = f"{client.http.base_url}/rets/search?SearchType=Property&Class=RES&QueryType=DMQL2"
    answers = [
        reply(client.http.get(httpx.URL(f"{base}&Query=(L_AskingPrice=200000{plus})&Count=2")))
        for plus in ("%2B", "+")
    ]
    assert [root[0].attrib["Records"] for root in answers] == ["2", "1"]
