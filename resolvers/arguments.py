"""Arguments that several root fields share."""

from typing import Annotated

import strawberry

ListingId = Annotated[strawberry.ID, strawberry.argument(description="The global id of the listing.")]
MaybeListingId = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only of this listing, by its global id.")
]
MaybeConnectionId = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only of this MLS account, by its global id.")
]
RunId = Annotated[strawberry.ID, strawberry.argument(description="The global id of the run.")]
MaybeRunId = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only of this run, by its global id.")
]
