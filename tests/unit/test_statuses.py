"""The table of statuses, line by line, and what happens outside of it."""

from typing import Any

import pytest

from domain.entities.listing import ListingStatus, Takedown
from domain.rules.statuses import StatusReading, interpret, takedown_now, takedown_of

ACTIVE, PENDING, SOLD, EXPIRED = ListingStatus


def read(
    standard: str | None,
    mls: str | None = None,
    *,
    previous: ListingStatus | None = None,
    deleted: bool = False,
    **settings: Any,
) -> StatusReading:
    return interpret(standard, mls, settings=settings, previous=previous, deleted=deleted)


@pytest.mark.parametrize(
    ("standard", "status", "publishable", "takedown"),
    [
        ("Active", ACTIVE, True, None),
        ("Coming Soon", ACTIVE, False, None),
        ("Active Under Contract", PENDING, False, None),
        ("Pending", PENDING, False, None),
        ("Closed", SOLD, False, Takedown.SOLD),
        ("Expired", EXPIRED, False, Takedown.EXPIRED),
        ("Canceled", EXPIRED, False, Takedown.EXPIRED),
        ("Withdrawn", EXPIRED, False, Takedown.WITHDRAWN),
        ("Hold", EXPIRED, False, Takedown.ON_HOLD),
        ("Delete", EXPIRED, False, Takedown.DELETED),
    ],
)
def test_each_standard_status_has_its_meaning(
    standard: str, status: ListingStatus, publishable: bool, takedown: Takedown | None
) -> None:
    reading = read(standard)
    assert reading == StatusReading(status=status, publishable=publishable, takedown=takedown)


@pytest.mark.parametrize(
    "spelling", ["ActiveUnderContract", "active under contract", " ACTIVE_UNDER CONTRACT "]
)
def test_both_spellings_count_whatever_the_case(spelling: str) -> None:
    assert read(spelling) == read("Active Under Contract")
    assert not read(spelling).unknown


def test_an_incomplete_row_is_skipped() -> None:
    assert read("Incomplete").skip
    assert not read("Incomplete").publishable
    assert not read("Active").skip


def test_a_listing_that_becomes_incomplete_again_keeps_its_status_but_cannot_be_published() -> None:
    reading = read("Incomplete", previous=ACTIVE)
    assert reading == StatusReading(status=ACTIVE, publishable=False, kept=True)


@pytest.mark.parametrize("standard", ["Under Offer", "", None, "  "])
@pytest.mark.parametrize("previous", [ACTIVE, PENDING, SOLD, EXPIRED])
def test_an_unknown_status_changes_nothing_and_takes_nothing_down(
    standard: str | None, previous: ListingStatus
) -> None:
    reading = read(standard, "Closed", previous=previous)
    assert reading == StatusReading(status=previous, publishable=False, kept=True, unknown=True)


def test_a_new_home_with_an_unknown_status_is_pending() -> None:
    assert read("Under Offer") == StatusReading(status=PENDING, publishable=False, kept=True, unknown=True)


@pytest.mark.parametrize("standard", ["Expired", "Canceled", "Withdrawn", "Hold"])
def test_posts_of_homes_off_the_market_stay_up_where_the_connection_says_so(standard: str) -> None:
    assert read(standard, unpublishOffMarket=False).takedown is None
    assert read(standard, unpublishOffMarket="false").takedown is None
    assert read(standard, unpublishOffMarket="whatever").takedown is not None
    assert not read(standard, unpublishOffMarket=False).publishable


@pytest.mark.parametrize(("standard", "takedown"), [("Closed", Takedown.SOLD), ("Delete", Takedown.DELETED)])
def test_no_setting_keeps_posts_of_sold_and_deleted_homes(standard: str, takedown: Takedown) -> None:
    assert read(standard, unpublishOffMarket=False).takedown is takedown


def test_coming_soon_is_published_only_where_the_connection_says_so() -> None:
    assert read("ComingSoon", comingSoonPublishable=True).publishable
    assert not read("ComingSoon").publishable
    assert not read("Pending", comingSoonPublishable=True).publishable


def test_the_own_status_counts_through_the_map_where_there_is_no_standard_one() -> None:
    names = {"A-Act": "Active", "S": "Closed"}
    assert read(None, "a-act", statusMap=names).publishable
    assert read("", "S", statusMap=names).takedown is Takedown.SOLD
    assert read("Active", "S", statusMap=names).status is ACTIVE
    assert read("Odd", "S", statusMap=names).unknown
    assert read(None, None, statusMap=names).unknown
    assert read(None, "S", statusMap="S=Closed").unknown


@pytest.mark.parametrize(
    ("standard", "status", "takedown"),
    [
        ("Active", EXPIRED, Takedown.NOT_LICENSED),
        ("Withdrawn", EXPIRED, Takedown.NOT_LICENSED),
        ("Closed", SOLD, Takedown.SOLD),
        ("Delete", EXPIRED, Takedown.DELETED),
        (None, EXPIRED, Takedown.DELETED),
    ],
)
def test_a_row_that_may_not_be_shown_comes_down_whatever_its_status(
    standard: str | None, status: ListingStatus, takedown: Takedown
) -> None:
    reading = read(standard, deleted=True, previous=ACTIVE, unpublishOffMarket=False)
    assert reading == StatusReading(status=status, publishable=False, takedown=takedown)


@pytest.mark.parametrize(
    ("standard", "stored", "on", "off"),
    [
        ("Expired", None, Takedown.EXPIRED, None),
        ("Withdrawn", Takedown.WITHDRAWN, Takedown.WITHDRAWN, None),
        ("Hold", Takedown.NOT_LICENSED, Takedown.NOT_LICENSED, Takedown.NOT_LICENSED),
        ("Closed", Takedown.SOLD, Takedown.SOLD, Takedown.SOLD),
        ("Active", None, None, None),
        ("Under Offer", Takedown.EXPIRED, Takedown.EXPIRED, Takedown.EXPIRED),
        (None, None, None, None),
    ],
)
def test_a_setting_that_is_changed_later_decides_about_stored_homes(
    standard: str | None, stored: Takedown | None, on: Takedown | None, off: Takedown | None
) -> None:
    def now(switch: bool) -> Takedown | None:
        return takedown_now(standard, None, settings={"unpublishOffMarket": switch}, stored=stored)

    assert (now(True), now(False)) == (on, off)


@pytest.mark.parametrize(
    ("status", "standard", "takedown"),
    [
        (ACTIVE, "Active", None),
        (ListingStatus.PENDING, "Withdrawn", None),
        (SOLD, "Active", Takedown.SOLD),
        (EXPIRED, "Expired", Takedown.EXPIRED),
        (EXPIRED, "Hold", Takedown.ON_HOLD),
        (EXPIRED, "Active", Takedown.DELETED),
        (EXPIRED, None, Takedown.DELETED),
    ],
)
def test_a_stored_home_comes_down_by_its_status_and_one_that_vanished_as_deleted(
    status: ListingStatus, standard: str | None, takedown: Takedown | None
) -> None:
    assert takedown_of(status, standard, None, settings={}) is takedown


def test_a_setting_keeps_the_posts_of_a_stored_home_too() -> None:
    assert takedown_of(EXPIRED, "Expired", None, settings={"unpublishOffMarket": "no"}) is None
