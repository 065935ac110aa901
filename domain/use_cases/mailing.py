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
from domain.use_cases.notifying import digest_of
from domain.use_cases.webhooks import put_off

MOST_IN_A_DIGEST = 200
_SPECIAL = r"@\s\x00-\x1f\x7f,;:<>()\[\]\\\""
_ADDRESS = re.compile(rf"[^{_SPECIAL}]{{1,64}}@[^{_SPECIAL}]{{1,255}}\.[^{_SPECIAL}.]{{2,}}")
"""Without what has a meaning of its own in a header (RFC 5322, section 3.4), such as a list or a comment."""


async def set_mail_settings(
    ports: Ports,
    *,
    user_id: str,
    address: str | None = None,
    mode: MailMode | None = None,
    kinds: tuple[NotificationKind, ...] | None = None,
) -> MailSettings:
    """Say where e-mail goes and when.

    A digest begins with what happens from now on; what has come together for one goes at once when mail is to
    go at once.

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
        if old.mode is new.mode:
            return await ports.mail_boxes.save(new)
        if (old.mode, new.mode) == (MailMode.DAILY, MailMode.AT_ONCE):
            ended = replace(new, digest_end=old.digest_end or ports.now())
            return await ports.mail_boxes.save(ended, ask=[digest_of(user_id, due=None)])
        begun = replace(new, digest_until=ports.now(), digest_end=None, digest_last=None)
        return await ports.mail_boxes.save(begun)

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
    """A digest is closed before it is read: what is stored later sees that it has missed it."""
    end = settings.digest_end
    if end is None:
        if settings.mode is not MailMode.DAILY:
            return Done()
        end = ports.now()
        settings = await ports.mail_boxes.save(replace(settings, digest_end=end), fence=intent.as_fence)
    since = settings.digest_until or end - timedelta(days=1)
    found = await ports.notifications.between(
        settings.user_id, since, end, MOST_IN_A_DIGEST, behind=settings.digest_last
    )
    wanted = [told for told in found if settings.wants(told.kind)]
    if wanted and settings.address:
        await ports.mailer.send(digest(wanted, settings.address))
    if len(found) == MOST_IN_A_DIGEST:
        await ports.mail_boxes.save(replace(settings, digest_last=found[-1].id), fence=intent.as_fence)
        return Later(ports.now(), progress=True)
    sent = replace(settings, digest_until=end, digest_end=None, digest_last=None)
    await ports.mail_boxes.save(sent, fence=intent.as_fence)
    return Done()
