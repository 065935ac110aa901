"""Logins with a refresh token: renewed in time, once for all workers, and never lost silently."""

import asyncio
from dataclasses import replace

import pytest

from domain.entities.intent import IntentKind
from domain.entities.notification import NotificationKind
from domain.entities.post import PostState
from domain.entities.social_account import AccountState, SocialAccount, SocialTokens
from domain.errors import Unavailable
from domain.use_cases.expiring import renewal_of, wishes_of
from domain.use_cases.linking import unlink_social_account
from domain.use_cases.publishing import publish_post
from domain.use_cases.renewing import tokens_of
from domain.use_cases.unpublishing import unpublish_post
from tasks.work import carry_out
from tests.scenarios.logins import DAY, linked, linked_pages, pass_by, told
from tests.scenarios.looks import account_now
from tests.world import World
from tests.world.crashes import Died
from tests.world.steps import connect, import_all, link_facebook, publish, publishable, the_post
from tests.world.world import USER

WORKERS = 20


async def token_of(world: World, account: SocialAccount) -> str:
    """The access token that is stored."""
    return (await world.eyes.social_accounts.tokens(USER, account.id)).access_token


async def keep(world: World, account: SocialAccount) -> None:
    """What a worker does that hears the bell for this login."""
    await carry_out(world.ports, IntentKind.RENEW, renewal_of(account, None).target)


async def test_a_login_is_renewed_a_week_before_its_end_and_nobody_is_warned(world: World) -> None:
    account, logins = await linked(world, days=60, renewable=True)
    await pass_by(world, 52.9)
    assert logins.renewals == 0
    for number in range(1, 4):
        await pass_by(world, 53.1)
        assert logins.renewals == number
    now = await account_now(world, account)
    assert now.state is AccountState.ACTIVE
    assert now.expires_at is not None
    assert now.expires_at - world.clock.now() > 52 * DAY
    assert await token_of(world, account) == "access-4"
    assert await told(world) == []


async def test_twenty_workers_that_find_a_login_run_out_call_the_platform_once(world: World) -> None:
    account, logins = await linked(world, days=60, renewable=True)
    world.clock.move(61 * DAY.total_seconds())

    async def use() -> None:
        with pytest.raises(Unavailable):
            await tokens_of(world.ports, account)
        await keep(world, account)

    await asyncio.gather(*(use() for _ in range(WORKERS)))
    await asyncio.gather(*(keep(world, account) for _ in range(WORKERS)))
    assert logins.renewals == 1
    now = await account_now(world, account)
    assert now.state is AccountState.ACTIVE
    assert (await tokens_of(world.ports, now)).access_token == "access-2"
    assert await told(world, NotificationKind.NEEDS_ACTION) == []


async def test_a_removal_waits_for_the_renewal_of_a_login_that_ran_out_or_was_refused(world: World) -> None:
    await import_all(world, await connect(world))
    account, logins = await linked(world, days=60, renewable=True)
    home = await publishable(world)
    refused = await publish(world, home, account)
    late = await publish_post(world.ports, user_id=USER, listing_id=home.id, account_ids=(account.id,))
    await world.work()

    world.clock.move(DAY.total_seconds())
    logins.revoke()
    await unpublish_post(world.ports, user_id=USER, post_id=refused[0].id)
    await world.work()
    assert logins.renewals == 1
    assert (await the_post(world, refused[0])).state is PostState.UNPUBLISHED

    world.clock.move(61 * DAY.total_seconds())
    await unpublish_post(world.ports, user_id=USER, post_id=late[0].id)
    await world.work()
    assert logins.renewals == 2
    assert (await the_post(world, late[0])).state is PostState.UNPUBLISHED
    assert (await account_now(world, account)).state is AccountState.ACTIVE
    assert await told(world, NotificationKind.NEEDS_ACTION) == []


async def test_a_login_that_is_refused_right_after_its_renewal_needs_its_user(world: World) -> None:
    await import_all(world, await connect(world))
    account, logins = await linked(world, days=60, renewable=True)
    (post,) = await publish(world, await publishable(world), account)
    world.clock.move(DAY.total_seconds())

    async def revoke() -> None:
        logins.revoke()

    await revoke()
    logins.after = revoke
    await unpublish_post(world.ports, user_id=USER, post_id=post.id)
    await world.work()
    assert logins.renewals == 1
    assert (await account_now(world, account)).state is AccountState.NEEDS_RECONNECT
    assert len(await told(world, NotificationKind.NEEDS_ACTION)) == 1

    await linked(world, days=60, renewable=True)
    await world.work()
    assert (await the_post(world, post)).state is PostState.UNPUBLISHED


async def test_while_the_platform_is_away_its_user_is_warned_once_and_it_is_asked_to_the_end(
    world: World,
) -> None:
    account, logins = await linked(world, days=60, renewable=True)

    async def away() -> None:
        raise Unavailable("Not now.")

    logins.before = away
    await pass_by(world, 53.1)
    for _ in range(9):
        await pass_by(world, 1)
    assert 10 <= logins.renewals <= 20
    (warning,) = await told(world)
    assert "could not be renewed" in warning.title
    assert (await account_now(world, account)).state is AccountState.EXPIRING

    logins.before = _back
    await pass_by(world, 1)
    assert (await account_now(world, account)).state is AccountState.ACTIVE
    assert await token_of(world, account) == "access-2"


async def _back() -> None:
    return


async def test_a_worker_that_dies_with_the_new_tokens_leaves_a_login_that_ends_and_is_told_of(
    world: World,
) -> None:
    account, logins = await linked(world, days=60, renewable=True)

    async def die() -> None:
        raise Died

    logins.after = die
    world.clock.move(53.1 * DAY.total_seconds())
    with pytest.raises(Died):
        await keep(world, account)
    await pass_by(world, 0.01)
    assert logins.renewals == 2
    now = await account_now(world, account)
    assert (now.state, now.renewable) == (AccountState.EXPIRING, False)
    (warning,) = await told(world)
    assert "does not renew" in warning.title
    assert await told(world, NotificationKind.NEEDS_ACTION) == []

    await pass_by(world, 7)
    assert (await account_now(world, account)).state is AccountState.NEEDS_RECONNECT
    assert len(await told(world)) == 2


async def test_a_worker_that_was_overtaken_still_writes_the_tokens_that_it_was_given(world: World) -> None:
    account, logins = await linked(world, days=60, renewable=True)
    given, stalled = asyncio.Event(), asyncio.Event()

    async def stall() -> None:
        given.set()
        await stalled.wait()

    logins.after = stall
    world.clock.move(61 * DAY.total_seconds())
    slow = asyncio.create_task(keep(world, account))
    await given.wait()
    world.clock.move(30)
    await keep(world, account)
    assert (await account_now(world, account)).state is AccountState.NEEDS_RECONNECT
    stalled.set()
    await slow
    assert (await account_now(world, account)).state is AccountState.ACTIVE
    assert await token_of(world, account) == "access-2"


async def test_a_worker_that_was_overtaken_leaves_tokens_that_are_newer_still(world: World) -> None:
    account, logins = await linked(world, days=60, renewable=True)
    newer = SocialTokens(access_token="access-3", refresh_token="refresh-3")

    async def others() -> None:
        now = await account_now(world, account)
        await world.eyes.social_accounts.save(replace(now, renewed_at=world.clock.now()), tokens=newer)

    logins.after = others
    world.clock.move(53.1 * DAY.total_seconds())
    await keep(world, account)
    assert await token_of(world, account) == newer.access_token


async def test_linking_again_while_a_renewal_is_under_way_keeps_the_users_tokens(world: World) -> None:
    account, logins = await linked(world, days=60, renewable=True)

    async def link_again() -> None:
        logins.after = _back
        await link_facebook(world)

    logins.after = link_again
    await pass_by(world, 53.1)
    assert await token_of(world, account) == "access-3"
    assert (await account_now(world, account)).state is AccountState.ACTIVE


@pytest.mark.parametrize("hours", [1, 24])
async def test_a_short_login_is_renewed_half_way(world: World, hours: float) -> None:
    account, logins = await linked(world, days=hours / 24, renewable=True)
    assert account.renews_at is not None
    world.clock.move(hours * 3_600 / 2 - 60)
    await keep(world, account)
    assert logins.renewals == 0
    world.clock.move(61)
    await keep(world, account)
    assert logins.renewals == 1


async def test_a_refresh_token_that_ends_first_is_not_counted_on(world: World) -> None:
    account, _ = await linked(world, days=60, renewable=True)
    ends = world.clock.now() + 50 * DAY
    ending = replace(account, renewable_until=ends)
    assert ending.renews_at is None
    warnings = [ask.due for ask in wishes_of(ending, world.clock.now()) if ask.kind is IntentKind.NOTIFY]
    assert account.expires_at is not None
    assert warnings == [account.expires_at - 7 * DAY, account.expires_at - 2 * DAY]


async def test_accounts_of_one_consent_share_its_login_and_its_renewal(world: World) -> None:
    accounts, logins = await linked_pages(world, days=60, renewable=True, pages=2)
    assert len(accounts) == 2
    await pass_by(world, 53.1)
    assert logins.renewals == 1
    assert {await token_of(world, account) for account in accounts} == {"access-2"}

    first, second = [await account_now(world, account) for account in accounts]
    new = SocialTokens(access_token="access-3", refresh_token="refresh-3")
    ahead = replace(first, renewed_at=world.clock.now(), expires_at=world.clock.now() + 114 * DAY)
    await world.ports.social_accounts.save(ahead, tokens=new)
    await pass_by(world, 53.1)
    assert logins.renewals == 1, "whoever renewed it had died before the second account was written"
    assert await token_of(world, second) == "access-3"
    assert (await account_now(world, second)).expires_at == ahead.expires_at

    (gone, left) = accounts
    await unlink_social_account(world.ports, user_id=USER, account_id=gone.id)
    logins.renewals = 0
    await pass_by(world, 54.5)
    assert (await account_now(world, left)).state is AccountState.EXPIRING
    assert logins.renewals == 1
