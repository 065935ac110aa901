"""Pages of the sandbox MLS: next links, $skip, $top, sizes preferred and imposed."""

from pathlib import Path

import httpx
import pytest

from tests.sandbox.mls_client import every_row, rows, running


def test_next_links_lead_to_every_home_once(tmp_path: Path) -> None:
    with running(tmp_path, homes=57, page_default=10) as mls:
        url, sizes, keys = "/odata/Property?$count=true", [], []
        while url:
            page = mls.get(url).json()
            assert page["@odata.count"] == 57
            sizes.append(len(page["value"]))
            keys += [row["ListingKey"] for row in page["value"]]
            url = page.get("@odata.nextLink")
    assert sizes == [10, 10, 10, 10, 10, 7]
    assert len(set(keys)) == 57


def test_skip_advanced_by_rows_served_leads_to_every_home_once(tmp_path: Path) -> None:
    with running(tmp_path, homes=57, next_link="none", page_max=25) as mls:
        keys: list[str] = []
        while True:
            page = mls.get("/odata/Property", params={"$skip": len(keys), "$top": 1000}).json()
            assert "@odata.nextLink" not in page
            if not page["value"]:
                break
            keys += [row["ListingKey"] for row in page["value"]]
    assert len(keys) == len(set(keys)) == 57


def test_skip_tokens_lead_to_every_home_and_forged_ones_are_refused(tmp_path: Path) -> None:
    with running(tmp_path, next_link="skiptoken") as mls:
        first = mls.get("/odata/Property").json()
        assert "$skiptoken=" in first["@odata.nextLink"]
        assert "$skip=" not in first["@odata.nextLink"]
        assert len({row["ListingKey"] for row in every_row(mls)}) == 60
        assert mls.get("/odata/Property", params={"$skiptoken": "mine"}).status_code == 400


def test_a_preferred_page_size_is_heeded_and_said_up_to_the_maximum(tmp_path: Path) -> None:
    with running(tmp_path, homes=80, page_max=40) as mls:
        few = mls.get("/odata/Property", headers={"Prefer": "odata.maxpagesize=7"})
        assert len(few.json()["value"]) == 7
        assert few.headers["Preference-Applied"] == "odata.maxpagesize=7"
        many = mls.get("/odata/Property", headers={"Prefer": "odata.maxpagesize=5000"})
        assert len(many.json()["value"]) == 40
        assert many.headers["Preference-Applied"] == "odata.maxpagesize=40"
        assert "Preference-Applied" not in mls.get("/odata/Property").headers


def test_top_is_a_total_over_all_pages(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        url, sizes = "/odata/Property?$top=25", []
        while url:
            page = mls.get(url, headers={"Prefer": "odata.maxpagesize=10"}).json()
            sizes.append(len(page["value"]))
            url = page.get("@odata.nextLink")
        assert sizes == [10, 10, 5]
        assert mls.get("/odata/Property?$top=0").json()["value"] == []


def test_paging_a_filter_gives_each_row_that_passes_in_order(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        found = every_row(
            mls, filter="StandardStatus eq 'Active'", orderby="ListPrice desc", top="30", select="ListPrice"
        )
        expected = sorted(
            (row["ListPrice"] for row in every_row(mls) if row["StandardStatus"] == "Active"), reverse=True
        )
    assert [row["ListPrice"] for row in found] == expected[:30]


def test_urls_begin_with_the_base_url_given(tmp_path: Path) -> None:
    with running(tmp_path, base_url="https://mls.example.com") as mls:
        page = mls.get("/odata/Property?$expand=Media").json()
    assert page["@odata.nextLink"].startswith("https://mls.example.com/odata/Property?$expand=Media&$skip=")
    assert page["value"][0]["Media"][0]["MediaURL"].startswith("https://mls.example.com/photos/")


def test_a_home_that_left_the_feed_is_on_no_page(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        gone = rows(mls)[3]["ListingKey"]
        assert mls.delete(f"/_control/homes/{gone}").status_code == 204
        assert gone not in {row["ListingKey"] for row in every_row(mls)}
        assert mls.get(f"/odata/Property('{gone}')").status_code == 404
        assert mls.delete(f"/_control/homes/{gone}").status_code == 404


def test_many_homes_are_all_served_with_fewer_photos_each(tmp_path: Path) -> None:
    with running(tmp_path, homes=1_500) as mls:
        url, found = "/odata/Property?$select=ListingKey,PhotosCount", list[dict[str, object]]()
        while url:
            page = mls.get(url, headers={"Prefer": "odata.maxpagesize=200"}).json()
            found += page["value"]
            url = page.get("@odata.nextLink")
        assert len({str(row["ListingKey"]) for row in found}) == 1_500
        assert {row["PhotosCount"] for row in found} == {2, 3, 4}
        first = f"/photos/{found[0]['ListingKey']}/1.jpg", f"/photos/{found[1]['ListingKey']}/1.jpg"
        assert mls.get(first[0]).content != mls.get(first[1]).content


def test_the_port_is_free_again_after_serving(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        url = str(mls.base_url)
    with pytest.raises(httpx.ConnectError):
        httpx.get(url)
