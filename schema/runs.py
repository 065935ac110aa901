"""Runs of imports and synchronizations, and what failed in them."""

from datetime import datetime
from typing import Annotated

import strawberry

from domain.entities import sync_run as entities
from domain.entities.common import Failure
from domain.entities.sync_run import SyncMode, SyncRunKind, SyncRunState
from schema.context import Context, Info
from schema.errors import UserError
from schema.fields import resolved
from schema.ids import pair, to_id
from schema.mls import MlsConnection
from schema.nodes import Node
from schema.pages import After, Connection, First, connection, page_request


@strawberry.type(description="One run of an import or a synchronization.")
class SyncRun(Node):
    """A run and its counters."""

    kind: SyncRunKind = strawberry.field(description="What it is for.")
    mode: SyncMode = strawberry.field(description="How much it fetches.")
    state: SyncRunState = strawberry.field(description="Where it is.")
    total_listings: int | None = strawberry.field(description="How many rows the MLS says there are.")
    processed: int = strawberry.field(description="Rows that are done, whatever came of them.")
    successful_imports: int = strawberry.field(description="Listings that were written.")
    unchanged: int = strawberry.field(description="Listings that brought no news.")
    skipped: int = strawberry.field(description="Rows that are not to be taken, as incomplete ones.")
    failed_imports: int = strawberry.field(description="Rows that could not be taken: see `errors`.")
    status_changes: int = strawberry.field(description="Listings whose status changed.")
    posts_unpublished: int = strawberry.field(description="Posts that came down because of it.")
    photos_stored: int = strawberry.field(description="Photos that were stored.")
    photos_failed: int = strawberry.field(description="Photos that could not be: see `errors`.")
    failure: UserError | None = strawberry.field(description="Why the run as a whole failed.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    started_at: datetime | None = strawberry.field(description="When work on it began.")
    finished_at: datetime | None = strawberry.field(description="When it ended.")
    sequence: int = strawberry.field(description="Rises with every change of the run.")
    owner: strawberry.Private[str]
    key: strawberry.Private[str]
    connection_id: strawberry.Private[str]

    @resolved("The account it runs on; null once that is disconnected.")
    async def connection(self, info: Info) -> MlsConnection | None:
        """Through the loader."""
        return await MlsConnection.load(info.context, self.connection_id, self.owner)

    @resolved("The listings and photos that failed, newest first.")
    async def errors(
        self, info: Info, first: First = strawberry.UNSET, after: After = strawberry.UNSET
    ) -> Connection[Annotated["SyncError", strawberry.lazy("schema.runs")]]:
        """A page of them."""
        context, request = info.context, page_request(first, after)
        page = await context.ports.runs.errors(self.owner, request, run_id=self.key)
        return connection(page, SyncError.of, request)

    @staticmethod
    def of(run: entities.SyncRun) -> "SyncRun":
        """From the entity."""
        counters = run.counters
        return SyncRun(
            id=to_id("SyncRun", run.user_id, run.id),
            kind=run.kind,
            mode=run.mode,
            state=run.state,
            total_listings=run.total_listings,
            processed=counters.processed,
            successful_imports=counters.successful_imports,
            unchanged=counters.unchanged,
            skipped=counters.skipped,
            failed_imports=counters.failed_imports,
            status_changes=counters.status_changes,
            posts_unpublished=counters.posts_unpublished,
            photos_stored=counters.photos_stored,
            photos_failed=counters.photos_failed,
            failure=UserError.of_failure(run.failure),
            created_at=run.created_at,
            started_at=run.started_at,
            finished_at=run.finished_at,
            sequence=run.sequence,
            owner=run.user_id,
            key=run.id,
            connection_id=run.connection_id,
        )

    @staticmethod
    async def load(context: Context, run_id: str | None, owner: str | None = None) -> "SyncRun | None":
        """The run with this key, of the viewer's unless another owner is named."""
        if run_id is None:
            return None
        found = await context.loaders.runs.load((owner or context.user_id, run_id))
        return None if found is None else SyncRun.of(found)


@strawberry.type(description="A listing or a photo that failed in a run.")
class SyncError:
    """A failure that harmed nothing else."""

    id: strawberry.ID = strawberry.field(description="Opaque.")
    mls_number: str | None = strawberry.field(description="The listing's MLS number, where it is known.")
    listing_key: str | None = strawberry.field(description="RESO ListingKey, where it is known.")
    code: str = strawberry.field(description="An upper-case word for programs.")
    error: str = strawberry.field(description="One sentence for people.")
    attempts: int = strawberry.field(description="How often it was tried.")
    at: datetime = strawberry.field(description="When it was given up.")
    owner: strawberry.Private[str]
    run_id: strawberry.Private[str]
    connection_id: strawberry.Private[str]

    @resolved("The run; of one that has just been forgotten, after 90 days, only its id remains.")
    async def run(self, info: Info) -> SyncRun:
        """Through the loader."""
        return await SyncRun.load(info.context, self.run_id, self.owner) or self._forgotten_run()

    def _forgotten_run(self) -> SyncRun:
        return SyncRun.of(
            entities.SyncRun(
                id=self.run_id,
                user_id=self.owner,
                connection_id=self.connection_id,
                kind=SyncRunKind.SYNC,
                mode=SyncMode.INCREMENTAL,
                state=SyncRunState.FAILED,
                failure=Failure("NOT_FOUND", "This run has been forgotten."),
                created_at=self.at,
            )
        )

    @staticmethod
    def of(error: entities.SyncError) -> "SyncError":
        """From the entity."""
        return SyncError(
            id=to_id("SyncError", error.user_id, pair(error.run_id, error.id)),
            mls_number=error.mls_number,
            listing_key=error.listing_key,
            code=error.code,
            error=error.error,
            attempts=error.attempts,
            at=error.at,
            owner=error.user_id,
            run_id=error.run_id,
            connection_id=error.connection_id,
        )
