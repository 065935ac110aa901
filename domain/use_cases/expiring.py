"""Logins at platforms that run out: what is owed to them, and the warnings some days before."""

from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote

from domain.entities.intent import Ask, Intent, IntentKind
from domain.entities.notification import NotificationKind, Subject, SubjectType
from domain.entities.social_account import AccountState, SocialAccount
from domain.ports import Ports
from domain.use_cases.again import until_unchallenged
from domain.use_cases.notices import notice

WARNINGS = (timedelta(days=7), timedelta(days=2))
"""So long before its end a login that only its user can renew is warned of."""

LAST_WARNINGS = (timedelta(days=2),)
"""The same for a login that should have been renewed without its user long before."""


def wishes_of(account: SocialAccount, now: datetime) -> list[Ask]:
    """What is owed to a login as it is stored: to be renewed or marked in time, and to be warned of before."""
    due = account.renews_at or account.expires_at
    return [] if due is None else [renewal_of(account, due), *warnings_of(account, now)]


def renewal_of(account: SocialAccount, due: datetime | None, **payload: str) -> Ask:
    """The wish to keep the account's login; None is at once."""
    login = login_of(account)
    target = f"{quote(account.user_id, safe='')}/{login}"
    return Ask(IntentKind.RENEW, account.user_id, target, due, {"login": login, **payload})


def login_of(account: SocialAccount) -> str:
    """Names the consent that the account came with, which its user's other accounts there may share."""
    person = account.login_id or account.remote_id
    return f"{account.platform}:{person}/{account.linked_at.isoformat()}"


def warnings_of(account: SocialAccount, now: datetime) -> list[Ask]:
    """The wishes to warn, each due at its time; none for a login whose end is not known."""
    end = account.expires_at
    if end is None:
        return []
    times = WARNINGS if account.renews_at is None else LAST_WARNINGS
    return [_warning(account, end, before) for before in times if end - before > now]


def _warning(account: SocialAccount, end: datetime, before: timedelta) -> Ask:
    why = "runs out" if account.renews_at is None else "could not be renewed so far and runs out"
    wish = notice(
        account.user_id,
        NotificationKind.TOKEN_EXPIRING,
        f"The login of {account.name} {why} on {end:%Y-%m-%d}: link it again before that.",
        subject=Subject(SubjectType.SOCIAL_ACCOUNT, account.id),
        event=f"{account.id}/{end.isoformat()}/{before.days}",
        at=end - before,
    )
    return replace(wish, due=end - before, payload={**wish.payload, "expiresAt": end.isoformat()})


async def is_outdated(ports: Ports, intent: Intent) -> bool:
    """Whether the intent warns of the end of a login that is gone, was renewed, or does not work any more.

    Marks a login that does end.
    """
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
        return account.state is AccountState.NEEDS_RECONNECT

    return await until_unchallenged(ports, attempt)
