"""Posts of listings on platforms."""

from datetime import datetime

import strawberry

from adapters.remembered import Companions
from domain.entities import listing as listings
from domain.entities import post as entities
from domain.entities.post import PostState
from domain.rules.wording import with_hashtags
from domain.use_cases.composing import Composed
from schema.context import Context, Info
from schema.errors import UserError
from schema.fields import resolved, unchanging
from schema.ids import to_id
from schema.listings import Listing
from schema.nodes import Node
from schema.photos import Photo
from schema.social import SocialAccount


@unchanging
@strawberry.type(description="A post of a listing on one account.")
class Post(Node):
    """A post through its whole life."""

    platform: str = strawberry.field(description="The platform's slug.")
    state: PostState = strawberry.field(description="Where it is.")
    text: str = strawberry.field(description="Without the hashtags.")
    hashtags: list[str] = strawberry.field(description="Set below the text.")
    platform_post_id: str | None = strawberry.field(description="The platform's id of it.")
    platform_post_url: str | None = strawberry.field(description="Where it can be seen.")
    publish_at: datetime | None = strawberry.field(description="When it is to go up; null for at once.")
    published_at: datetime | None = strawberry.field(description="When it went up.")
    unpublished_at: datetime | None = strawberry.field(description="When it came down.")
    attempts: int = strawberry.field(description="How often the present step was tried.")
    next_attempt_at: datetime | None = strawberry.field(description="When it is tried again.")
    failure: UserError | None = strawberry.field(description="Why it did not work.")
    sequence: int = strawberry.field(description="Rises with every change of the post.")
    created_at: datetime = strawberry.field(description="When it was asked for.")
    owner: strawberry.Private[str]
    listing_id: strawberry.Private[str]
    account_id: strawberry.Private[str]
    photo_keys: strawberry.Private[tuple[str, ...]]

    @resolved("What it shows; of a deleted listing only its id remains.")
    async def listing(self, info: Info) -> Listing:
        """Through the loader."""
        return await Listing.load_or_remnant(info.context, self.listing_id, self.owner)

    @resolved("Where it is published; null once the account is gone.")
    async def account(self, info: Info) -> SocialAccount | None:
        """Through the loader."""
        return await SocialAccount.load(info.context, self.account_id, self.owner)

    @resolved("The photos it shows that its listing still has, in order.")
    async def photos(self, info: Info) -> list[Photo]:
        """From the listing, through the loader."""
        if not self.photo_keys:
            return []
        listing = await info.context.loaders.listings.load((self.owner, self.listing_id))
        if listing is None:
            return []
        known = {photo.media.key: photo for photo in (*listing.removed_photos, *listing.photos)}
        return [Photo.of(known[key], listing) for key in self.photo_keys if key in known]

    @staticmethod
    def of(post: entities.Post) -> "Post":
        """From the entity; the same for the same entity, whose objects nobody changes."""
        known = _known.get(post)
        if known is not None:
            return known
        shown = Post(
            id=to_id("Post", post.user_id, post.id),
            platform=post.platform,
            state=post.state,
            text=post.text,
            hashtags=list(post.hashtags),
            platform_post_id=post.platform_post_id,
            platform_post_url=post.platform_post_url,
            publish_at=post.publish_at,
            published_at=post.published_at,
            unpublished_at=post.unpublished_at,
            attempts=post.attempts,
            next_attempt_at=post.next_attempt_at,
            failure=UserError.of_failure(post.failure),
            sequence=post.sequence,
            created_at=post.created_at,
            owner=post.user_id,
            listing_id=post.listing_id,
            account_id=post.account_id,
            photo_keys=post.photo_keys,
        )
        _known.put(post, shown)
        return shown

    @staticmethod
    async def load(context: Context, post_id: str, owner: str | None = None) -> "Post | None":
        """The post with this key, of the viewer's unless another owner is named."""
        found = await context.loaders.posts.load((owner or context.user_id, post_id))
        return None if found is None else Post.of(found)


_known: Companions[entities.Post, Post] = Companions()


@strawberry.type(description="What a post would be on one account. Nothing of it is stored.")
class PostPreview:
    """An answer of `previewPost`."""

    platform: str = strawberry.field(description="The platform's slug.")
    account: SocialAccount = strawberry.field(description="Where it would be published.")
    text: str = strawberry.field(
        description="As it would appear, its hashtags at the end; empty if it cannot be made."
    )
    photos: list[Photo] = strawberry.field(description="The photos it would show, in order.")
    problems: list[UserError] = strawberry.field(
        description="All that stands against it, as publishPost would answer; empty if it can be published."
    )

    @staticmethod
    def of(composed: Composed, listing: listings.Listing) -> "PostPreview":
        """From a post as it would be."""
        return PostPreview(
            platform=composed.account.platform,
            account=SocialAccount.of(composed.account),
            text=with_hashtags(composed.text, composed.hashtags),
            photos=[Photo.of(photo, listing) for photo in composed.photos],
            problems=[UserError.of(problem) for problem in composed.problems],
        )
