"""Root fields for metrics, events and inquiries."""

from datetime import date
from typing import Annotated

import strawberry
from strawberry import UNSET

from domain.entities import metrics as entities
from domain.entities.metrics import EventKind, InquiryStatus
from domain.errors import LimitExceeded, NotFound, YardsignError
from domain.rules.aggregates import MetricsPeriod
from domain.use_cases.comparing import ListingSums, compare_listings, rank_listings
from domain.use_cases.counting import (
    MOST_EVENTS,
    EventInput,
    Recorded,
    aggregated_metrics,
    record_event,
    record_events,
    set_inquiry_status,
)
from resolvers.arguments import ListingId, MaybeListingId
from schema.aggregates import AggregatedMetrics, ListingMetrics
from schema.context import Context, Info
from schema.errors import UserError
from schema.fields import resolved
from schema.filters import DateRange, MetricsOrder, given
from schema.ids import absent, inquiry_place
from schema.listings import Listing
from schema.metrics import DailyMetrics, Inquiry
from schema.mutations.metrics import (
    Contact,
    Event,
    EventResult,
    RecordEventsInput,
    RecordEventsPayload,
    RecordInquiryEventInput,
    RecordInquiryEventPayload,
    RecordShareEventInput,
    RecordShareEventPayload,
    RecordViewEventInput,
    RecordViewEventPayload,
    SetInquiryStatusInput,
    SetInquiryStatusPayload,
)
from schema.mutations.metrics import EventInput as OneOfSeveral
from schema.mutations.payload import Input, mutation
from schema.pages import NOTHING, After, Connection, First, connection, page_request

_Period = Annotated[
    MetricsPeriod | None, strawberry.argument(description="Which days; give this or a range, not both.")
]
_Range = Annotated[
    DateRange | None, strawberry.argument(description="Which days; give this or a period, not both.")
]
_Order = Annotated[MetricsOrder | None, strawberry.argument(description="How they are sorted.")]
_ListingIds = Annotated[
    list[strawberry.ID], strawberry.argument(description="The global ids of 1 to 10 listings.")
]
_Status = Annotated[InquiryStatus | None, strawberry.argument(description="Only in this status.")]


def _event(context: Context, kind: EventKind, input: Event) -> EventInput:
    post_id = given(input.post_id)
    contact = input if isinstance(input, Contact) else None
    return EventInput(
        kind=kind,
        listing_id=context.required(input.listing_id, "Listing", "listingId"),
        platform=given(input.platform),
        source=given(input.source),
        event_id=given(input.event_id),
        occurred_at=given(input.occurred_at),
        post_id=None if post_id is None else context.required(post_id, "Post", "postId"),
        campaign=given(input.campaign),
        referrer=given(input.referrer),
        name=given(contact.name) if contact else None,
        email=given(contact.email) if contact else None,
        phone=given(contact.phone) if contact else None,
        message=given(contact.message) if contact else None,
    )


async def _record(context: Context, kind: EventKind, input: Event) -> Recorded:
    event = _event(context, kind, input)
    return await record_event(context.ports, user_id=context.user_id, event=event)


def _foreign(context: Context, input: Event) -> NotFound | None:
    """What an event names that is not the user's."""
    if context.key(input.listing_id, "Listing") is None:
        return absent("Listing", "listingId")
    post_id = given(input.post_id)
    if post_id is not None and context.key(post_id, "Post") is None:
        return absent("Post", "postId")
    return None


def _result(input: OneOfSeveral, outcome: Recorded | YardsignError) -> EventResult:
    if isinstance(outcome, Recorded):
        return EventResult(event_id=outcome.event_id, counted=outcome.counted, user_errors=[])
    return EventResult(event_id=given(input.event_id), counted=False, user_errors=[UserError.of(outcome)])


def _days(range: DateRange | None) -> tuple[date, date] | None:
    days = given(range)
    return (days.from_, days.to) if days else None


def _listing_metrics(sums: ListingSums) -> ListingMetrics:
    listing = sums.listing
    metrics = AggregatedMetrics.of_total(
        sums.counts, sums.first, sums.last, listing.id, listing.user_id, period=sums.period
    )
    return ListingMetrics(listing=Listing.of(listing), metrics=metrics)


@strawberry.type
class MetricsQuery:
    """Reads of metrics."""

    @resolved("What came of a listing over a period or a range of UTC days.")
    async def aggregated_metrics(
        self, info: Info, listing_id: ListingId, period: _Period = UNSET, range: _Range = UNSET
    ) -> AggregatedMetrics | None:
        """One use case."""
        context = info.context
        key = context.required(listing_id, "Listing", "listingId")
        sums = await aggregated_metrics(
            context.ports,
            user_id=context.user_id,
            listing_id=key,
            period=given(period),
            range=_days(range),
        )
        return AggregatedMetrics.of(sums, key)

    @resolved(
        "All your listings by what came of them over a period or a range of UTC days, by default by their views from"
        " the highest. Listings without any event in these days are there too, behind all others (or before them"
        " from the lowest). A cursor holds while counts move."
    )
    async def all_listings_metrics(
        self,
        info: Info,
        period: _Period = UNSET,
        range: _Range = UNSET,
        order_by: _Order = UNSET,
        first: First = UNSET,
        after: After = UNSET,
    ) -> Connection[ListingMetrics]:
        """One use case."""
        context, request, order = info.context, page_request(first, after), given(order_by)
        page = await rank_listings(
            context.ports,
            user_id=context.user_id,
            period=given(period),
            range=_days(range),
            order=order.to_domain() if order else entities.MetricsOrder(),
            page=request,
        )
        return connection(page, _listing_metrics, request)

    @resolved("A few of your listings over the same UTC days, in the order of the ids, each once.")
    async def compare_listings(
        self, info: Info, listing_ids: _ListingIds, period: _Period = UNSET, range: _Range = UNSET
    ) -> list[ListingMetrics]:
        """One use case."""
        context = info.context
        found = await compare_listings(
            context.ports,
            user_id=context.user_id,
            listing_ids=[context.required(id, "Listing", "listingIds") for id in listing_ids],
            period=given(period),
            range=_days(range),
        )
        return [_listing_metrics(one) for one in found]

    @resolved("Who asked about your listings, newest first.")
    async def inquiries(
        self,
        info: Info,
        listing_id: MaybeListingId = UNSET,
        status: _Status = UNSET,
        first: First = UNSET,
        after: After = UNSET,
    ) -> Connection[Inquiry]:
        """A page of them."""
        context, request = info.context, page_request(first, after)
        id = given(listing_id)
        key = context.key(id, "Listing") if id is not None else None
        if id is not None and key is None:
            return connection(NOTHING, Inquiry.of, request)
        page = await context.ports.metrics.inquiries(
            context.user_id, request, listing_id=key, status=given(status)
        )
        return connection(page, Inquiry.of, request)


@strawberry.type
class MetricsMutation:
    """Counting events."""

    @mutation("Count a view, once for its event id.")
    async def record_view_event(
        self, info: Info, input: Input[RecordViewEventInput]
    ) -> RecordViewEventPayload:
        """One use case."""
        recorded = await _record(info.context, EventKind.VIEW, input)
        return RecordViewEventPayload(metrics=DailyMetrics.of(recorded.metrics))

    @mutation("Count a share, once for its event id.")
    async def record_share_event(
        self, info: Info, input: Input[RecordShareEventInput]
    ) -> RecordShareEventPayload:
        """One use case."""
        recorded = await _record(info.context, EventKind.SHARE, input)
        return RecordShareEventPayload(metrics=DailyMetrics.of(recorded.metrics))

    @mutation("Count an inquiry, once for its event id, and keep what it says.")
    async def record_inquiry_event(
        self, info: Info, input: Input[RecordInquiryEventInput]
    ) -> RecordInquiryEventPayload:
        """One use case."""
        recorded = await _record(info.context, EventKind.INQUIRY, input)
        return RecordInquiryEventPayload(
            metrics=DailyMetrics.of(recorded.metrics),
            inquiry=Inquiry.of(recorded.inquiry) if recorded.inquiry else None,
        )

    @mutation("Say what was done about an inquiry.")
    async def set_inquiry_status(
        self, info: Info, input: Input[SetInquiryStatusInput]
    ) -> SetInquiryStatusPayload:
        """One use case."""
        context = info.context
        place = inquiry_place(context.required(input.inquiry_id, "Inquiry", "inquiryId"))
        if place is None:
            raise absent("Inquiry", "inquiryId")
        inquiry = await set_inquiry_status(
            context.ports,
            user_id=context.user_id,
            listing_id=place.listing_id,
            at=place.at,
            inquiry_id=place.inquiry_id,
            status=input.status,
        )
        return SetInquiryStatusPayload(inquiry=Inquiry.of(inquiry))

    @mutation("Count up to 100 events, each with an outcome of its own.")
    async def record_events(self, info: Info, input: Input[RecordEventsInput]) -> RecordEventsPayload:
        """One use case."""
        context = info.context
        if len(input.events) > MOST_EVENTS:
            raise LimitExceeded(f"At most {MOST_EVENTS} events at once.", field=("events",))
        foreign = [_foreign(context, one) for one in input.events]
        known = zip(input.events, foreign, strict=True)
        events = [_event(context, one.kind, one) for one, error in known if error is None]
        outcomes = iter(await record_events(context.ports, user_id=context.user_id, events=events))
        results = [
            _result(one, error or next(outcomes)) for one, error in zip(input.events, foreign, strict=True)
        ]
        return RecordEventsPayload(results=results)
