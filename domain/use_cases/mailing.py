"""E-mail to users: one for each notification or one a day, and how each user wants it."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from domain.entities.intent import Dead, Done, Intent, Later, Outcome
from domain.entities.notification import MailMode, MailSettings, NotificationKind
from domain.errors import Invalid, Rejected, Unavailable
from domain.ports import Ports
from domain.rules.mail import digest, single
from domain.use_cases.again import until_unchallenged
from domain.use_cases.webhooks import put_off

MOST_IN_A_DIGEST = 200
_ADDRESS = re.compile(r"[^@\s,;<>\"]{1,64}@[^@\s,;<>\"]{1,255}\.[^@\s,;<>\".]{2,}")


async def set_mail_settings(
    ports: Ports,
    *,
    user_id: str,
    address: str | None = None,
    mode: MailMode | None = None,
    kinds: tuple[NotificationKind, ...] | None = None,
) -> MailSettings:
    """Say where e-mail goes and when; a digest begins with what happens from now on.

    Args:
        address, mode, kinds: None leaves it as it is; an empty address removes the one that is known.

    Raises:
        Invalid: the address cannot be one, or e-mail is wanted without one.
    """
    if address and not _ADDRESS.fullmatch(address):
        raise Invalid("This is no e-mail address.", field=("address",))

    async def attempt() -> MailSettings:
        old = await ports.mail_boxes.get(user_id)
        new = replace(
            old,
            address=old.address if address is None else address or None,
            mode=mode or old.mode,
            kinds=old.kinds if kinds is None else kinds,
        )
        if new.mode is not MailMode.OFF and new.address is None:
            raise Invalid("Without an address no e-mail can be sent.", field=("address",))
        begun = old.digest_until if old.mode is new.mode else ports.now()
        return await ports.mail_boxes.save(replace(new, digest_until=begun))

    return await until_unchallenged(ports, attempt)


async def send_mail(ports: Ports, *, intent: Intent, until: datetime) -> Outcome:
    """Send one notification, or the digest of a day."""
    settings = await ports.mail_boxes.get(intent.user_id)
    notification_id = intent.payload.get("notification")
    if settings.mode is MailMode.OFF or settings.address is None:
        return Done()
    try:
        if notification_id is None:
            return await _send_digest(ports, settings, intent)
        told = await ports.notifications.get(intent.user_id, str(notification_id))
        if told is not None:
            await ports.mailer.send(single(told, settings.address))
    except Rejected as error:
        return Dead(error.message)
    except Unavailable as error:
        return put_off(ports, intent, error)
    return Done()


async def _send_digest(ports: Ports, settings: MailSettings, intent: Intent) -> Outcome:
    now = ports.now()
    since = settings.digest_until or now - timedelta(days=1)
    found = await ports.notifications.between(settings.user_id, since, now, MOST_IN_A_DIGEST)
    wanted = [told for told in found if settings.wants(told.kind)]
    if wanted and settings.address:
        await ports.mailer.send(digest(wanted, settings.address))
    reached = found[-1].at if len(found) == MOST_IN_A_DIGEST else now
    await ports.mail_boxes.save(replace(settings, digest_until=reached), fence=intent.as_fence)
    return Later(now, progress=True) if len(found) == MOST_IN_A_DIGEST else Done()
