"""The work of telling: store the notification, then hand it on to the user's webhooks and e-mail."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import Any

from domain.entities.intent import Ask, Done, Intent, IntentKind, Outcome
from domain.entities.notification import (
    MailMode,
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
    is_new = await ports.notifications.add(notification, ask=asks, fence=intent.as_fence)
    if is_new:
        for ask in asks:
            if ask.due is None:
                await ports.bell.ring(ask.kind, ask.target)
    if not is_new or any(ask.kind is IntentKind.MAIL and ask.due for ask in asks):
        await _mail_if_late(ports, notification)
    await ports.progress.tell(f"notifications:{intent.user_id}")
    return Done()


async def _mail_if_late(ports: Ports, notification: Notification) -> None:
    """What missed its digest goes by itself.

    The settings are read behind the notification's writing, and a digest is closed before notifications are
    read for it: one of the two always sees the other.
    """
    settings = await ports.mail_boxes.get(notification.user_id)
    if not ports.mailer.configured or not settings.wants(notification.kind):
        return
    if settings.has_passed(notification.at):
        await ports.intents.ask(_mailing(notification))
        await ports.bell.ring(IntentKind.MAIL, notification.id)


async def _asks(ports: Ports, notification: Notification) -> list[Ask]:
    user_id = notification.user_id
    asks = [
        delivery(notification, webhook.id)
        for webhook in await ports.webhooks.of_user(user_id)
        if webhook.wants(notification.kind)
    ]
    settings = await ports.mail_boxes.get(user_id)
    if ports.mailer.configured and settings.wants(notification.kind):
        at_once = settings.mode is MailMode.AT_ONCE
        asks.append(_mailing(notification) if at_once else digest_of(user_id, due=next_digest(ports.now())))
    return asks


def delivery(notification: Notification, webhook_id: str) -> Ask:
    """The wish to post a notification to a webhook."""
    payload = {"webhook": webhook_id, "notification": notification.id}
    return Ask(IntentKind.DELIVER, notification.user_id, f"{webhook_id}/{notification.id}", payload=payload)


def _mailing(notification: Notification) -> Ask:
    payload = {"notification": notification.id}
    return Ask(IntentKind.MAIL, notification.user_id, notification.id, payload=payload)


def digest_of(user_id: str, *, due: datetime | None) -> Ask:
    """The wish to send the user what has come together; None for at once."""
    return Ask(IntentKind.MAIL, user_id, f"digest/{user_id}", due=due)


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
