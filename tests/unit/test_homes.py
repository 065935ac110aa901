"""Which addresses are one home's."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from domain.entities.listing import Address, Listing, ListingFacts, ListingStatus
from domain.rules.homes import home_key, listed_before

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
PLAIN = Address(street="12 North Oak Street", unit="4B", city="St. Louis", state="MO", zip_code="63101")


def at(address: Address = PLAIN, provider: str = "mls", **facts: Any) -> Listing:
    return Listing(
        id="mls-1",
        user_id="u",
        mls_provider=provider,
        connection_id="c",
        facts=ListingFacts(address=address, **facts),
        status=ListingStatus.ACTIVE,
        publishable=True,
        created_at=AT,
        updated_at=AT,
    )


@pytest.mark.parametrize(
    "other",
    [
        {"street": "12 NORTH OAK STREET"},
        {"street": "12 N. Oak St."},
        {"street": " 12  n oak  st,"},
        {"street": "12 Nórth Oak Street"},
        {"street": "12 N Oak St #4B", "unit": None},
        {"street": "12 N Oak St, Apt. 4b", "unit": None},
        {"unit": "Unit 4B"},
        {"unit": "#4-b"},
        {"city": "Saint Louis"},
        {"zip_code": "63101-1234"},
        {"zip_code": " 63101 "},
        {"state": None},
        {"county": "St. Louis", "country": "US"},
    ],
)
def test_spellings_of_one_home(other: dict[str, str | None]) -> None:
    assert home_key(at(replace(PLAIN, **other))) == home_key(at()) is not None


@pytest.mark.parametrize(
    "other",
    [
        {"street": "112 North Oak Street"},
        {"street": "12 South Oak Street"},
        {"street": "12 North Oak Avenue"},
        {"unit": "5B"},
        {"unit": None},
        {"city": "Clayton"},
        {"zip_code": "63102"},
    ],
)
def test_other_homes(other: dict[str, str | None]) -> None:
    assert home_key(at(replace(PLAIN, **other))) not in (home_key(at()), None)


def test_without_a_postal_code_the_state_counts() -> None:
    bare = replace(PLAIN, zip_code=None)
    assert home_key(at(bare)) != home_key(at(replace(bare, state="IL")))


def test_sale_and_rent_and_another_mls_are_kept_apart() -> None:
    sale = home_key(at(property_type="Residential"))
    assert home_key(at(property_type="Land")) == sale
    assert home_key(at(property_type="Residential Lease")) not in (sale, None)
    assert home_key(at(provider="other")) != sale


@pytest.mark.parametrize(
    "address",
    [
        Address(),
        Address(street="Oak Street", city="Salem"),
        Address(street="0 Oak Street", city="Salem"),
        Address(street="12", city="Salem"),
        Address(street="TBD", city="Salem", zip_code="97301"),
        Address(street="12 Oak Street", state="OR"),
        Address(city="Salem", zip_code="97301"),
        Address(street="\ud800", city="Salem"),
    ],
)
def test_an_address_that_does_not_say_which_home_it_is(address: Address) -> None:
    assert home_key(at(address)) is None


def test_odd_text_does_no_harm() -> None:
    odd = Address(street="12 Oak " + "#" * 5_000 + " \ud800 \0 🏡", unit="🏡", city="Salem \udfff")
    assert home_key(at(odd)) is not None


def test_listings_are_in_the_order_in_which_they_came_to_the_market() -> None:
    first = at(list_date=date(2026, 1, 5), mls_number="9")
    second = at(on_market_date=date(2026, 3, 1), mls_number="8")
    third = replace(at(mls_number="7"), created_at=AT)
    fourth = replace(at(mls_number="70"), created_at=AT)
    assert sorted([fourth, second, third, first], key=listed_before) == [first, second, third, fourth]
