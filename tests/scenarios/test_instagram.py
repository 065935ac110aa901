"""From the MLS to Instagram, which fetches the photos itself and takes its time, and down again."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from domain.entities.listing import Listing
from domain.entities.post import PostState
from domain.entities.social_account import SocialAccount
from tests.world import World
from tests.world.media import served_storage
from tests.world.platforms import link, sandbox_of
from tests.world.steps import connect, import_all, publish, publishable, sync, the_post
from tests.world.storage import Storage
from tests.world.world import USER


@pytest.fixture
def storage() -> Iterator[Storage]:
    with served_storage() as made:
        yield made


async def ready(world: World, **settings: object) -> tuple[Listing, SocialAccount]:
    """A home, an account, and how Instagram treats containers."""
    await import_all(world, await connect(world))
    control = f"{world.sandboxes.facebook}/_control/instagram/settings"
    world.sandboxes.http.post(control, json=settings).raise_for_status()
    return await publishable(world), await link(world, "instagram")


async def sell(world: World, home: Listing) -> None:
    """The MLS says that the home is sold, and a run finds out."""
    key = home.facts.listing_key
    assert key is not None
    world.sandboxes.change(key, StandardStatus="Closed")
    connection = await world.eyes.mls_connections.get(USER, str(home.connection_id))
    assert connection is not None
    await sync(world, connection)


def shown(world: World) -> list[dict[str, Any]]:
    """The live posts on Instagram."""
    return sandbox_of(world.sandboxes, "instagram").live()


async def test_a_home_goes_up_when_instagram_is_ready_and_comes_down_when_it_is_sold(world: World) -> None:
    home, account = await ready(world, seconds=150)
    began: datetime = world.clock.now()
    (post,) = await publish(world, home, account)
    assert post.state is PostState.PUBLISHED, post.failure
    assert (world.clock.now() - began).total_seconds() >= 180
    (up,) = shown(world)
    assert up["id"] == post.platform_post_id
    assert len(up["photos"]) == len(post.photo_keys) > 1
    assert post.platform_post_url
    assert world.sandboxes.http.get(post.platform_post_url).status_code == 200

    await sell(world, home)
    assert (await the_post(world, post)).state is PostState.UNPUBLISHED
    assert shown(world) == []


@pytest.mark.parametrize("kind", ["lost_after", "error_after"])
async def test_a_lost_answer_is_found_by_reading(world: World, kind: str) -> None:
    home, account = await ready(world)
    world.sandboxes.facebook_fault(match="/media_publish$", kind=kind)
    (post,) = await publish(world, home, account)
    assert post.state is PostState.PUBLISHED, post.failure
    assert [live["id"] for live in shown(world)] == [post.platform_post_id]


async def test_what_instagram_refuses_to_remove_is_left_to_the_user(world: World) -> None:
    home, account = await ready(world)
    (post,) = await publish(world, home, account)
    world.sandboxes.facebook_fault(match="delete", kind="error", code=-1, subcode=2207085, times=None)
    await sell(world, home)
    left = await the_post(world, post)
    assert left.state is PostState.REMOVE_BY_HAND
    assert left.failure is not None
    assert "2207085" in left.failure.message
