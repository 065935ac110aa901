"""Steps of scenarios: connect, import, link, publish, as a user would ask for them."""

from urllib.parse import parse_qs, urlsplit

from domain.entities.common import PageRequest
from domain.entities.listing import Listing, ListingFilter, ListingOrder, PhotoState
from domain.entities.mls_connection import MlsConnection, MlsCredentials
from domain.entities.post import Post
from domain.entities.social_account import SocialAccount
from domain.entities.sync_run import SyncRun
from domain.ports import Ports
from domain.use_cases.connections import connect_mls
from domain.use_cases.linking import begin_social_link, complete_social_link
from domain.use_cases.publishing import publish_post
from domain.use_cases.runs import import_mls_listings, sync_mls_status
from tests.world.world import USER, Sandboxes, World


async def connect(world: World, **settings: object) -> MlsConnection:
    """Connect the sandbox MLS."""
    return await connect_mls(
        world.ports,
        user_id=USER,
        provider="sandbox",
        protocol="reso-web-api",
        vendor="generic",
        url=f"{world.sandboxes.mls}/odata",
        label=None,
        credentials=MlsCredentials(token="sandbox-token"),
        settings=settings,
    )


async def import_all(world: World, connection: MlsConnection) -> SyncRun:
    """Import everything, photos and all, and answer the run at its end."""
    run = await world.client(
        lambda ports: import_mls_listings(ports, user_id=USER, connection_id=connection.id)
    )
    await world.work()
    return await the_run(world, run)


async def sync(world: World, connection: MlsConnection) -> SyncRun:
    """Bring what changed, carry out all that follows, and answer the run at its end."""
    run = await world.client(lambda ports: sync_mls_status(ports, user_id=USER, connection_id=connection.id))
    await world.work()
    return await the_run(world, run)


async def the_run(world: World, run: SyncRun) -> SyncRun:
    """The run as it is now."""
    found = await world.eyes.runs.get(USER, run.id)
    assert found is not None
    return found


async def link_facebook(world: World) -> list[SocialAccount]:
    """Link the sandbox's Pages as a browser would."""
    return await link_pages(world.ports, world.sandboxes)


async def link_linkedin(world: World) -> list[SocialAccount]:
    """Link the sandbox's member on LinkedIn and the organizations, in this order."""
    return await link_pages(world.ports, world.sandboxes, "linkedin")


async def link_pages(ports: Ports, sandboxes: Sandboxes, platform: str = "facebook") -> list[SocialAccount]:
    """What a consent on the platform opens, by these ports."""
    url = await begin_social_link(ports, user_id=USER, platform=platform)
    answer = sandboxes.http.get(url, headers={"Accept": "application/json"})
    back = parse_qs(urlsplit(answer.headers["location"]).query)
    return await complete_social_link(
        ports, user_id=USER, platform=platform, code=back["code"][0], state=back["state"][0]
    )


async def publish(world: World, listing: Listing, *accounts: SocialAccount) -> list[Post]:
    """Publish a home and answer the posts as they are then."""
    posts = await world.client(
        lambda ports: publish_post(
            ports,
            user_id=USER,
            listing_id=listing.id,
            account_ids=tuple(account.id for account in accounts),
            idempotency_key=f"publish {listing.id}",
        )
    )
    await world.work()
    return [await the_post(world, post) for post in posts]


async def the_post(world: World, post: Post) -> Post:
    """The post as it is now."""
    found = await world.eyes.posts.get(USER, post.id)
    assert found is not None
    return found


async def the_listing(world: World, listing: Listing) -> Listing:
    """The listing as it is now."""
    found = await world.eyes.listings.get(USER, listing.id)
    assert found is not None
    return found


async def listings(world: World) -> list[Listing]:
    """All the user's listings."""
    return await all_listings(world.eyes)


async def all_listings(ports: Ports) -> list[Listing]:
    """The same, seen through these ports."""
    found: list[Listing] = []
    after: str | None = None
    while True:
        page = await ports.listings.page(USER, ListingFilter(), ListingOrder(), PageRequest(100, after))
        found += page.items
        if page.end is None:
            return found
        after = page.end


async def publishable(world: World) -> Listing:
    """A home that may be published and has photos."""
    for listing in await listings(world):
        if listing.publishable and any(photo.state is PhotoState.STORED for photo in listing.photos):
            return listing
    raise AssertionError("No home is publishable.")
