"""A user who leaves: what is up comes down first, and nothing that could bring it down is forgotten before."""

from collections.abc import AsyncIterator

from domain.entities.common import Failure, PageRequest
from domain.entities.listing import ListingFilter, ListingOrder
from domain.entities.post import LIVE, Post, PostFilter, PostState
from domain.ports import Ports
from domain.rules.identity import photo_prefix
from domain.use_cases.connections import disconnect_mls
from domain.use_cases.listings import remove_listing
from domain.use_cases.removing import turn_down

_LEFT = Failure("WITHDRAWN", "Its user has left.")


async def withdraw(ports: Ports, *, user_id: str) -> None:
    """Disconnect every MLS, delete every listing, and set all posts on their way down; asking again is fine.

    The accounts on platforms stay linked, since nothing can be removed there without them.
    """
    for connection in await ports.mls_connections.of_user(user_id):
        await disconnect_mls(ports, user_id=user_id, connection_id=connection.id, keep_listings=False)
    after: str | None = None
    while True:
        page = await ports.listings.page(user_id, ListingFilter(), ListingOrder(), PageRequest(100, after))
        for listing in page.items:
            await remove_listing(ports, listing)
        if page.end is None:
            break
        after = page.end
    async for post in posts_in(ports, user_id, tuple(LIVE)):
        await turn_down(ports, post, _LEFT)


async def posts_in(ports: Ports, user_id: str, states: tuple[PostState, ...]) -> AsyncIterator[Post]:
    """All of the user's posts in these states."""
    after: str | None = None
    while True:
        page = await ports.posts.page(user_id, PostFilter(states=states), PageRequest(100, after))
        for post in page.items:
            yield post
        if page.end is None:
            return
        after = page.end


async def forget_photos(ports: Ports, *, user_id: str) -> int:
    """Remove every photo of the user's, and say how many files that were."""
    removed = 0
    # Listed whole: what is removed on the way must not move the place where listing goes on.
    for key in [key async for key in ports.files.list(photo_prefix(user_id, "").removesuffix("/"))]:
        await ports.files.delete(key)
        removed += 1
    return removed
