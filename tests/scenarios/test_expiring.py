"""Logins that run out: warned of 7 and 2 days before, and not when the account was linked again."""

from datetime import timedelta

import pytest

from domain.entities.notification import NotificationKind, Subject, SubjectType
from domain.entities.social_account import AccountState
from domain.errors import ActionRequired
from domain.use_cases.linking import unlink_social_account
from domain.use_cases.publishing import publish_post
from tests.scenarios.logins import linked, pass_by, told
from tests.scenarios.looks import account_now
from tests.world import World
from tests.world.steps import connect, import_all, publishable
from tests.world.world import USER


async def test_a_login_is_warned_of_twice(world: World) -> None:
    account, _ = await linked(world, days=60)
    await pass_by(world, 52.9)
    assert await told(world) == []
    assert (await account_now(world, account)).state is AccountState.ACTIVE

    await pass_by(world, 0.2)
    (first,) = await told(world)
    assert first.subject == Subject(SubjectType.SOCIAL_ACCOUNT, account.id)
    assert account.name in first.title
    assert (await account_now(world, account)).state is AccountState.EXPIRING

    await pass_by(world, 5)
    assert len(await told(world)) == 2


async def test_a_login_that_was_renewed_is_not(world: World) -> None:
    await linked(world, days=60)
    await pass_by(world, 40)
    account, _ = await linked(world, days=60)
    await pass_by(world, 19)
    assert await told(world) == []
    assert (await account_now(world, account)).state is AccountState.ACTIVE


async def test_linking_again_ends_the_warning(world: World) -> None:
    await linked(world, days=10)
    await pass_by(world, 4)
    account, _ = await linked(world, days=60)
    assert account.state is AccountState.ACTIVE
    await pass_by(world, 5)
    assert len(await told(world)) == 1


async def test_an_account_that_is_unlinked_is_not_warned_of(world: World) -> None:
    account, _ = await linked(world, days=10)
    await unlink_social_account(world.ports, user_id=USER, account_id=account.id)
    await pass_by(world, 9)
    assert await told(world) == []


async def test_what_is_too_late_to_warn_of_is_warned_of_once(world: World) -> None:
    await linked(world, days=3)
    await pass_by(world, 2)
    assert len(await told(world)) == 1


async def test_a_login_that_has_run_out_is_marked_and_publishes_nothing_until_it_is_linked_again(
    world: World,
) -> None:
    await import_all(world, await connect(world))
    account, _ = await linked(world, days=8)
    await pass_by(world, 7.9)
    assert (await account_now(world, account)).state is AccountState.EXPIRING
    await pass_by(world, 0.2)
    assert (await account_now(world, account)).state is AccountState.NEEDS_RECONNECT
    (asked,) = await told(world, NotificationKind.NEEDS_ACTION)
    assert asked.subject == Subject(SubjectType.SOCIAL_ACCOUNT, account.id)

    home = await publishable(world)

    async def publish() -> None:
        await publish_post(world.ports, user_id=USER, listing_id=home.id, account_ids=(account.id,))

    with pytest.raises(ActionRequired):
        await publish()
    await linked(world, days=60)
    await publish()
    await world.work(timedelta(minutes=1))
    assert len(world.sandboxes.live_posts()) == 1
