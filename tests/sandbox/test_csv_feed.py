"""The sandbox's CSV file: who may read it, how it is written, when it has changed."""

import csv
import io
from collections.abc import Iterator

import httpx
import pytest

from sandbox.csv_feed.server import PASSWORD, TOKEN, USERNAME, create_app
from sandbox.serving import serve

HOMES = 60


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with (
        serve(create_app(tmp_path_factory.mktemp("csv"))) as base_url,
        httpx.Client(base_url=base_url, timeout=10, verify=False) as client,
    ):
        yield client


@pytest.fixture
def client(served: httpx.Client) -> httpx.Client:
    """The server as it was at the beginning."""
    served.post("/_control/reset").raise_for_status()
    return served


def rows(answer: httpx.Response, encoding: str = "utf-8", delimiter: str = ",") -> list[dict[str, str]]:
    text = answer.raise_for_status().content.decode(encoding)
    return list(csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter))


def test_the_file_is_for_those_who_show_who_they_are(client: httpx.Client) -> None:
    assert client.get("/files/homes.csv").status_code == 401
    assert client.get("/files/homes.csv", auth=(USERNAME, "guessed")).status_code == 401
    assert len(rows(client.get("/files/homes.csv", auth=(USERNAME, PASSWORD)))) == HOMES
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    assert len(rows(client.get("/files/homes.csv", headers=bearer))) == HOMES


def test_another_copy_is_open_and_a_third_address_leads_to_it(client: httpx.Client) -> None:
    assert len(rows(client.get("/open/homes.csv"))) == HOMES
    moved = client.get("/moved/homes.csv")
    assert moved.status_code == 302
    assert len(rows(client.get(moved.headers["location"]))) == HOMES


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize(("name", "delimiter"), [("semicolon", ";"), ("tab", "\t"), ("pipe", "|")])
def test_it_is_written_as_asked(client: httpx.Client, encoding: str, name: str, delimiter: str) -> None:
    answer = client.get("/open/homes.csv", params={"encoding": encoding, "delimiter": name})
    assert rows(answer, encoding, delimiter) == rows(client.get("/open/homes.csv"))


def test_an_office_has_words_of_its_own(client: httpx.Client) -> None:
    plain = rows(client.get("/open/homes.csv", params={"header": "plain", "photos": " "}))
    reso = rows(client.get("/open/homes.csv"))
    assert [row["MLS #"] for row in plain] == [row["ListingId"] for row in reso]
    assert [row["Photos"].split(" ") for row in plain] == [row["Photos"].split("|") for row in reso]
    assert "Sold" in {row["Status"] for row in plain}


@pytest.mark.parametrize("query", ["header=other", "encoding=ebcdic", "delimiter=dot"])
def test_what_is_not_known_is_a_bad_request(client: httpx.Client, query: str) -> None:
    assert client.get(f"/open/homes.csv?{query}").status_code == 400


def test_it_is_the_same_file_until_a_home_changes(client: httpx.Client) -> None:
    first = client.get("/open/homes.csv")
    known = {"If-None-Match": first.headers["etag"]}
    assert client.get("/open/homes.csv", headers=known).status_code == 304
    since = {"If-Modified-Since": first.headers["last-modified"]}
    assert client.get("/open/homes.csv", headers=since).status_code == 304

    home = client.get("/_control/homes").json()[0]
    client.post(f"/_control/homes/{home['key']}", json={"ListPrice": 7}).raise_for_status()

    changed = client.get("/open/homes.csv", headers=known)
    assert rows(changed)[0]["ListPrice"] == "7"
    assert changed.headers["etag"] != first.headers["etag"]


def test_photos_are_where_the_file_says(client: httpx.Client) -> None:
    url = rows(client.get("/open/homes.csv"))[0]["Photos"].split("|")[0]
    assert httpx.get(url).headers["content-type"] == "image/jpeg"
