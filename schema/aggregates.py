"""What came of listings over some days: sums, and what is read off them."""

from collections.abc import Awaitable
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from adapters.remembered import Remembered
from domain.entities import metrics as entities
from domain.entities.metrics import Counts, DayMetrics
from domain.rules import figures
from domain.rules.aggregates import Aggregate, MetricsPeriod, aggregate
from domain.rules.figures import TrendDirection
from schema.context import Info
from schema.fields import resolved
from schema.metrics import DailyMetrics, PlatformMetrics, SourceMetrics
from schema.reports import MetricsReports

if TYPE_CHECKING:
    from schema.listings import Listing
    from schema.posts import Post


@strawberry.type(description="How a number has changed since the period before.")
class Trend:
    """How a number has changed."""

    direction: TrendDirection = strawberry.field(description="Where it goes.")
    change: float | None = strawberry.field(
        description="In per cent of what it was: 25.0 is a quarter more; null if it was zero."
    )

    @staticmethod
    def of(before: int, now: int) -> "Trend":
        """From the two numbers."""
        found = figures.trend(before, now)
        return Trend(direction=found.direction, change=found.change)


@strawberry.type(description="How the totals have changed since the period before.")
class MetricsTrends:
    """A trend for each total."""

    views: Trend = strawberry.field(description="Of the views.")
    shares: Trend = strawberry.field(description="Of the shares.")
    inquiries: Trend = strawberry.field(description="Of the inquiries.")
    clicks: Trend = strawberry.field(description="Of the clicks.")

    @staticmethod
    def of(before: Counts, now: Counts) -> "MetricsTrends":
        """From the sums of both periods."""
        return MetricsTrends(
            views=Trend.of(before.views, now.views),
            shares=Trend.of(before.shares, now.shares),
            inquiries=Trend.of(before.inquiries, now.inquiries),
            clicks=Trend.of(before.clicks, now.clicks),
        )


@strawberry.type(description="How much happened in one hour of one weekday.")
class HeatMapCell:
    """A cell of the heat map."""

    weekday: int = strawberry.field(description="1 is Monday, 7 is Sunday (ISO 8601), in UTC.")
    hour: int = strawberry.field(description="0 to 23, in UTC.")
    events: int = strawberry.field(description="Events of any kind.")


@strawberry.type(description="How many inquiries came from one place; what was not recorded is null.")
class InquiryOrigin:
    """Where inquiries came from."""

    platform: str | None = strawberry.field(description="The platform's slug.")
    source: str | None = strawberry.field(description="As `newsletter`.")
    campaign: str | None = strawberry.field(description="The campaign that led to them.")
    referrer: str | None = strawberry.field(description="The address of the page, without its query.")
    inquiries: int = strawberry.field(description="How many.")
    owner: strawberry.Private[str]
    post_id: strawberry.Private[str | None]

    @resolved("The post that led to them.")
    async def post(self, info: Info) -> Annotated["Post", strawberry.lazy("schema.posts")] | None:
        """Through the loader."""
        from schema.posts import Post

        return None if self.post_id is None else await Post.load(info.context, self.post_id, self.owner)

    @staticmethod
    def of(origin: entities.InquiryOrigin, inquiries: int, owner: str) -> "InquiryOrigin":
        """From the entity."""
        return InquiryOrigin(
            platform=origin.platform,
            source=origin.source,
            campaign=origin.campaign,
            referrer=origin.referrer,
            inquiries=inquiries,
            owner=owner,
            post_id=origin.post_id,
        )


@strawberry.type(
    description="Sums over days of UTC; every day of the span is there, and the totals are their sums."
)
class AggregatedMetrics:
    """Sums over days; what a total is made of is read only if it is asked for."""

    period: MetricsPeriod | None = strawberry.field(description="Null for a free range.")
    from_: date = strawberry.field(name="from", description="The first day, in UTC.")
    to: date = strawberry.field(description="The last day, included, in UTC.")
    total_views: int = strawberry.field(description="Views of all days.")
    total_shares: int = strawberry.field(description="Shares of all days.")
    total_inquiries: int = strawberry.field(description="Inquiries of all days.")
    total_clicks: int = strawberry.field(description="Clicks of all days.")
    total_likes: int = strawberry.field(description="Likes of all days.")
    total_comments: int = strawberry.field(description="Comments of all days.")
    conversion_rate: float | None = strawberry.field(
        description="Inquiries for each view; null while there are no views."
    )
    engagement_rate: float | None = strawberry.field(
        description="Shares, inquiries, clicks, likes and comments for each view; null while there are no views."
    )
    owner: strawberry.Private[str | None]
    listing_id: strawberry.Private[str]
    total: strawberry.Private[Counts]
    sums: strawberry.Private[Aggregate | None]
    by_platform: strawberry.Private[list[PlatformMetrics] | None] = None

    @resolved("Whose metrics they are; null if it has been deleted.")
    async def listing(self, info: Info) -> Annotated["Listing", strawberry.lazy("schema.listings")] | None:
        """Through the loader."""
        from schema.listings import Listing

        return await Listing.load(info.context, self.listing_id, self.owner)

    @resolved("The sums by platform.", answers=list[PlatformMetrics])
    def platforms(self, info: Info) -> "list[PlatformMetrics] | Awaitable[list[PlatformMetrics]]":
        """One call for all the listings of an answer, as of all that follow; no wait for what is there."""
        return self._platforms_later(info) if self.sums is None else self._platforms(self.sums)

    @resolved("The sums by source.")
    async def sources(self, info: Info) -> list[SourceMetrics]:
        """From the days."""
        return SourceMetrics.all_of((await self._sums(info)).sources)

    @resolved("Each day of UTC, zeros where nothing happened.")
    async def days(self, info: Info) -> list[DailyMetrics]:
        """From the days."""
        return [DailyMetrics.of(day) for day in (await self._sums(info)).days]

    @resolved("When events came, by weekday and hour of UTC: all 168, from Monday at 0.")
    async def heat_map(self, info: Info) -> list[HeatMapCell]:
        """From the days."""
        cells = figures.heat_map((await self._sums(info)).days)
        return [
            HeatMapCell(weekday=weekday, hour=hour, events=events)
            for (weekday, hour), events in sorted(cells.items())
        ]

    @resolved("The weekday of UTC with most events, 1 for Monday to 7; null without events.")
    async def peak_weekday(self, info: Info) -> int | None:
        """From the days."""
        return figures.peak_weekday(figures.heat_map((await self._sums(info)).days))

    @resolved("The hour of UTC with most events, 0 to 23; null without events.")
    async def peak_hour(self, info: Info) -> int | None:
        """From the days."""
        return figures.peak_hour(figures.heat_map((await self._sums(info)).days))

    @resolved("The same for as many days right before these.")
    async def previous(
        self, info: Info
    ) -> Annotated["AggregatedMetrics", strawberry.lazy("schema.aggregates")] | None:
        """From the months."""
        span = figures.span_before(self.from_, self.to)
        before = await self._before(info)
        return AggregatedMetrics.of_total(before, *span, self.listing_id, self.owner) if span else None

    @resolved("The change of the views since the period before, in per cent; null if there were none.")
    async def trend(self, info: Info) -> float | None:
        """From the months."""
        return figures.trend((await self._before(info)).views, self.total_views).change

    @resolved("How the totals have changed since the period before.")
    async def trends(self, info: Info) -> MetricsTrends:
        """From the months."""
        return MetricsTrends.of(await self._before(info), self.total)

    @resolved("Where the inquiries came from, most first.")
    async def inquiry_origins(self, info: Info) -> list[InquiryOrigin]:
        """One call for all the listings of an answer."""
        owner = self._owner(info)
        key = (owner, self.listing_id, (self.from_, self.to))
        found = await info.context.loaders.origins_of.load(key)
        ordered = sorted(found.items(), key=lambda one: (-one[1], str(one[0])))
        return [InquiryOrigin.of(origin, inquiries, owner) for origin, inquiries in ordered]

    @resolved("The same as files, and as pictures for e-mails and pages.")
    async def reports(self, info: Info) -> MetricsReports:
        """Where they are; nothing is read."""
        return MetricsReports(
            owner=self._owner(info), listing_id=self.listing_id, first=self.from_, last=self.to
        )

    @staticmethod
    def of(sums: Aggregate, listing_id: str, owner: str | None = None) -> "AggregatedMetrics":
        """From the days of a listing, which is the viewer's unless another owner is named."""
        found = AggregatedMetrics.of_total(
            sums.total, sums.first, sums.last, listing_id, owner, period=sums.period
        )
        found.sums = sums
        return found

    @staticmethod
    def of_days(
        days: list[DayMetrics],
        span: tuple[date, date],
        period: MetricsPeriod | None,
        listing_id: str,
        owner: str,
    ) -> "AggregatedMetrics":
        """The same from the days themselves; for equal days the same, which nobody may change."""
        place = (owner, listing_id, span, period)
        known = _known.get(place)
        if known is not None and known[0] == days:
            return known[1]
        sums = aggregate(days, *span, listing_id=listing_id, period=period)
        shown = AggregatedMetrics.of(sums, listing_id, owner)
        _known.put(place, (days, shown), 1 + len(days))
        return shown

    @staticmethod
    def of_total(
        total: Counts,
        first: date,
        last: date,
        listing_id: str,
        owner: str | None = None,
        *,
        period: MetricsPeriod | None = None,
    ) -> "AggregatedMetrics":
        """From the sums alone."""
        return AggregatedMetrics(
            period=period,
            from_=first,
            to=last,
            total_views=total.views,
            total_shares=total.shares,
            total_inquiries=total.inquiries,
            total_clicks=total.clicks,
            total_likes=total.likes,
            total_comments=total.comments,
            conversion_rate=figures.conversion_rate(total),
            engagement_rate=figures.engagement_rate(total),
            owner=owner,
            listing_id=listing_id,
            total=total,
            sums=None,
        )

    async def _platforms_later(self, info: Info) -> list[PlatformMetrics]:
        return self._platforms(await self._sums(info))

    def _platforms(self, sums: Aggregate) -> list[PlatformMetrics]:
        if self.by_platform is None:
            self.by_platform = PlatformMetrics.all_of(sums.platforms)
        return self.by_platform

    def _owner(self, info: Info) -> str:
        return self.owner or info.context.user_id

    async def _sums(self, info: Info) -> Aggregate:
        if self.sums is None:
            key = (self._owner(info), self.listing_id, (self.from_, self.to))
            days = await info.context.loaders.days_of.load(key)
            self.sums = aggregate(days, self.from_, self.to, listing_id=self.listing_id, period=self.period)
        return self.sums

    async def _before(self, info: Info) -> Counts:
        span = figures.span_before(self.from_, self.to)
        if span is None:
            return Counts()
        return await info.context.loaders.totals_of.load((self._owner(info), self.listing_id, span))


_known: Remembered[Any, tuple[list[DayMetrics], AggregatedMetrics]] = Remembered(10_000)
"""Weighed by their days, of some 3 KB each."""


@strawberry.type(description="A listing and what came of it.")
class ListingMetrics:
    """A listing and its sums."""

    listing: Annotated["Listing", strawberry.lazy("schema.listings")] = strawberry.field(
        description="The listing."
    )
    metrics: AggregatedMetrics = strawberry.field(description="What came of it in the days asked for.")
