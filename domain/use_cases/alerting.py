"""The work of alerts: looks at what was counted, and the word to the user when a threshold is crossed.

A look is wished for in the transaction that counts an event, so that no crash comes between, and done for all events of
some seconds together. Users without alerts cost nothing but a read every few seconds. A crossing is told in the
transaction that notes it on the alert, so that it is told once whoever looks at the same time.
"""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from urllib.parse import quote

from domain.entities.alert import AlertComparison, AlertMetric, MetricAlert
from domain.entities.intent import Ask, Done, Fence, Intent, IntentKind, Later, Outcome
from domain.entities.notification import NotificationKind, Subject, SubjectType
from domain.ports import Ports
from domain.ports.alerts import RECENT_SECONDS
from domain.rules.alerts import Numbers, days_needed, end_of_slot, judged, next_round, total
from domain.rules.wording import place_of
from domain.use_cases.again import until_unchallenged
from domain.use_cases.notices import notice

_DAY = timedelta(days=1)
_HEARD = timedelta(seconds=2 * RECENT_SECONDS)
"""So long after it was made everybody who counts events knows of an alert."""


async def looks_after(
    ports: Ports, user_id: str, listing_id: str, moved: Collection[AlertMetric]
) -> list[Ask]:
    """The looks to be wished for with events of a listing: one at its own numbers, one at those of all."""
    watching = [
        alert
        for alert in await ports.alerts.recent(user_id)
        if any(alert.watches(metric, listing_id) for metric in moved)
    ]
    now = ports.now()
    scopes = sorted({alert.listing_id or "" for alert in watching})
    return [_look(user_id, scope or None, end_of_slot(now), now.date()) for scope in scopes]


def first_looks(alert: MetricAlert, now: datetime) -> list[Ask]:
    """The looks that no event asks for: at events whose counters had not heard of the alert, and each day's."""
    if not alert.enabled:
        return []
    if alert.comparison is AlertComparison.AT_MOST:
        target = f"{quote(alert.user_id, safe='')}/{alert.id}"
        return [Ask(IntentKind.ALERT, alert.user_id, target, next_round(now), {"alert": alert.id})]
    due = now + _HEARD
    return [_look(alert.user_id, alert.listing_id, due, due.date())]


def _look(user_id: str, listing_id: str | None, due: datetime, day: date) -> Ask:
    target = f"{quote(user_id, safe='')}/{listing_id or ''}/{due.isoformat()}"
    return Ask(IntentKind.ALERT, user_id, target, due, {"listing": listing_id, "day": day.isoformat()})


async def look(ports: Ports, *, intent: Intent, until: datetime) -> Outcome:
    """Tell of what was crossed."""
    if "alert" in intent.payload:
        return await _daily_look(ports, intent)
    day, listing_id = date.fromisoformat(intent.payload["day"]), intent.payload["listing"]
    alerts = [
        alert
        for alert in await ports.alerts.of_user(intent.user_id)
        if alert.enabled
        and alert.comparison is AlertComparison.AT_LEAST
        and alert.listing_id == listing_id
        and alert.reached_on != day
    ]
    for alert in alerts:
        await _judge(ports, alert, (day - _DAY, day), intent.as_fence)
    return Done()


async def _daily_look(ports: Ports, intent: Intent) -> Outcome:
    alert = await ports.alerts.get(intent.user_id, intent.payload["alert"])
    if alert is None or not alert.enabled or alert.comparison is not AlertComparison.AT_MOST:
        return Done()
    await _judge(ports, alert, (day_to_judge(alert, ports.now()),), intent.as_fence)
    return Later(next_round(ports.now()), progress=True)


def day_to_judge(alert: MetricAlert, now: datetime) -> date:
    """The last day of the window that counts at this moment."""
    return now.date() if alert.comparison is AlertComparison.AT_LEAST else now.date() - _DAY


async def _judge(ports: Ports, alert: MetricAlert, days: Sequence[date], fence: Fence) -> None:
    """Look at these days in their order, and tell what was crossed on them."""

    async def attempt() -> None:
        now = await ports.alerts.get(alert.user_id, alert.id)
        if now is None or not now.enabled or now.comparison is not alert.comparison:
            return
        numbers = await numbers_of(ports, now, days[-1])
        after, asks = now, []
        for day in days:
            after, is_crossed = judged(after, numbers, day)
            if is_crossed:
                asks.append(await _notice(ports, after, numbers, day))
        if after != now:
            told = replace(after, last_fired_at=ports.now()) if asks else after
            await ports.alerts.save(told, ask=asks, fence=fence)
            for ask in asks:
                await ports.bell.ring(ask.kind, ask.target)

    await until_unchallenged(ports, attempt)


async def numbers_of(ports: Ports, alert: MetricAlert, day: date) -> Numbers:
    """What the alert counts, by day."""
    first, last = days_needed(alert, day)
    if alert.listing_id is None:
        sums = await ports.metrics.all_sums(alert.user_id, first, last)
    else:
        days = await ports.metrics.days(alert.user_id, alert.listing_id, first, last)
        sums = {one.day: one.total for one in days}
    return {one: int(getattr(counts, alert.metric.counter)) for one, counts in sums.items()}


async def _notice(ports: Ports, alert: MetricAlert, numbers: Numbers, day: date) -> Ask:
    where = "your listings together"
    if alert.listing_id is not None:
        listing = await ports.listings.get(alert.user_id, alert.listing_id)
        where = "a listing" if listing is None else place_of(listing.facts)
    span = f"on {day}" if alert.window_days == 1 else f"in the {alert.window_days} days to {day}"
    side = "at least" if alert.comparison is AlertComparison.AT_LEAST else "at most"
    return notice(
        alert.user_id,
        NotificationKind.METRIC_ALERT,
        f"{where[:1].upper()}{where[1:]}: {total(alert, numbers, day)} {alert.metric.counter} {span} (UTC),"
        f" and you wanted to hear of {side} {alert.threshold}.",
        subject=Subject(SubjectType.METRIC_ALERT, alert.id),
        event=f"{alert.id}/{alert.version}/{day}",
        at=ports.now(),
    )
