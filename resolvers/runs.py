"""Root fields for imports and synchronizations."""

from typing import Annotated

import strawberry
from strawberry import UNSET

from domain.entities.sync_run import SyncRunState
from domain.use_cases.runs import (
    cancel_sync_run,
    import_mls_listings,
    sync_all_mls_connections,
    sync_listing_status,
    sync_mls_status,
)
from resolvers.arguments import MaybeConnectionId, MaybeRunId, RunId
from schema.context import Context, Info
from schema.fields import resolved
from schema.filters import given
from schema.mutations.mls import (
    CancelSyncRunInput,
    CancelSyncRunPayload,
    ImportMlsListingsInput,
    ImportMlsListingsPayload,
    SyncAllMlsConnectionsInput,
    SyncAllMlsConnectionsPayload,
    SyncListingStatusInput,
    SyncListingStatusPayload,
    SyncMlsStatusInput,
    SyncMlsStatusPayload,
)
from schema.mutations.payload import Input, mutation
from schema.pages import NOTHING, After, Connection, First, connection, page_request
from schema.runs import SyncError, SyncRun

_State = Annotated[SyncRunState | None, strawberry.argument(description="Only in this state.")]


def _absent(context: Context, id: str | None, type_name: str) -> bool:
    return given(id) is not None and context.key(str(id), type_name) is None


def _key(context: Context, id: str | None, type_name: str) -> str | None:
    return None if given(id) is None else context.key(str(id), type_name)


@strawberry.type
class RunQuery:
    """Reads of runs."""

    @resolved("One of your runs; null if there is none with this id.")
    async def sync_run(self, info: Info, id: RunId) -> SyncRun | None:
        """Through the loader."""
        return await SyncRun.load(info.context, info.context.key(id, "SyncRun"))

    @resolved("Your runs, newest first.")
    async def sync_runs(
        self,
        info: Info,
        connection_id: MaybeConnectionId = UNSET,
        state: _State = UNSET,
        first: First = UNSET,
        after: After = UNSET,
    ) -> Connection[SyncRun]:
        """A page of them."""
        context, request = info.context, page_request(first, after)
        if _absent(context, connection_id, "MlsConnection"):
            return connection(NOTHING, SyncRun.of, request)
        page = await context.ports.runs.page(
            context.user_id,
            request,
            connection_id=_key(context, connection_id, "MlsConnection"),
            state=given(state),
        )
        return connection(page, SyncRun.of, request)

    @resolved("What failed: of a run in its order, else newest first.")
    async def sync_errors(
        self,
        info: Info,
        connection_id: MaybeConnectionId = UNSET,
        run_id: MaybeRunId = UNSET,
        first: First = UNSET,
        after: After = UNSET,
    ) -> Connection[SyncError]:
        """A page of them."""
        context, request = info.context, page_request(first, after)
        if _absent(context, connection_id, "MlsConnection") or _absent(context, run_id, "SyncRun"):
            return connection(NOTHING, SyncError.of, request)
        page = await context.ports.runs.errors(
            context.user_id,
            request,
            run_id=_key(context, run_id, "SyncRun"),
            connection_id=_key(context, connection_id, "MlsConnection"),
        )
        return connection(page, SyncError.of, request)


@strawberry.type
class RunMutation:
    """Beginning and ending runs."""

    @mutation("Import listings at once; while an import runs, that one is answered.")
    async def import_mls_listings(
        self, info: Info, input: Input[ImportMlsListingsInput]
    ) -> ImportMlsListingsPayload:
        """One use case."""
        context = info.context
        numbers = given(input.mls_numbers)
        run = await import_mls_listings(
            context.ports,
            user_id=context.user_id,
            connection_id=context.required(input.connection_id, "MlsConnection", "connectionId"),
            mode=input.mode,
            mls_numbers=None if numbers is None else tuple(numbers),
            idempotency_key=given(input.idempotency_key),
        )
        return ImportMlsListingsPayload(sync_run=SyncRun.of(run))

    @mutation("Bring what changed in the MLS since the last run, at once.")
    async def sync_mls_status(self, info: Info, input: Input[SyncMlsStatusInput]) -> SyncMlsStatusPayload:
        """One use case."""
        context = info.context
        key = context.required(input.connection_id, "MlsConnection", "connectionId")
        run = await sync_mls_status(context.ports, user_id=context.user_id, connection_id=key)
        return SyncMlsStatusPayload(sync_run=SyncRun.of(run))

    @mutation("The same for all your enabled MLS accounts.")
    async def sync_all_mls_connections(
        self,
        info: Info,
        input: Input[SyncAllMlsConnectionsInput] = SyncAllMlsConnectionsInput(),  # noqa: B008 - never changed
    ) -> SyncAllMlsConnectionsPayload:
        """One use case."""
        runs = await sync_all_mls_connections(info.context.ports, user_id=info.context.user_id)
        return SyncAllMlsConnectionsPayload(
            sync_runs=[SyncRun.of(run) for run in runs],
            client_mutation_id=given(input.client_mutation_id),
        )

    @mutation("Bring one listing up to date at once.")
    async def sync_listing_status(
        self, info: Info, input: Input[SyncListingStatusInput]
    ) -> SyncListingStatusPayload:
        """One use case."""
        context = info.context
        key = context.required(input.listing_id, "Listing", "listingId")
        run = await sync_listing_status(context.ports, user_id=context.user_id, listing_id=key)
        return SyncListingStatusPayload(sync_run=SyncRun.of(run))

    @mutation("Let a run end before its next page; what it has written stays.")
    async def cancel_sync_run(self, info: Info, input: Input[CancelSyncRunInput]) -> CancelSyncRunPayload:
        """One use case."""
        context = info.context
        key = context.required(input.run_id, "SyncRun", "runId")
        run = await cancel_sync_run(context.ports, user_id=context.user_id, run_id=key)
        return CancelSyncRunPayload(sync_run=SyncRun.of(run))
