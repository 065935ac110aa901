"""Linking accounts: by the user who began, once, in ten minutes."""

from urllib.parse import parse_qs, urlsplit

import pytest

from domain.entities.social_account import AccountState
from domain.errors import Invalid, NotFound, YardsignError
from domain.use_cases.linking import begin_social_link, complete_social_link, unlink_social_account
from tests.scenarios.looks import account_now, revoke_tokens
from tests.world import World
from tests.world.steps import connect, import_all, link_facebook, publish, publishable
from tests.world.world import USER


async def consent(world: World, user_id: str = USER) -> tuple[str, str]:
    """Begin, consent as a browser would, and answer code and state."""
    url = await begin_social_link(world.ports, user_id=user_id, platform="facebook")
    answer = world.sandboxes.http.get(url, headers={"Accept": "application/json"})
    back = parse_qs(urlsplit(answer.headers["location"]).query)
    return back["code"][0], back["state"][0]


async def test_every_account_that_is_offered_or_those_chosen(world: World) -> None:
    code, state = await consent(world)
    everything = await complete_social_link(
        world.ports, user_id=USER, platform="facebook", code=code, state=state
    )
    assert len(everything) > 1
    assert {account.state for account in everything} == {AccountState.ACTIVE}

    code, state = await consent(world, "other")
    (one,) = await complete_social_link(
        world.ports,
        user_id="other",
        platform="facebook",
        code=code,
        state=state,
        choose=(everything[1].remote_id,),
    )
    assert one.remote_id == everything[1].remote_id
    assert await world.eyes.social_accounts.of_user("other") == [one]


async def test_a_choice_that_was_not_offered(world: World) -> None:
    code, state = await consent(world)
    with pytest.raises(NotFound) as caught:
        await complete_social_link(
            world.ports, user_id=USER, platform="facebook", code=code, state=state, choose=("none",)
        )
    assert caught.value.field == ("choose",)
    assert await world.eyes.social_accounts.of_user(USER) == []


async def test_a_state_is_used_once(world: World) -> None:
    code, state = await consent(world)
    await complete_social_link(world.ports, user_id=USER, platform="facebook", code=code, state=state)
    before = await world.eyes.social_accounts.of_user(USER)
    with pytest.raises(Invalid) as caught:
        await complete_social_link(world.ports, user_id=USER, platform="facebook", code=code, state=state)
    assert caught.value.field == ("state",)
    assert await world.eyes.social_accounts.of_user(USER) == before


async def test_a_state_is_its_users_own_and_a_strangers_try_does_not_spend_it(world: World) -> None:
    code, state = await consent(world)
    with pytest.raises(Invalid, match="begin again"):
        await complete_social_link(
            world.ports, user_id="stranger", platform="facebook", code=code, state=state
        )
    assert await world.eyes.social_accounts.of_user("stranger") == []
    assert await complete_social_link(world.ports, user_id=USER, platform="facebook", code=code, state=state)


@pytest.mark.parametrize("state", ["", "forged", "x" * 500])
async def test_a_state_that_was_never_given(world: World, state: str) -> None:
    with pytest.raises(Invalid):
        await complete_social_link(world.ports, user_id=USER, platform="facebook", code="c", state=state)


async def test_a_state_is_good_for_ten_minutes(world: World) -> None:
    code, state = await consent(world)
    world.clock.move(10 * 60 + 1)
    with pytest.raises(Invalid):
        await complete_social_link(world.ports, user_id=USER, platform="facebook", code=code, state=state)


async def test_a_code_that_is_wrong_links_nothing(world: World) -> None:
    _, state = await consent(world)
    with pytest.raises(YardsignError):
        await complete_social_link(world.ports, user_id=USER, platform="facebook", code="x", state=state)
    assert await world.eyes.social_accounts.of_user(USER) == []


async def test_linking_again_renews_an_account_and_keeps_its_id(world: World) -> None:
    await import_all(world, await connect(world))
    accounts = await link_facebook(world)
    revoke_tokens(world)
    await publish(world, await publishable(world), accounts[0])
    assert (await account_now(world, accounts[0])).state is AccountState.NEEDS_RECONNECT

    again = await link_facebook(world)
    assert [account.id for account in again] == [account.id for account in accounts]
    assert (await account_now(world, accounts[0])).state is AccountState.ACTIVE


async def test_an_account_that_is_unlinked_leaves_no_token(world: World) -> None:
    accounts = await link_facebook(world)
    gone = await unlink_social_account(world.ports, user_id=USER, account_id=accounts[0].id)
    assert (gone.account.state, gone.live_posts) == (AccountState.UNLINKED, 0)
    assert await world.eyes.social_accounts.get(USER, accounts[0].id) is None
    with pytest.raises(NotFound):
        await world.eyes.social_accounts.tokens(USER, accounts[0].id)
    with pytest.raises(NotFound):
        await unlink_social_account(world.ports, user_id=USER, account_id=accounts[0].id)
    assert len(await world.eyes.social_accounts.of_user(USER)) == len(accounts) - 1
