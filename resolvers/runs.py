"""Root fields for imports and synchronizations."""

from datetime import datetime
from typing import Annotated

import strawberry
from strawberry import UNSET

from domain.entities.sync_run import SyncRunKind, SyncRunState
from domain.rules.roles import is_admin
from domain.use_cases.runs import (
    cancel_sync_run,
    import_mls_listings,
    sync_all_mls_connections,
    sync_listing_status,
    sync_mls_status,
)
from domain.use_cases.statistics import sync_statistics
from resolvers.arguments import MaybeConnectionId, MaybeRunId, RunId
from schema.context import Info
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
from schema.reach import Owned, reached, required
from schema.runs import SyncError, SyncRun
from schema.statistics import SyncStatistics

_State = Annotated[SyncRunState | None, strawberry.argument(description="Only in this state.")]
_Kind = Annotated[SyncRunKind | None, strawberry.argument(description="Only of this kind.")]
_Since = Annotated[
    datetime | None, strawberry.argument(name="from", description="Only asked for at this moment or later.")
]
_Until = Annotated[
    datetime | None, strawberry.argument(name="to", description="Only asked for before this moment.")
]
_Code = Annotated[str | None, strawberry.argument(description="Only with this code, as `PHOTO`.")]
_FirstDay = Annotated[
    datetime | None,
    strawberry.argument(
        name="from", description="A moment of the first day; 30 days with the last if it is not given."
    ),
]
_LastDay = Annotated[
    datetime | None,
    strawberry.argument(
        name="to", description="A moment of the last day, or its end; now if it is not given."
    ),
]


@strawberry.type
class RunQuery:
    """Reads of runs."""

    @resolved("One of your runs; null if there is none with this id.")
    async def sync_run(self, info: Info, id: RunId) -> SyncRun | None:
        """Through the loader."""
        found = reached(info, id, "SyncRun")
        return None if found is None else await SyncRun.load(info.context, found.key, found.owner)

    @resolved("Your runs, newest first; with an administrator's `connectionId`, those of its owner.")
    async def sync_runs(
        self,
        info: Info,
        connection_id: MaybeConnectionId = UNSET,
        state: _State = UNSET,
        kind: _Kind = UNSET,
        since: _Since = UNSET,
        until: _Until = UNSET,
        first: First = UNSET,
        after: After = UNSET,
    ) -> Connection[SyncRun]:
        """A page of them."""
        request = page_request(first, after)
        of = _named(info, connection_id, "MlsConnection")
        if of is None:
            return connection(NOTHING, SyncRun.of, request)
        page = await info.context.ports.runs.page(
            of.owner,
            request,
            connection_id=of.key or None,
            state=given(state),
            kind=given(kind),
            since=given(since),
            until=given(until),
        )
        return connection(page, SyncRun.of, request)

    @resolved("What failed, newest first.")
    async def sync_errors(
        self,
        info: Info,
        connection_id: MaybeConnectionId = UNSET,
        run_id: MaybeRunId = UNSET,
        code: _Code = UNSET,
        first: First = UNSET,
        after: After = UNSET,
    ) -> Connection[SyncError]:
        """A page of them."""
        request = page_request(first, after)
        connection_of, run = _named(info, connection_id, "MlsConnection"), _named(info, run_id, "SyncRun")
        if connection_of is None or run is None:
            return connection(NOTHING, SyncError.of, request)
        owners = {one.owner for one in (connection_of, run) if one.key} or {info.context.user_id}
        if len(owners) > 1:
            return connection(NOTHING, SyncError.of, request)
        page = await info.context.ports.runs.errors(
            owners.pop(),
            request,
            run_id=run.key or None,
            connection_id=connection_of.key or None,
            code=given(code),
        )
        return connection(page, SyncError.of, request)

    @resolved(
        "What your synchronizations came to, of one connection or of all; an administrator's, without a"
        " connection, is the whole installation. Counted by whole UTC days, 366 at most: the day counts on which"
        " a run ended, a photo was stored or a post came down."
    )
    async def sync_statistics(
        self,
        info: Info,
        connection_id: MaybeConnectionId = UNSET,
        since: _FirstDay = UNSET,
        until: _LastDay = UNSET,
    ) -> SyncStatistics:
        """One use case."""
        context, id = info.context, given(connection_id)
        of = None if id is None else required(info, id, "MlsConnection", "connectionId")
        found = await sync_statistics(
            context.ports,
            user_id=of.owner if of else context.user_id,
            connection_id=of.key if of else None,
            everybody=is_admin(context.viewer.roles),
            since=given(since),
            until=given(until),
        )
        return SyncStatistics.of(found)


def _named(info: Info, id: str | None, type_name: str) -> Owned | None:
    """What an argument names: anything of the viewer's, with an empty key, if it was not given."""
    return Owned(info.context.user_id, "") if given(id) is None else reached(info, str(id), type_name)


@strawberry.type
class RunMutation:
    """Beginning and ending runs."""

    @mutation("Import listings at once; while an import runs, that one is answered.")
    async def import_mls_listings(
        self, info: Info, input: Input[ImportMlsListingsInput]
    ) -> ImportMlsListingsPayload:
        """One use case."""
        numbers = given(input.mls_numbers)
        owner, key = required(info, input.connection_id, "MlsConnection", "connectionId")
        run = await import_mls_listings(
            info.context.ports,
            user_id=owner,
            connection_id=key,
            mode=input.mode,
            mls_numbers=None if numbers is None else tuple(numbers),
            idempotency_key=given(input.idempotency_key),
        )
        return ImportMlsListingsPayload(sync_run=SyncRun.of(run))

    @mutation("Bring what changed in the MLS since the last run, at once.")
    async def sync_mls_status(self, info: Info, input: Input[SyncMlsStatusInput]) -> SyncMlsStatusPayload:
        """One use case."""
        owner, key = required(info, input.connection_id, "MlsConnection", "connectionId")
        run = await sync_mls_status(info.context.ports, user_id=owner, connection_id=key)
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
        owner, key = required(info, input.run_id, "SyncRun", "runId")
        run = await cancel_sync_run(info.context.ports, user_id=owner, run_id=key)
        return CancelSyncRunPayload(sync_run=SyncRun.of(run))
