"""Inputs and payloads: publishing and taking down."""

from datetime import datetime

import strawberry
from strawberry import UNSET

from schema.mutations.payload import Payload
from schema.posts import Post

_POST = "The global id of the post."


@strawberry.input(description="What to publish, and where.")
class PublishPostInput:
    """For `publishPost` and `previewPost`."""

    listing_id: strawberry.ID = strawberry.field(description="The global id of the listing.")
    account_ids: list[strawberry.ID] = strawberry.field(description="A post for each of these accounts.")
    text: str | None = strawberry.field(
        default=UNSET,
        description="As it is to appear, the same on all accounts; without text and template, one is proposed from"
        " the listing.",
    )
    template: str | None = strawberry.field(
        default=UNSET,
        description="Instead of the text: a template in Liquid over `listing`, whose facts bear the names they have"
        " in Listing, in snake case (`listing.square_feet`), and `platform`, the slug. It is rendered when it is"
        " sent here, once for each account, and the post keeps that text. Beside Liquid's filters there are"
        " `money` and `number`. At most 5,000 characters.",
    )
    hashtags: list[str] | None = strawberry.field(
        default=UNSET,
        description="With or without `#`; set below the text, each once and only those that it has not already.",
    )
    photo_ids: list[strawberry.ID] | None = strawberry.field(
        default=UNSET, description="Which photos, in order; null for the first that the platform takes."
    )
    link: bool | None = strawberry.field(
        default=UNSET,
        description="Whether the text ends with a short link to the listing's page, which counts clicks; by default"
        " only a proposed text does, if the installation is set so. A template has it as `listing.url`.",
    )
    publish_at: datetime | None = strawberry.field(default=UNSET, description="Null for now.")
    idempotency_key: str | None = strawberry.field(
        default=UNSET, description="The same key answers the same posts and publishes nothing again."
    )


@strawberry.input(description="A post to take down.")
class UnpublishPostInput:
    """For `unpublishPost`."""

    post_id: strawberry.ID = strawberry.field(description=_POST)


@strawberry.input(description="A listing whose posts are to be taken down.")
class UnpublishListingPostsInput:
    """For `unpublishListingPosts`."""

    listing_id: strawberry.ID = strawberry.field(description="The global id of the listing.")


@strawberry.input(description="A post whose removal is to be tried again at once.")
class RetryUnpublishInput:
    """For `retryUnpublish`."""

    post_id: strawberry.ID = strawberry.field(description=_POST)


@strawberry.input(description="A post that the user removed on the platform.")
class ConfirmRemovedByHandInput:
    """For `confirmRemovedByHand`."""

    post_id: strawberry.ID = strawberry.field(description=_POST)


@strawberry.type(description="The posts, one for each account.")
class PublishPostPayload(Payload):
    """Of `publishPost`."""

    posts: list[Post] | None = strawberry.field(default=None, description="Null on failure.")


@strawberry.type(description="The post that comes down.")
class UnpublishPostPayload(Payload):
    """Of `unpublishPost`."""

    post: Post | None = strawberry.field(default=None, description="Null on failure.")


@strawberry.type(description="The posts that come down.")
class UnpublishListingPostsPayload(Payload):
    """Of `unpublishListingPosts`."""

    posts: list[Post] | None = strawberry.field(default=None, description="Null on failure.")


@strawberry.type(description="The post whose removal is tried again.")
class RetryUnpublishPayload(Payload):
    """Of `retryUnpublish`."""

    post: Post | None = strawberry.field(default=None, description="Null on failure.")


@strawberry.type(description="The post that is gone.")
class ConfirmRemovedByHandPayload(Payload):
    """Of `confirmRemovedByHand`."""

    post: Post | None = strawberry.field(default=None, description="Null on failure.")
