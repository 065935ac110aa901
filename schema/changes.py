"""The trail of a listing: what changed, from what to what, and by whom."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.utils.str_converters import to_camel_case

from domain.entities import change as entities
from domain.entities.change import ChangeSource, ListingChangeKind
from schema.context import Info
from schema.fields import resolved
from schema.ids import pair, to_id

if TYPE_CHECKING:
    from schema.listings import Listing
    from schema.runs import SyncRun


def _shown(field: str | None) -> str | None:
    """The field by its name in the graph; names of the MLS's own stay as they are."""
    return field if field is None or "." in field else to_camel_case(field)


@strawberry.type(description="A change of a listing, kept for good.")
class ListingChange:
    """One line of the trail."""

    id: strawberry.ID = strawberry.field(description="Opaque.")
    kind: ListingChangeKind = strawberry.field(description="What happened.")
    field: str | None = strawberry.field(
        description="Which field of Listing or Address; `photos.added`, `photos.removed`, `photos.changed` and"
        " `photos.order` name photos by the MLS's keys; `extras.<name>` is a field of the MLS that has no"
        " place in Listing; null for the listing as a whole."
    )
    old: str | None = strawberry.field(description="What it was, as text.")
    new: str | None = strawberry.field(description="What it is, as text.")
    source: ChangeSource = strawberry.field(description="Who changed it.")
    overrode_local_edit: bool = strawberry.field(
        description="Whether `old` was an edit of yours, which the MLS has overruled; else it is plain news."
    )
    at: datetime = strawberry.field(description="When.")
    owner: strawberry.Private[str]
    listing_id: strawberry.Private[str]
    run_id: strawberry.Private[str | None]

    @resolved("Whose change it is; of a deleted listing only its id remains.")
    async def listing(self, info: Info) -> Annotated["Listing", strawberry.lazy("schema.listings")]:
        """Through the loader."""
        from schema.listings import Listing

        return await Listing.load_or_remnant(info.context, self.listing_id, self.owner)

    @resolved("The run that brought it; runs are kept for 90 days.")
    async def run(self, info: Info) -> Annotated["SyncRun", strawberry.lazy("schema.runs")] | None:
        """Through the loader."""
        from schema.runs import SyncRun

        return await SyncRun.load(info.context, self.run_id, self.owner)

    @staticmethod
    def of(change: entities.ListingChange) -> "ListingChange":
        """From the entity."""
        return ListingChange(
            id=to_id("ListingChange", change.user_id, pair(change.listing_id, change.id)),
            kind=change.kind,
            field=_shown(change.field),
            old=change.old,
            new=change.new,
            source=change.source,
            overrode_local_edit=change.overrode_local_edit,
            at=change.at,
            owner=change.user_id,
            listing_id=change.listing_id,
            run_id=change.run_id,
        )
