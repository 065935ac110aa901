"""Where links lead, who visitors are, and how often they may come."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from adapters.budgets import Budgets, LocalBudgets, RedisBudgets
from adapters.tracking import SignedTracking, TrackingSettings
from domain.entities.listing import Listing, ListingFacts, ListingStatus

NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
TOUR = "https://tour.example/1"
HOME = Listing(
    id="north-1",
    user_id="demo",
    mls_provider="north/west",
    facts=ListingFacts(mls_number="N 1/2", virtual_tour_url=TOUR),
    status=ListingStatus.ACTIVE,
    publishable=True,
    created_at=NOW,
    updated_at=NOW,
)


class Clock:
    def __init__(self) -> None:
        self.now = NOW


def tracking(
    page_url: str | None = None, budgets: Budgets | None = None, clock: Clock | None = None
) -> SignedTracking:
    clock = clock or Clock()
    return SignedTracking(
        TrackingSettings(keys=(b"k" * 32,), page_url=page_url),
        budgets or LocalBudgets(lambda: clock.now.timestamp()),
        now=lambda: clock.now,
        public_id=lambda listing: f"id of {listing.id}",
    )


@pytest.mark.parametrize(
    ("page_url", "page"),
    [
        (None, TOUR),
        ("https://a.example/homes/{id}", "https://a.example/homes/id%20of%20north-1"),
        ("https://a.example/{mlsProvider}?n={mlsNumber}", "https://a.example/north%2Fwest?n=N%201%2F2"),
    ],
)
def test_links_lead_where_the_installation_says(page_url: str | None, page: str) -> None:
    assert tracking(page_url).page_of(HOME) == page


def test_a_home_without_what_its_page_is_named_by_has_its_tour() -> None:
    unnumbered = replace(HOME, facts=replace(HOME.facts, mls_number=None))
    assert tracking("https://a.example/{mlsNumber}").page_of(unnumbered) == TOUR


@pytest.mark.parametrize(
    "tour", [None, "", "javascript:alert(1)", "//evil.example", "https://u:p@evil.example/"]
)
def test_what_is_no_address_of_a_tour_is_led_to_by_nothing(tour: str | None) -> None:
    assert tracking().page_of(replace(HOME, facts=ListingFacts(virtual_tour_url=tour))) is None


def test_a_visitor_is_an_address_and_a_browser_for_a_day() -> None:
    clock = Clock()
    seen = tracking(clock=clock)
    first = seen.visitor("198.51.100.7", "Firefox")
    assert first == seen.visitor("198.51.100.7", "Firefox") == seen.visitor("::ffff:198.51.100.7", "Firefox")
    assert "198" not in first
    others = [seen.visitor("198.51.100.8", "Firefox"), seen.visitor("198.51.100.7", "Safari")]
    clock.now += timedelta(hours=12)
    others.append(seen.visitor("198.51.100.7", "Firefox"))
    assert len({first, *others}) == 4


def test_in_ipv6_a_household_is_one_visitor() -> None:
    seen = tracking()
    assert seen.visitor("2001:db8::1", "x") == seen.visitor("2001:db8::ffff%eth0", "x")
    assert seen.visitor("2001:db8::1", "x") != seen.visitor("2001:db8:0:1::1", "x")


async def test_a_visitor_is_let_in_so_often_and_then_again_after_a_while() -> None:
    clock = Clock()
    seen = tracking(clock=clock)
    assert [await seen.admits("v") for _ in range(121)] == [True] * 120 + [False]
    assert await seen.admits("w")
    clock.now += timedelta(seconds=61)
    assert await seen.admits("v")


async def test_the_same_is_new_again_after_half_an_hour() -> None:
    clock = Clock()
    seen = tracking(clock=clock)
    assert await seen.is_new("v", "VIEW t")
    assert await seen.is_new("v", "CLICK t")
    assert await seen.is_new("w", "VIEW t")
    clock.now += timedelta(minutes=29)
    assert not await seen.is_new("v", "VIEW t")
    clock.now += timedelta(minutes=2)
    assert await seen.is_new("v", "VIEW t")


async def test_all_web_processes_know_it(redis_url: str) -> None:
    budgets = [RedisBudgets(redis_url), RedisBudgets(redis_url)]
    one, other = (tracking(budgets=each) for each in budgets)
    visitor = one.visitor("198.51.100.9", "of this test")
    assert await one.is_new(visitor, "VIEW t")
    assert not await other.is_new(visitor, "VIEW t")
    assert [await each.admits(visitor) for each in (one, other) * 61].count(True) == 120
    for each in budgets:
        await each.close()


def test_nothing_secret_is_shown() -> None:
    assert "kkk" not in repr(TrackingSettings(keys=(b"k" * 32,)))
