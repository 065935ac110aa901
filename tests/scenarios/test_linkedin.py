"""LinkedIn in the main job: published once although answers get lost, and down when the home is sold."""

from collections import Counter

import pytest

from domain.entities.post import PostState
from tests.scenarios.looks import key_of
from tests.world import World
from tests.world.steps import connect, import_all, link_linkedin, publish, publishable, sync, the_post


@pytest.mark.parametrize("kind", ["lost_before", "lost_after", "error_after"])
async def test_lost_answers_leave_one_post_of_a_member_and_a_sale_removes_all(
    world: World, kind: str
) -> None:
    connection = await connect(world)
    await import_all(world, connection)
    home = await publishable(world)
    accounts = await link_linkedin(world)
    member, organization, _ = accounts
    world.sandboxes.linkedin_fault(match="/posts$", method="POST", kind=kind, times=2)
    posts = await publish(world, home, member, organization)
    live = [post for post in world.sandboxes.linkedin_posts() if post["live"]]
    assert all(number == 1 for number in Counter(post["author"] for post in live).values())
    by_account = {post.account_id: post for post in posts}
    assert by_account[member.id].state is PostState.PUBLISHED
    assert (by_account[organization.id].state is PostState.PUBLISHED) == (kind != "lost_before")
    assert {post.platform_post_id for post in posts if post.state is PostState.PUBLISHED} == {
        post["id"] for post in live
    }
    assert all(post["photos"] for post in live)

    world.sandboxes.change(key_of(home), StandardStatus="Closed")
    await sync(world, connection)
    assert [post for post in world.sandboxes.linkedin_posts() if post["live"]] == []
    assert (await the_post(world, by_account[member.id])).state is PostState.UNPUBLISHED


async def test_a_members_lost_post_that_nobody_can_see_any_more_is_left_to_the_user(world: World) -> None:
    """LinkedIn is away for longer than it knows content again, and the home is sold meanwhile."""
    connection = await connect(world)
    await import_all(world, connection)
    home = await publishable(world)
    member, *_ = await link_linkedin(world)
    world.sandboxes.linkedin_fault(match="/posts$", method="POST", kind="lost_after")
    world.sandboxes.linkedin_fault(match="/posts$", method="POST", kind="status", status=503, times=None)
    (post,) = await publish(world, home, member)
    assert post.state is PostState.UNKNOWN
    world.sandboxes.change(key_of(home), StandardStatus="Closed")
    await sync(world, connection)
    for _ in range(12):
        world.clock.move(6 * 60 * 60)
        await world.work()
    left = await the_post(world, post)
    assert left.state is PostState.REMOVE_BY_HAND
    assert left.failure is not None
    assert "look there" in left.failure.message
