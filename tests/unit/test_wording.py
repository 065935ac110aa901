"""The words of a post."""

from decimal import Decimal

import pytest

from domain.entities.listing import Address, ListingFacts
from domain.errors import Invalid
from domain.rules.wording import (
    address_line,
    hashtag,
    hashtags_to_append,
    money,
    proposed_text,
    with_hashtags,
)


@pytest.mark.parametrize(
    ("text", "tag"),
    [("#JustListed", "JustListed"), (" home4u ", "home4u"), ("Größe", "Größe"), ("a_b", "a_b")],
)
def test_a_hashtag_is_taken_with_or_without_its_sign(text: str, tag: str) -> None:
    assert hashtag(text) == tag


@pytest.mark.parametrize("text", ["", "#", "  ", "two words", "##x", "2026", "a-b", "a.b", "🏡"])
def test_what_is_no_hashtag_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        hashtag(text)
    assert caught.value.field == ("hashtags",)


def test_hashtags_stand_in_a_line_of_their_own() -> None:
    assert with_hashtags("For sale", ("home", "austin")) == "For sale\n\n#home #austin"
    assert with_hashtags("For sale", ()) == "For sale"
    assert with_hashtags("", ("home",)) == "#home"


def test_hashtags_are_appended_once() -> None:
    assert hashtags_to_append("", ["Home", "home", "tx"]) == ("Home", "tx")
    text = "A #home (#TX) at no. 1#four &#39; ##five"
    assert hashtags_to_append(text, ["HOME", "tx", "four", "39", "five"]) == ("four", "39", "five")


def test_money_as_people_write_it() -> None:
    amounts: list[tuple[Decimal | float, str]] = [
        (Decimal("1525000.40"), "USD"),
        (99.5, "USD"),
        (99.0, "CAD"),
        (Decimal("0.00"), "USD"),
    ]
    assert [money(*amount) for amount in amounts] == ["$1,525,000", "$99.50", "CAD 99", "$0"]


def test_an_address_in_one_line() -> None:
    whole = Address(street="12 Oak Lane", unit="#4", city="Austin", state="TX", zip_code="78701")
    assert address_line(whole) == "12 Oak Lane #4, Austin, TX 78701"
    assert address_line(Address(state="TX", unit="#4")) == "#4, TX"
    assert address_line(Address()) == ""


def test_a_proposed_text_says_where_what_and_how_much() -> None:
    facts = ListingFacts(
        price=Decimal("1525000.40"),
        address=Address(street="12 Oak Lane", city="Austin", state="TX"),
        bedrooms=3,
        bathrooms=2,
        square_feet=1850.6,
        description="Sunny home.",
    )
    assert (
        proposed_text(facts)
        == "12 Oak Lane, Austin, TX · $1,525,000 · 3 bed, 2 bath, 1,851 sq ft\n\nSunny home."
    )


def test_what_is_not_known_is_not_said() -> None:
    assert proposed_text(ListingFacts()) == ""
    assert proposed_text(ListingFacts(address=Address(city="Austin"))) == "Austin"
    assert proposed_text(ListingFacts(price=Decimal(900), currency="CAD")) == "CAD 900"
    assert proposed_text(ListingFacts(bedrooms=0, description="Land")) == "Land"


def test_long_remarks_end_with_a_sentence() -> None:
    text = proposed_text(ListingFacts(description="A sentence of some length. " * 40))
    assert text.endswith("length.")
    assert 500 < len(text) <= 600
    assert proposed_text(ListingFacts(description="x" * 700)) == "x" * 600 + "…"
