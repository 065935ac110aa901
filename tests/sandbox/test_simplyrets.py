"""The sandbox SimplyRETS as its documentation describes the real one."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.serving import serve
from sandbox.simplyrets.server import PASSWORD, USERNAME, create_app

HOMES = 60
EVERYTHING: list[tuple[str, str | int | float | bool | None]] = [
    *(
        ("status", one)
        for one in ("Active", "Pending", "Closed", "Hold", "Withdrawn", "Expired", "Incomplete")
    ),
    *(("status", one) for one in ("ActiveUnderContract", "ComingSoon", "Delete")),
    *(("type", one) for one in ("residential", "rental", "mobilehome", "condominium")),
    *(("type", one) for one in ("multifamily", "commercial", "land", "farm")),
]


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with (
        serve(create_app(tmp_path_factory.mktemp("simplyrets"))) as base_url,
        httpx.Client(base_url=base_url, auth=(USERNAME, PASSWORD), timeout=10, verify=False) as client,
    ):
        yield client


@pytest.fixture
def rets(client: httpx.Client) -> httpx.Client:
    """The server as it was at the beginning."""
    client.post("/_control/reset").raise_for_status()
    client.delete("/_control/faults").raise_for_status()
    return client


def found(client: httpx.Client, *options: tuple[str, Any]) -> list[dict[str, Any]]:
    listings: list[dict[str, Any]] = client.get("/properties", params=options).raise_for_status().json()
    return listings


def key_of(client: httpx.Client, mls_id: int) -> str:
    homes = client.get("/_control/homes").json()
    return next(str(home["key"]) for home in homes if home["number"] == f"SBX{mls_id}")


def test_unless_asked_for_only_active_homes_to_live_in_are_shown(rets: httpx.Client) -> None:
    listings = found(rets, ("limit", 500))
    assert {listing["mls"]["status"] for listing in listings} == {"Active"}
    assert {listing["property"]["type"] for listing in listings} == {"RES", "RNT"}
    assert 0 < len(listings) < HOMES


def test_pages_link_to_each_other_in_the_order_of_ids(rets: httpx.Client) -> None:
    answer = rets.get("/properties", params=[("limit", 25), ("lastId", 0), *EVERYTHING])
    ids, total = [], int(answer.headers["x-total-count"])
    while True:
        ids += [listing["mlsId"] for listing in answer.json()]
        if "next" not in answer.links:
            break
        answer = rets.get(answer.links["next"]["url"])
    assert total == len(ids) == HOMES
    assert ids == sorted(set(ids))


def test_a_page_has_20_listings_unless_asked_for_and_500_at_most(rets: httpx.Client) -> None:
    assert len(found(rets, *EVERYTHING)) == 20
    assert rets.get("/properties", params={"limit": 501}).status_code == 400
    assert "x-total-count" not in rets.get("/properties", params={"count": "false"}).headers


@pytest.mark.parametrize(
    "query",
    ["status=Sold", "type=castle", "limit=few", "lastId=-1", "idx=all", "vendor=other", "minupdate=1"],
)
def test_what_is_not_known_is_a_bad_request(rets: httpx.Client, query: str) -> None:
    answer = rets.get(f"/properties?{query}")
    assert (answer.status_code, answer.json()["error"]) == (400, 400)


def test_nobody_reads_without_the_key_and_the_secret(rets: httpx.Client) -> None:
    url = rets.base_url
    for auth in (None, (USERNAME, "guessed"), ("nobody", PASSWORD)):
        for path in ("properties", "properties/1000001"):
            assert httpx.get(f"{url}/{path}".replace("//p", "/p"), auth=auth).status_code == 401


def test_a_listing_has_an_address_of_its_own(rets: httpx.Client) -> None:
    listing = found(rets)[0]
    assert rets.get(f"/properties/{listing['mlsId']}").json() == listing
    assert rets.get("/properties/1").status_code == 404


def test_the_moment_of_the_last_update_moves_with_changes_alone(rets: httpx.Client) -> None:
    listing = found(rets)[0]
    before = rets.get("/properties").headers["x-simplyrets-lastupdate"]
    assert rets.get("/properties").headers["x-simplyrets-lastupdate"] == before
    key = key_of(rets, listing["mlsId"])
    rets.post(f"/_control/homes/{key}", json={"StandardStatus": "Active Under Contract"}).raise_for_status()
    assert rets.get("/properties").headers["x-simplyrets-lastupdate"] > before
    assert rets.options("/properties").json()["lastUpdate"] > before
    changed = rets.get(f"/properties/{listing['mlsId']}").json()
    assert changed["mls"] == listing["mls"] | {
        "status": "ActiveUnderContract",
        "statusText": "Active-Contingent",
    }


def test_photos_are_public_ones_at_whole_addresses(rets: httpx.Client) -> None:
    for listing in found(rets, ("limit", 3)):
        assert listing["photos"]
        for url in listing["photos"]:
            assert httpx.get(url).headers["content-type"] == "image/jpeg"


def test_words_are_searched_for_in_numbers_and_places(rets: httpx.Client) -> None:
    listing = found(rets)[0]
    assert found(rets, ("q", listing["listingId"])) == [listing]
    city = listing["address"]["city"]
    assert {one["address"]["city"] for one in found(rets, ("q", city), ("limit", 500))} == {city}
    assert found(rets, ("q", "no such word")) == []


def test_who_opted_out_is_shown_to_those_who_ask_for_it(rets: httpx.Client) -> None:
    listing = found(rets)[0]
    key = key_of(rets, listing["mlsId"])
    rets.post(f"/_control/homes/{key}", json={"InternetAddressDisplayYN": False}).raise_for_status()
    for idx, shown in (("null", False), ("address", False), ("listing", True), ("ignore", True)):
        ids = {one["mlsId"] for one in found(rets, ("idx", idx), ("limit", 500))}
        assert (listing["mlsId"] in ids) is shown


def test_faults_are_worded_as_simplyrets_does(rets: httpx.Client) -> None:
    fault = {"match": "/properties", "kind": "status", "status": 429, "retry_after": 7}
    rets.post("/_control/faults", json=fault).raise_for_status()
    answer = rets.get("/properties")
    assert (answer.status_code, answer.headers["retry-after"], answer.json()["error"]) == (429, "7", 429)
    assert rets.get("/properties").status_code == 200


def test_changes_outlive_a_restart(tmp_path: Path) -> None:
    for price in (None, 7):
        with (
            serve(create_app(tmp_path, homes=3)) as base_url,
            httpx.Client(base_url=base_url, auth=(USERNAME, PASSWORD)) as client,
        ):
            params = [("limit", 3), *EVERYTHING]
            listing = found(client, *params)[0]
            if price is None:
                key = key_of(client, listing["mlsId"])
                client.post(f"/_control/homes/{key}", json={"ListPrice": 7}).raise_for_status()
            else:
                assert listing["listPrice"] == price
