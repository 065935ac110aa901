"""Events: counted once, on their UTC day, with totals that are sums."""

import asyncio
from datetime import date, timedelta, timezone
from typing import Any

import pytest

from domain.entities.common import PageRequest
from domain.entities.listing import Listing, ListingFacts, ListingStatus
from domain.entities.metrics import Counts, EventKind
from domain.entities.post import Post, PostState
from domain.errors import Invalid, LimitExceeded, NotFound
from domain.rules.aggregates import Aggregate, MetricsPeriod
from domain.use_cases.counting import EventInput, Recorded, aggregated_metrics, record_event, record_events
from domain.use_cases.listings import create_listing
from tests.world import World
from tests.world.fixtures import storage_on_both
from tests.world.storage import EMBEDDED, Storage
from tests.world.world import USER

storage = storage_on_both


async def a_listing(world: World) -> Listing:
    return await create_listing(world.ports, user_id=USER, facts=ListingFacts(), status=ListingStatus.ACTIVE)


async def a_post(world: World, home: Listing) -> Post:
    now = world.clock.now()
    post = Post(
        id=world.ports.new_id(),
        user_id=USER,
        listing_id=home.id,
        account_id="facebook:1",
        platform="facebook",
        state=PostState.FAILED,
        text="For sale.",
        created_at=now,
        updated_at=now,
    )
    return (await world.ports.posts.create([post]))[0]


def event(home: Listing, kind: EventKind = EventKind.VIEW, **more: Any) -> EventInput:
    return EventInput(kind=kind, listing_id=home.id, **more)


async def record(world: World, home: Listing, kind: EventKind = EventKind.VIEW, **more: Any) -> Recorded:
    return await record_event(world.ports, user_id=USER, event=event(home, kind, **more))


async def sums(
    world: World, home: Listing | None, period: MetricsPeriod | None = None, **more: Any
) -> Aggregate:
    return await aggregated_metrics(
        world.ports, user_id=USER, listing_id=home.id if home else None, period=period, **more
    )


class TestOnce:
    """An id counts once, whoever sends it how often and when."""

    async def test_a_hundred_ids_three_times_each_at_once(self, world: World) -> None:
        home = await a_listing(world)
        calls = [record(world, home, event_id=f"e{number}") for number in range(100) for _ in range(3)]
        outcomes = await asyncio.gather(*calls)
        assert sum(outcome.counted for outcome in outcomes) == 100
        assert (await sums(world, home, MetricsPeriod.DAILY)).total == Counts(views=100)

    async def test_a_repeated_event_answers_the_day_and_counts_nothing(self, world: World) -> None:
        home = await a_listing(world)
        first = await record(world, home, event_id="e1")
        again = await record(world, home, EventKind.SHARE, event_id="e1")
        assert (first.counted, again.counted) == (True, False)
        assert first.metrics == again.metrics
        assert again.metrics.total == Counts(views=1)

    async def test_an_id_is_its_users_own(self, world: World) -> None:
        mine = await a_listing(world)
        theirs = await create_listing(
            world.ports, user_id="stranger", facts=ListingFacts(), status=ListingStatus.ACTIVE
        )
        await record(world, mine, event_id="e1")
        other = await record_event(world.ports, user_id="stranger", event=event(theirs, event_id="e1"))
        assert other.counted

    async def test_without_an_id_each_counts(self, world: World) -> None:
        home = await a_listing(world)
        ids = {(await record(world, home)).event_id for _ in range(3)}
        assert len(ids) == 3
        assert (await sums(world, home, MetricsPeriod.DAILY)).total == Counts(views=3)

    async def test_an_inquiry_is_kept_once(self, world: World) -> None:
        home = await a_listing(world)
        for _ in range(2):
            await record(
                world,
                home,
                EventKind.INQUIRY,
                event_id="i1",
                name="Ada",
                email="ada@example.com",
                message="Hi",
            )
        world.let_indexes_catch_up()
        kept = (await world.eyes.metrics.inquiries(USER, PageRequest(10))).items
        assert [(one.name, one.email, one.message) for one in kept] == [("Ada", "ada@example.com", "Hi")]
        assert (await sums(world, home, MetricsPeriod.DAILY)).total == Counts(inquiries=1)


class TestAttribution:
    """What led to an inquiry is kept with it."""

    async def test_post_campaign_and_the_page_without_what_is_personal(self, world: World) -> None:
        home, other = await a_listing(world), await a_listing(world)
        post = await a_post(world, home)
        led = {"post_id": post.id, "campaign": "Autumn", "platform": "Facebook", "source": "Flyer"}
        page = "https://ada:secret@Example.com:8443/homes/1?email=ada@example.com#top"
        kept = (await record(world, home, EventKind.INQUIRY, referrer=page, **led)).inquiry
        assert kept is not None
        assert (kept.post_id, kept.campaign, kept.platform) == (post.id, "Autumn", "facebook")
        assert kept.referrer == "https://example.com:8443/homes/1"
        found = await world.eyes.metrics.inquiries(USER, PageRequest(10), listing_id=home.id)
        assert found.items == [kept]

        with pytest.raises(Invalid) as caught:
            await record(world, other, post_id=post.id)
        assert caught.value.field == ("post_id",)


class TestDays:
    """Days are UTC's, and the event's own moment decides."""

    async def test_a_moment_in_another_zone_counts_on_its_utc_day(self, world: World) -> None:
        home = await a_listing(world)
        at = (world.clock.now() - timedelta(days=3)).replace(hour=23, minute=30)
        east = at.astimezone(timezone(timedelta(hours=5)))
        assert east.date() != at.date()
        recorded = await record(world, home, occurred_at=east)
        assert recorded.metrics.day == at.date()
        assert recorded.metrics.total == Counts(views=1)
        assert recorded.metrics.hours == {23: 1}

    async def test_a_late_event_counts_on_the_day_it_happened(self, world: World) -> None:
        home = await a_listing(world)
        now = world.clock.now()
        late = await record(world, home, occurred_at=now - timedelta(days=29))
        assert late.metrics.day == (now - timedelta(days=29)).date()
        assert (await sums(world, home, MetricsPeriod.WEEKLY)).total == Counts()
        assert (await sums(world, home, MetricsPeriod.MONTHLY)).total == Counts(views=1)

    @pytest.mark.parametrize("ahead", [timedelta(minutes=6), timedelta(days=-31)])
    async def test_too_late_and_too_early(self, world: World, ahead: timedelta) -> None:
        home = await a_listing(world)
        with pytest.raises(Invalid) as caught:
            await record(world, home, occurred_at=world.clock.now() + ahead, event_id="e1")
        assert caught.value.field == ("occurred_at",)
        assert (await record(world, home, event_id="e1")).counted

    async def test_a_clock_that_is_a_little_fast_is_forgiven(self, world: World) -> None:
        home = await a_listing(world)
        assert (await record(world, home, occurred_at=world.clock.now() + timedelta(minutes=4))).counted


class TestSums:
    """Days are filled with zeros, and totals are their sums."""

    async def test_totals_platforms_and_sources_agree_with_the_days(self, world: World) -> None:
        home, other = await a_listing(world), await a_listing(world)
        now = world.clock.now()
        for ago in (0, 2, 2, 6, 9):
            await record(
                world, home, platform="Facebook", source="Flyer", occurred_at=now - timedelta(days=ago)
            )
        await record(world, home, EventKind.SHARE)
        await record(world, other, EventKind.CLICK)

        week = await sums(world, home, MetricsPeriod.WEEKLY)
        assert [day.total.views for day in week.days] == [1, 0, 0, 0, 2, 0, 1]
        assert week.total == Counts(views=4, shares=1)
        assert week.platforms == {"facebook": Counts(views=4), "": Counts(shares=1)}
        assert week.sources["flyer"] == Counts(views=4)

        world.let_indexes_catch_up()
        whole = await sums(world, None, MetricsPeriod.MONTHLY)
        assert len(whole.days) == 30
        assert whole.total == Counts(views=5, shares=1, clicks=1)
        assert sum((day.total for day in whole.days), Counts()) == whole.total

    async def test_a_range_of_days(self, world: World) -> None:
        home = await a_listing(world)
        now = world.clock.now()
        await record(world, home, occurred_at=now - timedelta(days=5))
        first, last = (now - timedelta(days=6)).date(), (now - timedelta(days=5)).date()
        found = await sums(world, home, range=(first, last))
        assert (found.first, found.last, found.period) == (first, last, None)
        assert [day.total.views for day in found.days] == [0, 1]

    @pytest.mark.parametrize(
        "wrong",
        [
            {},
            {"period": MetricsPeriod.DAILY, "range": (date(2026, 1, 1), date(2026, 1, 2))},
            {"range": (date(2026, 1, 2), date(2026, 1, 1))},
            {"range": (date(2020, 1, 1), date(2026, 1, 1))},
        ],
    )
    async def test_periods_and_ranges_that_make_no_sense(self, world: World, wrong: dict[str, Any]) -> None:
        home = await a_listing(world)
        with pytest.raises(Invalid):
            await sums(world, home, **wrong)

    async def test_twenty_sources_have_names_and_the_rest_are_together(self, world: World) -> None:
        home = await a_listing(world)
        for number in range(21):
            await record(world, home, source=f"source{number}")
        await record(world, home, source="source3")
        await record(world, home, source="late")
        found = (await sums(world, home, MetricsPeriod.DAILY)).sources
        assert found["source3"] == Counts(views=2)
        assert found["other"] == Counts(views=2)
        assert len(found) == 21
        assert sum(found.values(), Counts()) == Counts(views=23)


class TestBadEvents:
    """What is wrong counts nothing and says what it is; no engine is asked before."""

    @pytest.fixture
    def storage(self) -> Storage:
        return EMBEDDED

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"platform": "myspace"}, "platform"),
            ({"platform": ""}, "platform"),
            ({"source": "x" * 41}, "source"),
            ({"event_id": ""}, "event_id"),
            ({"event_id": "x" * 101}, "event_id"),
            ({"message": "x" * 5_001}, "message"),
            ({"campaign": "x" * 101}, "campaign"),
            ({"referrer": "javascript:alert(1)"}, "referrer"),
            ({"referrer": "https://example.com/" + "x" * 2_000}, "referrer"),
            ({"source": "insights:facebook"}, "source"),
        ],
    )
    async def test_values_out_of_bounds(self, world: World, wrong: dict[str, Any], field: str) -> None:
        home = await a_listing(world)
        with pytest.raises(Invalid) as caught:
            await record(world, home, EventKind.INQUIRY, **wrong)
        assert caught.value.field == (field,)
        assert (await sums(world, home, MetricsPeriod.DAILY)).total == Counts()

    async def test_each_of_many_has_an_outcome_of_its_own(self, world: World) -> None:
        home = await a_listing(world)
        many = [event(home, event_id="e1"), EventInput(kind=EventKind.VIEW, listing_id="none")]
        many += [event(home, event_id="e1"), event(home, EventKind.SHARE)]
        first, absent, again, share = await record_events(world.ports, user_id=USER, events=many)
        assert isinstance(absent, NotFound)
        assert isinstance(first, Recorded)
        assert isinstance(again, Recorded)
        assert isinstance(share, Recorded)
        assert (first.counted, again.counted, share.counted) == (True, False, True)

    async def test_a_hundred_at_once_and_no_more(self, world: World) -> None:
        home = await a_listing(world)
        with pytest.raises(LimitExceeded):
            await record_events(world.ports, user_id=USER, events=[event(home)] * 101)
        assert (await sums(world, home, MetricsPeriod.DAILY)).total == Counts()
        assert len(await record_events(world.ports, user_id=USER, events=[event(home)] * 100)) == 100
        assert (await sums(world, home, MetricsPeriod.DAILY)).total == Counts(views=100)

    def test_nothing_personal_is_in_an_events_text(self) -> None:
        text = repr(EventInput(kind=EventKind.INQUIRY, listing_id="L1", name="Ada", email="a@x.example"))
        assert "Ada" not in text
        assert "a@x" not in text
