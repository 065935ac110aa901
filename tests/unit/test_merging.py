"""How a row of the MLS becomes a new state of a listing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count, permutations
from typing import Any, cast

import pytest

from domain.entities.intent import IntentKind
from domain.entities.listing import Address, Listing, ListingFacts, ListingStatus, Media, Takedown
from domain.entities.mls import MlsPage, MlsRecord
from domain.entities.mls_connection import MlsConnection
from domain.ports import Ports
from domain.use_cases.merging import Merged, merge
from domain.use_cases.pages import later_stamp, records_of

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
CONNECTION = MlsConnection(
    id="C1",
    user_id="demo",
    provider="mls",
    protocol="reso-web-api",
    url="https://mls.example",
    created_at=NOW,
    updated_at=NOW,
)


@dataclass
class Clockwork:
    """The two of the ports that merging calls."""

    now: Callable[[], datetime] = lambda: NOW
    numbers: Iterator[int] = field(default_factory=count)

    def new_id(self) -> str:
        return f"N{next(self.numbers)}"


def a_row(hours_ago: float | None = 10, status: str | None = "Active", **facts: Any) -> MlsRecord:
    media = facts.pop("media", None)
    stamp = None if hours_ago is None else NOW - timedelta(hours=hours_ago)
    known = {"listing_key": "K1", "mls_number": "7", "price": Decimal(500_000), **facts}
    return MlsRecord(
        key="K1", facts=ListingFacts(standard_status=status, modified_in_mls_at=stamp, **known), media=media
    )


def merged(row: MlsRecord, before: Listing | None, **settings: Any) -> Merged:
    connection = replace(CONNECTION, settings=settings)
    return merge(cast(Ports, Clockwork()), connection, row, before, "R1")


def after(*rows: MlsRecord, before: Listing | None = None, **settings: Any) -> Listing:
    """The listing after these rows came, one by one."""
    for row in rows:
        save = merged(row, before, **settings).save
        before = before if save is None else save.listing
    assert before is not None
    return before


def test_a_new_row_is_a_new_listing() -> None:
    found = merged(a_row(media=(Media(key="a", url="https://x.example/a"),)), None)
    assert found.save is not None
    assert found.save.with_photos
    assert [ask.kind for ask in found.save.ask] == [IntentKind.PHOTOS]
    assert (found.counters.processed, found.counters.successful_imports) == (1, 1)
    assert found.counters.status_changes == 0


def test_a_caption_or_an_order_that_moved_no_stamp_is_news_and_an_empty_set_is_not() -> None:
    first, second = (Media(key=key, url=f"https://x.example/{key}", order=ord(key)) for key in "ab")
    before = after(a_row(media=(first, second)))
    for media in ((replace(first, caption="Garden"), second), (replace(second, order=0), first)):
        assert merged(a_row(media=media), before).save is not None
    for unchanged in ((first, second), (), None):
        assert merged(a_row(media=unchanged), before).save is None


def test_the_same_row_again_writes_nothing() -> None:
    found = merged(a_row(), after(a_row()))
    assert found.save is None
    assert (found.counters.processed, found.counters.unchanged) == (1, 1)


def test_rows_that_come_in_any_order_end_in_the_same_state() -> None:
    rows = [
        a_row(5, "Active"),
        a_row(4, "Active", price=Decimal(480_000)),
        a_row(3, "Pending", price=Decimal(480_000)),
        a_row(2, "Active"),
        a_row(1, "Closed", price=Decimal(470_000)),
    ]
    ends = [after(*order) for order in permutations(rows)]
    assert {(end.facts.price, end.facts.modified_in_mls_at) for end in ends} == {
        (Decimal(470_000), rows[-1].facts.modified_in_mls_at)
    }
    assert {(end.status, end.publishable, end.takedown) for end in ends} == {
        (ListingStatus.SOLD, False, Takedown.SOLD)
    }


def test_a_later_row_that_says_the_same_makes_what_lies_between_late() -> None:
    before = after(a_row(3, "Active"), a_row(1, "Active"))
    assert before.facts.modified_in_mls_at == NOW - timedelta(hours=1)
    assert merged(a_row(2, "Closed"), before).save is None


def test_a_mere_touch_counts_as_unchanged_and_leaves_no_trail() -> None:
    found = merged(a_row(1), after(a_row(3)))
    assert found.save is not None
    assert found.save.changes == ()
    assert found.save.ask == ()
    assert (found.counters.unchanged, found.counters.successful_imports) == (1, 0)


def test_a_stored_stamp_in_the_future_keeps_no_news_out() -> None:
    before = after(a_row(-24 * 365))
    assert after(a_row(1, "Closed"), before=before).status is ListingStatus.SOLD


def test_a_row_without_a_stamp_is_believed() -> None:
    assert after(a_row(1), a_row(None, "Closed")).status is ListingStatus.SOLD


@pytest.mark.parametrize("status", ["Incomplete", "Under Offer", None, ""])
def test_a_row_that_says_nothing_of_the_market_changes_nothing_about_the_posts(status: str | None) -> None:
    sold = after(a_row(3, "Closed"), a_row(2, status))
    active = after(a_row(3, "Active"), a_row(2, status))
    assert (sold.status, sold.takedown, sold.publishable) == (ListingStatus.SOLD, Takedown.SOLD, False)
    assert (active.status, active.takedown, active.publishable) == (ListingStatus.ACTIVE, None, False)
    assert sold.off_market_since == NOW


def test_an_incomplete_row_that_is_new_is_skipped() -> None:
    found = merged(a_row(1, "Incomplete"), None)
    assert found.save is None
    assert (found.counters.processed, found.counters.skipped) == (1, 1)


def test_a_listing_that_must_come_down_asks_for_it_once() -> None:
    sold = merged(a_row(2, "Closed"), after(a_row(3)))
    assert sold.save is not None
    asked = [ask for ask in sold.save.ask if ask.kind is not IntentKind.NOTIFY]
    assert [(ask.kind, ask.payload) for ask in asked] == [(IntentKind.TAKEDOWN, {"run": "R1"})]
    assert sold.counters.status_changes == 1
    again = merged(a_row(1, "Closed", price=Decimal(1)), sold.save.listing)
    assert again.save is not None
    assert again.save.ask == ()


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("Active", "Closed", "LISTING_SOLD"),
        ("Pending", "Closed", "LISTING_SOLD"),
        ("Pending", "Active", "LISTING_RESTORED"),
        ("Closed", "Active", "LISTING_RESTORED"),
        ("Expired", "Active", "LISTING_RESTORED"),
    ],
)
def test_a_sale_and_a_restoration_are_told_once(old: str, new: str, kind: str) -> None:
    moved = merged(a_row(2, new, address=Address(street="1 Oak St", city="Austin")), after(a_row(3, old)))
    assert moved.save is not None
    (told,) = [ask for ask in moved.save.ask if ask.kind is IntentKind.NOTIFY]
    assert told.payload["kind"] == kind
    assert told.payload["title"].startswith("1 Oak St, Austin is ")
    assert told.payload["subject"] == ["Listing", moved.save.listing.id]
    again = merged(a_row(1, new, price=Decimal(1)), moved.save.listing)
    assert again.save is not None
    assert again.save.ask == ()


@pytest.mark.parametrize(
    "rows", [("Closed",), ("Active", "Pending"), ("Active", "Expired"), ("Active", "Active")]
)
def test_what_is_no_sale_and_no_restoration_is_not_told(rows: tuple[str, ...]) -> None:
    before = after(*(a_row(9, row) for row in rows[:-1])) if rows[:-1] else None
    save = merged(a_row(1, rows[-1]), before).save
    assert save is not None
    assert [ask for ask in save.ask if ask.kind is IntentKind.NOTIFY] == []


def test_a_local_edit_is_undone_by_the_same_row() -> None:
    edited = replace(after(a_row()), content_hash="", local_edits=("price",))
    restored = after(a_row(), before=edited)
    assert not restored.locally_edited
    assert restored.content_hash


def test_a_changed_setting_is_a_change_though_the_row_is_not() -> None:
    before = after(a_row(1, "Expired"), unpublishOffMarket=False)
    assert before.takedown is None
    assert after(a_row(1, "Expired"), before=before).takedown is Takedown.EXPIRED


def test_a_listing_that_the_user_excluded_is_left_alone() -> None:
    excluded = replace(after(a_row(3)), excluded_from_sync=True)
    assert merged(a_row(1, "Closed"), excluded).counters.skipped == 1


def test_a_listing_of_a_connection_that_is_gone_is_adopted() -> None:
    before = replace(after(a_row()), connection_id="C0")
    ports = cast(Ports, Clockwork())
    assert merge(ports, CONNECTION, a_row(), before, "R1").save is None
    adopted = merge(ports, CONNECTION, a_row(), before, "R1", adopt=True).save
    assert adopted is not None
    assert adopted.listing.connection_id == "C1"


def test_of_a_record_that_comes_twice_on_a_page_the_later_state_counts() -> None:
    page = MlsPage(rows=(a_row(1, "Closed"), a_row(3, "Active")), position=None)
    (record,) = records_of(page)
    assert record.facts.standard_status == "Closed"


def test_the_cursor_follows_the_stamps_but_never_into_the_future() -> None:
    page = MlsPage(rows=(a_row(3), replace(a_row(None), key="K2")), position=None)
    future = MlsPage(rows=(a_row(-24 * 365),), position=None)
    three_ago, begun = NOW - timedelta(hours=3), NOW - timedelta(minutes=5)
    assert later_stamp(None, page, begun) == three_ago.isoformat()
    assert later_stamp(NOW.isoformat(), page, begun) == NOW.isoformat()
    assert later_stamp(None, future, begun) == begun.isoformat()
    assert later_stamp(None, MlsPage(rows=(), position=None), begun) is None
