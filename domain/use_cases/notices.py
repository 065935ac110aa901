"""Wishes to tell a user of something, stored in the same transaction as what happened."""

from datetime import datetime

from domain.entities.intent import Ask, IntentKind
from domain.entities.notification import NotificationKind, Subject
from domain.rules.identity import notification_id

LONGEST_TITLE = 500


def notice(
    user_id: str,
    kind: NotificationKind,
    title: str,
    *,
    subject: Subject | None,
    event: str,
    at: datetime,
) -> Ask:
    """The wish to tell the user.

    Args:
        event: names what happened, once: the same event is told once however often it is asked for.
        at: when it happened.
    """
    payload = {
        "kind": kind.value,
        "title": title[:LONGEST_TITLE],
        "at": at.isoformat(),
        "subject": [subject.type.value, subject.key] if subject else None,
    }
    return Ask(IntentKind.NOTIFY, user_id, notification_id(user_id, kind, event, at), payload=payload)
