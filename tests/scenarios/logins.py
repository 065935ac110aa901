"""A platform whose logins end, and may be renewed by a refresh token that is good once."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from domain.entities.common import PageRequest
from domain.entities.notification import Notification, NotificationKind
from domain.entities.social_account import FoundAccount, Renewed, SocialAccount, SocialTokens
from domain.errors import ActionRequired
from domain.ports import SocialPlatform
from tests.world import World
from tests.world.steps import link_facebook
from tests.world.world import USER

DAY = timedelta(days=1)
_WITH_TOKENS = ("prepare", "publish", "find", "discard", "unpublish", "engagement")


async def _nothing() -> None:
    return


class Logins:
    """The sandbox's first Pages, behind logins of its own that end some days after they are given.

    Attributes:
        renewals: how often a renewal was asked for.
        before, after: what a renewal does before the platform gives new tokens out, and after.
    """

    def __init__(self, world: World, days: float, *, renewable: bool, pages: int) -> None:
        self._world = world
        self._platform = world.ports.social["facebook"]
        self._life = days * DAY
        self._renewable = renewable
        self._pages = pages
        self._number = self._revoked = 0
        self._real: SocialTokens | None = None
        self.renewals = 0
        self.before: Callable[[], Awaitable[None]] = _nothing
        self.after: Callable[[], Awaitable[None]] = _nothing

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._platform, name)
        if name not in _WITH_TOKENS:
            return method
        return lambda tokens, *rest: self._call(method, tokens, *rest)

    async def _call(self, method: Callable[..., Awaitable[Any]], tokens: SocialTokens, *rest: Any) -> Any:
        if tokens.access_token != f"access-{self._number}" or self._number == self._revoked:
            raise ActionRequired("This login is not accepted.")
        return await method(self._real, *rest)

    async def accounts(self, code: str, redirect_uri: str, verifier: str) -> list[FoundAccount]:
        found = (await self._platform.accounts(code, redirect_uri, verifier))[: self._pages]
        self._real = found[0].tokens
        given, end = self._given(), self._world.clock.now() + self._life
        return [replace(account, tokens=given, expires_at=end) for account in found]

    async def renew(self, tokens: SocialTokens) -> Renewed:
        self.renewals += 1
        await self.before()
        if tokens.refresh_token != f"refresh-{self._number}":
            raise ActionRequired("This refresh token is not accepted.")
        given = Renewed(tokens=self._given(), expires_at=self._world.clock.now() + self._life)
        await self.after()
        return given

    def _given(self) -> SocialTokens:
        self._number += 1
        refresh = f"refresh-{self._number}" if self._renewable else None
        return SocialTokens(access_token=f"access-{self._number}", refresh_token=refresh)

    def revoke(self) -> None:
        """Accept the access token that is out no more; its refresh token still gives another."""
        self._revoked = self._number


async def linked(world: World, days: float, *, renewable: bool = False) -> tuple[SocialAccount, Logins]:
    """An account whose login ends so many days from now, and the platform that gave it."""
    (account,), logins = await linked_pages(world, days, renewable=renewable, pages=1)
    return account, logins


async def linked_pages(
    world: World, days: float, *, renewable: bool, pages: int
) -> tuple[list[SocialAccount], Logins]:
    """Accounts that share one such login."""
    logins = Logins(world, days, renewable=renewable, pages=pages)
    world.ports = replace(world.ports, social={"facebook": cast(SocialPlatform, logins)})
    return await link_facebook(world), logins


async def told(
    world: World, kind: NotificationKind = NotificationKind.TOKEN_EXPIRING
) -> Sequence[Notification]:
    """What the user was told of this kind so far, newest first."""
    page = await world.eyes.notifications.page(USER, PageRequest(100))
    return [notification for notification in page.items if notification.kind is kind]


async def pass_by(world: World, days: float) -> None:
    """Let so many days go by, and carry out what is due then."""
    world.clock.move((days * DAY).total_seconds())
    await world.work()
