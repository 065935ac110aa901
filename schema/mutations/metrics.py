"""Inputs and payloads: events of visitors."""

from datetime import datetime

import strawberry
from strawberry import UNSET

from domain.entities.metrics import EventKind, InquiryStatus
from schema.errors import UserError
from schema.metrics import DailyMetrics, Inquiry
from schema.mutations.payload import Payload


@strawberry.input
class Event:
    """What is known of any event."""

    listing_id: strawberry.ID = strawberry.field(description="The global id of the listing.")
    platform: str | None = strawberry.field(default=UNSET, description="The platform's slug.")
    source: str | None = strawberry.field(default=UNSET, description="Where it came from, as `newsletter`.")
    event_id: str | None = strawberry.field(
        default=UNSET, description="The caller's id of the event: the same id counts once."
    )
    occurred_at: datetime | None = strawberry.field(
        default=UNSET, description="At most 30 days ago; now if null."
    )
    post_id: strawberry.ID | None = strawberry.field(
        default=UNSET, description="The post of the listing that led to it."
    )
    campaign: str | None = strawberry.field(
        default=UNSET, description="The campaign that led to it; at most 100 characters."
    )
    referrer: str | None = strawberry.field(
        default=UNSET, description="The address of the page that led to it; kept without its query."
    )


@strawberry.input
class Contact(Event):
    """What is known of an inquiry beyond that; its text form shows nothing of it."""

    name: str | None = strawberry.field(default=UNSET, description="Of the person.")
    email: str | None = strawberry.field(default=UNSET, description="Of the person.")
    phone: str | None = strawberry.field(default=UNSET, description="Of the person.")
    message: str | None = strawberry.field(default=UNSET, description="What they wrote.")

    def __repr__(self) -> str:
        return f"{type(self).__name__}(…)"


@strawberry.input(description="Somebody looked at a listing.")
class RecordViewEventInput(Event):
    """For `recordViewEvent`."""


@strawberry.input(description="Somebody passed a listing on.")
class RecordShareEventInput(Event):
    """For `recordShareEvent`."""


@strawberry.input(description="Somebody asked about a listing.")
class RecordInquiryEventInput(Contact):
    """For `recordInquiryEvent`."""

    __repr__ = Contact.__repr__


@strawberry.input(description="One of several events.")
class EventInput(Contact):
    """For `recordEvents`."""

    kind: EventKind = strawberry.field(description="What happened.")

    __repr__ = Contact.__repr__


@strawberry.input(description="Several events, each with an outcome of its own.")
class RecordEventsInput:
    """For `recordEvents`."""

    events: list[EventInput] = strawberry.field(description="At most 100.")


@strawberry.input(description="What was done about an inquiry.")
class SetInquiryStatusInput:
    """For `setInquiryStatus`."""

    inquiry_id: strawberry.ID = strawberry.field(description="The global id of the inquiry.")
    status: InquiryStatus = strawberry.field(description="What it is from now on.")


@strawberry.type(description="The inquiry as it is now.")
class SetInquiryStatusPayload(Payload):
    """Of `setInquiryStatus`."""

    inquiry: Inquiry | None = strawberry.field(default=None, description="Null on failure.")


@strawberry.type(description="What became of the event.")
class RecordViewEventPayload(Payload):
    """Of `recordViewEvent`."""

    metrics: DailyMetrics | None = strawberry.field(
        default=None, description="The listing's counts of that day, afterwards; null on failure."
    )


@strawberry.type(description="What became of the event.")
class RecordShareEventPayload(Payload):
    """Of `recordShareEvent`."""

    metrics: DailyMetrics | None = strawberry.field(
        default=None, description="The listing's counts of that day, afterwards; null on failure."
    )


@strawberry.type(description="What became of the event.")
class RecordInquiryEventPayload(Payload):
    """Of `recordInquiryEvent`."""

    metrics: DailyMetrics | None = strawberry.field(
        default=None, description="The listing's counts of that day, afterwards; null on failure."
    )
    inquiry: Inquiry | None = strawberry.field(
        default=None, description="As it is kept; null on failure, and if the event was counted before."
    )


@strawberry.type(description="What became of one of several events.")
class EventResult:
    """An outcome."""

    event_id: str | None = strawberry.field(
        description="The event's id; null if it was not taken and had none."
    )
    counted: bool = strawberry.field(description="False if it was counted before, or not taken.")
    user_errors: list[UserError] = strawberry.field(description="Why it was not taken.")


@strawberry.type(description="What became of the events.")
class RecordEventsPayload(Payload):
    """Of `recordEvents`."""

    results: list[EventResult] | None = strawberry.field(
        default=None, description="One for each event, in their order; null on failure."
    )
