"""Linking accounts: by the user who began, once, in ten minutes."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from domain.entities.notification import NotificationKind
from domain.entities.post import PostState
from domain.entities.social_account import AccountState, SocialAccount
from domain.errors import Invalid, NotFound, Unavailable, YardsignError
from domain.rules.redirects import may_return_to
from domain.use_cases.linking import (
    begin_social_link,
    complete_social_link,
    offered_accounts,
    unlink_social_account,
)
from tests.scenarios.logins import told
from tests.scenarios.looks import account_now, revoke_tokens
from tests.world import World
from tests.world.steps import connect, import_all, link_facebook, publish, publishable, sync, the_post
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


async def test_what_is_offered_may_be_looked_at_before_the_choice(world: World) -> None:
    code, state = await consent(world)

    async def look() -> list[str]:
        found = await offered_accounts(world.ports, user_id=USER, platform="facebook", code=code, state=state)
        return [account.remote_id for account in found]

    first, second = await look()
    assert await look() == [first, second]
    assert await world.eyes.social_accounts.of_user(USER) == []
    with pytest.raises(Invalid):
        await offered_accounts(world.ports, user_id="other", platform="facebook", code=code, state=state)

    async def choose(*ids: str) -> list[SocialAccount]:
        return await complete_social_link(
            world.ports, user_id=USER, platform="facebook", code=code, state=state, choose=ids
        )

    with pytest.raises(NotFound) as caught:
        await choose(second, "none")
    assert caught.value.field == ("choose",)
    assert await world.eyes.social_accounts.of_user(USER) == []
    (one,) = await choose(second)
    assert await world.eyes.social_accounts.of_user(USER) == [one]
    assert one.remote_id == second
    with pytest.raises(Invalid):
        await choose(first)


async def test_what_is_offered_is_kept_for_the_ten_minutes_of_the_state(world: World) -> None:
    code, state = await consent(world)
    await offered_accounts(world.ports, user_id=USER, platform="facebook", code=code, state=state)
    world.clock.move(10 * 60)
    with pytest.raises(Invalid):
        await complete_social_link(world.ports, user_id=USER, platform="facebook", code=code, state=state)


async def test_a_platform_that_did_not_answer_may_be_asked_again(world: World) -> None:
    code, state = await consent(world)
    world.sandboxes.facebook_fault(match="oauth", kind="lost_before")
    with pytest.raises(Unavailable):
        await complete_social_link(world.ports, user_id=USER, platform="facebook", code=code, state=state)
    assert await complete_social_link(world.ports, user_id=USER, platform="facebook", code=code, state=state)


async def test_a_state_of_another_platform(world: World) -> None:
    code, state = await consent(world)
    world.ports = replace(world.ports, social={**world.ports.social, "other": world.ports.social["facebook"]})
    with pytest.raises(Invalid):
        await complete_social_link(world.ports, user_id=USER, platform="other", code=code, state=state)
    assert await world.eyes.social_accounts.of_user(USER) == []


async def test_consent_returns_to_our_own_page_or_a_known_frontends(world: World) -> None:
    def goes(url: str) -> str:
        return parse_qs(urlsplit(url).query)["redirect_uri"][0]

    own = world.ports.oauth_callback("facebook")
    known = "https://homes.example.com/linked"
    world.ports = replace(world.ports, may_return_to=lambda uri: may_return_to(uri, (known,), loopback=False))
    for wanted in (None, own, known):
        url = await begin_social_link(world.ports, user_id=USER, platform="facebook", redirect_uri=wanted)
        assert goes(url) == (wanted or own)
    for wanted in (known + "/", known + "?x=1", "https://evil.example.com/", "http://localhost:3000/", ""):
        with pytest.raises(Invalid) as caught:
            await begin_social_link(world.ports, user_id=USER, platform="facebook", redirect_uri=wanted)
        assert caught.value.field == ("redirectUri",)


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


async def test_unlinking_tells_of_what_stays_up_and_what_must_come_down_is_left_to_its_user(
    world: World,
) -> None:
    connection = await connect(world)
    await import_all(world, connection)
    accounts = await link_facebook(world)
    home = await publishable(world)
    (post, other) = await publish(world, home, *accounts[:2])
    gone = await unlink_social_account(world.ports, user_id=USER, account_id=accounts[0].id)
    assert gone.live_posts == 1
    await world.work()
    (warning,) = await told(world, NotificationKind.NEEDS_ACTION)
    assert "1 post stays up" in warning.title
    assert (await the_post(world, post)).state is PostState.PUBLISHED

    world.sandboxes.change(home.facts.listing_key or "", StandardStatus="Closed")
    await sync(world, connection)
    assert (await the_post(world, post)).state is PostState.REMOVE_BY_HAND
    assert (await the_post(world, other)).state is PostState.UNPUBLISHED
    (task,) = await told(world, NotificationKind.REMOVE_BY_HAND)
    assert "by hand" in task.title
