"""Root fields for MLS accounts."""

from typing import Annotated

import strawberry
from strawberry import UNSET
from strawberry.scalars import JSON

from domain.rules.roles import check_admin
from domain.use_cases.connections import (
    connect_mls,
    disconnect_mls,
    set_mls_connection_enabled,
    set_mls_sync_interval,
    update_mls_connection,
)
from domain.use_cases.testing_connections import try_mls_connection
from schema.context import Info
from schema.fields import resolved
from schema.filters import given
from schema.mls import MlsConnection, MlsProtocol
from schema.mutations.mls import (
    ConnectMlsInput,
    ConnectMlsPayload,
    DisconnectMlsInput,
    DisconnectMlsPayload,
    SetMlsConnectionEnabledInput,
    SetMlsConnectionEnabledPayload,
    SetMlsSyncIntervalInput,
    SetMlsSyncIntervalPayload,
    TestMlsConnectionInput,
    TestMlsConnectionPayload,
    UpdateMlsConnectionInput,
    UpdateMlsConnectionPayload,
    settings_of,
)
from schema.mutations.payload import Input, mutation
from schema.pages import After, Connection, First, connection, page_request
from schema.reach import required

_Enabled = Annotated[bool | None, strawberry.argument(description="Only those that are polled, or are not.")]
_NeedsAction = Annotated[
    bool | None,
    strawberry.argument(description="Only those with something only the user can mend, or without."),
]
_Stale = Annotated[
    bool | None,
    strawberry.argument(
        description="Only those where nothing went through for two periods, or something did."
    ),
]


@strawberry.type
class MlsQuery:
    """Reads of MLS accounts."""

    @resolved("Your MLS accounts, oldest first.")
    async def mls_connections(self, info: Info) -> list[MlsConnection]:
        """One query of the port."""
        found = await info.context.ports.mls_connections.of_user(info.context.user_id)
        return [MlsConnection.of(connection) for connection in found]

    @resolved(
        "All users' MLS accounts, in no order that means anything; for the role `admin`. A page that is narrowed"
        " down may be short while `hasNextPage` is true."
    )
    async def all_mls_connections(
        self,
        info: Info,
        enabled: _Enabled = UNSET,
        needs_action: _NeedsAction = UNSET,
        stale: _Stale = UNSET,
        first: First = UNSET,
        after: After = UNSET,
    ) -> Connection[MlsConnection]:
        """A page of them."""
        check_admin(info.context.viewer.roles)
        request = page_request(first, after)
        page = await info.context.ports.mls_connections.page_of_all(
            request, enabled=given(enabled), needs_action=given(needs_action), stale=given(stale)
        )
        return connection(page, MlsConnection.of, request)

    @resolved("How an MLS can be connected, and what each vendor asks for.")
    def mls_protocols(self, info: Info) -> list[MlsProtocol]:
        """What the adapters declare."""
        return [MlsProtocol.of(protocol) for _, protocol in sorted(info.context.ports.mls.items())]


@strawberry.type
class MlsMutation:
    """What can be done to an MLS account."""

    @mutation("Connect an MLS account: logs in once and, if that works, keeps it and begins to poll it.")
    async def connect_mls(self, info: Info, input: Input[ConnectMlsInput]) -> ConnectMlsPayload:
        """One use case."""
        connected = await connect_mls(
            info.context.ports,
            user_id=info.context.user_id,
            provider=input.provider,
            protocol=input.protocol,
            vendor=given(input.vendor) or "generic",
            url=input.url,
            label=given(input.label),
            credentials=input.credentials.to_domain(),
            settings=settings_of(input.settings) or {},
        )
        return ConnectMlsPayload(connection=MlsConnection.of(connected))

    @mutation("Change an MLS account; new access is tried before it is kept.")
    async def update_mls_connection(
        self, info: Info, input: Input[UpdateMlsConnectionInput]
    ) -> UpdateMlsConnectionPayload:
        """One use case."""
        context = info.context
        credentials = given(input.credentials)
        updated = await update_mls_connection(
            context.ports,
            user_id=context.user_id,
            connection_id=context.required(input.connection_id, "MlsConnection", "connectionId"),
            label=given(input.label),
            url=given(input.url),
            credentials=credentials.to_domain() if credentials else None,
            settings=settings_of(input.settings),
        )
        return UpdateMlsConnectionPayload(connection=MlsConnection.of(updated))

    @mutation("Log in to an MLS and show what would be read from what; nothing is stored.")
    async def test_mls_connection(
        self, info: Info, input: Input[TestMlsConnectionInput]
    ) -> TestMlsConnectionPayload:
        """One use case."""
        context, id = info.context, given(input.connection_id)
        credentials = given(input.credentials)
        report = await try_mls_connection(
            context.ports,
            user_id=context.user_id,
            connection_id=context.required(id, "MlsConnection", "connectionId") if id is not None else None,
            provider=given(input.provider),
            protocol=given(input.protocol),
            vendor=given(input.vendor),
            url=given(input.url),
            credentials=credentials.to_domain() if credentials else None,
            settings=settings_of(input.settings),
        )
        return TestMlsConnectionPayload(report=JSON(report))

    @mutation("Forget an MLS account and its credentials.")
    async def disconnect_mls(self, info: Info, input: Input[DisconnectMlsInput]) -> DisconnectMlsPayload:
        """One use case."""
        context = info.context
        key = context.required(input.connection_id, "MlsConnection", "connectionId")
        await disconnect_mls(
            context.ports, user_id=context.user_id, connection_id=key, keep_listings=input.keep_listings
        )
        return DisconnectMlsPayload(disconnected_id=input.connection_id)

    @mutation("Let an MLS account be polled, or not.")
    async def set_mls_connection_enabled(
        self, info: Info, input: Input[SetMlsConnectionEnabledInput]
    ) -> SetMlsConnectionEnabledPayload:
        """One use case."""
        owner, key = required(info, input.connection_id, "MlsConnection", "connectionId")
        changed = await set_mls_connection_enabled(
            info.context.ports,
            user_id=owner,
            connection_id=key,
            enabled=input.enabled,
        )
        return SetMlsConnectionEnabledPayload(connection=MlsConnection.of(changed))

    @mutation("Set how often an MLS account is polled, 5 to 1440 minutes, and whether that follows its news.")
    async def set_mls_sync_interval(
        self, info: Info, input: Input[SetMlsSyncIntervalInput]
    ) -> SetMlsSyncIntervalPayload:
        """One use case."""
        owner, key = required(info, input.connection_id, "MlsConnection", "connectionId")
        changed = await set_mls_sync_interval(
            info.context.ports,
            user_id=owner,
            connection_id=key,
            minutes=input.minutes,
            smart=given(input.smart),
            shortest=given(input.shortest_minutes),
            longest=given(input.longest_minutes),
        )
        return SetMlsSyncIntervalPayload(connection=MlsConnection.of(changed))
