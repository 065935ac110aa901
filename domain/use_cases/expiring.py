"""Logins at platforms that run out: their users are told some days before, unless they linked again."""

from dataclasses import replace
from datetime import datetime, timedelta

from domain.entities.intent import Ask, Intent
from domain.entities.notification import NotificationKind, Subject, SubjectType
from domain.entities.social_account import AccountState, SocialAccount
from domain.ports import Ports
from domain.use_cases.again import until_unchallenged
from domain.use_cases.notices import notice

WARNINGS = (timedelta(days=7), timedelta(days=2))
"""So long before its end a login is warned of."""


def warnings_of(account: SocialAccount, now: datetime) -> list[Ask]:
    """The wishes to warn, each due at its time; none for a login whose end is not known."""
    end = account.expires_at
    if end is None:
        return []
    return [_warning(account, end, before) for before in WARNINGS if end - before > now]


def _warning(account: SocialAccount, end: datetime, before: timedelta) -> Ask:
    wish = notice(
        account.user_id,
        NotificationKind.TOKEN_EXPIRING,
        f"The login of {account.name} runs out on {end:%Y-%m-%d}: link it again before that.",
        subject=Subject(SubjectType.SOCIAL_ACCOUNT, account.id),
        event=f"{account.id}/{end.isoformat()}/{before.days}",
        at=end - before,
    )
    return replace(wish, due=end - before, payload={**wish.payload, "expiresAt": end.isoformat()})


async def is_outdated(ports: Ports, intent: Intent) -> bool:
    """Whether the intent warns of the end of a login that is gone or was renewed; marks one that does end."""
    end = intent.payload.get("expiresAt")
    if end is None:
        return False
    _, account_id = intent.payload["subject"]

    async def attempt() -> bool:
        account = await ports.social_accounts.get(intent.user_id, account_id)
        if account is None or account.expires_at is None or account.expires_at.isoformat() != end:
            return True
        if account.state is AccountState.ACTIVE:
            await ports.social_accounts.save(replace(account, state=AccountState.EXPIRING))
        return False

    return await until_unchallenged(ports, attempt)
