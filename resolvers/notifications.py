"""Root fields for notifications, webhooks and e-mail."""

from collections.abc import Sequence
from typing import Annotated

import strawberry
from strawberry import UNSET

from domain.errors import Invalid
from domain.use_cases.mailing import set_mail_settings
from domain.use_cases.notifying import mark_notifications_read
from domain.use_cases.webhooks import (
    MOST_REDELIVERED,
    create_webhook,
    delete_webhook,
    redeliver,
    test_webhook,
    update_webhook,
)
from schema.context import Context, Info
from schema.errors import UserError
from schema.fields import resolved
from schema.filters import given
from schema.ids import absent
from schema.mutations.notifications import (
    CreateWebhookInput,
    CreateWebhookPayload,
    DeleteWebhookInput,
    DeleteWebhookPayload,
    MarkNotificationsReadInput,
    MarkNotificationsReadPayload,
    RedeliverNotificationsInput,
    RedeliverNotificationsPayload,
    TestWebhookInput,
    TestWebhookPayload,
    UpdateMailSettingsInput,
    UpdateMailSettingsPayload,
    UpdateWebhookInput,
    UpdateWebhookPayload,
)
from schema.mutations.payload import Input, mutation
from schema.notifications import MailSettings, Notification, Webhook
from schema.pages import After, Connection, First, connection, page_request

MOST_READ = 100

_Unread = Annotated[bool | None, strawberry.argument(description="Only those that were not marked as read.")]


def _keys(context: Context, ids: Sequence[strawberry.ID], most: int) -> list[str | None]:
    """The keys of notifications, None for what cannot be one of the viewer's; raises `Invalid`."""
    if not 1 <= len(ids) <= most:
        raise Invalid(f"Give 1 to {most} ids.", field=("ids",))
    return [context.key(id, "Notification") for id in ids]


@strawberry.type
class NotificationQuery:
    """Reads of notifications and of the ways they go."""

    @resolved("What you are told, newest first.")
    async def notifications(
        self, info: Info, unread_only: _Unread = UNSET, first: First = UNSET, after: After = UNSET
    ) -> Connection[Notification]:
        """A page of them."""
        context, request = info.context, page_request(first, after)
        page = await context.ports.notifications.page(
            context.user_id, request, unread_only=bool(given(unread_only))
        )
        return connection(page, Notification.of, request)

    @resolved("Your webhooks, oldest first.")
    async def webhooks(self, info: Info) -> list[Webhook]:
        """One query of the port."""
        found = await info.context.ports.webhooks.of_user(info.context.user_id)
        return [Webhook.of(webhook) for webhook in found]

    @resolved("How you want e-mail.")
    async def mail_settings(self, info: Info) -> MailSettings:
        """One read of the port."""
        ports = info.context.ports
        settings = await ports.mail_boxes.get(info.context.user_id)
        return MailSettings.of(settings, available=ports.mailer.configured)


@strawberry.type
class NotificationMutation:
    """Reading notifications, and the ways they go."""

    @mutation("Mark notifications as read.")
    async def mark_notifications_read(
        self, info: Info, input: Input[MarkNotificationsReadInput]
    ) -> MarkNotificationsReadPayload:
        """Those that are not there are named, and keep no other from being marked."""
        context = info.context
        keys = _keys(context, input.ids, MOST_READ)
        known = tuple(key for key in keys if key is not None)
        found = await mark_notifications_read(context.ports, user_id=context.user_id, notification_ids=known)
        there = {notification.id for notification in found}
        missing = [place for place, key in enumerate(keys) if key not in there]
        return MarkNotificationsReadPayload(
            notifications=[Notification.of(notification) for notification in found],
            user_errors=[UserError.of(absent("Notification", "ids", str(place))) for place in missing],
        )

    @mutation("Have notifications posted to an address of yours; the answer holds the secret, once.")
    async def create_webhook(self, info: Info, input: Input[CreateWebhookInput]) -> CreateWebhookPayload:
        """One use case."""
        webhook, secret = await create_webhook(
            info.context.ports,
            user_id=info.context.user_id,
            url=input.url,
            kinds=tuple(given(input.kinds) or ()),
        )
        return CreateWebhookPayload(webhook=Webhook.of(webhook), secret=secret)

    @mutation("Change a webhook, or its secret.")
    async def update_webhook(self, info: Info, input: Input[UpdateWebhookInput]) -> UpdateWebhookPayload:
        """One use case."""
        context, kinds = info.context, given(input.kinds)
        webhook, secret = await update_webhook(
            context.ports,
            user_id=context.user_id,
            webhook_id=context.required(input.webhook_id, "Webhook", "webhookId"),
            url=given(input.url),
            kinds=None if kinds is None else tuple(kinds),
            enabled=given(input.enabled),
            rotate_secret=input.rotate_secret,
        )
        return UpdateWebhookPayload(webhook=Webhook.of(webhook), secret=secret)

    @mutation("Delete a webhook; what was still to be posted to it is not.")
    async def delete_webhook(self, info: Info, input: Input[DeleteWebhookInput]) -> DeleteWebhookPayload:
        """One use case."""
        context = info.context
        key = context.required(input.webhook_id, "Webhook", "webhookId")
        await delete_webhook(context.ports, user_id=context.user_id, webhook_id=key)
        return DeleteWebhookPayload(deleted_id=input.webhook_id)

    @mutation("Post a test to a webhook, at once and only once.")
    async def test_webhook(self, info: Info, input: Input[TestWebhookInput]) -> TestWebhookPayload:
        """One use case."""
        context = info.context
        key = context.required(input.webhook_id, "Webhook", "webhookId")
        webhook = await test_webhook(context.ports, user_id=context.user_id, webhook_id=key)
        return TestWebhookPayload(webhook=Webhook.of(webhook))

    @mutation(
        "Post notifications to a webhook once more, under the `webhook-id` they had; given up ones too."
    )
    async def redeliver_notifications(
        self, info: Info, input: Input[RedeliverNotificationsInput]
    ) -> RedeliverNotificationsPayload:
        """One use case."""
        context = info.context
        webhook = await redeliver(
            context.ports,
            user_id=context.user_id,
            webhook_id=context.required(input.webhook_id, "Webhook", "webhookId"),
            notification_ids=tuple(key or "" for key in _keys(context, input.ids, MOST_REDELIVERED)),
        )
        return RedeliverNotificationsPayload(webhook=Webhook.of(webhook))

    @mutation("Say where and when you want e-mail.")
    async def update_mail_settings(
        self, info: Info, input: Input[UpdateMailSettingsInput]
    ) -> UpdateMailSettingsPayload:
        """One use case."""
        context, kinds = info.context, given(input.kinds)
        settings = await set_mail_settings(
            context.ports,
            user_id=context.user_id,
            address=given(input.address),
            mode=given(input.mode),
            kinds=None if kinds is None else tuple(kinds),
        )
        shown = MailSettings.of(settings, available=context.ports.mailer.configured)
        return UpdateMailSettingsPayload(mail_settings=shown)
