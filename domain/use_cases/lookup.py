"""Reads that end in `NotFound` for what is absent or somebody else's."""

from domain.entities.listing import Listing
from domain.entities.mls_connection import MlsConnection
from domain.entities.post import Post
from domain.entities.social_account import SocialAccount
from domain.entities.sync_run import SyncRun
from domain.errors import NotFound
from domain.ports import Mls, Ports, SocialPlatform


async def listing_of(ports: Ports, user_id: str, listing_id: str) -> Listing:
    """The user's listing."""
    listing = await ports.listings.get(user_id, listing_id)
    if listing is None:
        raise NotFound("There is no such listing.", field=("listingId",))
    return listing


async def connection_of(ports: Ports, user_id: str, connection_id: str) -> MlsConnection:
    """The user's MLS connection."""
    connection = await ports.mls_connections.get(user_id, connection_id)
    if connection is None:
        raise NotFound("There is no such MLS connection.", field=("connectionId",))
    return connection


async def run_of(ports: Ports, user_id: str, run_id: str) -> SyncRun:
    """The user's run."""
    run = await ports.runs.get(user_id, run_id)
    if run is None:
        raise NotFound("There is no such run.", field=("runId",))
    return run


async def post_of(ports: Ports, user_id: str, post_id: str) -> Post:
    """The user's post."""
    post = await ports.posts.get(user_id, post_id)
    if post is None:
        raise NotFound("There is no such post.", field=("postId",))
    return post


async def account_of(ports: Ports, user_id: str, account_id: str, field: str = "accountId") -> SocialAccount:
    """The user's linked account; `field` is the input that names it."""
    account = await ports.social_accounts.get(user_id, account_id)
    if account is None:
        raise NotFound("There is no such account.", field=(field,))
    return account


def protocol_of(ports: Ports, name: str) -> Mls:
    """The protocol in which an MLS speaks."""
    if name not in ports.mls:
        known = ", ".join(sorted(ports.mls))
        raise NotFound(f"There is no protocol {name!r}; there are: {known}.", field=("protocol",))
    return ports.mls[name]


def platform_of(ports: Ports, slug: str) -> SocialPlatform:
    """The platform, if this installation has an app there."""
    if slug not in ports.social:
        known = ", ".join(sorted(ports.social)) or "none"
        raise NotFound(f"There is no platform {slug!r}; there are: {known}.", field=("platform",))
    return ports.social[slug]
