"""What users are told, their webhooks, and how they want e-mail."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

import strawberry

from domain.entities import notification as entities
from domain.entities.notification import MailMode, NotificationKind, SubjectType
from schema.alerts import MetricAlert
from schema.context import Context, Info
from schema.fields import resolved
from schema.ids import to_id
from schema.listings import Listing
from schema.mls import MlsConnection
from schema.nodes import Node
from schema.posts import Post
from schema.runs import SyncRun
from schema.social import SocialAccount

_SUBJECTS: Mapping[SubjectType, Callable[[Context, str], Awaitable[Node | None]]] = {
    SubjectType.LISTING: Listing.load,
    SubjectType.POST: Post.load,
    SubjectType.SYNC_RUN: SyncRun.load,
    SubjectType.MLS_CONNECTION: MlsConnection.load,
    SubjectType.SOCIAL_ACCOUNT: SocialAccount.load,
    SubjectType.METRIC_ALERT: MetricAlert.load,
}


@strawberry.type(description="One thing you are told; kept for 90 days.")
class Notification(Node):
    """A notification."""

    kind: NotificationKind = strawberry.field(description="What happened.")
    title: str = strawberry.field(description="One sentence for people.")
    at: datetime = strawberry.field(description="When it happened.")
    read_at: datetime | None = strawberry.field(description="When it was marked as read; null before that.")
    about: strawberry.Private[entities.Subject | None]

    @resolved("What it is about; null once that is gone.")
    async def subject(self, info: Info) -> Node | None:
        """Through the loader of its type."""
        if self.about is None or self.about.type not in _SUBJECTS:
            return None
        return await _SUBJECTS[self.about.type](info.context, self.about.key)

    @staticmethod
    def of(notification: entities.Notification) -> "Notification":
        """From the entity."""
        return Notification(
            id=to_id("Notification", notification.user_id, notification.id),
            kind=notification.kind,
            title=notification.title,
            at=notification.at,
            read_at=notification.read_at,
            about=notification.subject,
        )

    @staticmethod
    async def load(context: Context, notification_id: str) -> "Notification | None":
        """The viewer's notification with this key."""
        found = await context.ports.notifications.get(context.user_id, notification_id)
        return None if found is None else Notification.of(found)


@strawberry.type(
    description="An address of yours to which notifications are posted as JSON, signed as"
    " standardwebhooks.com says: `webhook-id`, `webhook-timestamp`, `webhook-signature`."
)
class Webhook(Node):
    """A webhook; its secret is shown when it is made, and never again."""

    url: str = strawberry.field(description="Where notifications are posted to.")
    kinds: list[NotificationKind] = strawberry.field(description="Which ones; empty for all.")
    enabled: bool = strawberry.field(description="Whether anything is posted.")
    last_delivery_at: datetime | None = strawberry.field(description="When a delivery went through last.")
    last_failure: str | None = strawberry.field(
        description="Why the latest attempt failed; null if it went through. Failed deliveries are tried again"
        " for 17 hours and then given up; `redeliverNotifications` sends them once more."
    )
    created_at: datetime = strawberry.field(description="When it was made.")

    @staticmethod
    def of(webhook: entities.Webhook) -> "Webhook":
        """From the entity."""
        return Webhook(
            id=to_id("Webhook", webhook.user_id, webhook.id),
            url=webhook.url,
            kinds=list(webhook.kinds),
            enabled=webhook.enabled,
            last_delivery_at=webhook.last_delivery_at,
            last_failure=webhook.last_failure,
            created_at=webhook.created_at,
        )

    @staticmethod
    async def load(context: Context, webhook_id: str) -> "Webhook | None":
        """The viewer's webhook with this key."""
        found = await context.ports.webhooks.get(context.user_id, webhook_id)
        return None if found is None else Webhook.of(found)


@strawberry.type(description="How you want notifications by e-mail.")
class MailSettings:
    """A user's settings."""

    address: str | None = strawberry.field(description="Where to; null if none was given.")
    mode: MailMode = strawberry.field(description="When.")
    kinds: list[NotificationKind] = strawberry.field(description="Which ones; empty for all.")
    available: bool = strawberry.field(
        description="Whether this installation has a mail server; without one nothing is sent, whatever is set."
    )

    @staticmethod
    def of(settings: entities.MailSettings, *, available: bool) -> "MailSettings":
        """From the entity."""
        return MailSettings(
            address=settings.address, mode=settings.mode, kinds=list(settings.kinds), available=available
        )
