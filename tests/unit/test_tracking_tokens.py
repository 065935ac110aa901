"""Public tokens: short, read back to the letter, and worthless when anything of them is changed."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.entities.tracking import Tracked
from domain.rules.tracking_tokens import token_of, tracked_of

KEY, OTHER = b"k" * 32, b"o" * 32
IDS = some.one_of(
    some.text(some.characters(codec="utf-8"), max_size=40),
    some.uuids().map(str),
    some.from_regex(r"[a-z]{0,9}-[0-9a-f]{20}", fullmatch=True),
    some.from_regex(r"[0-7][0-9A-HJKMNP-TV-Z]{25}", fullmatch=True),
    some.sampled_from(["auth0|alice", "é" * 200 + "-" + "a" * 20, "x" * 300, "-" + "0" * 20]),
)
TRACKED = some.builds(
    Tracked,
    user_id=IDS,
    listing_id=IDS,
    post_id=some.none() | IDS,
    platform=some.none() | IDS,
    source=some.none() | IDS,
    campaign=some.none() | IDS,
)
USUAL = Tracked(
    user_id="d7a8fbb3-07d7-4694-b1a4-6f3a02f0c6f1",
    listing_id="northstar-0123456789abcdef0123",
    post_id="01JCZ8V4M8Q2W7X9Y0K3N5R6T1",
)


@given(TRACKED)
def test_a_token_says_what_it_was_made_for(tracked: Tracked) -> None:
    token = token_of(tracked, KEY)
    assert tracked_of(token, [KEY]) == tracked
    assert tracked_of(token, [OTHER, KEY]) == tracked
    assert tracked_of(token, [OTHER]) is None
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_one_that_stands_in_a_post_is_short() -> None:
    assert len(token_of(USUAL, KEY)) <= 100


def test_no_other_token_is_taken_for_it() -> None:
    token = token_of(USUAL, KEY)
    for place in range(len(token)):
        for letter in ("A", "B", "-", "_", "", "=", "."):
            altered = token[:place] + letter + token[place + 1 :]
            assert altered == token or tracked_of(altered, [KEY]) is None, altered
    # What the last letter says beyond the last byte is nothing: still it is another token, and none.
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        assert token[-1] == letter or tracked_of(token[:-1] + letter, [KEY]) is None


@pytest.mark.parametrize("text", ["", "A", "AQ", "AQAA", "x.gif", "é", "A" * 30, "A" * 5_000, "AQ==", " "])
def test_what_is_no_token(text: str) -> None:
    assert tracked_of(text, [KEY]) is None
