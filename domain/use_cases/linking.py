"""Linking accounts on platforms by OAuth, and letting them go."""

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from domain.entities.common import PageRequest
from domain.entities.intent import Ask, IntentKind
from domain.entities.post import Post, PostFilter, PostState
from domain.entities.social_account import AccountState, FoundAccount, LinkState, SocialAccount
from domain.errors import ActionRequired, Invalid, NotFound
from domain.ports import Ports
from domain.use_cases.again import until_unchallenged
from domain.use_cases.expiring import warnings_of
from domain.use_cases.lookup import account_of, platform_of

STATE_LIFE = timedelta(minutes=10)


async def begin_social_link(
    ports: Ports, *, user_id: str, platform: str, redirect_uri: str | None = None
) -> str:
    """The URL of the platform's consent page; its state is the user's, used once, good for ten minutes."""
    adapter = platform_of(ports, platform)
    state = LinkState(
        state=secrets.token_urlsafe(32),
        user_id=user_id,
        platform=platform,
        redirect_uri=redirect_uri or ports.oauth_callback(platform),
        verifier=secrets.token_urlsafe(48),
        expires_at=ports.now() + STATE_LIFE,
    )
    await ports.social_accounts.begin_link(state)
    return adapter.authorization_url(state.state, state.redirect_uri, _challenge(state.verifier))


async def complete_social_link(
    ports: Ports,
    *,
    user_id: str,
    platform: str,
    code: str,
    state: str,
    choose: tuple[str, ...] | None = None,
) -> list[SocialAccount]:
    """Exchange the code and keep the accounts found, or those chosen by the platform's ids.

    Removals and look-ups that waited for one of these accounts are tried again at once.
    """
    adapter = platform_of(ports, platform)
    begun = await ports.social_accounts.finish_link(user_id, state)
    if begun is None or begun.platform != platform:
        raise Invalid("This link was never begun, or is used or too old: begin again.", field=("state",))
    found = _chosen(await adapter.accounts(code, begun.redirect_uri, begun.verifier), choose)
    if not found:
        raise ActionRequired(f"{adapter.title} offers no account that can be published to.")
    accounts = [await _keep(ports, user_id, platform, account) for account in found]
    for account in accounts:
        await _try_again_at_once(ports, account)
    return accounts


async def unlink_social_account(ports: Ports, *, user_id: str, account_id: str) -> SocialAccount:
    """Forget an account and its tokens.

    What is up stays up. What must come down, at once or later, is left to the user's own hands.
    """

    async def attempt() -> SocialAccount:
        account = await account_of(ports, user_id, account_id)
        await ports.social_accounts.delete(account)
        return account

    account = await until_unchallenged(ports, attempt)
    await _try_again_at_once(ports, account)
    return replace(account, state=AccountState.UNLINKED)


def _challenge(verifier: str) -> str:
    """By S256: https://www.rfc-editor.org/rfc/rfc7636#section-4.2"""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _chosen(found: Sequence[FoundAccount], choose: tuple[str, ...] | None) -> list[FoundAccount]:
    if choose is None:
        return list(found)
    by_id = {account.remote_id: account for account in found}
    missing = [remote_id for remote_id in choose if remote_id not in by_id]
    if missing:
        raise NotFound("A chosen account was not offered by the platform.", field=("choose",))
    return [by_id[remote_id] for remote_id in choose]


async def _keep(ports: Ports, user_id: str, platform: str, found: FoundAccount) -> SocialAccount:
    account_id = f"{platform}:{found.remote_id}"

    async def attempt() -> SocialAccount:
        now = ports.now()
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
            linked_at=now,
            updated_at=now,
        )
        return await ports.social_accounts.save(linked, tokens=found.tokens, ask=warnings_of(linked, now))

    return await until_unchallenged(ports, attempt)


_WAITING = {PostState.UNPUBLISHING: IntentKind.UNPUBLISH, PostState.UNKNOWN: IntentKind.PUBLISH}
"""Posts whose work waits for the account, and that work."""


async def _try_again_at_once(ports: Ports, account: SocialAccount) -> None:
    """Whatever waited for the account finds it changed."""
    waiting = PostFilter(states=tuple(_WAITING), platforms=(account.platform,))
    after: str | None = None
    while True:
        page = await ports.posts.page(account.user_id, waiting, PageRequest(100, after))
        for post in page.items:
            if post.account_id == account.id:
                await _due_now(ports, post)
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
