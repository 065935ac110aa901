"""Inputs and payloads: MLS accounts and their runs."""

from typing import Any

import strawberry
from strawberry import UNSET
from strawberry.scalars import JSON

from domain.entities import mls_connection as entities
from domain.entities.sync_run import SyncMode
from domain.errors import Invalid
from schema.filters import given
from schema.mls import MlsConnection
from schema.mutations.payload import Payload
from schema.runs import SyncRun

_CONNECTION = "The global id of the MLS account."


@strawberry.input(description="What the MLS asks for at the door; which of it, `mlsProtocols` tells.")
class MlsCredentials:
    """Credentials, on their way in only."""

    token: str | None = strawberry.field(default=UNSET, description="A bearer token.")
    client_id: str | None = strawberry.field(default=UNSET, description="OAuth client id.")
    client_secret: str | None = strawberry.field(default=UNSET, description="OAuth client secret.")
    token_url: str | None = strawberry.field(default=UNSET, description="Where OAuth tokens are issued.")
    scope: str | None = strawberry.field(default=UNSET, description="OAuth scope.")
    username: str | None = strawberry.field(default=UNSET, description="User name.")
    password: str | None = strawberry.field(default=UNSET, description="Password.")
    user_agent: str | None = strawberry.field(default=UNSET, description="RETS user agent.")
    user_agent_password: str | None = strawberry.field(default=UNSET, description="RETS user agent password.")
    webhook_secret: str | None = strawberry.field(
        default=UNSET, description="With which the MLS signs what it pushes to `webhookUrl`."
    )

    def __repr__(self) -> str:
        return "MlsCredentials(…)"

    def to_domain(self) -> entities.MlsCredentials:
        """For the use case."""
        return entities.MlsCredentials(
            token=given(self.token),
            client_id=given(self.client_id),
            client_secret=given(self.client_secret),
            token_url=given(self.token_url),
            scope=given(self.scope),
            username=given(self.username),
            password=given(self.password),
            user_agent=given(self.user_agent),
            user_agent_password=given(self.user_agent_password),
            webhook_secret=given(self.webhook_secret),
        )


def settings_of(value: object) -> dict[str, Any] | None:
    """Settings as an object, None if they were not given; raises `Invalid`."""
    value = given(value)
    if value is None or isinstance(value, dict):
        return value
    raise Invalid("Settings are a JSON object.", field=("settings",))


@strawberry.input(description="An MLS account to connect.")
class ConnectMlsInput:
    """For `connectMls`."""

    provider: str = strawberry.field(description="A short name for the MLS; part of its listings for good.")
    protocol: str = strawberry.field(description="The protocol's slug: see `mlsProtocols`.")
    vendor: str | None = strawberry.field(default=UNSET, description="The flavour; `generic` if not given.")
    url: str = strawberry.field(description="The root of the service.")
    label: str | None = strawberry.field(default=UNSET, description="What the user calls it.")
    credentials: MlsCredentials = strawberry.field(description="For logging in; kept sealed.")
    settings: JSON | None = strawberry.field(default=UNSET, description="What the vendor asks for beyond.")


@strawberry.input(description="What is to change; what is not given stays.")
class UpdateMlsConnectionInput:
    """For `updateMlsConnection`."""

    connection_id: strawberry.ID = strawberry.field(description=_CONNECTION)
    label: str | None = strawberry.field(default=UNSET, description="What the user calls it.")
    url: str | None = strawberry.field(default=UNSET, description="The root of the service.")
    credentials: MlsCredentials | None = strawberry.field(
        default=UNSET,
        description="Instead of the old ones; `webhookSecret` alone leaves what logs in as it is.",
    )
    settings: JSON | None = strawberry.field(default=UNSET, description="Instead of the old ones.")


@strawberry.input(
    description="An MLS account to look at: a connected one, with what is given tried in place of what it has;"
    " or one that is not connected yet, with the fields of `connectMls`."
)
class TestMlsConnectionInput:
    """For `testMlsConnection`."""

    connection_id: strawberry.ID | None = strawberry.field(default=UNSET, description=_CONNECTION)
    provider: str | None = strawberry.field(default=UNSET, description="A short name for the MLS.")
    protocol: str | None = strawberry.field(default=UNSET, description="The protocol's slug.")
    vendor: str | None = strawberry.field(default=UNSET, description="The flavour; `generic` if not given.")
    url: str | None = strawberry.field(default=UNSET, description="The root of the service.")
    label: str | None = strawberry.field(default=UNSET, description="What the user calls it.")
    credentials: MlsCredentials | None = strawberry.field(default=UNSET, description="For logging in.")
    settings: JSON | None = strawberry.field(default=UNSET, description="What the vendor asks for beyond.")


@strawberry.input(description="An MLS account to disconnect.")
class DisconnectMlsInput:
    """For `disconnectMls`."""

    connection_id: strawberry.ID = strawberry.field(description=_CONNECTION)
    keep_listings: bool = strawberry.field(
        default=True, description="Whether its listings stay, as they are and without further news."
    )


@strawberry.input(description="Whether an MLS account is polled.")
class SetMlsConnectionEnabledInput:
    """For `setMlsConnectionEnabled`."""

    connection_id: strawberry.ID = strawberry.field(description=_CONNECTION)
    enabled: bool = strawberry.field(description="Whether it is polled.")


@strawberry.input(description="How often an MLS account is polled.")
class SetMlsSyncIntervalInput:
    """For `setMlsSyncInterval`."""

    connection_id: strawberry.ID = strawberry.field(description=_CONNECTION)
    minutes: int = strawberry.field(description="5 to 1440.")
    smart: bool | None = strawberry.field(
        default=UNSET,
        description="Whether it is polled step by step less often while it is quiet, and more often while it is"
        " busy; as it is, if not given.",
    )
    shortest_minutes: int | None = strawberry.field(
        default=UNSET, description="The bound for busy times: 5 unless given, at most `minutes`."
    )
    longest_minutes: int | None = strawberry.field(
        default=UNSET,
        description="The bound for quiet times, at least `minutes`: four times that unless given, but no more"
        " than four hours.",
    )


@strawberry.input(description="What to import.")
class ImportMlsListingsInput:
    """For `importMlsListings`."""

    connection_id: strawberry.ID = strawberry.field(description=_CONNECTION)
    mode: SyncMode = strawberry.field(default=SyncMode.FULL, description="How much.")
    mls_numbers: list[str] | None = strawberry.field(default=UNSET, description="Only these; null for all.")
    idempotency_key: str | None = strawberry.field(
        default=UNSET, description="The same key answers the same run."
    )


@strawberry.input(description="An MLS account to bring up to date.")
class SyncMlsStatusInput:
    """For `syncMlsStatus`."""

    connection_id: strawberry.ID = strawberry.field(description=_CONNECTION)


@strawberry.input(description="Nothing has to be said.")
class SyncAllMlsConnectionsInput:
    """For `syncAllMlsConnections`; GraphQL knows no input without fields."""

    client_mutation_id: str | None = strawberry.field(default=UNSET, description="Repeated in the payload.")


@strawberry.input(description="A listing to bring up to date.")
class SyncListingStatusInput:
    """For `syncListingStatus`."""

    listing_id: strawberry.ID = strawberry.field(description="The global id of the listing.")


@strawberry.input(description="A run to stop.")
class CancelSyncRunInput:
    """For `cancelSyncRun`."""

    run_id: strawberry.ID = strawberry.field(description="The global id of the run.")


@strawberry.type(description="The connected account.")
class ConnectMlsPayload(Payload):
    """Of `connectMls`."""

    connection: MlsConnection | None = strawberry.field(default=None, description="Null on failure.")


@strawberry.type(description="The changed account.")
class UpdateMlsConnectionPayload(Payload):
    """Of `updateMlsConnection`."""

    connection: MlsConnection | None = strawberry.field(default=None, description="Null on failure.")


@strawberry.type(description="What a look at an MLS account shows.")
class TestMlsConnectionPayload(Payload):
    """Of `testMlsConnection`."""

    report: JSON | None = strawberry.field(
        default=None,
        description="Null on failure. `record`: a row as it would be read, by the names of `Listing`; `status`:"
        " what its status means by the settings; `mapping`: from which `source` of the MLS each `field` is"
        " read, and its `value` here; `missing`: fields of ours without a source; `unmapped`: fields of the MLS"
        " that are not read; `proposal`: a `fieldMap` and a `statusMap` for the settings; `warnings`: values"
        " that were dropped; `defect`: why the row cannot be read at all.",
    )


@strawberry.type(description="The disconnected account.")
class DisconnectMlsPayload(Payload):
    """Of `disconnectMls`."""

    disconnected_id: strawberry.ID | None = strawberry.field(default=None, description="Null on failure.")


@strawberry.type(description="The changed account.")
class SetMlsConnectionEnabledPayload(Payload):
    """Of `setMlsConnectionEnabled`."""

    connection: MlsConnection | None = strawberry.field(default=None, description="Null on failure.")


@strawberry.type(description="The changed account.")
class SetMlsSyncIntervalPayload(Payload):
    """Of `setMlsSyncInterval`."""

    connection: MlsConnection | None = strawberry.field(default=None, description="Null on failure.")


@strawberry.type(description="The run that brings the listings.")
class ImportMlsListingsPayload(Payload):
    """Of `importMlsListings`."""

    sync_run: SyncRun | None = strawberry.field(default=None, description="Null on failure.")


@strawberry.type(description="The run that brings what changed.")
class SyncMlsStatusPayload(Payload):
    """Of `syncMlsStatus`."""

    sync_run: SyncRun | None = strawberry.field(default=None, description="Null on failure.")


@strawberry.type(description="The runs, one for each enabled account.")
class SyncAllMlsConnectionsPayload(Payload):
    """Of `syncAllMlsConnections`."""

    sync_runs: list[SyncRun] | None = strawberry.field(default=None, description="Null on failure.")
    client_mutation_id: str | None = strawberry.field(default=None, description="As it was given.")


@strawberry.type(description="The run that brings what changed.")
class SyncListingStatusPayload(Payload):
    """Of `syncListingStatus`."""

    sync_run: SyncRun | None = strawberry.field(default=None, description="Null on failure.")


@strawberry.type(description="The run that ends before its next page.")
class CancelSyncRunPayload(Payload):
    """Of `cancelSyncRun`."""

    sync_run: SyncRun | None = strawberry.field(default=None, description="Null on failure.")
