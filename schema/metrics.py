"""Counts of views, shares, inquiries, clicks, likes and comments, and the inquiries themselves."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from domain.entities import metrics as entities
from domain.entities.metrics import Counts, DayMetrics, InquiryStatus
from domain.rules.aggregates import Aggregate, MetricsPeriod
from schema.context import Info
from schema.fields import resolved
from schema.ids import inquiry_key, to_id
from schema.nodes import Node

if TYPE_CHECKING:
    from schema.listings import Listing
    from schema.posts import Post


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
        description="Shares, inquiries and clicks for each view; 0 while there are no views."
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
                engagement=_rate(counts.shares + counts.inquiries + counts.clicks, counts.views) or 0.0,
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


@strawberry.type(description="Sums over days; every day of the span is there, and the totals are their sums.")
class AggregatedMetrics:
    """Sums over days."""

    period: MetricsPeriod | None = strawberry.field(description="Null for a free range.")
    from_: date = strawberry.field(name="from", description="The first day, in UTC.")
    to: date = strawberry.field(description="The last day, included.")
    total_views: int = strawberry.field(description="Views of all days.")
    total_shares: int = strawberry.field(description="Shares of all days.")
    total_inquiries: int = strawberry.field(description="Inquiries of all days.")
    total_clicks: int = strawberry.field(description="Clicks of all days.")
    total_likes: int = strawberry.field(description="Likes of all days.")
    total_comments: int = strawberry.field(description="Comments of all days.")
    platforms: list[PlatformMetrics] = strawberry.field(description="The sums by platform.")
    sources: list[SourceMetrics] = strawberry.field(description="The sums by source.")
    days: list[DailyMetrics] = strawberry.field(description="Each day, zeros where nothing happened.")
    conversion_rate: float | None = strawberry.field(
        description="Inquiries for each view; null while there are no views."
    )
    owner: strawberry.Private[str | None]
    listing_id: strawberry.Private[str | None]

    @resolved("Whose metrics they are; null for all listings together.")
    async def listing(self, info: Info) -> Annotated["Listing", strawberry.lazy("schema.listings")] | None:
        """Through the loader."""
        from schema.listings import Listing

        return await Listing.load(info.context, self.listing_id, self.owner)

    @staticmethod
    def of(sums: Aggregate, owner: str | None = None) -> "AggregatedMetrics":
        """From the sums, which are the viewer's unless another owner is named."""
        return AggregatedMetrics(
            period=sums.period,
            from_=sums.first,
            to=sums.last,
            total_views=sums.total.views,
            total_shares=sums.total.shares,
            total_inquiries=sums.total.inquiries,
            total_clicks=sums.total.clicks,
            total_likes=sums.total.likes,
            total_comments=sums.total.comments,
            platforms=PlatformMetrics.all_of(sums.platforms),
            sources=[
                SourceMetrics(
                    source=name,
                    views=counts.views,
                    shares=counts.shares,
                    inquiries=counts.inquiries,
                    clicks=counts.clicks,
                    likes=counts.likes,
                    comments=counts.comments,
                )
                for name, counts in sorted(sums.sources.items())
            ],
            days=[DailyMetrics.of(day) for day in sums.days],
            conversion_rate=_rate(sums.total.inquiries, sums.total.views),
            owner=owner,
            listing_id=sums.listing_id,
        )


def _rate(part: int, whole: int) -> float | None:
    return part / whole if whole else None


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
