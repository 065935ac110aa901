"""Linking accounts on platforms by OAuth, and letting them go."""

import base64
import hashlib
import secrets
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from domain.entities.common import PageRequest
from domain.entities.intent import Ask, IntentKind
from domain.entities.notification import NotificationKind, Subject, SubjectType
from domain.entities.post import Post, PostFilter, PostState
from domain.entities.social_account import AccountState, FoundAccount, LinkState, SocialAccount
from domain.errors import ActionRequired, Invalid, NotFound, Unavailable
from domain.ports import Ports
from domain.use_cases.again import until_unchallenged
from domain.use_cases.expiring import wishes_of
from domain.use_cases.hearing import listening
from domain.use_cases.lookup import account_of, platform_of
from domain.use_cases.notices import notice

STATE_LIFE = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Unlinked:
    """An account that was let go.

    Attributes:
        live_posts: how many posts stay up there.
    """

    account: SocialAccount
    live_posts: int


async def begin_social_link(
    ports: Ports, *, user_id: str, platform: str, redirect_uri: str | None = None
) -> str:
    """The URL of the platform's consent page; its state is the user's, used once, good for ten minutes.

    Args:
        redirect_uri: a page of a frontend that this installation knows; None for our own.
    """
    adapter = platform_of(ports, platform)
    callback = ports.oauth_callback(platform)
    if redirect_uri is not None and redirect_uri != callback and not ports.may_return_to(redirect_uri):
        raise Invalid("Consent may not return to this address.", field=("redirectUri",))
    state = LinkState(
        state=secrets.token_urlsafe(32),
        user_id=user_id,
        platform=platform,
        redirect_uri=redirect_uri or callback,
        verifier=secrets.token_urlsafe(48),
        expires_at=ports.now() + STATE_LIFE,
    )
    await ports.social_accounts.begin_link(state)
    return adapter.authorization_url(state.state, state.redirect_uri, _challenge(state.verifier))


async def offered_accounts(
    ports: Ports, *, user_id: str, platform: str, code: str, state: str
) -> Sequence[FoundAccount]:
    """Exchange the code and answer what may be chosen from; nothing is linked yet.

    A code is good for one exchange: what it gave is kept, sealed, until the state's ten minutes are over, so
    that `complete_social_link` can follow with the same state.
    """
    begun, found = await _exchanged(ports, user_id, platform, code, state)
    await ports.social_accounts.begin_link(begun)
    return found


async def complete_social_link(
    ports: Ports,
    *,
    user_id: str,
    platform: str,
    code: str,
    state: str,
    choose: Collection[str] | None = None,
) -> list[SocialAccount]:
    """Exchange the code and keep the accounts found, or those chosen by the platform's ids.

    A choice that was not offered links nothing, and another one can be made with the same state. Removals and
    look-ups that waited for one of these accounts are tried again at once.
    """
    begun, found = await _exchanged(ports, user_id, platform, code, state)
    if not found:
        title = platform_of(ports, platform).title
        raise ActionRequired(f"{title} offers no account that can be published to.")
    by_id = {account.remote_id: account for account in found}
    chosen = list(by_id) if choose is None else list(dict.fromkeys(choose))
    if not chosen or not by_id.keys() >= set(chosen):
        await ports.social_accounts.begin_link(begun)
        raise NotFound("A chosen account was not offered by the platform.", field=("choose",))
    now = ports.now()
    accounts = [await _keep(ports, user_id, platform, by_id[remote_id], now) for remote_id in chosen]
    for account in accounts:
        await _try_again_at_once(ports, account)
    return accounts


async def unlink_social_account(ports: Ports, *, user_id: str, account_id: str) -> Unlinked:
    """Forget an account and its tokens.

    What is up stays up, and its user is told. What must come down, at once or later, is left to the user's own
    hands, until the account is linked again.
    """

    async def attempt() -> Unlinked:
        account = await account_of(ports, user_id, account_id)
        live = [post async for post in _posts_of(ports, account, _UP)]
        told = [_told_of_posts(ports, account, len(live))] if live else []
        await ports.social_accounts.delete(account, ask=told)
        for wish in told:
            await ports.bell.ring(wish.kind, wish.target)
        return Unlinked(account, len(live))

    unlinked = await until_unchallenged(ports, attempt)
    await _try_again_at_once(ports, unlinked.account)
    return replace(unlinked, account=replace(unlinked.account, state=AccountState.UNLINKED))


def _told_of_posts(ports: Ports, account: SocialAccount, number: int) -> Ask:
    posts = "1 post stays" if number == 1 else f"{number} posts stay"
    return notice(
        account.user_id,
        NotificationKind.NEEDS_ACTION,
        f"{account.name} was unlinked and {posts} up there: what must come down you will have to remove by"
        " hand, or link the account again.",
        subject=Subject(SubjectType.SOCIAL_ACCOUNT, account.id),
        event=f"{account.id}/unlinked/{account.version}",
        at=ports.now(),
    )


def _challenge(verifier: str) -> str:
    """By S256: https://www.rfc-editor.org/rfc/rfc7636#section-4.2"""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


async def _exchanged(
    ports: Ports, user_id: str, platform: str, code: str, state: str
) -> tuple[LinkState, tuple[FoundAccount, ...]]:
    """Take the state out, and what its code is or was exchanged for; a second caller finds nothing."""
    adapter = platform_of(ports, platform)
    begun = await ports.social_accounts.finish_link(user_id, state)
    if begun is None or begun.platform != platform:
        raise Invalid("This link was never begun, or is used or too old: begin again.", field=("state",))
    if begun.found is not None:
        return begun, begun.found
    try:
        found = tuple(await adapter.accounts(code, begun.redirect_uri, begun.verifier))
    except Unavailable:
        await ports.social_accounts.begin_link(begun)  # whoever tries again finds the platform there, or not
        raise
    return replace(begun, found=found), found


async def _keep(
    ports: Ports, user_id: str, platform: str, found: FoundAccount, now: datetime
) -> SocialAccount:
    """Write the account; `now` is the same for all of one consent."""
    account_id = f"{platform}:{found.remote_id}"

    async def attempt() -> SocialAccount:
        known = await ports.social_accounts.get(user_id, account_id) or SocialAccount(
            id=account_id,
            user_id=user_id,
            platform=platform,
            remote_id=found.remote_id,
            name=found.name,
            linked_at=now,
            updated_at=now,
        )
        linked = replace(
            known,
            name=found.name,
            login_id=found.login_id,
            state=AccountState.ACTIVE,
            expires_at=found.expires_at,
            missing_scopes=found.missing_scopes,
            renewable=found.tokens.refresh_token is not None,
            renewable_until=found.renewable_until,
            renewed_at=None,
            linked_at=now,
            updated_at=now,
        )
        asks = wishes_of(linked, now)
        if ports.social[platform].listens:
            asks.append(listening(linked))
        return await ports.social_accounts.save(linked, tokens=found.tokens, ask=asks)

    kept = await until_unchallenged(ports, attempt)
    if ports.social[platform].listens:
        await ports.bell.ring(IntentKind.LISTEN, listening(kept).target)
    return kept


_WAITING = {PostState.UNPUBLISHING: IntentKind.UNPUBLISH, PostState.UNKNOWN: IntentKind.PUBLISH}
"""Posts whose work waits for the account, and that work."""

_UP = (PostState.PUBLISHED, PostState.UNPUBLISHING, PostState.UNKNOWN, PostState.REMOVE_BY_HAND)
"""Posts that are up, or may be."""


async def _try_again_at_once(ports: Ports, account: SocialAccount) -> None:
    """Whatever waited for the account finds it changed."""
    async for post in _posts_of(ports, account, tuple(_WAITING)):
        await _due_now(ports, post)


async def _posts_of(
    ports: Ports, account: SocialAccount, states: tuple[PostState, ...]
) -> AsyncIterator[Post]:
    wanted = PostFilter(states=states, platforms=(account.platform,))
    after: str | None = None
    while True:
        page = await ports.posts.page(account.user_id, wanted, PageRequest(100, after))
        for post in page.items:
            if post.account_id == account.id:
                yield post
        if page.end is None:
            return
        after = page.end


async def _due_now(ports: Ports, post: Post) -> None:
    async def attempt() -> None:
        now = await ports.posts.get(post.user_id, post.id)
        if now is not None and now.state in _WAITING:
            ask = Ask(_WAITING[now.state], now.user_id, now.id)
            await ports.posts.save(replace(now, next_attempt_at=ports.now()), ask=[ask])

    await until_unchallenged(ports, attempt)
    await ports.bell.ring(_WAITING[post.state], post.id)
