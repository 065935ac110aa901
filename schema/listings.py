"""Listings, as frontends see them, and their edges."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from adapters.remembered import Companions
from domain.entities import listing as entities
from domain.entities.listing import ListingFacts, ListingStatus
from domain.entities.tracking import Tracked
from domain.rules.aggregates import MetricsPeriod, days_of
from domain.use_cases.tracking import tracking_links
from schema.aggregates import AggregatedMetrics
from schema.changes import ListingChange
from schema.context import Context, Info
from schema.fields import resolved, unchanging
from schema.filters import given
from schema.ids import to_id
from schema.money import Money, per_square_foot
from schema.nodes import Node
from schema.pages import After, Connection, First, connection, page_request
from schema.photos import Photo
from schema.tracking import Campaign, Platform, Source, TrackingLinks

if TYPE_CHECKING:
    from schema.mls import MlsConnection
    from schema.posts import Post

_Period = Annotated[MetricsPeriod, strawberry.argument(description="Which days to add up.")]


@unchanging
@strawberry.type(description="Where a home stands.")
class Address:
    """An address in its parts."""

    street: str | None = strawberry.field(description="House number and street.")
    unit: str | None = strawberry.field(description="Apartment or suite.")
    city: str | None = strawberry.field(description="City or town.")
    state: str | None = strawberry.field(description="State or province.")
    zip_code: str | None = strawberry.field(description="ZIP or postal code.")
    country: str | None = strawberry.field(description="Country.")
    county: str | None = strawberry.field(description="County.")

    @staticmethod
    def of(address: entities.Address) -> "Address":
        """From the domain's address."""
        return Address(
            street=address.street,
            unit=address.unit,
            city=address.city,
            state=address.state,
            zip_code=address.zip_code,
            country=address.country,
            county=address.county,
        )


async def _posts(
    context: Context,
    listings: Sequence["Listing"],
    first: int | None = strawberry.UNSET,
    after: str | None = strawberry.UNSET,
) -> "list[Connection[Post]]":
    from schema.posts import Post

    request = page_request(first, after)
    keys = [(listing.owner, listing.key, request) for listing in listings]
    return [connection(page, Post.of, request) for page in await context.loaders.posts_of.load_many(keys)]


async def _metrics(
    context: Context, listings: Sequence["Listing"], period: MetricsPeriod = MetricsPeriod.WEEKLY
) -> list[AggregatedMetrics]:
    span = days_of(period, context.ports.now().date())
    keys = [(listing.owner, listing.key, span) for listing in listings]
    found = await context.loaders.days_of.load_many(keys)
    return [
        AggregatedMetrics.of_days(days, span, period, listing.key, listing.owner)
        for listing, days in zip(listings, found, strict=True)
    ]


@unchanging
@strawberry.type(description="A home that is, or was, for sale or for rent. Areas are in square feet.")
class Listing(Node):
    """A listing; built once from its entity, its edges go through the loaders. Nobody may change it."""

    mls_provider: str = strawberry.field(description="The MLS it comes from, or `manual`.")
    mls_number: str | None = strawberry.field(description="The number agents know it by (RESO ListingId).")
    mls_id: str | None = strawberry.field(description="The MLS's own id of it, where that differs.")
    listing_key: str | None = strawberry.field(description="RESO ListingKey.")
    originating_system: str | None = strawberry.field(description="The system it was entered in.")
    status: ListingStatus = strawberry.field(description="In the four states an agent thinks in.")
    standard_status: str | None = strawberry.field(description="RESO StandardStatus, as it came.")
    mls_status: str | None = strawberry.field(description="The MLS's own word for the status.")
    publishable: bool = strawberry.field(description="Whether a new post of it may go up now.")
    off_market_since: datetime | None = strawberry.field(description="When it left the market.")
    price: Money | None = strawberry.field(description="What is asked.")
    original_price: Money | None = strawberry.field(description="What was asked at first.")
    close_price: Money | None = strawberry.field(description="What was paid.")
    price_per_square_foot: Money | None = strawberry.field(description="The price by the living area.")
    property_type: str | None = strawberry.field(description="As Residential, Land, Commercial Sale.")
    property_sub_type: str | None = strawberry.field(description="As Condominium, Townhouse.")
    address: Address | None = strawberry.field(description="Where it stands.")
    latitude: float | None = strawberry.field(description="Degrees north, WGS 84.")
    longitude: float | None = strawberry.field(description="Degrees east, WGS 84.")
    bedrooms: int | None = strawberry.field(description="Number of bedrooms.")
    bathrooms: int | None = strawberry.field(description="Number of bathrooms, full and half.")
    bathrooms_full: int | None = strawberry.field(description="Number of full bathrooms.")
    bathrooms_half: int | None = strawberry.field(description="Number of half bathrooms.")
    square_feet: float | None = strawberry.field(description="Living area.")
    lot_size_square_feet: float | None = strawberry.field(description="Area of the lot.")
    year_built: int | None = strawberry.field(description="When it was built.")
    stories: int | None = strawberry.field(description="Number of floors.")
    garage_spaces: float | None = strawberry.field(description="Cars the garage holds.")
    parking_total: int | None = strawberry.field(description="Cars that can be parked in all.")
    features: list[str] = strawberry.field(description="Inside and outside.")
    appliances: list[str] = strawberry.field(description="That stay with the home.")
    heating: list[str] = strawberry.field(description="Kinds of heating.")
    cooling: list[str] = strawberry.field(description="Kinds of cooling.")
    view: list[str] = strawberry.field(description="What can be seen from it.")
    pool_private: bool | None = strawberry.field(description="Whether it has a pool of its own.")
    association_fee: Money | None = strawberry.field(description="What its association charges.")
    association_fee_frequency: str | None = strawberry.field(description="How often it charges that.")
    tax_annual_amount: Money | None = strawberry.field(description="Property tax for a year.")
    description: str | None = strawberry.field(description="The agent's public remarks.")
    virtual_tour_url: str | None = strawberry.field(description="A tour of it.")
    media_links: list[str] = strawberry.field(
        description="Where all its tours and videos can be watched; unbranded tours first, videos last."
    )
    list_date: date | None = strawberry.field(description="When the contract with the seller began.")
    on_market_date: date | None = strawberry.field(description="When it came to the market.")
    close_date: date | None = strawberry.field(description="When the sale was closed.")
    days_on_market: int | None = strawberry.field(description="As the MLS counts them.")
    agent_name: str | None = strawberry.field(description="The listing agent.")
    agent_phone: str | None = strawberry.field(description="The listing agent's phone number.")
    agent_email: str | None = strawberry.field(description="The listing agent's e-mail address.")
    office_name: str | None = strawberry.field(description="The listing office.")
    photos: list[Photo] = strawberry.field(
        description="In the MLS's order, but the preferred one first; at most 100."
    )
    excluded_from_sync: bool = strawberry.field(
        description="Whether the user keeps it out of synchronization and advertising."
    )
    locally_edited: bool = strawberry.field(description="Edited here since the MLS last spoke of it.")
    created_at: datetime = strawberry.field(description="When it came in.")
    updated_at: datetime = strawberry.field(description="When it last changed here.")
    synced_at: datetime | None = strawberry.field(description="When it was last compared with the MLS.")
    modified_in_mls_at: datetime | None = strawberry.field(description="When it last changed in the MLS.")
    owner: strawberry.Private[str]
    key: strawberry.Private[str]
    connection_id: strawberry.Private[str | None]
    predecessor_id: strawberry.Private[str | None]

    @resolved("The MLS account that brings it; null for a manual listing.")
    async def connection(
        self, info: Info
    ) -> Annotated["MlsConnection", strawberry.lazy("schema.mls")] | None:
        """Through the loader."""
        from schema.mls import MlsConnection

        return await MlsConnection.load(info.context, self.connection_id, self.owner)

    @resolved("The listing of the same home that this one follows.")
    async def predecessor(
        self, info: Info
    ) -> Annotated["Listing", strawberry.lazy("schema.listings")] | None:
        """Through the loader."""
        return await Listing.load(info.context, self.predecessor_id, self.owner)

    @resolved("Its posts, newest first.", batch=_posts)
    async def posts(
        self, info: Info, first: First = strawberry.UNSET, after: After = strawberry.UNSET
    ) -> Connection[Annotated["Post", strawberry.lazy("schema.posts")]]:
        """One call for all the listings of an answer."""
        return (await _posts(info.context, [self], first, after))[0]

    @resolved("What came of it: views, shares, inquiries, clicks.", batch=_metrics)
    async def metrics(self, info: Info, period: _Period = MetricsPeriod.WEEKLY) -> AggregatedMetrics:
        """One call for all the listings of an answer."""
        return (await _metrics(info.context, [self], period))[0]

    @resolved("Where browsers and mail programs count for it, and the link that leads to it.")
    async def tracking(
        self,
        info: Info,
        platform: Platform = strawberry.UNSET,
        source: Source = strawberry.UNSET,
        campaign: Campaign = strawberry.UNSET,
    ) -> TrackingLinks:
        """Signed here; nothing is read or stored."""
        tracked = Tracked(
            user_id=self.owner,
            listing_id=self.key,
            platform=given(platform),
            source=given(source),
            campaign=given(campaign),
        )
        return TrackingLinks.of(tracking_links(info.context.ports, tracked=tracked))

    @resolved("What happened to it, newest first.")
    async def timeline(
        self, info: Info, first: First = strawberry.UNSET, after: After = strawberry.UNSET
    ) -> Connection[ListingChange]:
        """One call for all the listings of an answer."""
        request = page_request(first, after)
        page = await info.context.loaders.trail_of.load((self.owner, self.key, request))
        return connection(page, ListingChange.of, request)

    @staticmethod
    def of(listing: entities.Listing) -> "Listing":
        """From the entity; the same for the same entity, whose objects nobody changes."""
        known = _known.get(listing)
        if known is not None:
            return known
        shown = Listing(
            id=to_id("Listing", listing.user_id, listing.id),
            mls_provider=listing.mls_provider,
            status=listing.status,
            publishable=listing.publishable,
            off_market_since=listing.off_market_since,
            photos=[Photo.of(photo, listing) for photo in listing.photos],
            excluded_from_sync=listing.excluded_from_sync,
            locally_edited=listing.locally_edited,
            created_at=listing.created_at,
            updated_at=listing.updated_at,
            synced_at=listing.synced_at,
            owner=listing.user_id,
            key=listing.id,
            connection_id=listing.connection_id,
            predecessor_id=listing.predecessor_id,
            **_shown(listing.facts),
        )
        _known.put(listing, shown)
        return shown

    @staticmethod
    async def load(context: Context, listing_id: str | None, owner: str | None = None) -> "Listing | None":
        """The listing with this key, of the viewer's unless another owner is named."""
        if listing_id is None:
            return None
        found = await context.loaders.listings.load((owner or context.user_id, listing_id))
        return None if found is None else Listing.of(found)

    @staticmethod
    async def load_or_remnant(context: Context, listing_id: str, owner: str | None = None) -> "Listing":
        """The same where a listing has to be named although it may have been deleted since.

        Of a deleted listing only its id and the MLS it came from are known; it counts as expired.
        """
        found = await Listing.load(context, listing_id, owner)
        if found is not None:
            return found
        begin = datetime.fromtimestamp(0, UTC)
        return Listing.of(
            entities.Listing(
                id=listing_id,
                user_id=owner or context.user_id,
                mls_provider=listing_id.rpartition("-")[0],
                facts=ListingFacts(),
                status=ListingStatus.EXPIRED,
                publishable=False,
                created_at=begin,
                updated_at=begin,
            )
        )


_known: Companions[entities.Listing, Listing] = Companions()

_AS_THEY_ARE = (
    "listing_key",
    "mls_number",
    "mls_id",
    "originating_system",
    "standard_status",
    "mls_status",
    "property_type",
    "property_sub_type",
    "latitude",
    "longitude",
    "bedrooms",
    "bathrooms",
    "bathrooms_full",
    "bathrooms_half",
    "square_feet",
    "lot_size_square_feet",
    "year_built",
    "stories",
    "garage_spaces",
    "parking_total",
    "pool_private",
    "association_fee_frequency",
    "description",
    "virtual_tour_url",
    "list_date",
    "on_market_date",
    "close_date",
    "days_on_market",
    "agent_name",
    "agent_phone",
    "agent_email",
    "office_name",
    "modified_in_mls_at",
)
_LISTS = ("features", "appliances", "heating", "cooling", "view", "media_links")
_AMOUNTS = ("price", "original_price", "close_price", "association_fee", "tax_annual_amount")


def _shown(facts: ListingFacts) -> dict[str, Any]:
    shown: dict[str, Any] = {name: getattr(facts, name) for name in _AS_THEY_ARE}
    for name in _LISTS:
        shown[name] = list(getattr(facts, name))
    for name in _AMOUNTS:
        shown[name] = Money.of(getattr(facts, name), facts.currency)
    by_foot = per_square_foot(facts.price, facts.square_feet)
    shown["price_per_square_foot"] = Money.of(by_foot, facts.currency)
    shown["address"] = Address.of(facts.address)
    return shown
