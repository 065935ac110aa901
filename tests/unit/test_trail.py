"""What is written into a listing's trail."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from domain.entities.change import ChangeSource, ListingChange, ListingChangeKind
from domain.entities.listing import Address, Listing, ListingFacts, ListingStatus, Media, Photo
from domain.rules.trail import LONGEST_VALUE, changes, content_hash, differences, status_change

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
ACTIVE, PENDING, SOLD, EXPIRED = ListingStatus
FACTS = ListingFacts(
    listing_key="K1",
    price=Decimal("500000.00"),
    bedrooms=3,
    address=Address(city="Austin", street="1 Oak St"),
)
BEFORE = Listing(
    id="mls-1",
    user_id="demo",
    mls_provider="mls",
    facts=FACTS,
    status=ACTIVE,
    publishable=True,
    created_at=AT,
    updated_at=AT,
)


def trail(before: Listing | None, after: Listing) -> list[ListingChange]:
    numbers = iter(range(100))
    return list(
        changes(
            before, after, source=ChangeSource.MLS, run_id="R1", at=AT, new_id=lambda: f"C{next(numbers)}"
        )
    )


def test_a_new_listing_is_one_line() -> None:
    (line,) = trail(None, BEFORE)
    assert (line.kind, line.field, line.old, line.new) == (
        ListingChangeKind.CREATED,
        "status",
        None,
        "ACTIVE",
    )
    assert (line.run_id, line.source, line.at) == ("R1", ChangeSource.MLS, AT)


def test_each_changed_fact_is_a_line_of_its_own() -> None:
    facts = replace(
        FACTS, price=Decimal("480000.00"), bedrooms=4, address=replace(FACTS.address, city="Round Rock")
    )
    lines = trail(BEFORE, replace(BEFORE, facts=facts))
    assert {(line.kind, line.field, line.old, line.new) for line in lines} == {
        (ListingChangeKind.PRICE_CHANGED, "price", "500000.00", "480000.00"),
        (ListingChangeKind.CHANGED, "bedrooms", "3", "4"),
        (ListingChangeKind.CHANGED, "city", "Austin", "Round Rock"),
    }
    assert len({line.id for line in lines}) == 3


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        (PENDING, ACTIVE, ListingChangeKind.RESTORED),
        (EXPIRED, ACTIVE, ListingChangeKind.RESTORED),
        (ACTIVE, EXPIRED, ListingChangeKind.OFF_MARKET),
        (PENDING, EXPIRED, ListingChangeKind.OFF_MARKET),
        (ACTIVE, SOLD, ListingChangeKind.STATUS_CHANGED),
        (ACTIVE, PENDING, ListingChangeKind.STATUS_CHANGED),
    ],
)
def test_a_change_of_status_has_its_kind(
    old: ListingStatus, new: ListingStatus, kind: ListingChangeKind
) -> None:
    assert status_change(old, new) is kind
    (line,) = trail(replace(BEFORE, status=old), replace(BEFORE, status=new))
    assert (line.kind, line.old, line.new) == (kind, old, new)


def test_photos_that_came_and_went_are_counted() -> None:
    photos = (Photo(media=Media(key="a", url="https://x.example/a")),)
    (line,) = trail(BEFORE, replace(BEFORE, photos=photos))
    assert (line.kind, line.old, line.new) == (ListingChangeKind.PHOTOS_CHANGED, "0", "1")


def test_what_moves_with_every_touch_of_the_row_is_no_news() -> None:
    touched = replace(FACTS, modified_in_mls_at=AT, days_on_market=12)
    assert content_hash(touched) == content_hash(FACTS)
    assert trail(BEFORE, replace(BEFORE, facts=touched)) == []


def test_every_other_fact_makes_another_hash() -> None:
    others = [
        replace(FACTS, price=Decimal(1)),
        replace(FACTS, address=replace(FACTS.address, unit="2")),
        replace(FACTS, features=("Pool",)),
        replace(FACTS, extras={"Zoning": "R1"}),
        replace(FACTS, standard_status="Active"),
    ]
    assert len({content_hash(facts) for facts in [FACTS, *others]}) == 6


def test_long_values_are_cut_and_lists_joined() -> None:
    facts = replace(FACTS, description="x" * 5_000, features=("Pool", "Porch"))
    by_field = {line.field: line for line in trail(BEFORE, replace(BEFORE, facts=facts))}
    assert len(by_field["description"].new or "") == LONGEST_VALUE
    assert by_field["features"].new == "Pool, Porch"


def test_differences_name_old_and_new() -> None:
    assert differences(FACTS, replace(FACTS, bedrooms=None)) == [("bedrooms", 3, None)]
    assert differences(FACTS, FACTS) == []
