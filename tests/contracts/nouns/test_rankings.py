"""Sums by month that are those of the days, and listings in the order of them."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from adapters.tables.repositories import Repositories
from domain.entities.common import PageRequest
from domain.entities.intent import Ask, IntentKind
from domain.entities.metrics import (
    Counts,
    EventKind,
    InquiryOrigin,
    ListingCounts,
    MetricsOrder,
    MetricsOrderField,
)
from domain.errors import Invalid
from domain.ports import ListingSave
from domain.rules.figures import rank
from tests.contracts.nouns.make import AT, a_listing, a_reading, an_event, an_inquiry

TODAY = AT.date()
HOMES = [f"mls-{number}" for number in range(8)] + ["mls-#1", "mls-10"]
SPANS = [
    (TODAY, TODAY),
    (TODAY - timedelta(days=29), TODAY),
    (date(2026, 9, 1), date(2026, 9, 30)),
    (date(2026, 8, 31), date(2026, 10, 1)),
    (date(2025, 10, 5), date(2027, 10, 4)),
]
WHOLE = SPANS[-1]


async def seeded(nouns: Repositories) -> None:
    """Events of four months for all homes but the last two, which have none."""
    chance = random.Random(8)
    for number in range(150):
        at = AT - timedelta(days=chance.choice([0, 0, 1, 4, 5, 29, 30, 34, 35, 66, 100]))
        event = an_event(
            f"e{number}",
            listing_id=chance.choice(HOMES[:8]),
            kind=chance.choice(list(EventKind)),
            platform=chance.choice([None, "facebook"]),
            occurred_at=at,
        )
        assert await nouns.metrics.record(event)
    for home in HOMES:
        await nouns.listings.create(ListingSave(listing=a_listing(home)))


async def all_of(nouns: Repositories, order: MetricsOrder, span: tuple[date, date]) -> list[ListingCounts]:
    """The whole ranking, in pages of three."""
    found: list[ListingCounts] = []
    request = PageRequest(first=3)
    while True:
        page = await nouns.metrics.ranking("alice", *span, order, request)
        assert len(page.cursors) == len(page.items) <= 3
        found += page.items
        if not page.more:
            return found
        request = replace(request, after=page.end)


async def test_months_and_rankings_are_those_of_the_days(nouns: Repositories) -> None:
    await seeded(nouns)
    await nouns.metrics.record(an_event("e", user_id="bob", listing_id=HOMES[0]))
    for span in SPANS:
        days = await nouns.metrics.days_of_listings("alice", HOMES, *span)
        sums = [sum((day.total for day in each), Counts()) for each in days]
        assert await nouns.metrics.totals("alice", HOMES, *span) == sums
        for field in MetricsOrderField:
            for descending in (True, False):
                order = MetricsOrder(field, descending)
                found = await all_of(nouns, order, span)
                assert {one.listing_id: one.counts for one in found} == dict(zip(HOMES, sums, strict=True))
                assert found == expected(found, order)
    assert await nouns.metrics.totals("alice", [], *WHOLE) == []


def expected(found: list[ListingCounts], order: MetricsOrder) -> list[ListingCounts]:
    """The same sorted by hand: without events behind those with, or before them; equals by id."""
    sign = -1 if order.descending else 1

    def place(one: ListingCounts) -> tuple[int, float, str]:
        if one.counts == Counts():
            return -sign, 0, one.listing_id.replace("#", "%23")
        return 0, sign * rank(order.field, one.counts), one.listing_id

    return sorted(found, key=place)


async def test_what_platforms_tell_is_in_the_sums_too(nouns: Repositories) -> None:
    await nouns.intents.ask(Ask(IntentKind.ENGAGEMENT, "alice", "P1"))
    intent = await nouns.intents.take(IntentKind.ENGAGEMENT, "P1", "h", 20)
    assert intent is not None
    gain = Counts(views=5, likes=2, comments=1)
    await nouns.metrics.add_reading(a_reading("P1"), gain, fence=intent.as_fence)
    await nouns.metrics.record(an_event("e1"))
    assert await nouns.metrics.totals("alice", ["mls-1"], TODAY, TODAY) == [gain + Counts(views=1)]


async def test_a_cursor_keeps_its_place_while_counts_move(nouns: Repositories) -> None:
    for number, views in enumerate((4, 3, 2, 1)):
        for n in range(views):
            await nouns.metrics.record(an_event(f"{number}-{n}", listing_id=f"l{number}"))
    order = MetricsOrder()
    first = await nouns.metrics.ranking("alice", TODAY, TODAY, order, PageRequest(first=2))
    assert [one.listing_id for one in first.items] == ["l0", "l1"]
    for n in range(5):  # the last becomes the first, and l1 falls behind it
        await nouns.metrics.record(an_event(f"more-{n}", listing_id="l3"))
    rest = await nouns.metrics.ranking("alice", TODAY, TODAY, order, PageRequest(2, first.end))
    assert [(one.listing_id, one.counts.views) for one in rest.items] == [("l2", 2)]


async def test_a_cursor_belongs_to_its_ranking(nouns: Repositories) -> None:
    for home in ("l1", "l2"):
        await nouns.metrics.record(an_event(home, listing_id=home))
    page = await nouns.metrics.ranking("alice", TODAY, TODAY, MetricsOrder(), PageRequest(first=1))
    after = PageRequest(after=page.end)
    assert page.end
    tomorrow = TODAY + timedelta(days=1)
    await nouns.metrics.ranking("alice", tomorrow, tomorrow, MetricsOrder(), after)
    wrong = [
        ("bob", TODAY, MetricsOrder(), after),
        ("alice", tomorrow, MetricsOrder(), after),
        ("alice", TODAY, MetricsOrder(descending=False), after),
        ("alice", TODAY, MetricsOrder(MetricsOrderField.CLICKS), after),
        *(
            ("alice", TODAY, MetricsOrder(), PageRequest(after=forged))
            for forged in ("x", "é", "W10", page.end[:-4], "bnVsbA", "W" * 5_000)
        ),
    ]
    for user, last, order, request in wrong:
        with pytest.raises(Invalid) as caught:
            await nouns.metrics.ranking(user, TODAY, last, order, request)
        assert caught.value.field == ("after",)


async def test_inquiries_are_counted_by_where_they_came_from(nouns: Repositories) -> None:
    mail = {"source": "newsletter", "campaign": "autumn"}
    post = {"platform": "facebook", "post_id": "P1", "referrer": "https://m.facebook.com/"}
    given = [
        (mail, TODAY, "mls-1"),
        (mail, TODAY - timedelta(days=3), "mls-1"),
        (post, TODAY, "mls-1"),
        ({}, TODAY - timedelta(days=4), "mls-1"),
        (mail, TODAY, "mls-10"),
    ]
    for number, (origin, day, home) in enumerate(given):
        at = AT.replace(hour=23, minute=59, second=59) - (TODAY - day)
        inquiry = an_inquiry(f"I{number}", listing_id=home, at=at, **origin)
        event = an_event(f"e{number}", listing_id=home, kind=EventKind.INQUIRY, occurred_at=at)
        await nouns.metrics.record(event, inquiry)
    span, homes = (TODAY - timedelta(days=3), TODAY), ["mls-10", "none", "mls-1"]
    assert await nouns.metrics.inquiry_origins("alice", homes, *span) == [
        {InquiryOrigin(**mail): 1},
        {},
        {InquiryOrigin(**mail): 2, InquiryOrigin(**post): 1},
    ]
    assert await nouns.metrics.inquiry_origins("bob", ["mls-1"], *WHOLE) == [{}]
