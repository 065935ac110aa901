"""Counters that are exact, days in order, inquiries sealed."""

import asyncio
import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from adapters.tables import key_indexes, keys
from adapters.tables.repositories import Repositories
from adapters.tables.table import Key, Put, Table
from domain.entities.common import PageRequest
from domain.entities.engagement import Engagement
from domain.entities.intent import IntentKind
from domain.entities.metrics import Counts, DayMetrics, EventKind, Inquiry, InquiryStatus
from domain.errors import ActionRequired, Conflict, Invalid, Overtaken
from tests.contracts.nouns.conftest import Now
from tests.contracts.nouns.make import AT, a_fence, a_reading, an_event, an_inquiry, passed

DAY = AT.date()


async def the_day(nouns: Repositories, day: date = DAY) -> DayMetrics:
    (found,) = await nouns.metrics.days("alice", "mls-1", day, day)
    return found


async def test_an_event_is_counted_on_its_day(nouns: Repositories) -> None:
    events = [
        an_event("e1", platform="facebook", source="newsletter"),
        an_event("e2", platform="facebook", kind=EventKind.CLICK),
        an_event("e3", kind=EventKind.SHARE, source="a.b", occurred_at=AT + timedelta(hours=2)),
        an_event("e4", kind=EventKind.INQUIRY, platform="linkedin"),
    ]
    assert [await nouns.metrics.record(event) for event in events] == [True] * 4
    assert await the_day(nouns) == DayMetrics(
        listing_id="mls-1",
        day=DAY,
        total=Counts(1, 1, 1, 1),
        platforms={
            "facebook": Counts(views=1, clicks=1),
            "": Counts(shares=1),
            "linkedin": Counts(inquiries=1),
        },
        sources={"newsletter": Counts(views=1), "a.b": Counts(shares=1)},
        hours={8: 3, 10: 1},
        sequence=4,
    )


async def test_an_event_counts_once(nouns: Repositories) -> None:
    assert await nouns.metrics.record(an_event("e1"))
    assert not await nouns.metrics.record(an_event("e1"))
    assert not await nouns.metrics.record(an_event("e1", listing_id="mls-2", kind=EventKind.CLICK))
    assert (await the_day(nouns)).total == Counts(views=1)
    assert await nouns.metrics.record(an_event("e1", user_id="bob"))
    assert (await the_day(nouns)).sequence == 1


async def test_an_event_that_was_forgotten_counts_anew(nouns: Repositories, now: Now) -> None:
    await nouns.metrics.record(an_event("e1", received_at=now()))
    now.pass_by(days=34)
    assert not await nouns.metrics.record(an_event("e1", received_at=now()))
    now.pass_by(days=1)
    assert await nouns.metrics.record(an_event("e1", received_at=now()))


async def test_a_hundred_events_in_three_copies_are_a_hundred(nouns: Repositories) -> None:
    copies = [an_event(f"e{n}", source=f"source {n % 5}", platform="facebook") for n in range(100)] * 3
    random.Random(7).shuffle(copies)
    gate = asyncio.Semaphore(16)

    async def record(position: int) -> bool:
        async with gate:
            return await nouns.metrics.record(copies[position])

    counted = await asyncio.gather(*[record(position) for position in range(300)])
    day = await the_day(nouns)
    assert sum(counted) == 100
    assert (day.total.views, day.sequence, day.hours) == (100, 100, {8: 100})
    assert day.platforms == {"facebook": Counts(views=100)}
    assert day.sources == {f"source {n}": Counts(views=20) for n in range(5)}


async def test_a_day_knows_twenty_sources_and_other(nouns: Repositories) -> None:
    events = [an_event(f"e{n}", source=f"s{n % 30:02d}", platform=f"p{n % 25}") for n in range(60)]
    await asyncio.gather(*[nouns.metrics.record(event) for event in events])
    day = await the_day(nouns)
    assert (len(day.sources), len(day.platforms)) == (21, 21)
    assert sum(counts.views for counts in day.sources.values()) == 60
    assert day.sources["other"].views == 20
    assert day.total.views == 60


async def test_what_a_platform_tells_is_written_with_what_it_adds_to_the_day(nouns: Repositories) -> None:
    fence = await a_fence(nouns, IntentKind.ENGAGEMENT, "P1")
    first, gain = a_reading(), Counts(views=5, likes=2)
    assert await nouns.metrics.reading("alice", "P1") is None
    await nouns.metrics.record(an_event("e1", platform="facebook", source="flyer"))
    await nouns.metrics.add_reading(first, gain, fence=fence)
    known = replace(first, version=1)
    assert await nouns.metrics.reading("alice", "P1") == known
    with pytest.raises(Conflict):
        await nouns.metrics.add_reading(first, gain, fence=fence)
    with pytest.raises(Overtaken):
        await nouns.metrics.add_reading(known, gain, fence=passed(fence))
    assert await the_day(nouns) == DayMetrics(
        listing_id="mls-1",
        day=DAY,
        total=Counts(views=6, likes=2),
        platforms={"facebook": Counts(views=6, likes=2)},
        sources={"flyer": Counts(views=1), "insights:facebook": gain},
        hours={8: 1},
        sequence=2,
    )
    later = replace(known, highest=Engagement(views=6, likes=2), read_at=AT + timedelta(days=1))
    await nouns.metrics.add_reading(later, Counts(views=1), fence=fence)
    assert (await the_day(nouns, DAY + timedelta(days=1))).total == Counts(views=1)


async def test_what_platforms_tell_takes_no_place_among_the_sources(nouns: Repositories) -> None:
    fence = await a_fence(nouns, IntentKind.ENGAGEMENT, "P1")
    events = [nouns.metrics.record(an_event(f"e{n}", source=f"s{n}")) for n in range(25)]
    first = a_reading(platform="linkedin")
    await asyncio.gather(*events[:20], nouns.metrics.add_reading(first, Counts(views=5), fence=fence))
    await asyncio.gather(*events[20:])
    await nouns.metrics.add_reading(a_reading("P2", platform="facebook"), Counts(views=7), fence=fence)
    sources = (await the_day(nouns)).sources
    assert len(sources) == 23
    assert sources["other"] == Counts(views=5)
    assert sources["insights:linkedin"] == Counts(views=5)
    assert sources["insights:facebook"] == Counts(views=7)


async def test_names_are_bounded(nouns: Repositories) -> None:
    await nouns.metrics.record(an_event("e1", source="x" * 5_000 + "\0", platform="\ud800\n#"))
    day = await the_day(nouns)
    assert list(day.sources) == ["x" * 40]
    assert list(day.platforms) == ["#"]


async def test_days_are_utc_days(nouns: Repositories) -> None:
    evening = datetime(2026, 10, 1, 20, 30, tzinfo=timezone(timedelta(hours=-7)))
    await nouns.metrics.record(an_event("e1", occurred_at=evening))
    assert (await the_day(nouns, date(2026, 10, 2))).hours == {3: 1}


async def test_days_are_listed_in_order_both_ends_included(nouns: Repositories) -> None:
    days = [date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 2), date(2026, 10, 10)]
    for listing_id in ("mls-1", "mls-10"):
        for day in reversed(days):
            at = datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC)
            await nouns.metrics.record(an_event(f"{listing_id}/{day}", listing_id=listing_id, occurred_at=at))
    await nouns.metrics.record(an_event("e", user_id="bob", occurred_at=AT))

    async def listed(first: date, last: date) -> list[date]:
        return [found.day for found in await nouns.metrics.days("alice", "mls-1", first, last)]

    assert await listed(days[0], days[3]) == days
    assert await listed(days[1], days[2]) == days[1:3]
    assert await listed(days[2], days[1]) == []
    several = await nouns.metrics.days_of_listings("alice", ["mls-10", "absent", "mls-1"], days[1], days[2])
    assert [[(one.listing_id, one.day) for one in found] for found in several] == [
        [("mls-10", days[1]), ("mls-10", days[2])],
        [],
        [("mls-1", days[1]), ("mls-1", days[2])],
    ]
    everything = await nouns.metrics.all_days("alice", days[1], days[2])
    assert [(one.day, one.listing_id) for one in everything] == [
        (days[1], "mls-1"),
        (days[1], "mls-10"),
        (days[2], "mls-1"),
        (days[2], "mls-10"),
    ]
    assert await nouns.metrics.all_days("alice", days[2], days[1]) == []
    assert len(await nouns.metrics.all_days("alice", date.min, date.max)) == 8
    assert await nouns.metrics.days_of_listings("alice", [], days[0], days[1]) == []


async def test_an_inquiry_is_written_with_its_event(nouns: Repositories) -> None:
    event, inquiry = an_event("e1", kind=EventKind.INQUIRY), an_inquiry("I1", platform="facebook")
    assert await nouns.metrics.record(event, inquiry)
    assert not await nouns.metrics.record(event, replace(inquiry, id="I2"))
    page = await nouns.metrics.inquiries("alice", PageRequest())
    assert page.items == [inquiry]
    assert (await the_day(nouns)).total == Counts(inquiries=1)


async def test_inquiries_are_listed_newest_first(nouns: Repositories, table: Table) -> None:
    for n in range(6):
        at = AT + timedelta(minutes=n)
        status = InquiryStatus.CLOSED if n == 3 else InquiryStatus.NEW
        inquiry = an_inquiry(f"I{n}", listing_id=f"l{n % 2}", at=at, status=status)
        await nouns.metrics.record(an_event(f"e{n}"), inquiry)
    await nouns.metrics.record(an_event("e", "bob"), an_inquiry("I9", "bob", "l0"))

    async def listed(**more: object) -> list[str]:
        page = await nouns.metrics.inquiries("alice", PageRequest(), **more)  # type: ignore[arg-type]
        return [inquiry.id for inquiry in page.items]

    assert await listed() == ["I5", "I4", "I3", "I2", "I1", "I0"]
    assert await listed(listing_id="l1") == ["I5", "I3", "I1"]
    assert await listed(status=InquiryStatus.CLOSED) == ["I3"]
    assert await listed(listing_id="l0", status=InquiryStatus.CLOSED) == []
    first = await nouns.metrics.inquiries("alice", PageRequest(first=4))
    rest = await nouns.metrics.inquiries("alice", PageRequest(first=4, after=first.end))
    assert [inquiry.id for inquiry in rest.items] == ["I1", "I0"]
    with pytest.raises(Invalid):
        await nouns.metrics.inquiries("alice", PageRequest(after=first.end), listing_id="l0")


def _key(inquiry: Inquiry) -> Key:
    return keys.inquiry(inquiry.user_id, inquiry.listing_id, inquiry.at, inquiry.id)


async def test_an_inquiry_is_found_by_its_place_and_by_nobody_else(nouns: Repositories) -> None:
    inquiry = an_inquiry("I1")
    await nouns.metrics.record(an_event("e1"), inquiry)
    place = (inquiry.listing_id, inquiry.at, inquiry.id)
    assert await nouns.metrics.inquiry("alice", *place) == inquiry
    assert await nouns.metrics.inquiry("bob", *place) is None
    assert await nouns.metrics.inquiry("alice", inquiry.listing_id, inquiry.at, "I2") is None


async def test_an_inquirys_status_is_changed_where_it_lies_and_listed(nouns: Repositories, now: Now) -> None:
    inquiry = an_inquiry("I1", post_id="P1", campaign="Autumn", referrer="https://example.com/homes")
    await nouns.metrics.record(an_event("e1"), inquiry)
    place = (inquiry.listing_id, inquiry.at, inquiry.id)
    closed = replace(inquiry, status=InquiryStatus.CLOSED)
    assert await nouns.metrics.set_inquiry_status("alice", *place, InquiryStatus.CLOSED) == closed
    assert await nouns.metrics.inquiry("alice", *place) == closed
    for status, found in ((InquiryStatus.CLOSED, [closed]), (InquiryStatus.NEW, [])):
        assert (await nouns.metrics.inquiries("alice", PageRequest(), status=status)).items == found
    assert await nouns.metrics.set_inquiry_status("bob", *place, InquiryStatus.NEW) is None
    assert (await nouns.metrics.inquiries("bob", PageRequest())).items == []


async def test_an_inquiry_moved_to_another_user_does_not_open(nouns: Repositories, table: Table) -> None:
    inquiry = an_inquiry("I1")
    await nouns.metrics.record(an_event("e1"), inquiry)
    item = await table.get(_key(inquiry))
    assert item is not None
    assert "Carol" not in repr(item)
    moved = replace(inquiry, user_id="bob")
    key = _key(moved)
    await table.write(Put({**item, "PK": key.pk, "SK": key.sk, **key_indexes.inquiry_indexes(moved)}))
    with pytest.raises(ActionRequired):
        await nouns.metrics.inquiries("bob", PageRequest())
