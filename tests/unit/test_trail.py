"""What is written into a listing's trail."""

import dataclasses
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from adapters.tables.listing_saves import WRITES
from domain.entities.change import ChangeSource, ListingChange, ListingChangeKind
from domain.entities.listing import Address, Listing, ListingFacts, ListingStatus, Media, Photo, PhotoState
from domain.rules.trail import LONGEST_VALUE, MOST_EXTRAS, changes, content_hash, differences, status_change

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


def photo(key: str, **more: Any) -> Photo:
    return Photo(media=Media(key=key, url=f"https://x.example/{key}", **more))


def of_photos(before: list[Photo], after: list[Photo]) -> dict[str | None, tuple[str | None, str | None]]:
    lines = trail(replace(BEFORE, photos=tuple(before)), replace(BEFORE, photos=tuple(after)))
    assert {line.kind for line in lines} <= {ListingChangeKind.PHOTOS_CHANGED}
    return {line.field: (line.old, line.new) for line in lines}


def test_photos_that_came_and_went_are_named() -> None:
    assert of_photos([], [photo("a"), photo("b")]) == {"photos.added": (None, "a, b")}
    assert of_photos([photo("a"), photo("b")], [photo("b"), photo("c")]) == {
        "photos.added": (None, "c"),
        "photos.removed": ("a", None),
    }


def test_photos_in_another_order_are_a_line() -> None:
    assert of_photos([photo("a"), photo("b")], [photo("b"), photo("x"), photo("a")]) == {
        "photos.added": (None, "x"),
        "photos.order": ("a, b", "b, a"),
    }
    assert of_photos([photo("a", order=1)], [photo("a", order=5)]) == {}


@pytest.mark.parametrize("change", [{"caption": "The porch"}, {"preferred": True}, {"modified_at": AT}])
def test_a_photo_that_is_another_now_is_a_line(change: dict[str, Any]) -> None:
    assert of_photos([photo("a"), photo("b")], [photo("a"), photo("b", **change)]) == {
        "photos.changed": (None, "b")
    }


def test_what_was_stored_of_a_photo_is_no_news_of_the_mls() -> None:
    stored = replace(photo("a"), state=PhotoState.STORED, sha256="00")
    assert of_photos([photo("a")], [stored]) == {}


def test_extra_fields_have_lines_of_their_own() -> None:
    before = replace(FACTS, extras={"Zoning": "R1", "Roof": "Tile"})
    after = replace(FACTS, extras={"Zoning": "R2", "Fence": "Wood"})
    lines = trail(replace(BEFORE, facts=before), replace(BEFORE, facts=after))
    assert {(line.field, line.old, line.new) for line in lines} == {
        ("extras.Fence", None, "Wood"),
        ("extras.Roof", "Tile", None),
        ("extras.Zoning", "R1", "R2"),
    }


def test_the_lines_of_a_write_fit_a_transaction_however_much_changes() -> None:
    everything: dict[str, Any] = {
        field.name: f"new {field.name}" for field in dataclasses.fields(ListingFacts)
    }
    everything |= {
        "address": Address(**{field.name: "new" for field in dataclasses.fields(Address)}),
        "extras": {f"Field{number:03d}": "x" for number in range(300)},
    }
    before = replace(BEFORE, photos=(photo("a"), photo("b"), photo("c")))
    after = replace(
        BEFORE,
        facts=ListingFacts(**everything),
        status=SOLD,
        photos=(photo("b", caption="x"), photo("a"), photo("d")),
    )
    lines = trail(before, after)
    assert MOST_EXTRAS + 50 < len(lines) < WRITES - 6
    assert next(line for line in lines if line.field == "extras").new is not None


EDITED = replace(BEFORE, local_edits=("bedrooms", "city", "status"))


def test_what_the_mls_puts_over_a_local_edit_is_told_apart_from_news() -> None:
    facts = replace(
        FACTS, price=Decimal(1), bedrooms=4, address=replace(FACTS.address, city="Round Rock", unit="2")
    )
    lines = trail(EDITED, replace(BEFORE, facts=facts, status=EXPIRED))
    assert {line.field: (line.kind, line.overrode_local_edit) for line in lines} == {
        "status": (ListingChangeKind.OFF_MARKET, True),
        "price": (ListingChangeKind.PRICE_CHANGED, False),
        "bedrooms": (ListingChangeKind.RESTORED, True),
        "city": (ListingChangeKind.RESTORED, True),
        "unit": (ListingChangeKind.CHANGED, False),
    }


def test_an_edit_over_an_edit_overrides_nothing() -> None:
    after = replace(EDITED, facts=replace(FACTS, bedrooms=5))
    (line,) = changes(EDITED, after, source=ChangeSource.USER, run_id=None, at=AT, new_id=lambda: "C1")
    assert (line.kind, line.overrode_local_edit) == (ListingChangeKind.CHANGED, False)


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
