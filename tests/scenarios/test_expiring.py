"""Logins that run out: warned of 7 and 2 days before, and not when the account was linked again."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from domain.entities.common import PageRequest
from domain.entities.notification import Notification, NotificationKind, Subject, SubjectType
from domain.entities.social_account import AccountState, FoundAccount, SocialAccount
from domain.ports import SocialPlatform
from domain.use_cases.linking import unlink_social_account
from tests.scenarios.looks import account_now
from tests.world import World
from tests.world.steps import link_facebook
from tests.world.world import USER

DAY = timedelta(days=1)


class Ending:
    """The platform, whose logins end some days after they are made."""

    def __init__(self, platform: SocialPlatform, world: World, days: int) -> None:
        self._platform = platform
        self._world = world
        self._days = days

    def __getattr__(self, name: str) -> object:
        return getattr(self._platform, name)

    async def accounts(self, code: str, redirect_uri: str, verifier: str) -> list[FoundAccount]:
        found = await self._platform.accounts(code, redirect_uri, verifier)
        end = self._world.clock.now() + self._days * DAY
        return [replace(account, expires_at=end) for account in found[:1]]


async def linked(world: World, days: int) -> SocialAccount:
    """An account whose login ends so many days from now."""
    real = world.ports.social["facebook"]
    ending: dict[str, SocialPlatform] = {"facebook": Ending(real, world, days)}  # type: ignore[dict-item]
    known = world.ports
    world.ports = replace(known, social=ending)
    (account,) = await link_facebook(world)
    world.ports = known
    return account


async def warned(world: World) -> Sequence[Notification]:
    """The warnings so far, newest first."""
    page = await world.eyes.notifications.page(USER, PageRequest(100))
    return [told for told in page.items if told.kind is NotificationKind.TOKEN_EXPIRING]


async def pass_by(world: World, days: float) -> None:
    world.clock.move((days * DAY).total_seconds())
    await world.work()


async def test_a_login_is_warned_of_twice(world: World) -> None:
    account = await linked(world, days=60)
    await pass_by(world, 52.9)
    assert await warned(world) == []
    assert (await account_now(world, account)).state is AccountState.ACTIVE

    await pass_by(world, 0.2)
    (first,) = await warned(world)
    assert first.subject == Subject(SubjectType.SOCIAL_ACCOUNT, account.id)
    assert account.name in first.title
    assert (await account_now(world, account)).state is AccountState.EXPIRING

    await pass_by(world, 5)
    assert len(await warned(world)) == 2


async def test_a_login_that_was_renewed_is_not(world: World) -> None:
    await linked(world, days=60)
    await pass_by(world, 40)
    account = await linked(world, days=60)
    await pass_by(world, 19)
    assert await warned(world) == []
    assert (await account_now(world, account)).state is AccountState.ACTIVE


async def test_linking_again_ends_the_warning(world: World) -> None:
    await linked(world, days=10)
    await pass_by(world, 4)
    account = await linked(world, days=60)
    assert account.state is AccountState.ACTIVE
    await pass_by(world, 5)
    assert len(await warned(world)) == 1


async def test_an_account_that_is_unlinked_is_not_warned_of(world: World) -> None:
    account = await linked(world, days=10)
    await unlink_social_account(world.ports, user_id=USER, account_id=account.id)
    await pass_by(world, 9)
    assert await warned(world) == []


async def test_what_is_too_late_to_warn_of_is_warned_of_once(world: World) -> None:
    await linked(world, days=3)
    await pass_by(world, 2)
    assert len(await warned(world)) == 1
