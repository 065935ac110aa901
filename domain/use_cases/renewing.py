"""Keeping logins at platforms alive: renewed once for all workers, and marked when only their user can help.

A refresh token is exchanged by whoever holds the login's intent, after reading the login again: of any number
of workers that find it run out, one calls the platform. Platforms that rotate refresh tokens void the old one
with that call. If we die between their answer and our writing it down, or the answer is lost, the old one is
tried once more; if it is refused, the login that we still have is used to its end, and the user is told at
once: never is a login lost silently.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from domain.entities.intent import Done, Intent, Later, Outcome
from domain.entities.notification import NotificationKind, Subject, SubjectType
from domain.entities.social_account import AccountState, Renewed, SocialAccount, SocialTokens
from domain.errors import ActionRequired, NotFound, Rejected, Unavailable
from domain.ports import Ports
from domain.rules import schedule
from domain.use_cases.again import until_unchallenged
from domain.use_cases.expiring import login_of, renewal_of, warnings_of
from domain.use_cases.notices import notice

PATIENCE_SECONDS = 10.0
"""After so long, work that waits for a renewal looks again."""

NEW = timedelta(hours=1)
"""A login that is refused so soon after it was given is not mended by another renewal."""


async def tokens_of(ports: Ports, account: SocialAccount) -> SocialTokens:
    """The tokens of an account whose login has not run out.

    Raises:
        ActionRequired: it has run out, and only its user can renew it.
        Unavailable: it has run out and is being renewed.
        NotFound: the account is gone.
    """
    if account.expires_at is None or ports.now() < account.expires_at:
        return await ports.social_accounts.tokens(account.user_id, account.id)
    if not account.renewable:
        raise ActionRequired(f"The login of {account.name} has run out: link it again.")
    await _renew_now(ports, account)
    raise Unavailable(f"The login of {account.name} is being renewed.", retry_after=PATIENCE_SECONDS)


async def login_refused(ports: Ports, account: SocialAccount | None) -> bool:
    """The platform did not accept the login: renew it where that may help, else mark the account.

    Args:
        account: as it was when the login was used.

    Returns:
        Whether the same may work soon, because the login was renewed meanwhile, or is about to be.
    """
    now = account and await ports.social_accounts.get(account.user_id, account.id)
    if account is None or now is None:
        return False
    if now.granted_at != account.granted_at:
        return True
    works_no_more = now.state is AccountState.NEEDS_RECONNECT
    if works_no_more or not now.renewable or ports.now() - now.granted_at < NEW:
        await needs_reconnect(ports, now)
        return False
    await _renew_now(ports, now, refused=now.granted_at.isoformat())
    return True


async def _renew_now(ports: Ports, account: SocialAccount, **payload: str) -> None:
    ask = renewal_of(account, None, **payload)
    await ports.intents.ask(ask)
    await ports.bell.ring(ask.kind, ask.target)


async def needs_reconnect(ports: Ports, account: SocialAccount | None) -> None:
    """Mark the account and tell its owner what to do, unless it was linked again or renewed meanwhile."""
    if account is None:
        return

    async def attempt() -> None:
        now = await ports.social_accounts.get(account.user_id, account.id)
        if now is None or now.granted_at != account.granted_at:
            return
        if now.state is AccountState.NEEDS_RECONNECT:
            return
        told = notice(
            now.user_id,
            NotificationKind.NEEDS_ACTION,
            f"Link {now.name} again: the platform does not accept its login any more.",
            subject=Subject(SubjectType.SOCIAL_ACCOUNT, now.id),
            event=f"{now.id}/{now.version}",
            at=ports.now(),
        )
        await ports.social_accounts.save(replace(now, state=AccountState.NEEDS_RECONNECT), ask=[told])
        await ports.bell.ring(told.kind, told.target)

    await until_unchallenged(ports, attempt)


async def keep_login(ports: Ports, *, intent: Intent, until: datetime) -> Outcome:
    """Renew a login whose time has come, or mark one that has run out; else wait for that time.

    Accounts that came with one consent have one login, which is renewed for all of them together.
    """
    accounts = await _working(ports, intent)
    refused = [one for one in accounts if one.granted_at.isoformat() == intent.payload.get("refused")]
    due = refused or [one for one in accounts if _is_due(one, ports.now())]
    if not due:
        return _until_due(accounts)
    newest = max(accounts, key=lambda one: one.granted_at)
    if newest.granted_at > due[0].granted_at and not _is_due(newest, ports.now()):
        await _adopt(ports, intent, due[0], newest)  # whoever renewed it died half-way
    elif due[0].renewable:
        return await _renew(ports, intent, due[0], is_refused=bool(refused))
    else:
        for account in due:
            await needs_reconnect(ports, account)
    return _until_due(await _working(ports, intent))


async def _of_login(ports: Ports, intent: Intent) -> list[SocialAccount]:
    found = await ports.social_accounts.of_user(intent.user_id)
    return [account for account in found if login_of(account) == intent.payload["login"]]


async def _working(ports: Ports, intent: Intent) -> list[SocialAccount]:
    """Those that do not wait for their user anyway."""
    found = await _of_login(ports, intent)
    return [account for account in found if account.state is not AccountState.NEEDS_RECONNECT]


def _is_due(account: SocialAccount, now: datetime) -> bool:
    due = account.renews_at or account.expires_at
    return due is not None and due <= now


def _until_due(accounts: Sequence[SocialAccount]) -> Outcome:
    dues = [due for account in accounts if (due := account.renews_at or account.expires_at) is not None]
    return Later(min(dues), progress=True) if dues else Done()


async def _renew(ports: Ports, intent: Intent, account: SocialAccount, *, is_refused: bool) -> Outcome:
    try:
        if account.platform not in ports.social:
            raise Unavailable(f"No app for {account.platform} is configured at the moment.")
        old = await ports.social_accounts.tokens(account.user_id, account.id)
        renewed = await ports.social[account.platform].renew(old)
    except NotFound as error:  # unlinked just now; others of its login may be left
        return _later(ports, intent, error.message)
    except (ActionRequired, Rejected):
        ports.meter.refreshed(account.platform, "refused")
        for one in await _working(ports, intent):
            await _cannot_be_renewed(ports, one, is_refused)
    except Unavailable as error:
        ports.meter.refreshed(account.platform, "unavailable")
        return _later(ports, intent, error.message, error.retry_after)
    else:
        ports.meter.refreshed(account.platform, "renewed")
        await _keep(ports, intent, old, renewed, ports.now())
    return _until_due(await _working(ports, intent))


def _later(ports: Ports, intent: Intent, why: str, retry_after: float | None = None) -> Outcome:
    wait = schedule.step(schedule.RENEWAL, intent.attempts).total_seconds()
    return Later(schedule.after(ports.now(), max(wait, retry_after or 0)), failure=why)


async def _adopt(ports: Ports, intent: Intent, account: SocialAccount, newest: SocialAccount) -> None:
    old = await ports.social_accounts.tokens(account.user_id, account.id)
    new = await ports.social_accounts.tokens(newest.user_id, newest.id)
    given = Renewed(tokens=new, expires_at=newest.expires_at, renewable_until=newest.renewable_until)
    await _keep(ports, intent, old, given, newest.granted_at)


async def _keep(ports: Ports, intent: Intent, old: SocialTokens, given: Renewed, at: datetime) -> None:
    """Write the new tokens in the place of those they were given for.

    A worker that was overtaken writes all the same: its tokens are the ones that the platform takes. Tokens of
    a newer login, by the user or another worker, stay.
    """

    async def attempt(account_id: str) -> None:
        now = await ports.social_accounts.get(intent.user_id, account_id)
        if now is None or await ports.social_accounts.tokens(now.user_id, now.id) != old:
            return
        fresh = replace(
            now,
            state=AccountState.ACTIVE,
            expires_at=given.expires_at,
            renewable=given.tokens.refresh_token is not None,
            renewable_until=given.renewable_until,
            renewed_at=at,
        )
        await ports.social_accounts.save(fresh, tokens=given.tokens, ask=warnings_of(fresh, ports.now()))

    for account in await _of_login(ports, intent):
        await until_unchallenged(ports, partial(attempt, account.id))


async def _cannot_be_renewed(ports: Ports, account: SocialAccount, is_refused: bool) -> None:
    """The platform does not take the refresh token; what is left of the login is used, and its end is told."""
    end = account.expires_at
    if is_refused or end is None or end <= ports.now():
        await needs_reconnect(ports, account)
        return

    async def attempt() -> None:
        now = await ports.social_accounts.get(account.user_id, account.id)
        if now is None or now.granted_at != account.granted_at:
            return
        ending = replace(now, renewable=False, state=AccountState.EXPIRING)
        told = notice(
            now.user_id,
            NotificationKind.TOKEN_EXPIRING,
            f"Link {now.name} again before {end:%Y-%m-%d}: the platform does not renew its login any more.",
            subject=Subject(SubjectType.SOCIAL_ACCOUNT, now.id),
            event=f"{now.id}/{end.isoformat()}/refused",
            at=ports.now(),
        )
        await ports.social_accounts.save(ending, ask=[told, *warnings_of(ending, ports.now())])
        await ports.bell.ring(told.kind, told.target)

    await until_unchallenged(ports, attempt)
