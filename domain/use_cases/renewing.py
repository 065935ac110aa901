"""Keeping logins at platforms alive: renewed once for all workers, and marked when only their user can help.

A refresh token is exchanged by whoever holds the login's intent, after reading the login again: of any number
of workers that find it run out, one calls the platform. Platforms that rotate refresh tokens void the old one
with that call. If we die between their answer and our writing it down, or the answer is lost, the old one is
tried once more; if it is refused, the login that we still have is used to its end, and the user is told at
once: never is a login lost silently.
"""

from dataclasses import replace
from datetime import datetime, timedelta

from domain.entities.intent import Done, Intent, Later, Outcome
from domain.entities.notification import NotificationKind, Subject, SubjectType
from domain.entities.social_account import AccountState, Renewed, SocialAccount, SocialTokens
from domain.errors import ActionRequired, NotFound, Rejected, Unavailable
from domain.ports import Ports
from domain.rules import schedule
from domain.use_cases.again import until_unchallenged
from domain.use_cases.expiring import renewal_of, warnings_of
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
    """Renew a login whose time has come, or mark one that has run out; else wait for that time."""
    account = await ports.social_accounts.get(intent.user_id, str(intent.payload["account"]))
    if account is None or account.state is AccountState.NEEDS_RECONNECT:
        return Done()
    refused = intent.payload.get("refused") == account.granted_at.isoformat()
    due = account.renews_at or account.expires_at
    if not refused:
        if due is None:
            return Done()
        if ports.now() < due:
            return Later(due, progress=True)
    if not account.renewable:
        await needs_reconnect(ports, account)
        return Done()
    return await _renew(ports, account, intent, refused)


async def _renew(ports: Ports, account: SocialAccount, intent: Intent, refused: bool) -> Outcome:
    try:
        if account.platform not in ports.social:
            raise Unavailable(f"No app for {account.platform} is configured at the moment.")
        tokens = await ports.social_accounts.tokens(account.user_id, account.id)
        renewed = await ports.social[account.platform].renew(tokens)
    except NotFound:
        return Done()
    except (ActionRequired, Rejected):
        return await _cannot_be_renewed(ports, account, refused)
    except Unavailable as error:
        wait = schedule.step(schedule.RENEWAL, intent.attempts).total_seconds()
        due = schedule.after(ports.now(), max(wait, error.retry_after or 0))
        return Later(due, failure=error.message)
    return await _keep(ports, account, tokens, renewed)


async def _keep(ports: Ports, account: SocialAccount, old: SocialTokens, renewed: Renewed) -> Outcome:
    """Write the new tokens in the place of those they were given for.

    A worker that was overtaken writes all the same: its tokens are the ones that the platform takes. Tokens of
    a newer login, by the user or another worker, stay.
    """

    async def attempt() -> SocialAccount | None:
        now = await ports.social_accounts.get(account.user_id, account.id)
        if now is None or await ports.social_accounts.tokens(now.user_id, now.id) != old:
            return now
        fresh = replace(
            now,
            state=AccountState.ACTIVE,
            expires_at=renewed.expires_at,
            renewable=renewed.tokens.refresh_token is not None,
            renewable_until=renewed.renewable_until,
            renewed_at=ports.now(),
        )
        asks = warnings_of(fresh, ports.now())
        return await ports.social_accounts.save(fresh, tokens=renewed.tokens, ask=asks)

    kept = await until_unchallenged(ports, attempt)
    due = None if kept is None else kept.renews_at or kept.expires_at
    return Done() if due is None else Later(due, progress=True)


async def _cannot_be_renewed(ports: Ports, account: SocialAccount, refused: bool) -> Outcome:
    """The platform does not take the refresh token; what is left of the login is used, and its end is told."""
    end = account.expires_at
    if refused or end is None or end <= ports.now():
        await needs_reconnect(ports, account)
        return Done()

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
    return Later(end, progress=True)
