"""Alerts: told once each time a number is crossed, whoever counts and however often."""

import asyncio
from datetime import datetime, time, timedelta
from typing import Any

import pytest

from domain.entities.alert import AlertComparison, AlertMetric, MetricAlert
from domain.entities.common import PageRequest
from domain.entities.engagement import Engagement
from domain.entities.intent import Ask, Done, IntentKind
from domain.entities.listing import Address, Listing, ListingFacts, ListingStatus
from domain.entities.metrics import Counts, EventKind, Reading
from domain.entities.notification import Notification, NotificationKind, Subject, SubjectType
from domain.errors import Invalid, LimitExceeded, NotFound
from domain.ports import Ports
from domain.use_cases.alerting import looks_after
from domain.use_cases.alerts import MOST_ALERTS, create_alert, delete_alert, update_alert
from domain.use_cases.counting import EventInput, record_event
from domain.use_cases.listings import create_listing
from tests.world import World
from tests.world.fixtures import storage_on_both
from tests.world.world import USER

storage = storage_on_both
DAY = timedelta(days=1)


async def a_listing(world: World) -> Listing:
    """A home, at noon."""
    noon = datetime.combine(world.clock.now().date() + DAY, time(12), world.clock.now().tzinfo)
    world.clock.move((noon - world.clock.now()).total_seconds())
    facts = ListingFacts(address=Address(street="1 Elm Street", city="Salem"))
    return await create_listing(world.ports, user_id=USER, facts=facts, status=ListingStatus.ACTIVE)


async def an_alert(world: World, home: Listing | None, threshold: int = 10, **more: Any) -> MetricAlert:
    return await create_alert(
        world.ports,
        user_id=USER,
        listing_id=home.id if home else None,
        **{"metric": AlertMetric.VIEWS, "threshold": threshold, "window_days": 1, **more},
    )


async def views(world: World, home: Listing, count: int, *, ports: Ports | None = None) -> None:
    """So many views, 16 at a time, and each of them reported twice."""
    gate = asyncio.Semaphore(16)

    async def view(id: str) -> None:
        async with gate:
            event = EventInput(kind=EventKind.VIEW, listing_id=home.id, event_id=id)
            await record_event(ports or world.ports, user_id=USER, event=event)

    ids = [world.ports.new_id() for _ in range(count)]
    await asyncio.gather(*(view(id) for id in [*ids, *ids]))


async def told(world: World) -> list[Notification]:
    page = await world.eyes.notifications.page(USER, PageRequest(100))
    return [one for one in page.items if one.kind is NotificationKind.METRIC_ALERT]


async def told_after_work(world: World) -> int:
    world.clock.move(15)  # everybody has heard of a change
    await world.work()
    return len(await told(world))


async def test_a_crossing_is_told_once_and_again_the_next_day(world: World) -> None:
    home = await a_listing(world)
    alert = await an_alert(world, home)
    await views(world, home, 9)
    assert await told_after_work(world) == 0
    await views(world, home, 20)
    assert await told_after_work(world) == 1
    [one] = await told(world)
    assert one.subject == Subject(SubjectType.METRIC_ALERT, alert.id)
    assert one.title.startswith("1 Elm Street, Salem: 29 views on ")
    await views(world, home, 20)
    assert await told_after_work(world) == 1
    world.clock.move(DAY.total_seconds())
    await views(world, home, 9)
    assert await told_after_work(world) == 1
    await views(world, home, 1)
    assert await told_after_work(world) == 2
    kept = await world.eyes.alerts.get(USER, alert.id)
    assert kept is not None
    assert kept.last_fired_at is not None


async def test_all_listings_count_together_and_other_numbers_do_not(world: World) -> None:
    home = await a_listing(world)
    other = await create_listing(world.ports, user_id=USER, facts=ListingFacts(), status=ListingStatus.ACTIVE)
    await an_alert(world, None, window_days=30)
    await an_alert(world, home)
    await an_alert(world, None, metric=AlertMetric.CLICKS, threshold=1)
    await views(world, home, 6)
    await views(world, other, 4)
    assert await told_after_work(world) == 1
    [one] = await told(world)
    assert one.title.startswith("Your listings together: 10 views in the 30 days to ")


async def test_who_counts_without_having_heard_of_an_alert_crosses_it_too(world: World) -> None:
    home = await a_listing(world)
    assert await world.eyes.alerts.recent(USER) == []
    await an_alert(world, home)
    await views(world, home, 10, ports=world.eyes)
    assert await told_after_work(world) == 1


async def test_what_platforms_tell_crosses_it_too(world: World) -> None:
    home = await a_listing(world)
    await an_alert(world, home)
    await world.ports.intents.ask(Ask(IntentKind.ERASE, USER, "nothing"))
    work = await world.ports.intents.take(IntentKind.ERASE, "nothing", "somebody", 60)
    assert work is not None
    reading = Reading(
        post_id="P",
        user_id=USER,
        listing_id=home.id,
        platform="facebook",
        highest=Engagement(views=10),
        read_at=world.clock.now(),
    )
    looks = await looks_after(world.ports, USER, home.id, [AlertMetric.VIEWS])
    await world.ports.metrics.add_reading(reading, Counts(views=10), ask=looks, fence=work.as_fence)
    await world.ports.intents.settle(work, Done())
    assert await told_after_work(world) == 1


async def test_few_events_are_told_when_a_day_is_over(world: World) -> None:
    home = await a_listing(world)
    await an_alert(world, home, 2, comparison=AlertComparison.AT_MOST)
    await views(world, home, 3)
    counted = []
    for _ in range(3):
        world.clock.move(DAY.total_seconds())
        counted.append(await told_after_work(world))
    assert counted == [0, 1, 1]


async def test_changes_arm_anew_and_what_is_off_or_gone_is_silent(world: World) -> None:
    home = await a_listing(world)
    alert = await an_alert(world, home)
    gone, off = await an_alert(world, home), await an_alert(world, home)
    await views(world, home, 5)
    await delete_alert(world.ports, user_id=USER, alert_id=gone.id)
    await update_alert(world.ports, user_id=USER, alert_id=off.id, enabled=False)
    await update_alert(world.ports, user_id=USER, alert_id=alert.id, threshold=5)
    await views(world, home, 20)
    assert await told_after_work(world) == 0, "the new threshold was reached when it was set"
    await update_alert(world.ports, user_id=USER, alert_id=alert.id, threshold=30)
    await views(world, home, 10)
    assert await told_after_work(world) == 1
    with pytest.raises(NotFound):
        await delete_alert(world.ports, user_id=USER, alert_id=gone.id)


async def test_bounds(world: World) -> None:
    home = await a_listing(world)
    for wrong in ({"threshold": 0}, {"window_days": 2}, {"threshold": 10**9 + 1}):
        with pytest.raises(Invalid):
            await an_alert(world, home, **wrong)
    with pytest.raises(NotFound):
        await create_alert(
            world.ports,
            user_id="stranger",
            listing_id=home.id,
            metric=AlertMetric.VIEWS,
            threshold=1,
            window_days=1,
        )
    for _ in range(MOST_ALERTS):
        await an_alert(world, home)
    with pytest.raises(LimitExceeded):
        await an_alert(world, home)
