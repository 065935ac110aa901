"""Root fields for posts."""

from collections.abc import Sequence
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from domain.entities.post import PostFilter as DomainFilter
from domain.use_cases.composing import Words
from domain.use_cases.publishing import preview_post, publish_post
from domain.use_cases.unpublishing import (
    confirm_removed_by_hand,
    retry_unpublish,
    unpublish_listing_posts,
    unpublish_post,
)
from resolvers.arguments import ListingId
from schema.context import Context, Info
from schema.fields import resolved
from schema.filters import PostFilter, given
from schema.ids import absent, unpair
from schema.mutations.payload import Input, mutation
from schema.mutations.posts import (
    ConfirmRemovedByHandInput,
    ConfirmRemovedByHandPayload,
    PublishPostInput,
    PublishPostPayload,
    RetryUnpublishInput,
    RetryUnpublishPayload,
    UnpublishListingPostsInput,
    UnpublishListingPostsPayload,
    UnpublishPostInput,
    UnpublishPostPayload,
)
from schema.pages import NOTHING, After, Connection, First, connection, page_request
from schema.posts import Post, PostPreview

_Publish = Annotated[PublishPostInput, strawberry.argument(description="The same as for publishPost.")]
_Filter = Annotated[PostFilter | None, strawberry.argument(description="Which; null for all.")]


def _wish(context: Context, input: PublishPostInput) -> dict[str, Any]:
    """What both publishing and its preview take."""
    listing_id = context.required(input.listing_id, "Listing", "listingId")
    accounts = [context.required(id, "SocialAccount", "accountIds") for id in input.account_ids]
    words = Words(
        text=given(input.text),
        template=given(input.template),
        hashtags=tuple(given(input.hashtags) or ()),
        photo_keys=_photo_keys(context, given(input.photo_ids), listing_id),
        link=given(input.link),
    )
    return {
        "user_id": context.user_id,
        "listing_id": listing_id,
        "account_ids": tuple(accounts),
        "words": words,
        "publish_at": given(input.publish_at),
    }


def _photo_keys(context: Context, ids: Sequence[str] | None, listing_id: str) -> tuple[str, ...] | None:
    if ids is None:
        return None
    pairs = [unpair(context.required(id, "Photo", "photoIds")) for id in ids]
    if any(of != listing_id for of, _ in pairs):
        raise absent("Photo", "photoIds")
    return tuple(key for _, key in pairs)


@strawberry.type
class PostQuery:
    """Reads of posts."""

    @resolved("The posts of a listing, newest first; those of a deleted one too.")
    async def posts_by_listing(
        self, info: Info, listing_id: ListingId, first: First = UNSET, after: After = UNSET
    ) -> Connection[Post]:
        """A page of them."""
        context, request = info.context, page_request(first, after)
        key = context.key(listing_id, "Listing")
        page = await context.loaders.posts_of.load((context.user_id, key, request)) if key else NOTHING
        return connection(page, Post.of, request)

    @resolved("Your posts, newest first.")
    async def posts(
        self, info: Info, filter: _Filter = UNSET, first: First = UNSET, after: After = UNSET
    ) -> Connection[Post]:
        """A page of them."""
        context, request = info.context, page_request(first, after)
        wanted = DomainFilter()
        if filter:
            listing_id = given(filter.listing_id)
            key = context.key(listing_id, "Listing") if listing_id else None
            if listing_id is not None and key is None:
                return connection(NOTHING, Post.of, request)
            wanted = filter.to_domain(key)
        page = await context.ports.posts.page(context.user_id, wanted, request)
        return connection(page, Post.of, request)

    @resolved(
        "What publishPost would publish on each account, and all that stands against it. Stores nothing."
    )
    async def preview_post(self, info: Info, input: _Publish) -> list[PostPreview]:
        """One use case."""
        listing, composed = await preview_post(info.context.ports, **_wish(info.context, input))
        return [PostPreview.of(one, listing) for one in composed]


@strawberry.type
class PostMutation:
    """Publishing and taking down."""

    @mutation("Publish a listing: a post for each account, each with an outcome of its own.")
    async def publish_post(self, info: Info, input: Input[PublishPostInput]) -> PublishPostPayload:
        """One use case."""
        key = given(input.idempotency_key)
        posts = await publish_post(info.context.ports, **_wish(info.context, input), idempotency_key=key)
        return PublishPostPayload(posts=[Post.of(post) for post in posts])

    @mutation("Take a post down.")
    async def unpublish_post(self, info: Info, input: Input[UnpublishPostInput]) -> UnpublishPostPayload:
        """One use case."""
        context = info.context
        key = context.required(input.post_id, "Post", "postId")
        post = await unpublish_post(context.ports, user_id=context.user_id, post_id=key)
        return UnpublishPostPayload(post=Post.of(post))

    @mutation("Take all live posts of a listing down.")
    async def unpublish_listing_posts(
        self, info: Info, input: Input[UnpublishListingPostsInput]
    ) -> UnpublishListingPostsPayload:
        """One use case."""
        context = info.context
        key = context.required(input.listing_id, "Listing", "listingId")
        posts = await unpublish_listing_posts(context.ports, user_id=context.user_id, listing_id=key)
        return UnpublishListingPostsPayload(posts=[Post.of(post) for post in posts])

    @mutation("Try a removal again at once.")
    async def retry_unpublish(self, info: Info, input: Input[RetryUnpublishInput]) -> RetryUnpublishPayload:
        """One use case."""
        context = info.context
        key = context.required(input.post_id, "Post", "postId")
        post = await retry_unpublish(context.ports, user_id=context.user_id, post_id=key)
        return RetryUnpublishPayload(post=Post.of(post))

    @mutation("Say that you removed a post on the platform yourself.")
    async def confirm_removed_by_hand(
        self, info: Info, input: Input[ConfirmRemovedByHandInput]
    ) -> ConfirmRemovedByHandPayload:
        """One use case."""
        context = info.context
        key = context.required(input.post_id, "Post", "postId")
        post = await confirm_removed_by_hand(context.ports, user_id=context.user_id, post_id=key)
        return ConfirmRemovedByHandPayload(post=Post.of(post))
