"""Counts of views, shares, inquiries, clicks, likes and comments, and the inquiries themselves."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.entities import metrics as entities
from domain.entities.metrics import Counts, DayMetrics, InquiryStatus
from domain.rules.figures import engagement_rate
from schema.context import Info
from schema.fields import resolved, unchanging
from schema.ids import inquiry_key, to_id
from schema.nodes import Node

if TYPE_CHECKING:
    from schema.listings import Listing
    from schema.posts import Post


@unchanging
@strawberry.type(description="Counts of one platform.")
class PlatformMetrics:
    """Counts of one platform."""

    platform: str = strawberry.field(description="Its slug; empty for events that name no platform.")
    views: int = strawberry.field(description="How often a listing was looked at.")
    shares: int = strawberry.field(description="How often it was passed on.")
    inquiries: int = strawberry.field(description="How often somebody asked.")
    clicks: int = strawberry.field(description="How often a link to it was followed.")
    likes: int = strawberry.field(description="How often platforms tell that a post of it was liked.")
    comments: int = strawberry.field(description="How often platforms tell that a post was commented on.")
    engagement: float = strawberry.field(
        description="Shares, inquiries, clicks, likes and comments for each view; 0 while there are no views."
    )

    @staticmethod
    def all_of(platforms: Mapping[str, Counts]) -> "list[PlatformMetrics]":
        """By platform, in the order of their slugs."""
        return [
            PlatformMetrics(
                platform=name,
                views=counts.views,
                shares=counts.shares,
                inquiries=counts.inquiries,
                clicks=counts.clicks,
                likes=counts.likes,
                comments=counts.comments,
                engagement=engagement_rate(counts) or 0.0,
            )
            for name, counts in sorted(platforms.items())
        ]


@strawberry.type(description="Counts of one source, as a newsletter.")
class SourceMetrics:
    """Counts of one source."""

    source: str = strawberry.field(
        description=(
            "Its name; `other` where there are too many; `insights:` and a slug for what a platform tells of our"
            " posts."
        )
    )
    views: int = strawberry.field(description="How often a listing was looked at.")
    shares: int = strawberry.field(description="How often it was passed on.")
    inquiries: int = strawberry.field(description="How often somebody asked.")
    clicks: int = strawberry.field(description="How often a link to it was followed.")
    likes: int = strawberry.field(description="How often platforms tell that a post of it was liked.")
    comments: int = strawberry.field(description="How often platforms tell that a post was commented on.")

    @staticmethod
    def all_of(sources: Mapping[str, Counts]) -> "list[SourceMetrics]":
        """By source, in the order of their names."""
        return [
            SourceMetrics(
                source=name,
                views=counts.views,
                shares=counts.shares,
                inquiries=counts.inquiries,
                clicks=counts.clicks,
                likes=counts.likes,
                comments=counts.comments,
            )
            for name, counts in sorted(sources.items())
        ]


@strawberry.type(description="Counts of one UTC day.")
class DailyMetrics:
    """Counts of one UTC day."""

    day: date = strawberry.field(name="date", description="The day, in UTC.")
    views: int = strawberry.field(description="How often a listing was looked at.")
    shares: int = strawberry.field(description="How often it was passed on.")
    inquiries: int = strawberry.field(description="How often somebody asked.")
    clicks: int = strawberry.field(description="How often a link to it was followed.")
    likes: int = strawberry.field(description="How often platforms tell that a post of it was liked.")
    comments: int = strawberry.field(description="How often platforms tell that a post was commented on.")
    platforms: list[PlatformMetrics] = strawberry.field(description="The same by platform.")
    sequence: int = strawberry.field(description="Rises with all that is counted on the day.")

    @staticmethod
    def of(day: DayMetrics) -> "DailyMetrics":
        """From the counters of a day."""
        return DailyMetrics(
            day=day.day,
            views=day.total.views,
            shares=day.total.shares,
            inquiries=day.total.inquiries,
            clicks=day.total.clicks,
            likes=day.total.likes,
            comments=day.total.comments,
            platforms=PlatformMetrics.all_of(day.platforms),
            sequence=day.sequence,
        )


@strawberry.type(description="A message of somebody who is interested in a listing.")
class Inquiry(Node):
    """An inquiry, its contact details opened."""

    platform: str | None = strawberry.field(description="The platform it came from.")
    source: str | None = strawberry.field(description="Where it came from.")
    campaign: str | None = strawberry.field(description="The campaign that led to it.")
    referrer: str | None = strawberry.field(
        description="The address of the page that led to it, without its query."
    )
    name: str | None = strawberry.field(description="Of the person.")
    email: str | None = strawberry.field(description="Of the person.")
    phone: str | None = strawberry.field(description="Of the person.")
    message: str | None = strawberry.field(description="What they wrote.")
    status: InquiryStatus = strawberry.field(description="What was done about it.")
    at: datetime = strawberry.field(description="When it came in.")
    listing_id: strawberry.Private[str]
    post_id: strawberry.Private[str | None]

    @resolved("What it is about; of a deleted listing only its id remains.")
    async def listing(self, info: Info) -> Annotated["Listing", strawberry.lazy("schema.listings")]:
        """Through the loader."""
        from schema.listings import Listing

        return await Listing.load_or_remnant(info.context, self.listing_id)

    @resolved("The post that led to it; null if none is known.")
    async def post(self, info: Info) -> Annotated["Post", strawberry.lazy("schema.posts")] | None:
        """Through the loader."""
        from schema.posts import Post

        return None if self.post_id is None else await Post.load(info.context, self.post_id)

    @staticmethod
    def of(inquiry: entities.Inquiry) -> "Inquiry":
        """From the entity."""
        return Inquiry(
            id=to_id("Inquiry", inquiry.user_id, inquiry_key(inquiry.listing_id, inquiry.at, inquiry.id)),
            platform=inquiry.platform,
            source=inquiry.source,
            campaign=inquiry.campaign,
            referrer=inquiry.referrer,
            name=inquiry.name,
            email=inquiry.email,
            phone=inquiry.phone,
            message=inquiry.message,
            status=inquiry.status,
            at=inquiry.at,
            listing_id=inquiry.listing_id,
            post_id=inquiry.post_id,
        )
