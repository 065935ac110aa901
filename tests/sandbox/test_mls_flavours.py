"""What each vendor's flavour of the sandbox MLS does otherwise: addresses, pages, queries, removals."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from sandbox.mls.flavours import FLAVOURS, UNLIMITED, flavour
from sandbox.mls.reso import CLIENT_ID, CLIENT_SECRET
from tests.sandbox.mls_client import control, every_page, running

GRID = "/v2/Property"
SYSTEM = "OriginatingSystemName eq 'Sandbox MLS'"
BRIDGE = "/api/v2/OData/sandbox/Property"
UTAH = "/reso/odata"
GRANT = {
    "grant_type": "client_credentials",
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
    "scope": "api",
}


@pytest.fixture(scope="module")
def grid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with running(tmp_path_factory.mktemp("grid"), vendor="mls-grid", limits=UNLIMITED) as client:
        yield client


def authorized(mls: httpx.Client, vendor: str) -> httpx.Client:
    """The client, with a token of Trestle's if it is Trestle."""
    if vendor == "trestle":
        token = mls.post("/trestle/oidc/connect/token", data=GRANT).raise_for_status().json()["access_token"]
        mls.headers["Authorization"] = f"Bearer {token}"
    return mls


@pytest.mark.parametrize("vendor", FLAVOURS)
def test_every_home_comes_once_from_every_vendor(tmp_path: Path, vendor: str) -> None:
    root = FLAVOURS[vendor].root
    with running(tmp_path, vendor=vendor, limits=UNLIMITED, page_default=7) as mls:
        mls = authorized(mls, vendor)
        found = every_page(mls, f"{root}/Property?$filter={SYSTEM}&$expand=Media")
        named = {row["name"] for row in mls.get(root).json()["value"]}
    assert len({row["ListingKey"] for row in found}) == len(found) == 60
    assert all(row["Media"] for row in found)
    assert named >= {"Property", "Media"}


@pytest.mark.parametrize("vendor", FLAVOURS)
def test_faults_are_had_at_every_vendor(tmp_path: Path, vendor: str) -> None:
    with running(tmp_path, vendor=vendor, limits=UNLIMITED) as mls:
        control(mls, "faults", {"kind": "status", "status": 503})
        assert mls.get(f"{FLAVOURS[vendor].root}/Property").status_code == 503
        assert mls.get("/_control/log?kind=odata").json()["counts"] == {"odata": 1, "odata 503": 1}


def test_an_unknown_vendor_and_an_unknown_field_are_refused() -> None:
    with pytest.raises(ValueError, match="no vendor nobody"):
        flavour("nobody")
    with pytest.raises(TypeError):
        flavour("bridge", nothing=1)


@pytest.mark.parametrize(
    ("vendor", "query", "rows"),
    [
        ("mls-grid", f"$filter={SYSTEM}", 500),
        ("mls-grid", f"$filter={SYSTEM}&$top=9999", 1_150),
        ("mls-grid", f"$filter={SYSTEM}&$top=9999&$expand=Media", 1_000),
        ("trestle", "", 10),
        ("trestle", "$top=1150", 1_000),
        ("trestle", "$top=1150&$select=ListingKey", 1_150),
        ("bridge", "", 10),
        ("bridge", "$top=1000", 200),
        ("spark", "", 25),
        ("spark", "$top=1150", 1_000),
        ("utah-real-estate", "$top=1000", 200),
    ],
)
def test_a_page_has_what_the_vendor_gives(tmp_path: Path, vendor: str, query: str, rows: int) -> None:
    with running(tmp_path, vendor=vendor, homes=1_150) as mls:
        answer = authorized(mls, vendor).get(f"{FLAVOURS[vendor].root}/Property?{query}")
        page = answer.raise_for_status().json()
    assert len(page["value"]) == rows
    assert ("@odata.nextLink" in page) == (rows < 1_150)


def test_top_is_the_size_of_a_page_at_vendors(tmp_path: Path) -> None:
    with running(tmp_path, vendor="bridge") as mls:
        first = mls.get(f"{BRIDGE}?$top=25").json()
        assert "$top=25&$skip=25" in first["@odata.nextLink"]
        assert len(every_page(mls, f"{BRIDGE}?$top=25")) == 60


def test_spark_counts_on_by_skip_tokens(tmp_path: Path) -> None:
    with running(tmp_path, vendor="spark") as mls:
        link = mls.get("/Version/3/Reso/OData/Property").json()["@odata.nextLink"]
    assert "$skiptoken=" in link
    assert "$skip=" not in link


class TestMlsGrid:
    @pytest.mark.parametrize(
        ("query", "status"),
        [
            ("", 400),
            ("$filter=ListingId eq 'Austin'", 400),
            (f"$filter={SYSTEM}", 200),
            (f"$filter={SYSTEM} and MlgCanView eq true", 200),
            (f"$filter=(ListingId eq 'A' or ListingId eq 'B') and {SYSTEM}", 200),
            (f"$filter={SYSTEM} or ListingId eq 'A'", 400),
            (f"$filter=not ({SYSTEM})", 400),
            (f"$filter={SYSTEM} and {SYSTEM}", 400),
            (f"$filter={SYSTEM} and OriginatingSystemName ne 'x'", 400),
            ("$filter=OriginatingSystemName in ('Sandbox MLS')", 400),
        ],
    )
    def test_a_request_names_exactly_one_system(self, grid: httpx.Client, query: str, status: int) -> None:
        assert grid.get(f"{GRID}?{query}").status_code == status

    @pytest.mark.parametrize(
        "query",
        [
            f"$filter={SYSTEM}&$orderby=ListingKey",
            f"$filter={SYSTEM}&$expand=Media($select=MediaURL)",
            f"$filter={SYSTEM} and (ModificationTimestamp ge 2026-01-01T00:00:00Z"
            " or PhotosChangeTimestamp ge 2026-01-01T00:00:00Z)",
            f"$filter={SYSTEM} and (" + " or ".join(f"ListingId eq '{n}'" for n in range(7)) + ")",
        ],
    )
    def test_order_options_of_media_and_much_or_are_refused(self, grid: httpx.Client, query: str) -> None:
        assert grid.get(f"{GRID}?{query}").status_code == 400

    def test_few_fields_are_searchable(self, grid: httpx.Client) -> None:
        listed = grid.get("/_control/homes").json()[:20]
        numbers = ",".join(f"'{home['number']}'" for home in listed)
        page = grid.get(f"{GRID}?$filter={SYSTEM} and ListingId in ({numbers})").json()
        assert {row["ListingKey"] for row in page["value"]} == {home["key"] for home in listed}
        by_key = grid.get(f"{GRID}?$filter={SYSTEM} and ListingKey eq '{listed[0]['key']}'")
        assert by_key.status_code == 400
        assert grid.get(f"{GRID}('{listed[0]['key']}')").status_code == 200

    def test_rows_come_in_the_order_of_their_stamps_and_a_touched_one_again(self, tmp_path: Path) -> None:
        with running(tmp_path, vendor="mls-grid", limits=UNLIMITED) as mls:
            first = mls.get(f"{GRID}?$filter={SYSTEM}&$top=25").json()
            moved = first["value"][3]["ListingKey"]
            control(mls, f"homes/{moved}", {"PublicRemarks": "Touched"})
            found = first["value"] + every_page(mls, first["@odata.nextLink"])
        stamps = [row["ModificationTimestamp"] for row in found]
        assert stamps == sorted(stamps)
        assert len({row["ListingKey"] for row in found}) == 60
        assert [row["ListingKey"] for row in found].count(moved) == 2
        assert found[-1]["ListingKey"] == moved

    def test_gzip_is_required_and_given(self, tmp_path: Path) -> None:
        with running(tmp_path, vendor="mls-grid", limits=UNLIMITED) as mls:
            assert mls.get(f"{GRID}?$filter={SYSTEM}", headers={"Accept-Encoding": "br"}).status_code == 400
            with mls.stream("GET", f"{GRID}?$filter={SYSTEM}", headers={"Accept-Encoding": "gzip"}) as answer:
                sent = b"".join(answer.iter_raw())
        assert answer.headers["Content-Encoding"] == "gzip"
        assert len(sent) == int(answer.headers["Content-Length"])
        assert b"ListingKey" in gzip.decompress(sent)

    def test_a_home_taken_out_may_not_be_seen_any_more(self, tmp_path: Path) -> None:
        with running(tmp_path, vendor="mls-grid", limits=UNLIMITED) as mls:
            key = mls.get("/_control/homes").json()[0]["key"]
            before = mls.get(f"{GRID}('{key}')").json()
            assert (before["MlgCanView"], before["MlgCanUse"]) == (True, ["IDX"])
            assert mls.delete(f"/_control/homes/{key}").status_code == 204
            since = before["ModificationTimestamp"]
            wanted = f"{SYSTEM} and ModificationTimestamp gt {since} and MlgCanView eq false"
            [row] = mls.get(f"{GRID}?$filter={wanted}").json()["value"]
            visible = every_page(mls, f"{GRID}?$filter={SYSTEM} and MlgCanView eq true")
        assert (row["ListingKey"], row["MlgCanView"]) == (key, False)
        assert len(visible) == 59

    def test_every_change_moves_the_stamp(self, tmp_path: Path) -> None:
        with running(tmp_path, vendor="mls-grid", limits=UNLIMITED) as mls:
            home = mls.get("/_control/homes").json()[0]
            changed = control(mls, f"homes/{home['key']}", {"photos": {"add": 1}, "$touch": False})
        assert changed["ModificationTimestamp"] > home["modified"]


class TestTrestle:
    def test_a_token_is_for_the_scope_and_lasts_eight_hours(self, tmp_path: Path) -> None:
        url = "/trestle/oidc/connect/token"
        with running(tmp_path, vendor="trestle") as mls:
            assert mls.post(url, data=GRANT).json()["expires_in"] == 28_800
            assert mls.post(url, data=GRANT | {"scope": "other"}).json() == {"error": "invalid_scope"}
            assert mls.post(url, data=GRANT | {"grant_type": "password"}).status_code == 400

    def test_there_is_no_long_lived_token(self, tmp_path: Path) -> None:
        with running(tmp_path, vendor="trestle") as mls:
            assert mls.get("/trestle/odata/Property").status_code == 401
            assert authorized(mls, "trestle").get("/trestle/odata/Property").status_code == 200


class TestBridge:
    def test_media_stops_at_ten_unless_asked_for_more(self, tmp_path: Path) -> None:
        with running(tmp_path, vendor="bridge") as mls:
            key = mls.get("/_control/homes").json()[0]["key"]
            control(mls, f"homes/{key}", {"photos": {"add": 20}})
            wanted = f"{BRIDGE}?$filter=ListingKey eq '{key}'&$expand="
            assert len(mls.get(wanted + "Media").json()["value"][0]["Media"]) == 10
            assert len(mls.get(wanted + "Media($top=200)").json()["value"][0]["Media"]) > 20

    def test_skip_reaches_so_many_rows_and_replication_all(self, tmp_path: Path) -> None:
        with running(tmp_path, vendor="bridge", skip_max=30) as mls:
            first = mls.get(f"{BRIDGE}?$top=20").json()
            beyond = mls.get(first["@odata.nextLink"])
            assert beyond.status_code == 400
            assert "replication" in beyond.json()["error"]["message"]
            found = every_page(mls, f"{BRIDGE}/replication?$top=20")
            assert len({row["ListingKey"] for row in found}) == 60
            for wrong in ("$skip=5", "$orderby=ListingKey"):
                assert mls.get(f"{BRIDGE}/replication?{wrong}").status_code == 400

    def test_others_have_no_replication(self, tmp_path: Path) -> None:
        with running(tmp_path) as mls:
            assert mls.get("/odata/Property/replication").status_code == 404


class TestSpark:
    def test_an_unknown_token_and_another_host_have_codes_of_its_own(self, tmp_path: Path) -> None:
        with running(tmp_path, vendor="spark", host="127.0.0.1") as mls:
            url = "/Version/3/Reso/OData/Property"
            unknown = mls.get(url, headers={"Authorization": "Bearer other"})
            elsewhere = mls.get(url, headers={"Host": "sparkapi.example"})
            missing = mls.get(f"{url}('none')")
            assert mls.get(url).status_code == 200
        assert (unknown.status_code, unknown.json()["D"]["Code"]) == (401, 1020)
        assert (elsewhere.status_code, elsewhere.json()["D"]["Code"]) == (403, 1021)
        assert elsewhere.json()["D"].keys() == {"Success", "Code", "Message"}
        assert (missing.status_code, missing.json()["error"]["code"]) == (404, "404")


class TestUtahRealEstate:
    def test_a_home_taken_out_is_named_by_deleted(self, tmp_path: Path) -> None:
        with running(tmp_path, vendor="utah-real-estate") as mls:
            one, other, lost = mls.get("/_control/homes").json()[:3]
            mls.delete(f"/_control/homes/{one['key']}")
            mls.delete(f"/_control/homes/{other['key']}")
            mls.delete(f"/_control/homes/{lost['key']}?vanish=true")
            deleted = mls.get(f"{UTAH}/Deleted?$orderby=ts").json()["value"]
            assert [row["primary_key"] for row in deleted] == [one["key"], other["key"]]
            wanted = f"resource eq 'Property' and ts gt {deleted[0]['ts']}"
            later = mls.get(f"{UTAH}/Deleted?$filter={wanted}").json()["value"]
            assert [row["primary_key"] for row in later] == [other["key"]]
            assert mls.get(f"{UTAH}/Property('{one['key']}')").status_code == 404
            assert len(every_page(mls, f"{UTAH}/Property")) == 57

    def test_deletions_survive_a_restart_and_not_a_reset(self, tmp_path: Path) -> None:
        with running(tmp_path, vendor="utah-real-estate") as mls:
            mls.delete(f"/_control/homes/{mls.get('/_control/homes').json()[0]['key']}")
            before = mls.get(f"{UTAH}/Deleted").json()["value"]
        with running(tmp_path, vendor="utah-real-estate") as mls:
            assert mls.get(f"{UTAH}/Deleted").json()["value"] == before != []
            control(mls, "reset")
            assert mls.get(f"{UTAH}/Deleted").json()["value"] == []


class TestOptions:
    def test_a_home_taken_out_can_become_a_tombstone(self, tmp_path: Path) -> None:
        with running(tmp_path, removal="tombstone") as mls:
            home = mls.get("/_control/homes").json()[0]
            mls.delete(f"/_control/homes/{home['key']}")
            row = mls.get(f"/odata/Property('{home['key']}')").json()
        assert row["StandardStatus"] == "Delete"
        assert row["ModificationTimestamp"] > home["modified"]

    def test_without_expansion_media_is_asked_for_by_keys_in_pages(self, tmp_path: Path) -> None:
        with running(tmp_path, expand=False) as mls:
            assert mls.get("/odata/Property?$expand=Media").status_code == 400
            homes = mls.get("/odata/Property?$top=3").json()["value"]
            assert mls.get(f"/odata/Property('{homes[0]['ListingKey']}')?$expand=Media").status_code == 400
            keys = " or ".join(f"ResourceRecordKey eq '{home['ListingKey']}'" for home in homes)
            first = mls.get(f"/odata/Media?$filter={keys}", headers={"Prefer": "odata.maxpagesize=4"}).json()
            media = first["value"] + every_page(mls, first["@odata.nextLink"])
        assert len(first["value"]) == 4
        assert {row["ResourceRecordKey"] for row in media} == {home["ListingKey"] for home in homes}
        assert len(media) >= sum(home["PhotosCount"] for home in homes)

    def test_a_user_reads_by_basic_or_by_a_token_for_the_password(self, tmp_path: Path) -> None:
        grant = {"grant_type": "password", "username": "sandbox-user", "password": "sandbox-password"}
        with running(tmp_path) as mls:
            url = f"{mls.base_url}/odata/Property"
            assert httpx.get(url, auth=("sandbox-user", "sandbox-password")).status_code == 200
            stranger = httpx.get(url, auth=("sandbox-user", "wrong"))
            assert (stranger.status_code, stranger.headers["WWW-Authenticate"]) == (
                401,
                'Bearer, Basic realm="sandbox"',
            )
            client = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
            for given in (grant, grant | client):
                token = mls.post("/oauth/token", data=given).raise_for_status().json()["access_token"]
                assert httpx.get(url, headers={"Authorization": f"Bearer {token}"}).status_code == 200
            wrong = mls.post("/oauth/token", data=grant | {"password": "wrong"})
            assert (wrong.status_code, wrong.json()["error"]) == (400, "invalid_grant")
            assert mls.post("/oauth/token", data=grant | {"client_id": "other"}).status_code == 401
