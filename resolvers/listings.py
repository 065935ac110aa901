"""Root fields for listings."""

from datetime import UTC, datetime
from typing import Annotated

import strawberry
from strawberry import UNSET

from domain.entities.listing import ListingFilter as DomainFilter
from domain.entities.listing import ListingOrder as DomainOrder
from domain.entities.listing import ListingStatus
from domain.use_cases.excluding import set_listing_sync
from domain.use_cases.listings import create_listing, delete_listing, update_listing
from resolvers.arguments import ListingId
from resolvers.watches import SETTLED
from schema.changes import ListingChange
from schema.context import Info
from schema.fields import resolved
from schema.filters import ListingFilter, ListingOrder, given
from schema.listings import Listing
from schema.mutations.listings import (
    CreateListingInput,
    CreateListingPayload,
    DeleteListingInput,
    DeleteListingPayload,
    SetListingSyncInput,
    SetListingSyncPayload,
    UpdateListingInput,
    UpdateListingPayload,
    changes_of,
    facts_of,
)
from schema.mutations.payload import Input, mutation
from schema.pages import NOTHING, After, Connection, First, connection, page_request

_Filter = Annotated[ListingFilter | None, strawberry.argument(description="Which; null for all.")]
_Order = Annotated[
    ListingOrder | None, strawberry.argument(description="Sorted how; the latest change first if not given.")
]
_Provider = Annotated[str, strawberry.argument(description="The MLS's short name.")]
_Number = Annotated[str, strawberry.argument(description="The number agents know it by.")]
_Status = Annotated[ListingStatus | None, strawberry.argument(description="Only in this status.")]
_Since = Annotated[datetime, strawberry.argument(description="The `at` of the last change that came.")]
_EARLIEST = datetime(1971, 1, 1, tzinfo=UTC)


@strawberry.type
class ListingQuery:
    """Reads of listings."""

    @resolved("One of your listings; null if there is none with this id.")
    async def listing(self, info: Info, id: ListingId) -> Listing | None:
        """One read."""
        key = info.context.key(id, "Listing")
        found = None if key is None else await info.context.ports.listings.get(info.context.user_id, key)
        return None if found is None else Listing.of(found)

    @resolved("Your listings.")
    async def listings(
        self,
        info: Info,
        filter: _Filter = UNSET,
        order_by: _Order = UNSET,
        first: First = UNSET,
        after: After = UNSET,
    ) -> Connection[Listing]:
        """A page of them."""
        context, request = info.context, page_request(first, after)
        wanted, order = DomainFilter(), DomainOrder()
        if filter:
            connection_id = given(filter.connection_id)
            key = context.key(connection_id, "MlsConnection") if connection_id else None
            if connection_id is not None and key is None:
                return connection(NOTHING, Listing.of, request)
            wanted = filter.to_domain(key)
        if order_by:
            order = order_by.to_domain()
        page = await context.ports.listings.page(context.user_id, wanted, order, request)
        return connection(page, Listing.of, request)

    @resolved(
        "What has changed of your listings since then, in the order in which it was written; what was written"
        " some seconds before comes too. For whoever has missed a part of the subscription `listingChanges`."
    )
    async def listing_changes_since(
        self, info: Info, since: _Since, first: First = UNSET, after: After = UNSET
    ) -> Connection[ListingChange]:
        """A page of them."""
        context, request = info.context, page_request(first, after)
        begin = max(since, _EARLIEST) - SETTLED
        page = await context.ports.changes.since(context.user_id, begin, request)
        return connection(page, ListingChange.of, request)

    @resolved("Your listings with this number; usually one.")
    async def listings_by_mls_number(
        self, info: Info, provider: _Provider, mls_number: _Number, status: _Status = UNSET
    ) -> list[Listing]:
        """One query of the port."""
        context = info.context
        found = await context.ports.listings.by_mls_number(
            context.user_id, provider, mls_number, given(status)
        )
        return [Listing.of(listing) for listing in found]


@strawberry.type
class ListingMutation:
    """Listings by the user's own hand."""

    @mutation("Create a listing that comes from no MLS.")
    async def create_listing(self, info: Info, input: Input[CreateListingInput]) -> CreateListingPayload:
        """One use case."""
        created = await create_listing(
            info.context.ports,
            user_id=info.context.user_id,
            facts=facts_of(input),
            status=given(input.status) or ListingStatus.ACTIVE,
        )
        return CreateListingPayload(listing=Listing.of(created))

    @mutation("Change a listing; the next sync restores what the MLS says and records it.")
    async def update_listing(self, info: Info, input: Input[UpdateListingInput]) -> UpdateListingPayload:
        """One use case."""
        context = info.context
        updated = await update_listing(
            context.ports,
            user_id=context.user_id,
            listing_id=context.required(input.listing_id, "Listing", "listingId"),
            changes=changes_of(input),
        )
        return UpdateListingPayload(listing=Listing.of(updated))

    @mutation(
        "Leave a listing out of every synchronization, or take it in again. While it is left out its posts come"
        " down and nothing new of it is published."
    )
    async def set_listing_sync(self, info: Info, input: Input[SetListingSyncInput]) -> SetListingSyncPayload:
        """One use case."""
        context = info.context
        changed = await set_listing_sync(
            context.ports,
            user_id=context.user_id,
            listing_id=context.required(input.listing_id, "Listing", "listingId"),
            excluded=input.excluded,
        )
        return SetListingSyncPayload(listing=Listing.of(changed))

    @mutation(
        "Delete a listing: its live posts are taken down first, its photos after. One that comes from an MLS"
        " comes back with its next change there; `setListingSync` keeps it out for good."
    )
    async def delete_listing(self, info: Info, input: Input[DeleteListingInput]) -> DeleteListingPayload:
        """One use case."""
        context = info.context
        key = context.required(input.listing_id, "Listing", "listingId")
        await delete_listing(context.ports, user_id=context.user_id, listing_id=key)
        return DeleteListingPayload(deleted_id=input.listing_id)
