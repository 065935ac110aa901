"""Inputs and payloads: notifications, webhooks, e-mail."""

import strawberry
from strawberry import UNSET

from domain.entities.notification import MailMode, NotificationKind
from schema.mutations.payload import Payload
from schema.notifications import MailSettings, Notification, Webhook

_WEBHOOK = "The global id of the webhook."
_KINDS = "Which notifications; empty for all"


@strawberry.input(description="Notifications that were read.")
class MarkNotificationsReadInput:
    """For `markNotificationsRead`."""

    ids: list[strawberry.ID] = strawberry.field(description="1 to 100 global ids of notifications.")


@strawberry.input(description="A webhook to make.")
class CreateWebhookInput:
    """For `createWebhook`."""

    url: str = strawberry.field(description="Where to post to; it must not lie in a private network.")
    kinds: list[NotificationKind] | None = strawberry.field(default=UNSET, description=f"{_KINDS}.")


@strawberry.input(description="What is to change of a webhook; what is not given stays.")
class UpdateWebhookInput:
    """For `updateWebhook`."""

    webhook_id: strawberry.ID = strawberry.field(description=_WEBHOOK)
    url: str | None = strawberry.field(default=UNSET, description="Where to post to.")
    kinds: list[NotificationKind] | None = strawberry.field(default=UNSET, description=f"{_KINDS}.")
    enabled: bool | None = strawberry.field(default=UNSET, description="Whether anything is posted.")
    rotate_secret: bool = strawberry.field(
        default=False, description="Make a new secret, with which everything is signed from now on."
    )


@strawberry.input(description="A webhook to delete.")
class DeleteWebhookInput:
    """For `deleteWebhook`."""

    webhook_id: strawberry.ID = strawberry.field(description=_WEBHOOK)


@strawberry.input(description="A webhook to try.")
class TestWebhookInput:
    """For `testWebhook`."""

    webhook_id: strawberry.ID = strawberry.field(description=_WEBHOOK)


@strawberry.input(description="What is to be delivered once more.")
class RedeliverNotificationsInput:
    """For `redeliverNotifications`."""

    webhook_id: strawberry.ID = strawberry.field(description=_WEBHOOK)
    ids: list[strawberry.ID] = strawberry.field(description="1 to 50 global ids of notifications.")


@strawberry.input(description="What is to change of your e-mail; what is not given stays.")
class UpdateMailSettingsInput:
    """For `updateMailSettings`."""

    address: str | None = strawberry.field(default=UNSET, description="Where to; an empty text removes it.")
    mode: MailMode | None = strawberry.field(default=UNSET, description="When.")
    kinds: list[NotificationKind] | None = strawberry.field(default=UNSET, description=f"{_KINDS}.")


@strawberry.type(description="The notifications that are there, as they are now.")
class MarkNotificationsReadPayload(Payload):
    """Of `markNotificationsRead`."""

    notifications: list[Notification] | None = strawberry.field(
        default=None, description="In the order of the ids; `userErrors` name those that are not there."
    )


@strawberry.type(description="The new webhook.")
class CreateWebhookPayload(Payload):
    """Of `createWebhook`."""

    webhook: Webhook | None = strawberry.field(default=None, description="Null on failure.")
    secret: str | None = strawberry.field(
        default=None, description="With which deliveries are signed; shown here only, and null on failure."
    )

    def __repr__(self) -> str:
        return "CreateWebhookPayload(…)"


@strawberry.type(description="The changed webhook.")
class UpdateWebhookPayload(Payload):
    """Of `updateWebhook`."""

    webhook: Webhook | None = strawberry.field(default=None, description="Null on failure.")
    secret: str | None = strawberry.field(
        default=None, description="The new secret, if one was asked for; shown here only."
    )

    def __repr__(self) -> str:
        return "UpdateWebhookPayload(…)"


@strawberry.type(description="The webhook that is gone.")
class DeleteWebhookPayload(Payload):
    """Of `deleteWebhook`."""

    deleted_id: strawberry.ID | None = strawberry.field(default=None, description="Null on failure.")


@strawberry.type(description="What came of a test.")
class TestWebhookPayload(Payload):
    """Of `testWebhook`."""

    webhook: Webhook | None = strawberry.field(
        default=None, description="Null on failure; `userErrors` say what the other side answered."
    )


@strawberry.type(description="The webhook to which notifications are on their way again.")
class RedeliverNotificationsPayload(Payload):
    """Of `redeliverNotifications`."""

    webhook: Webhook | None = strawberry.field(default=None, description="Null on failure.")


@strawberry.type(description="Your settings as they are now.")
class UpdateMailSettingsPayload(Payload):
    """Of `updateMailSettings`."""

    mail_settings: MailSettings | None = strawberry.field(default=None, description="Null on failure.")
