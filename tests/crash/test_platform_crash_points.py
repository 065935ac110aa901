"""Crash points of publishing to Instagram and LinkedIn, and of taking down there, whose calls are their own."""

from collections.abc import Awaitable, Callable

import pytest

from domain.entities.post import PostState
from domain.use_cases.unpublishing import unpublish_post
from tests.crash.beginnings import posts_of
from tests.crash.stage import Facts, Scenario, Stage, all_moments
from tests.world import Crash, Mode, World
from tests.world.platforms import sandbox_of
from tests.world.steps import connect, import_all, link_pages, publish, publishable
from tests.world.world import USER

HOUR = 3_600
Deed = Callable[[World], Awaitable[None]]
WHERE = {"instagram": "1784", "linkedin": "urn:li:organization", "linkedin member": "urn:li:person"}
"""How the ids of the accounts begin on which the tests post; a member's posts can be read by nobody."""

MODES = (Mode.DIE_AFTER, Mode.LOSE_ANSWER)
"""Whoever dies before a call has died after the one before it."""


def linked(where: str) -> Deed:
    async def prepare(world: World) -> None:
        await import_all(world, await connect(world))
        await link_pages(world.ports, world.sandboxes, where.split()[0])

    return prepare


def published(where: str) -> Deed:
    async def prepare(world: World) -> None:
        await linked(where)(world)
        await publishing(where)(world)

    return prepare


def publishing(where: str) -> Deed:
    async def deed(world: World) -> None:
        accounts = await world.eyes.social_accounts.of_user(USER)
        account = next(one for one in accounts if one.remote_id.startswith(WHERE[where]))
        await publish(world, await publishable(world), account)
        world.clock.move(HOUR)  # past the last look for a post whose outcome is unknown
        await world.work()

    return deed


async def unpublishing(world: World) -> None:
    (post,) = await posts_of(world)
    await world.client(lambda ports: unpublish_post(ports, user_id=USER, post_id=post.id))
    await world.work()


def shown(where: str) -> Callable[[World], Awaitable[Facts]]:
    async def look(world: World) -> Facts:
        posts = sandbox_of(world.sandboxes, where.split()[0]).posts()
        return {
            "posts": [post.state for post in await posts_of(world)],
            "live": [post["live"] for post in posts],
        }

    return look


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("where", WHERE)
async def test_a_post_is_up_once_or_never_and_the_store_knows_which(
    stage_within_reach: Stage, where: str, mode: Mode
) -> None:
    stage, counting = stage_within_reach, Crash()
    scenario = Scenario(linked(where), publishing(where), shown(where))
    assert await stage.play(scenario, counting) == {"posts": [PostState.PUBLISHED], "live": [True]}
    good: list[Facts] = [
        {"posts": [PostState.PUBLISHED], "live": [True]},
        {"posts": [PostState.FAILED], "live": []},
    ]
    ends = {
        f"{k} {counting.calls[k]}": await stage.play(scenario, Crash(at=k, mode=mode))
        for k, _ in all_moments(mode)(counting.calls)
    }
    assert {call: end for call, end in ends.items() if end not in good} == {}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("where", WHERE)
async def test_a_post_comes_down_whatever_call_goes_wrong(
    stage_within_reach: Stage, where: str, mode: Mode
) -> None:
    scenario = Scenario(published(where), unpublishing, shown(where))
    assert await stage_within_reach.differences(scenario, all_moments(mode)) == []
