"""A platform's limits that are nearly used up: publishing waits, and posts come down all the same."""

from domain.entities.post import PostState
from domain.use_cases.publishing import publish_post
from domain.use_cases.unpublishing import unpublish_post
from tests.world import World
from tests.world.steps import connect, import_all, link_facebook, publish, publishable, the_post
from tests.world.world import USER

LIMIT, SO_FAR = 200, 182


def calls_of_the_hour(world: World) -> int:
    answer = world.sandboxes.http.get(f"{world.sandboxes.facebook}/_control/limits").raise_for_status()
    return int(answer.json()["calls"])


async def test_nothing_is_published_until_there_is_room_and_removals_have_it(world: World) -> None:
    facebook = world.sandboxes.facebook
    await import_all(world, await connect(world))
    first, second, *_ = await link_facebook(world)
    home = await publishable(world)
    (up,) = await publish(world, home, first)
    world.sandboxes.http.post(f"{facebook}/_control/limits", json={"app": LIMIT}).raise_for_status()
    for _ in range(SO_FAR - calls_of_the_hour(world)):
        world.sandboxes.http.get(f"{facebook}/v26.0/me")
    await link_facebook(world)  # whose answers tell how it is

    (waits,) = await publish_post(
        world.ports, user_id=USER, listing_id=home.id, account_ids=(second.id,), idempotency_key="second"
    )
    await world.work()
    waits = await the_post(world, waits)
    assert (waits.state, waits.failure and waits.failure.code) == (PostState.PENDING, "UNAVAILABLE")
    assert waits.next_attempt_at is not None
    await unpublish_post(world.ports, user_id=USER, post_id=up.id)
    await world.work()
    assert (await the_post(world, up)).state is PostState.UNPUBLISHED
    assert world.sandboxes.live_posts() == []
    assert 0.9 * LIMIT <= calls_of_the_hour(world) < LIMIT

    world.clock.move(3_600)
    await world.work()
    assert (await the_post(world, waits)).state is PostState.PUBLISHED
    assert len(world.sandboxes.live_posts()) == 1
