"""How scenarios begin, and where they find what they are about."""

from domain.entities.common import PageRequest
from domain.entities.post import Post, PostFilter
from tests.world import World
from tests.world.steps import connect, import_all, link_facebook, publish, publishable
from tests.world.world import USER


async def connected(world: World) -> None:
    await connect(world)


async def published(world: World) -> None:
    await import_all(world, await connect(world))
    accounts = await link_facebook(world)
    await publish(world, await publishable(world), accounts[0])


async def imported_and_linked(world: World) -> None:
    await import_all(world, await connect(world))
    await link_facebook(world)


async def imported(world: World) -> None:
    await import_all(world, await connect(world))


async def posts_of(world: World) -> list[Post]:
    page = await world.eyes.posts.page(USER, PostFilter(), PageRequest(100))
    return list(page.items)


async def home_with_post(world: World) -> str:
    (post,) = await posts_of(world)
    listing = await world.eyes.listings.get(USER, post.listing_id)
    assert listing is not None
    assert listing.facts.listing_key is not None
    return listing.facts.listing_key
