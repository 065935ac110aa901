"""What posts on Facebook and Instagram have in common: known by their text, removed for certain."""

import unicodedata
from collections.abc import Awaitable
from datetime import datetime
from typing import TypeVar

from adapters.social.graph_api import GraphApi
from adapters.social.meta_errors import GraphFault, Kind
from domain.errors import ActionRequired, NotFound, Rejected, Unavailable

T = TypeVar("T")


def plain(text: str) -> str:
    """The text as it is compared: platforms change white space and the form of letters."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def moment(text: str) -> datetime:
    """A time as the Graph API writes it."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S%z")


async def remove(graph: GraphApi, token: str, post_id: str, *, sight: str) -> None:
    """Remove the post and make sure; a post that is gone already is success.

    Args:
        sight: the path of the account's list of posts, which only a good token reads.

    Raises:
        ActionRequired: the platform answers as if the post were gone, and may do so only because the token
            does not see it.
        Rejected: the platform refuses for good.
        Unavailable: not this time, or the post is still shown.
        GraphFault: whatever else the Graph API refuses.
    """
    graph = graph.urgently()
    try:
        answer = await graph.delete(post_id, token)
    except GraphFault as fault:
        if fault.kind != Kind.GONE:
            raise
        if not await is_gone(graph, token, post_id, sight=sight):
            raise ActionRequired(
                f"{graph.name} shows the post but does not let us remove it: connect the account again and grant"
                " all permissions."
            ) from None
        return
    if await _answers(graph, token, post_id):
        if answer.get("success") is True:
            raise Unavailable(f"{graph.name} still shows the post that it said to have removed.")
        raise Rejected(f"{graph.name} refuses to remove the post.")


async def unless_gone(graph: GraphApi, token: str, post_id: str, reading: Awaitable[T], *, sight: str) -> T:
    """What is read of the post; raises `NotFound` if the post is gone, else whatever `reading` raises.

    Raises `Rejected` if the post is shown but not what is to be read of it: that says nothing against the login.
    """
    try:
        return await reading
    except GraphFault as fault:
        if fault.kind is not Kind.GONE:
            raise
        if await is_gone(graph, token, post_id, sight=sight):
            raise NotFound(f"The post is gone from {graph.name}.") from None
        raise Rejected(f"{graph.name} tells nothing of this post.") from None


async def is_gone(graph: GraphApi, token: str, post_id: str, *, sight: str) -> bool:
    """Whether a post that was answered to be absent is; raises if it may only be out of the token's sight."""
    return not await is_shown(graph, token, post_id, sight=sight)


async def is_shown(graph: GraphApi, token: str, post_id: str, *, sight: str) -> bool:
    """Whether the post is up; raises `GraphFault` if it may only be out of the token's sight.

    Args:
        sight: the path of the account's list of posts: whoever may read that would have seen this one.
    """
    if await _answers(graph, token, post_id):
        return True
    await graph.get(sight, token, fields="id", limit="1")
    return False


async def _answers(graph: GraphApi, token: str, post_id: str) -> bool:
    try:
        await graph.get(post_id, token, fields="id")
    except GraphFault as fault:
        if fault.kind == Kind.GONE:
            return False
        raise
    return True
