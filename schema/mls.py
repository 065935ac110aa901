"""MLS accounts and the protocols they are reached by."""

from dataclasses import fields
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON
from strawberry.utils.str_converters import to_camel_case

from domain.entities import mls as mls_entities
from domain.entities import mls_connection as entities
from domain.ports import Mls
from domain.rules.freshness import age, is_stale
from domain.rules.roles import is_admin
from schema.context import Context, Info
from schema.fields import resolved
from schema.ids import to_id
from schema.nodes import Node
from schema.pages import After, Connection, First, connection, page_request

if TYPE_CHECKING:
    from schema.listings import Listing
    from schema.runs import SyncRun


WEBHOOK = "MlsWebhook"
"""The type in the key of a connection's webhook: it is the id of nothing that can be read."""

CREDENTIALS = frozenset(to_camel_case(field.name) for field in fields(entities.MlsCredentials))
"""The names of what goes into `credentials`."""


@strawberry.type(description="An MLS account that is polled.")
class MlsConnection(Node):
    """An MLS account; its credentials never come back."""

    provider: str = strawberry.field(description="The MLS's short name.")
    protocol: str = strawberry.field(description="The protocol's slug: see `mlsProtocols`.")
    vendor: str = strawberry.field(description="The flavour of the protocol.")
    url: str = strawberry.field(description="The root of the service.")
    label: str | None = strawberry.field(description="What the user calls it.")
    enabled: bool = strawberry.field(description="Whether it is polled.")
    sync_interval_minutes: int = strawberry.field(
        description="How often it is polled; where a smart interval begins and comes back to."
    )
    smart_interval: bool = strawberry.field(
        description="Whether it is polled less often while it is quiet, and more often while it is busy."
    )
    shortest_interval_minutes: int | None = strawberry.field(
        description="How often at most a smart interval lets it be polled; null without."
    )
    longest_interval_minutes: int | None = strawberry.field(
        description="How seldom at most a smart interval lets it be polled; null without."
    )
    effective_interval_minutes: int = strawberry.field(description="How often it is polled at the moment.")
    last_synced_at: datetime | None = strawberry.field(description="When a poll last went through.")
    needs_action: str | None = strawberry.field(description="What only the user can mend.")
    created_at: datetime = strawberry.field(description="When it was connected.")
    key: strawberry.Private[str]
    all_settings: strawberry.Private[dict[str, object]]
    entity: strawberry.Private[entities.MlsConnection]

    @resolved("Whose it is, by user id; for the role `admin`, null for everybody else.")
    def owner(self, info: Info) -> str | None:
        """By the viewer's role."""
        return self.entity.user_id if is_admin(info.context.viewer.roles) else None

    @resolved(
        "When it is polled next; null while it is not: when it or the whole installation is off, or it needs"
        " its user's action."
    )
    async def next_sync_at(self, info: Info) -> datetime | None:
        """By the installation's switch as it was a few seconds ago."""
        if not self.entity.enabled or self.entity.needs_action:
            return None
        installation = await info.context.ports.installations.recent()
        return self.entity.next_sync_at if installation.sync_enabled else None

    @resolved("Seconds since a poll last went through; null before the first.")
    def freshness_seconds(self, info: Info) -> int | None:
        """By the clock of this moment."""
        grown = age(self.entity, info.context.ports.now())
        return None if grown is None else int(grown.total_seconds())

    @resolved("Whether nothing went through for two periods although it is on.")
    def is_stale(self, info: Info) -> bool:
        """By the clock of this moment."""
        return is_stale(self.entity, info.context.ports.now())

    @resolved("What the vendor asks for beyond credentials; secrets are left out.")
    def settings(self, info: Info) -> JSON:
        """Without what any vendor calls secret, and without credentials that were put here by mistake."""
        protocol = info.context.ports.mls.get(self.protocol)
        vendors = protocol.vendors if protocol else ()
        secret = {field.name for vendor in vendors for field in vendor.settings if field.secret}
        hidden = {name.casefold() for name in secret | CREDENTIALS}
        shown = {name: value for name, value in self.all_settings.items() if name.casefold() not in hidden}
        return JSON(shown)

    @resolved(
        "Where the MLS may push its events (RESO EntityEvent), signed with the credentials' `webhookSecret`:"
        " `X-Yardsign-Timestamp` holds seconds since 1970, `X-Yardsign-Signature` holds `sha256=` and the"
        " hexadecimal HMAC-SHA-256 of the timestamp, a full stop and the body."
    )
    def webhook_url(self, info: Info) -> str:
        """A path that names the owner and the connection."""
        key = to_id(WEBHOOK, self.entity.user_id, self.key)
        return info.context.ports.public_url(f"/webhooks/mls/{key}")

    @resolved("Where a CSV file is put, with your bearer token; null unless `url` is `upload:`.")
    def upload_url(self, info: Info) -> str | None:
        """A path that holds the global id."""
        if self.url != mls_entities.UPLOADED:
            return None
        return info.context.ports.public_url(f"/uploads/mls/{self.id}")

    @resolved("The latest run that ended.")
    async def last_run(self, info: Info) -> Annotated["SyncRun", strawberry.lazy("schema.runs")] | None:
        """Through the loader."""
        from schema.runs import SyncRun

        return await SyncRun.load(info.context, self.entity.last_run_id, self.entity.user_id)

    @resolved("The listings it brings.")
    async def listings(
        self, info: Info, first: First = strawberry.UNSET, after: After = strawberry.UNSET
    ) -> Connection[Annotated["Listing", strawberry.lazy("schema.listings")]]:
        """A page of them."""
        from schema.listings import Listing

        context, request = info.context, page_request(first, after)
        page = await context.ports.listings.of_connection(self.entity.user_id, self.key, request)
        return connection(page, Listing.of, request)

    @resolved("Its runs, newest first.")
    async def runs(
        self, info: Info, first: First = strawberry.UNSET, after: After = strawberry.UNSET
    ) -> Connection[Annotated["SyncRun", strawberry.lazy("schema.runs")]]:
        """A page of them."""
        from schema.runs import SyncRun

        context, request = info.context, page_request(first, after)
        page = await context.ports.runs.page(self.entity.user_id, request, connection_id=self.key)
        return connection(page, SyncRun.of, request)

    @staticmethod
    def of(connection: entities.MlsConnection) -> "MlsConnection":
        """From the entity."""
        return MlsConnection(
            id=to_id("MlsConnection", connection.user_id, connection.id),
            provider=connection.provider,
            protocol=connection.protocol,
            vendor=connection.vendor,
            url=connection.url,
            label=connection.label,
            enabled=connection.enabled,
            sync_interval_minutes=connection.sync_interval_minutes,
            smart_interval=connection.smart is not None,
            shortest_interval_minutes=connection.smart.shortest if connection.smart else None,
            longest_interval_minutes=connection.smart.longest if connection.smart else None,
            effective_interval_minutes=connection.effective_interval_minutes,
            last_synced_at=connection.last_synced_at,
            needs_action=connection.needs_action,
            created_at=connection.created_at,
            key=connection.id,
            all_settings=connection.settings,
            entity=connection,
        )

    @staticmethod
    async def load(
        context: Context, connection_id: str | None, owner: str | None = None
    ) -> "MlsConnection | None":
        """The connection with this key, of the viewer's unless another owner is named."""
        if connection_id is None:
            return None
        found = await context.loaders.mls_connections.load((owner or context.user_id, connection_id))
        return None if found is None else MlsConnection.of(found)


@strawberry.type(description="One field of the form with which an account is connected.")
class SettingField:
    """A field of a form."""

    name: str = strawberry.field(description="Its name in `settings` or `credentials`.")
    credential: bool = strawberry.field(description="Whether it goes into `credentials`, not `settings`.")
    title: str = strawberry.field(description="For people.")
    kind: str = strawberry.field(description="`text`, `url`, `number`, `boolean` or `json`.")
    required: bool = strawberry.field(description="Whether it must be given.")
    secret: bool = strawberry.field(description="Whether it must not be shown again.")
    help: str | None = strawberry.field(description="What to put in.")


@strawberry.type(description="A flavour of a protocol.")
class MlsVendor:
    """A vendor's profile."""

    name: str = strawberry.field(description="Its slug.")
    title: str = strawberry.field(description="For people.")
    url: str | None = strawberry.field(
        description="The root of the service, if it is the same for all or shows its shape."
    )
    settings: list[SettingField] = strawberry.field(description="What it asks for.")

    @staticmethod
    def of(vendor: mls_entities.MlsVendor) -> "MlsVendor":
        """From the adapter's declaration."""
        return MlsVendor(
            name=vendor.name,
            title=vendor.title,
            url=vendor.url,
            settings=[
                SettingField(
                    name=field.name,
                    credential=field.name in CREDENTIALS,
                    title=field.title,
                    kind=field.kind,
                    required=field.required,
                    secret=field.secret,
                    help=field.help,
                )
                for field in vendor.settings
            ],
        )


@strawberry.type(description="A protocol in which MLSs speak.")
class MlsProtocol:
    """A protocol and its vendors."""

    name: str = strawberry.field(description="Its slug.")
    title: str = strawberry.field(description="For people.")
    vendors: list[MlsVendor] = strawberry.field(description="Its flavours.")

    @staticmethod
    def of(protocol: Mls) -> "MlsProtocol":
        """From the adapter."""
        return MlsProtocol(
            name=protocol.name,
            title=protocol.title,
            vendors=[MlsVendor.of(vendor) for vendor in protocol.vendors],
        )
