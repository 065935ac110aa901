"""From the MLS to Instagram, which fetches the photos itself and takes its time, and down again."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.files.local import LocalFiles
from app.media import media_endpoint
from domain.entities.listing import Listing
from domain.entities.post import PostState
from domain.entities.social_account import SocialAccount
from domain.ports import Files
from domain.use_cases.linking import begin_social_link, complete_social_link
from sandbox.serving import serve
from tests.world import World
from tests.world.steps import connect, import_all, publish, publishable, sync, the_post
from tests.world.storage import EMBEDDED, Storage
from tests.world.world import USER


@dataclass
class Media:
    """Serves the local files of the newest world under their signed URLs, as the web process does."""

    base_url: str = ""
    files: list[tuple[LocalFiles, Any]] = field(default_factory=list)

    async def endpoint(self, request: Request) -> Response:
        return await media_endpoint(*self.files[-1])(request)

    @asynccontextmanager
    async def open(self, folder: Path, now: Any) -> AsyncIterator[Files]:
        made = LocalFiles(folder / "files", base_url=self.base_url, signing_key=b"k" * 32, now=now)
        self.files.append((made, now))
        yield made


@pytest.fixture
def storage() -> Iterator[Storage]:
    media = Media()
    with serve(Starlette(routes=[Route("/media/{key:path}", media.endpoint)])) as media.base_url:
        yield Storage(EMBEDDED.table, media.open)


async def link_instagram(world: World) -> SocialAccount:
    ports, http = world.ports, world.sandboxes.http
    url = await begin_social_link(ports, user_id=USER, platform="instagram")
    answer = http.get(url, headers={"Accept": "application/json"})
    back = parse_qs(urlsplit(answer.headers["location"]).query)
    (account,) = await complete_social_link(
        ports, user_id=USER, platform="instagram", code=back["code"][0], state=back["state"][0]
    )
    return account


async def ready(world: World, **settings: object) -> tuple[Listing, SocialAccount]:
    """A home, an account, and how Instagram treats containers."""
    await import_all(world, await connect(world))
    control = f"{world.sandboxes.facebook}/_control/instagram/settings"
    world.sandboxes.http.post(control, json=settings).raise_for_status()
    return await publishable(world), await link_instagram(world)


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
    answer = world.sandboxes.http.get(f"{world.sandboxes.facebook}/_control/instagram/posts")
    return [post for post in answer.json()["posts"] if post["live"]]


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
