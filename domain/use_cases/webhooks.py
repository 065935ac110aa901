"""Users' webhooks: making and changing them, trying them, and the work of a delivery."""

import base64
import json
import secrets
from dataclasses import replace
from datetime import datetime
from typing import Any

from domain.entities.intent import Dead, Done, Intent, Later, Outcome
from domain.entities.notification import Notification, NotificationKind, Webhook
from domain.errors import ActionRequired, Conflict, Invalid, LimitExceeded, NotFound, Rejected, Unavailable
from domain.ports import Ports
from domain.rules import schedule
from domain.rules.urls import check_web_address
from domain.use_cases.again import until_unchallenged
from domain.use_cases.notifying import delivery

MOST_WEBHOOKS = 20
MOST_REDELIVERED = 50


async def create_webhook(
    ports: Ports,
    *,
    user_id: str,
    url: str,
    kinds: tuple[NotificationKind, ...] = (),
) -> tuple[Webhook, str]:
    """Keep a webhook; answers it and its secret, which is made here and never shown again.

    Raises:
        Invalid: the URL cannot be one, or leads where deliveries must not go.
        LimitExceeded: the user has `MOST_WEBHOOKS`.
    """
    check_web_address(url)
    await _check_place(ports, url)
    if len(await ports.webhooks.of_user(user_id)) >= MOST_WEBHOOKS:
        raise LimitExceeded(f"There may be {MOST_WEBHOOKS} webhooks.")
    secret, now = new_secret(), ports.now()
    webhook = Webhook(
        id=ports.new_id(), user_id=user_id, url=url, kinds=kinds, created_at=now, updated_at=now
    )
    return await ports.webhooks.save(webhook, secret=secret), secret


async def update_webhook(
    ports: Ports,
    *,
    user_id: str,
    webhook_id: str,
    url: str | None = None,
    kinds: tuple[NotificationKind, ...] | None = None,
    enabled: bool | None = None,
    rotate_secret: bool = False,
) -> tuple[Webhook, str | None]:
    """Change what is given; answers the new secret too, if one was asked for."""
    if url is not None:
        check_web_address(url)
        await _check_place(ports, url)
    secret = new_secret() if rotate_secret else None

    async def attempt() -> Webhook:
        old = await webhook_of(ports, user_id, webhook_id)
        new = replace(
            old,
            url=old.url if url is None else url,
            kinds=old.kinds if kinds is None else kinds,
            enabled=old.enabled if enabled is None else enabled,
        )
        return await ports.webhooks.save(new, secret=secret)

    return await until_unchallenged(ports, attempt), secret


async def delete_webhook(ports: Ports, *, user_id: str, webhook_id: str) -> str:
    """Forget a webhook; what was still to be delivered to it is not."""

    async def attempt() -> None:
        await ports.webhooks.delete(await webhook_of(ports, user_id, webhook_id))

    await until_unchallenged(ports, attempt)
    return webhook_id


async def test_webhook(ports: Ports, *, user_id: str, webhook_id: str) -> Webhook:
    """Post a notification that says it is a test, once; raises what came of it."""
    webhook = await webhook_of(ports, user_id, webhook_id)
    id = f"test-{ports.new_id()}"
    content = body({"id": id, "kind": "TEST", "title": "This is a test.", "at": ports.now().isoformat()})
    await _post(ports, webhook, id, content)
    return await _noted(ports, webhook, None)


test_webhook.__test__ = False  # type: ignore[attr-defined]  # no test, whatever pytest thinks of its name


async def redeliver(
    ports: Ports, *, user_id: str, webhook_id: str, notification_ids: tuple[str, ...]
) -> Webhook:
    """Deliver notifications once more, given up ones among them; receivers tell repetitions by their id.

    Raises:
        NotFound: there is no such webhook, or one of the notifications is not there: nothing is delivered.
        Conflict: nothing is posted to the webhook at present, or nothing of such a kind.
        Invalid: more than `MOST_REDELIVERED` at once.
    """
    if not 1 <= len(notification_ids) <= MOST_REDELIVERED:
        raise Invalid(f"Give 1 to {MOST_REDELIVERED} ids.", field=("ids",))
    webhook = await webhook_of(ports, user_id, webhook_id)
    asks = []
    for place, id in enumerate(notification_ids):
        told = await ports.notifications.get(user_id, id)
        if told is None:
            raise NotFound("There is no such notification.", field=("ids", str(place)))
        if not webhook.wants(told.kind):
            raise Conflict("The webhook does not want such notifications.", field=("ids", str(place)))
        asks.append(delivery(told, webhook.id))
    await ports.intents.ask(*asks)
    for ask in asks:
        await ports.bell.ring(ask.kind, ask.target)
    return webhook


async def webhook_of(ports: Ports, user_id: str, webhook_id: str) -> Webhook:
    """The user's webhook; raises `NotFound`."""
    webhook = await ports.webhooks.get(user_id, webhook_id)
    if webhook is None:
        raise NotFound("There is no such webhook.", field=("webhookId",))
    return webhook


async def deliver(ports: Ports, *, intent: Intent, until: datetime) -> Outcome:
    """Post one notification to one webhook, on the schedule; given up after its last step."""
    webhook = await ports.webhooks.get(intent.user_id, str(intent.payload["webhook"]))
    told = await ports.notifications.get(intent.user_id, str(intent.payload["notification"]))
    if webhook is None or told is None or not webhook.wants(told.kind):
        return Done()
    try:
        await _post(ports, webhook, intent.target, body(_shown(told)))
    except (Rejected, ActionRequired, NotFound) as error:
        await _noted(ports, webhook, error.message)
        return Dead(error.message)
    except Unavailable as error:
        await _noted(ports, webhook, error.message)
        return put_off(ports, intent, error)
    await _noted(ports, webhook, None)
    return Done()


def put_off(ports: Ports, intent: Intent, error: Unavailable) -> Outcome:
    """The next step of the schedule for deliveries, or the end of it."""
    if intent.attempts > len(schedule.DELIVERY):
        return Dead(error.message)
    wait = schedule.step(schedule.DELIVERY, intent.attempts).total_seconds()
    due = schedule.after(ports.now(), max(wait, error.retry_after or 0))
    return Later(due, failure=error.message)


def body(content: dict[str, Any]) -> bytes:
    """The JSON that is posted."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()


def _shown(told: Notification) -> dict[str, Any]:
    subject = {"type": told.subject.type.value, "key": told.subject.key} if told.subject else None
    return {
        "id": told.id,
        "kind": told.kind.value,
        "title": told.title,
        "subject": subject,
        "at": told.at.isoformat(),
    }


async def _post(ports: Ports, webhook: Webhook, id: str, content: bytes) -> None:
    secret = await ports.webhooks.secret(webhook.user_id, webhook.id)
    await ports.deliveries.post(webhook.url, secret, id=id, at=ports.now(), body=content)


async def _noted(ports: Ports, webhook: Webhook, failure: str | None) -> Webhook:
    """Keep how the latest delivery ended, where its owner sees it."""

    async def attempt() -> Webhook:
        now = await ports.webhooks.get(webhook.user_id, webhook.id)
        if now is None:
            return webhook
        delivered = ports.now() if failure is None else now.last_delivery_at
        return await ports.webhooks.save(replace(now, last_delivery_at=delivered, last_failure=failure))

    return await until_unchallenged(ports, attempt)


async def _check_place(ports: Ports, url: str) -> None:
    """Raises `Invalid` for an address that deliveries must not go to, such as one of a private network."""
    try:
        await ports.deliveries.check(url)
    except Rejected as error:
        raise Invalid(error.message, field=("url",)) from error
    except Unavailable as error:
        raise Unavailable(error.message, retry_after=error.retry_after, field=("url",)) from error


def new_secret() -> str:
    """A secret as the Standard Webhooks specification writes it: `whsec_` and base64 of 32 random bytes."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
