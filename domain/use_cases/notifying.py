"""The work of telling: store the notification, then hand it on to the user's webhooks and e-mail."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from domain.entities.intent import Ask, Done, Intent, IntentKind, Outcome
from domain.entities.notification import (
    MailMode,
    MailSettings,
    Notification,
    NotificationKind,
    Subject,
    SubjectType,
)
from domain.ports import Ports
from domain.use_cases.expiring import is_outdated

DIGEST_AT = time(7)
"""When daily digests go out, in UTC."""


async def tell(ports: Ports, *, intent: Intent, until: datetime) -> Outcome:
    """Store what the intent says, once, together with the wishes to hand it on."""
    if await is_outdated(ports, intent):
        return Done()
    notification = _notification(intent)
    asks = await _asks(ports, notification)
    if await ports.notifications.add(notification, ask=asks, fence=intent.as_fence):
        for ask in asks:
            if ask.due is None:
                await ports.bell.ring(ask.kind, ask.target)
    await ports.progress.tell(f"notifications:{intent.user_id}")
    return Done()


async def _asks(ports: Ports, notification: Notification) -> list[Ask]:
    user_id = notification.user_id
    asks = [
        delivery(notification, webhook.id)
        for webhook in await ports.webhooks.of_user(user_id)
        if webhook.wants(notification.kind)
    ]
    settings = await ports.mail_boxes.get(user_id)
    if ports.mailer.configured and settings.wants(notification.kind):
        asks.append(_mailing(notification, settings, ports.now()))
    return asks


def delivery(notification: Notification, webhook_id: str) -> Ask:
    """The wish to post a notification to a webhook."""
    payload = {"webhook": webhook_id, "notification": notification.id}
    return Ask(IntentKind.DELIVER, notification.user_id, f"{webhook_id}/{notification.id}", payload=payload)


def _mailing(notification: Notification, settings: MailSettings, now: datetime) -> Ask:
    if settings.mode is MailMode.AT_ONCE:
        payload = {"notification": notification.id}
        return Ask(IntentKind.MAIL, notification.user_id, notification.id, payload=payload)
    return Ask(IntentKind.MAIL, notification.user_id, f"digest/{notification.user_id}", due=next_digest(now))


def next_digest(now: datetime) -> datetime:
    """The next moment at which digests go out."""
    today = datetime.combine(now.date(), DIGEST_AT, now.tzinfo)
    return today if now < today else today + timedelta(days=1)


def _notification(intent: Intent) -> Notification:
    told: dict[str, Any] = intent.payload
    subject = told.get("subject")
    return Notification(
        id=intent.target,
        user_id=intent.user_id,
        kind=NotificationKind(told["kind"]),
        title=str(told["title"]),
        subject=Subject(SubjectType(subject[0]), str(subject[1])) if subject else None,
        at=datetime.fromisoformat(str(told["at"])),
    )


async def mark_notifications_read(
    ports: Ports, *, user_id: str, notification_ids: tuple[str, ...]
) -> list[Notification]:
    """Mark the user's notifications; those that are absent are left out of the answer."""
    read = await ports.notifications.mark_read(user_id, notification_ids, ports.now())
    await ports.progress.tell(f"notifications:{user_id}")
    return [replace(notification, read_at=notification.read_at or ports.now()) for notification in read]
