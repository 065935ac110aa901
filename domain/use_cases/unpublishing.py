"""What a user may ask about the removal of posts."""

from dataclasses import replace

from domain.entities.common import Failure
from domain.entities.intent import IntentKind
from domain.entities.post import Post, PostState
from domain.errors import Conflict
from domain.ports import Ports
from domain.use_cases.again import until_unchallenged
from domain.use_cases.lookup import listing_of, post_of
from domain.use_cases.removing import coming_down, live_posts_of, turn_down, unpublish_ask

_WITHDRAWN = Failure("WITHDRAWN", "It was withdrawn before it went up.")


async def unpublish_post(ports: Ports, *, user_id: str, post_id: str) -> Post:
    """Take one post down; a post that is down or on its way stays as it is."""
    post = await post_of(ports, user_id, post_id)
    if post.state is PostState.FAILED:
        raise Conflict("The post was never published.", field=("postId",))
    return await turn_down(ports, post, _WITHDRAWN)


async def unpublish_listing_posts(ports: Ports, *, user_id: str, listing_id: str) -> list[Post]:
    """Take down every live post of a listing."""
    await listing_of(ports, user_id, listing_id)
    posts = await live_posts_of(ports, user_id, listing_id)
    return [await turn_down(ports, post, _WITHDRAWN) for post in posts]


async def retry_unpublish(ports: Ports, *, user_id: str, post_id: str) -> Post:
    """Try a removal again now, also one that was left to be done by hand."""

    async def attempt() -> Post:
        post = await post_of(ports, user_id, post_id)
        if post.state not in (PostState.UNPUBLISHING, PostState.REMOVE_BY_HAND):
            raise _NothingToDo
        again = coming_down(post, None, ports.now())
        return await ports.posts.save(again, ask=[unpublish_ask(again)])

    try:
        post = await until_unchallenged(ports, attempt)
    except _NothingToDo:
        raise Conflict("No removal of this post is open.", field=("postId",)) from None
    await ports.bell.ring(IntentKind.UNPUBLISH, post.id)
    await ports.progress.tell(f"post:{user_id}")
    return post


async def confirm_removed_by_hand(ports: Ports, *, user_id: str, post_id: str) -> Post:
    """The user has removed the post on the platform."""

    async def attempt() -> Post:
        post = await post_of(ports, user_id, post_id)
        if post.state is not PostState.REMOVE_BY_HAND:
            raise _NothingToDo
        return await ports.posts.save(
            replace(post, state=PostState.UNPUBLISHED, unpublished_at=ports.now(), failure=None)
        )

    try:
        post = await until_unchallenged(ports, attempt)
    except _NothingToDo:
        raise Conflict("The post does not wait to be removed by hand.", field=("postId",)) from None
    await ports.progress.tell(f"post:{user_id}")
    return post


class _NothingToDo(Exception):
    """Not a lost race, and so not tried again."""
