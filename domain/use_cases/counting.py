"""Events counted once, and sums over periods."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from domain.entities.alert import AlertMetric
from domain.entities.metrics import (
    OF_PLATFORMS,
    DayMetrics,
    EventKind,
    Inquiry,
    InquiryStatus,
    MetricEvent,
)
from domain.errors import Invalid, LimitExceeded, NotFound, YardsignError
from domain.ports import Ports
from domain.rules.aggregates import Aggregate, MetricsPeriod, aggregate, range_of
from domain.rules.urls import page_address
from domain.use_cases.alerting import looks_after
from domain.use_cases.lookup import listing_of, post_of

LATEST = timedelta(minutes=5)
OLDEST = timedelta(days=30)
MOST_EVENTS = 100
_METRICS = {
    EventKind.VIEW: AlertMetric.VIEWS,
    EventKind.SHARE: AlertMetric.SHARES,
    EventKind.INQUIRY: AlertMetric.INQUIRIES,
    EventKind.CLICK: AlertMetric.CLICKS,
}
_LONGEST = {
    "event_id": 100,
    "platform": 40,
    "source": 40,
    "campaign": 100,
    "referrer": 2_000,
    "name": 200,
    "email": 320,
    "phone": 50,
    "message": 5_000,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EventInput:
    """An event as a client reports it.

    Attributes:
        event_id: the client's id, so that a repeated report counts once; None makes a new one.
        occurred_at: at most 30 days ago; None for now.
        campaign: its name, at most 100 characters.
        referrer: the http or https address of the page that led to it; kept without its query.
        name, email, phone, message: of an inquiry only.
    """

    kind: EventKind
    listing_id: str
    platform: str | None = None
    source: str | None = None
    event_id: str | None = None
    occurred_at: datetime | None = None
    post_id: str | None = None
    campaign: str | None = None
    referrer: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    message: str | None = None

    def __repr__(self) -> str:
        return f"EventInput({self.kind}, {self.listing_id})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What became of an event.

    Attributes:
        counted: False if the same event was counted before.
        metrics: the listing's counters on the event's day, afterwards.
    """

    event_id: str
    counted: bool
    metrics: DayMetrics
    inquiry: Inquiry | None = None


async def record_event(ports: Ports, *, user_id: str, event: EventInput) -> Recorded:
    """Count one event on its UTC day, once for its id."""
    check_event(ports, event)
    listing = await listing_of(ports, user_id, event.listing_id)
    if event.post_id is not None and (await post_of(ports, user_id, event.post_id)).listing_id != listing.id:
        raise Invalid("The post is of another listing.", field=("post_id",))
    now = ports.now()
    metric = MetricEvent(
        id=event.event_id or ports.new_id(),
        user_id=user_id,
        listing_id=listing.id,
        kind=event.kind,
        platform=event.platform.lower() if event.platform else None,
        source=event.source.lower() if event.source else None,
        post_id=event.post_id,
        campaign=event.campaign,
        referrer=page_address(event.referrer) if event.referrer else None,
        occurred_at=(event.occurred_at or now).astimezone(UTC),
        received_at=now,
    )
    inquiry = _inquiry(ports, event, metric) if event.kind is EventKind.INQUIRY else None
    looks = await looks_after(ports, user_id, listing.id, [_METRICS[event.kind]])
    counted = await ports.metrics.record(metric, inquiry, ask=looks)
    day = metric.occurred_at.date()
    days = await ports.metrics.days(user_id, listing.id, day, day)
    if counted:
        await ports.progress.tell(f"metrics:{listing.id}")
    return Recorded(
        event_id=metric.id,
        counted=counted,
        metrics=days[0] if days else DayMetrics(listing_id=listing.id, day=day),
        inquiry=inquiry if counted else None,
    )


async def record_events(
    ports: Ports, *, user_id: str, events: Sequence[EventInput]
) -> list[Recorded | YardsignError]:
    """Count up to 100 events, each with an outcome of its own."""
    if len(events) > MOST_EVENTS:
        raise LimitExceeded(f"At most {MOST_EVENTS} events at once.", field=("events",))
    outcomes: list[Recorded | YardsignError] = []
    for event in events:
        try:
            outcomes.append(await record_event(ports, user_id=user_id, event=event))
        except YardsignError as error:
            outcomes.append(error)
    return outcomes


async def set_inquiry_status(
    ports: Ports, *, user_id: str, listing_id: str, at: datetime, inquiry_id: str, status: InquiryStatus
) -> Inquiry:
    """Note what was done about an inquiry, which is named by its place among those of its listing."""
    found = await ports.metrics.set_inquiry_status(user_id, listing_id, at, inquiry_id, status)
    if found is None:
        raise NotFound("There is no such inquiry.", field=("inquiryId",))
    return found


async def aggregated_metrics(
    ports: Ports,
    *,
    user_id: str,
    listing_id: str | None,
    period: MetricsPeriod | None = None,
    range: tuple[date, date] | None = None,
) -> Aggregate:
    """Sums over a period or a range of UTC days, for a listing or for all of them together."""
    first, last = range_of(period, range, ports.now().date())
    if listing_id is None:
        days = await ports.metrics.all_days(user_id, first, last)
    else:
        listing = await listing_of(ports, user_id, listing_id)
        days = await ports.metrics.days(user_id, listing.id, first, last)
    return aggregate(days, first, last, listing_id=listing_id, period=period)


def check_event(ports: Ports, event: EventInput) -> None:
    """Raises `Invalid` for what no event may say, whatever the listing."""
    for name, longest in _LONGEST.items():
        value = getattr(event, name)
        if value is not None and not 1 <= len(value) <= longest:
            raise Invalid(f"This takes 1 to {longest} characters.", field=(name,))
    if event.platform is not None and event.platform.lower() not in ports.social:
        known = ", ".join(sorted(ports.social)) or "none"
        raise Invalid(f"There is no such platform; there are: {known}.", field=("platform",))
    if event.source is not None and event.source.lower().startswith(OF_PLATFORMS):
        raise Invalid(f"Sources that begin with “{OF_PLATFORMS}” are the platforms' own.", field=("source",))
    if event.referrer is not None and page_address(event.referrer) is None:
        raise Invalid("A referrer is the address of a page: http:// or https://.", field=("referrer",))
    if event.occurred_at is None:
        return
    if event.occurred_at > ports.now() + LATEST:
        raise Invalid("The event lies in the future.", field=("occurred_at",))
    if event.occurred_at < ports.now() - OLDEST:
        raise Invalid("The event lies more than 30 days back.", field=("occurred_at",))


def _inquiry(ports: Ports, event: EventInput, metric: MetricEvent) -> Inquiry:
    return Inquiry(
        id=ports.new_id(),
        user_id=metric.user_id,
        listing_id=metric.listing_id,
        platform=metric.platform,
        source=metric.source,
        post_id=metric.post_id,
        campaign=metric.campaign,
        referrer=metric.referrer,
        name=event.name,
        email=event.email,
        phone=event.phone,
        message=event.message,
        at=metric.occurred_at,
    )
