"""Changes to the sandbox MLS's homes by control calls, and their surviving a restart."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.sandbox.mls_client import TODAY, control, every_row, key_with, rows, running


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    with running(tmp_path_factory.mktemp("shared")) as client:
        yield client


def home(mls: httpx.Client, key: str) -> dict[str, Any]:
    answer = mls.get(f"/odata/Property('{key}')", params={"$expand": "Media"})
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def test_a_sale_fills_what_a_sale_has_and_comes_with_the_next_delta(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        key = key_with(mls)
        before = home(mls, key)
        cursor = max(row["ModificationTimestamp"] for row in every_row(mls))
        control(mls, f"homes/{key}", {"StandardStatus": "Closed"})
        changed = rows(mls, filter=f"ModificationTimestamp gt {cursor}")
    assert [row["ListingKey"] for row in changed] == [key]
    row = changed[0]
    assert (row["StandardStatus"], row["MlsStatus"]) == ("Closed", "Sold")
    assert row["ClosePrice"] == before["ListPrice"]
    assert row["CloseDate"] == row["OffMarketDate"] == "2026-03-15"
    assert row["StatusChangeTimestamp"] == row["ModificationTimestamp"] == "2026-03-15T09:30:00.000Z"


def test_what_is_given_is_not_filled(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        key = key_with(mls)
        given = {
            "StandardStatus": "Closed",
            "ClosePrice": 123_456.78,
            "CloseDate": "TBD",
            "MlsStatus": "SLD",
            "ModificationTimestamp": "2026-01-01T00:00:00",
        }
        control(mls, f"homes/{key}", given)
        assert home(mls, key).items() >= given.items()


def test_a_home_back_on_the_market_has_no_closing(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        key = key_with(mls)
        control(mls, f"homes/{key}", {"StandardStatus": "Pending"})
        assert home(mls, key)["PurchaseContractDate"] == "2026-03-15"
        control(mls, f"homes/{key}", {"StandardStatus": "Closed"})
        control(mls, f"homes/{key}", {"StandardStatus": "Active"})
        row = home(mls, key)
    for name in ("CloseDate", "ClosePrice", "OffMarketDate", "PurchaseContractDate"):
        assert row[name] is None, name


def test_an_executed_lease_has_its_own_local_status(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        key = key_with(mls, property_type="Residential Lease")
        assert control(mls, f"homes/{key}", {"StandardStatus": "Closed"})["MlsStatus"] == "Leased"


def test_stamps_rise_strictly_though_the_clock_stands(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        keys = [row["ListingKey"] for row in rows(mls)[:5]]
        stamps = [
            control(mls, f"homes/{key}", {"PublicRemarks": "New."})["ModificationTimestamp"]
            for key in keys * 2
        ]
    assert stamps == sorted(set(stamps))
    assert stamps[0] == "2026-03-15T09:30:00.000Z"


def test_a_change_can_leave_the_stamp_where_it_was(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        key = key_with(mls)
        before = home(mls, key)
        control(mls, f"homes/{key}", {"photos": {"add": 1}, "$touch": False})
        after = home(mls, key)
    assert after["ModificationTimestamp"] == before["ModificationTimestamp"]
    assert after["PhotosChangeTimestamp"] > before["PhotosChangeTimestamp"]


def test_a_new_price_and_address_are_followed_up(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        key = key_with(mls)
        before = home(mls, key)
        control(mls, f"homes/{key}", {"ListPrice": 1, "StreetNumber": "7", "StreetName": "Elm"})
        after = home(mls, key)
    assert after["PreviousListPrice"] == before["ListPrice"]
    assert after["PriceChangeTimestamp"] == after["ModificationTimestamp"]
    assert "7 " in after["UnparsedAddress"]
    assert "Elm" in after["UnparsedAddress"]


@pytest.mark.parametrize(
    "field", ["ListPrice", "ListingId", "StandardStatus", "City", "ModificationTimestamp"]
)
@pytest.mark.parametrize("value", [None, "Weird", 12.0, ["a"], {"b": 1}, True])
def test_any_field_can_be_any_value_and_the_feed_still_pages(
    shared: httpx.Client, field: str, value: object
) -> None:
    key = control(shared, "homes")["key"]
    control(shared, f"homes/{key}", {field: value})
    assert home(shared, key)[field] == value
    assert len(every_row(shared, orderby=field)) == 61
    literal = {"ListPrice": "1", "ModificationTimestamp": "2026-01-01T00:00:00Z"}.get(field, "'x'")
    assert len(every_row(shared, filter=f"{field} ge {literal} or not ({field} ge {literal})")) == 61
    shared.delete(f"/_control/homes/{key}")


def test_fields_can_be_taken_out_of_a_row_the_key_too(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        key = key_with(mls)
        control(mls, f"homes/{key}", {"$remove": ["ListingKey", "ListPrice"], "AskingPrice": 5})
        found = [row for row in every_row(mls) if "ListingKey" not in row]
        assert len(found) == 1
        assert "ListPrice" not in found[0]
        assert found[0]["AskingPrice"] == 5
        assert mls.get(f"/odata/Property('{key}')").status_code == 404
        assert mls.get(f"/_control/homes/{key}").json()["key"] == key


def test_photos_are_added_removed_and_replaced(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        key = key_with(mls)
        before = home(mls, key)
        urls = [media["MediaURL"] for media in before["Media"]]
        first, second = mls.get(urls[0]).content, mls.get(urls[1]).content
        control(mls, f"homes/{key}", {"photos": {"add": 2, "remove": [2], "replace": [1]}})
        after = home(mls, key)
        assert mls.get(urls[0]).content not in (first, second)
        assert mls.get(urls[1]).status_code == 404
        assert all(mls.get(media["MediaURL"]).status_code == 200 for media in after["Media"][-2:])
    assert after["PhotosCount"] == before["PhotosCount"] + 1
    assert after["PhotosChangeTimestamp"] == after["ModificationTimestamp"] > before["ModificationTimestamp"]
    assert [media["Order"] for media in after["Media"]] == list(range(1, len(after["Media"]) + 1))
    moved = [
        m["MediaURL"]
        for m in after["Media"]
        if m["MediaModificationTimestamp"] == after["PhotosChangeTimestamp"]
    ]
    assert moved == [urls[0], *(media["MediaURL"] for media in after["Media"][-2:])]


def test_captions_and_order_move_no_stamp_of_photos(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        key = key_with(mls)
        before = home(mls, key)
        numbers = list(range(1, len(before["Media"]) + 1))
        control(mls, f"homes/{key}", {"photos": {"captions": {"1": "Porch"}, "order": numbers[::-1]}})
        after = home(mls, key)
    assert after["Media"][-1]["ShortDescription"] == "Porch"
    assert [m["MediaKey"] for m in after["Media"]] == [m["MediaKey"] for m in before["Media"]][::-1]
    assert after["PhotosChangeTimestamp"] == before["PhotosChangeTimestamp"]
    assert after["ModificationTimestamp"] > before["ModificationTimestamp"]


def test_media_can_be_served_empty_though_there_are_photos(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        key = key_with(mls)
        control(mls, f"homes/{key}", {"Media": []})
        row = home(mls, key)
    assert row["Media"] == []
    assert row["PhotosCount"] > 0


@pytest.mark.parametrize(
    "body",
    [
        [],
        {"photos": {"remove": [99]}},
        {"photos": {"add": "one"}},
        {"photos": {"paint": [1]}},
        {"photos": {"order": [1]}},
        {"photos": {"remove": [1], "replace": [1]}},
        {"Media": "none"},
        {"$remove": "ListingKey"},
    ],
)
def test_a_change_that_cannot_be_made_changes_nothing(tmp_path: Path, body: object) -> None:
    with running(tmp_path) as mls:
        key = key_with(mls)
        before = home(mls, key)
        assert mls.post(f"/_control/homes/{key}", json=body).status_code == 400
        assert home(mls, key) == before
        assert mls.post("/_control/homes/nowhere", json={}).status_code == 404


def test_a_new_home_is_listed_now(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        key = control(mls, "homes", {"ListPrice": 432_100, "PropertyType": "Land"})["key"]
        row = home(mls, key)
        assert key in {entry["key"] for entry in mls.get("/_control/homes").json()}
        other = control(mls, "homes")["key"]
        assert other != key
        assert len(every_row(mls)) == 62
    assert (row["StandardStatus"], row["PropertyType"], row["ListPrice"]) == ("Active", "Land", 432_100)
    assert row["ListingId"] == "SBX1000061"
    assert row["ListingContractDate"] == "2026-03-15"
    assert row["BedroomsTotal"] is row["PreviousListPrice"] is None
    assert row["ModificationTimestamp"] >= row["OriginalEntryTimestamp"]
    assert row["PhotosCount"] >= 3


def test_the_list_says_what_there_is(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        listed = mls.get("/_control/homes").json()
        row = home(mls, listed[0]["key"])
    assert len(listed) == 60
    assert listed[0] == {
        "key": row["ListingKey"],
        "number": row["ListingId"],
        "status": row["StandardStatus"],
        "price": row["ListPrice"],
        "photos": row["PhotosCount"],
        "modified": row["ModificationTimestamp"],
        "address": row["UnparsedAddress"],
    }


def test_a_restart_a_day_later_keeps_everything(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        sold, gone = key_with(mls), rows(mls)[-1]["ListingKey"]
        control(mls, f"homes/{sold}", {"StandardStatus": "Closed", "photos": {"add": 1, "replace": [1]}})
        control(mls, "homes", {"City": "Newtown"})
        mls.delete(f"/_control/homes/{gone}")
        before = [row | {"Media": len(row["Media"])} for row in every_row(mls, expand="Media")]
        replaced = mls.get(f"/photos/{sold}/1.jpg").content
    with running(tmp_path, now=lambda: TODAY + timedelta(days=1)) as mls:
        assert [row | {"Media": len(row["Media"])} for row in every_row(mls, expand="Media")] == before
        assert mls.get(f"/photos/{sold}/1.jpg").content == replaced
        assert control(mls, "homes")["ListingId"] == "SBX1000062"


def test_stamps_go_on_rising_after_a_restart_with_a_clock_set_back(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        key = key_with(mls)
        before = control(mls, f"homes/{key}", {"City": "A"})["ModificationTimestamp"]
    with running(tmp_path, now=lambda: datetime(2025, 1, 1, tzinfo=UTC)) as mls:
        assert control(mls, f"homes/{key}", {"City": "B"})["ModificationTimestamp"] > before


def test_a_reset_gives_the_seed_again(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        seeded = every_row(mls)
        control(mls, f"homes/{seeded[0]['ListingKey']}", {"City": "Elsewhere"})
        mls.delete(f"/_control/homes/{seeded[1]['ListingKey']}")
        control(mls, "homes")
        assert every_row(mls) != seeded
        control(mls, "reset")
        assert every_row(mls) == seeded
    with running(tmp_path) as mls:
        assert every_row(mls) == seeded
