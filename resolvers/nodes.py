"""Root fields for whoever asks, and for anything by its id."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated

import strawberry

from domain.errors import LimitExceeded
from schema.alerts import MetricAlert
from schema.context import Context, Info
from schema.fields import resolved
from schema.ids import from_id, inquiry_place
from schema.listings import Listing
from schema.metrics import Inquiry
from schema.mls import MlsConnection
from schema.nodes import Node
from schema.notifications import Notification, Webhook
from schema.posts import Post
from schema.reach import reached
from schema.runs import SyncRun
from schema.social import SocialAccount
from schema.viewer import Viewer

MOST_NODES = 100

_Id = Annotated[strawberry.ID, strawberry.argument(description="A global id.")]
_Ids = Annotated[list[strawberry.ID], strawberry.argument(description="At most 100 global ids.")]


async def _inquiry(context: Context, key: str) -> Inquiry | None:
    place = inquiry_place(key)
    if place is None:
        return None
    found = await context.ports.metrics.inquiry(context.user_id, place.listing_id, place.at, place.inquiry_id)
    return None if found is None else Inquiry.of(found)


_READS: Mapping[str, Callable[[Context, str, str], Awaitable[Node | None]]] = {
    "Listing": Listing.load,
    "MlsConnection": MlsConnection.load,
    "SyncRun": SyncRun.load,
    "SocialAccount": SocialAccount.load,
    "Post": Post.load,
}
_OWN_READS: Mapping[str, Callable[[Context, str], Awaitable[Node | None]]] = {
    "Inquiry": _inquiry,
    "Notification": Notification.load,
    "Webhook": Webhook.load,
    "MetricAlert": MetricAlert.load,
}
"""Of the viewer's alone: nobody else may name them."""


async def _node(info: Info, id: str) -> Node | None:
    named = from_id(id)
    found = None if named is None else reached(info, id, named.type_name)
    if named is None or found is None:
        return None
    if named.type_name in _OWN_READS:
        return await _OWN_READS[named.type_name](info.context, found.key)
    if named.type_name in _READS:
        return await _READS[named.type_name](info.context, found.key, found.owner)
    return None


@strawberry.type
class NodeQuery:
    """Who asks, and anything by its id."""

    @resolved(
        "Whatever has this id; null if it is absent or somebody else's. An administrator"
        " is shown others' connections, runs, listings, posts and accounts too."
    )
    async def node(self, info: Info, id: _Id) -> Node | None:
        """One read."""
        return await _node(info, id)

    @resolved("The same for several ids, in their order.")
    async def nodes(self, info: Info, ids: _Ids) -> list[Node | None]:
        """One read for each kind of thing."""
        if len(ids) > MOST_NODES:
            raise LimitExceeded(f"At most {MOST_NODES} ids at once.", field=("ids",))
        return await asyncio.gather(*(_node(info, id) for id in ids))

    @resolved("Who is asking.")
    def viewer(self, info: Info) -> Viewer:
        """From the token."""
        return Viewer.of(info.context.viewer)
