"""Ids and keys that follow from what they name."""

import re

import pytest

from domain.rules.identity import error_id, listing_id, photo_key, photo_prefix


def test_the_same_home_has_the_same_id_on_every_import() -> None:
    first = listing_id("alice", "northstar", "MLS1", "K1")
    assert first == listing_id("alice", "northstar", "MLS1", "K1")
    assert re.fullmatch(r"northstar-[0-9a-f]{20}", first)


@pytest.mark.parametrize(
    "other",
    [
        ("bob", "northstar", "MLS1", "K1"),
        ("alice", "southstar", "MLS1", "K1"),
        ("alice", "northstar", "MLS2", "K1"),
        ("alice", "northstar", None, "K1"),
        ("alice", "northstar", "MLS1", "K2"),
        ("alice", "northstar", "MLS", "1K1"),
        ("alicenorthstar", "", "MLS1", "K1"),
    ],
)
def test_whatever_differs_makes_another_id(other: tuple[str, str, str | None, str]) -> None:
    assert listing_id(*other) != listing_id("alice", "northstar", "MLS1", "K1")


def test_a_failure_reported_twice_is_one() -> None:
    assert error_id("R1", "CONFLICT", "K1") == error_id("R1", "CONFLICT", "K1")
    assert len({error_id("R1", "A", "BC"), error_id("R1", "AB", "C"), error_id("R2", "A", "BC")}) == 3


def test_files_lie_under_user_and_listing() -> None:
    key = photo_key("demo", "northstar-1", "original", 3, "ab" * 32, "jpg")
    assert key == "listings/demo/northstar-1/original/photo3-abababababab.jpg"
    assert key.startswith(photo_prefix("demo", "northstar-1"))


@pytest.mark.parametrize("user_id", ["../bob", "a/b", "auth0|7", "..", ".", "%2E", "a b", "ü"])
def test_no_user_id_leads_out_of_its_folder(user_id: str) -> None:
    top, folder, listing, end = photo_prefix(user_id, "L1").split("/")
    assert (top, listing, end) == ("listings", "L1", "")
    assert folder
    assert "." not in folder
    assert photo_prefix(user_id, "L1") != photo_prefix(f"{user_id}x", "L1")


def test_prefixes_do_not_contain_one_another() -> None:
    assert not photo_prefix("demo", "L11").startswith(photo_prefix("demo", "L1"))
    assert not photo_prefix("demo1", "L1").startswith(photo_prefix("demo", "L1"))
