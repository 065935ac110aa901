"""Crash-point enumeration: each scenario, with every one of its calls going wrong in every way.

A scenario has a beginning that goes well, and a deed that is disturbed. The end state after any single
misfortune equals the undisturbed one.
"""

import pytest

from domain.entities.post import PostState
from domain.use_cases.runs import import_mls_listings, sync_listing_status
from domain.use_cases.unpublishing import unpublish_post
from tests.crash.beginnings import (
    connected,
    home_with_post,
    imported,
    imported_and_linked,
    posts_of,
    published,
)
from tests.crash.stage import Scenario, Stage, all_moments, some_moments
from tests.scenarios.test_relisting import relist
from tests.world import Crash, Mode, World
from tests.world.steps import connect, import_all, publish, publishable, sync
from tests.world.world import USER

SOME = 2


async def _listed_again(world: World) -> None:
    """One house is listed three times, and the newest of its listings is known already."""
    keys = relist(world, 0, 1, 2)
    connection = await connect(world)
    number = next(home["number"] for home in world.sandboxes.homes() if home["key"] == keys[-1])
    await import_mls_listings(
        world.ports, user_id=USER, connection_id=connection.id, mls_numbers=(str(number),)
    )
    await world.work()


async def _import(world: World) -> None:
    (connection,) = await world.eyes.mls_connections.of_user(USER)
    await import_all(world, connection)


async def _sell_and_sync(world: World) -> None:
    home = await home_with_post(world)
    world.sandboxes.change(home, StandardStatus="Closed", CloseDate="2026-01-02", ClosePrice=400000)
    (connection,) = await world.eyes.mls_connections.of_user(USER)
    await sync(world, connection)


async def _unpublish(world: World) -> None:
    post = (await posts_of(world))[0]
    await world.client(lambda ports: unpublish_post(ports, user_id=USER, post_id=post.id))
    await world.work()


async def _publish(world: World) -> None:
    account = (await world.eyes.social_accounts.of_user(USER))[0]
    await publish(world, await publishable(world), account)
    world.clock.move(60 * 60)  # past the last look for a post whose outcome is unknown
    await world.work()


async def _sweep_twice(world: World) -> None:
    """A home with a post is gone from the MLS without a word: past the first sweep, and past the grace."""
    home = await home_with_post(world)
    world.sandboxes.http.delete(f"{world.sandboxes.mls}/_control/homes/{home}").raise_for_status()
    for _ in range(2):
        world.clock.move(26 * 60 * 60)
        await world.work()


async def _ask_for_rows(world: World) -> None:
    """Three numbers, of which the MLS knows one, and a listing whose row is gone."""
    (connection,) = await world.eyes.mls_connections.of_user(USER)
    vanished = await publishable(world)
    home = next(home for home in world.sandboxes.homes() if home["key"] != vanished.facts.listing_key)
    world.sandboxes.change(home["key"], ListPrice=123456)
    world.sandboxes.http.delete(
        f"{world.sandboxes.mls}/_control/homes/{vanished.facts.listing_key}"
    ).raise_for_status()
    numbers = ("NONE", home["number"], "NEITHER")
    await world.client(
        lambda ports: import_mls_listings(
            ports, user_id=USER, connection_id=connection.id, mls_numbers=numbers, idempotency_key="numbers"
        )
    )
    await world.client(lambda ports: sync_listing_status(ports, user_id=USER, listing_id=vanished.id))
    await world.work()


SCENARIOS = {
    "import": Scenario(connected, _import),
    "import of what was listed again": Scenario(_listed_again, _import, kept=False),
    "sale": Scenario(published, _sell_and_sync),
    "unpublish": Scenario(published, _unpublish),
    "rows": Scenario(imported, _ask_for_rows),
    "sweep": Scenario(published, _sweep_twice),
}
PUBLISH = Scenario(imported_and_linked, _publish)


@pytest.mark.parametrize("name", SCENARIOS)
@pytest.mark.parametrize("mode", Mode)
async def test_the_end_is_the_same_whatever_call_goes_wrong(stage: Stage, name: str, mode: Mode) -> None:
    assert await stage.differences(SCENARIOS[name], all_moments(mode)) == []


@pytest.mark.parametrize("name", SCENARIOS)
async def test_the_end_is_the_same_on_the_other_engines(stage_on_aws: Stage, name: str) -> None:
    """Some of the calls, chosen anew with every version of the code; all of them with YARDSIGN_TABLE set."""
    assert await stage_on_aws.differences(SCENARIOS[name], some_moments(SOME)) == []


@pytest.mark.parametrize("mode", Mode)
async def test_a_post_is_up_once_or_never_and_the_store_knows_which(stage: Stage, mode: Mode) -> None:
    """Whoever dies while sending leaves an unknown outcome, and that is looked up, never sent again."""
    counting = Crash()
    await stage.play(PUBLISH, counting)
    wrong = []
    for k, _ in all_moments(mode)(counting.calls):
        call, end = counting.calls[k], await stage.play(PUBLISH, Crash(at=k, mode=mode))
        states = [state for state, _ in end["posts"]]
        live = [post for post in end["on facebook"] if post[0]]
        if (states, len(live)) not in (([PostState.PUBLISHED], 1), ([PostState.FAILED], 0)):
            wrong.append(f"{k} {call}: {states}, {len(live)} live")
    assert wrong == []
