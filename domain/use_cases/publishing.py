"""Asking for posts: everything that can be refused is refused before anything is stored."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from domain.entities.intent import Ask, IntentKind
from domain.entities.listing import Listing, Photo, PhotoState
from domain.entities.post import Draft, Post, PostState
from domain.entities.social_account import AccountState, SocialAccount
from domain.errors import ActionRequired, Conflict, Invalid
from domain.ports import Ports
from domain.rules.wording import hashtag, proposed_text, with_hashtags
from domain.use_cases.lookup import account_of, listing_of, platform_of

MOST_ACCOUNTS = 20
LATEST = timedelta(days=365)


async def publish_post(
    ports: Ports,
    *,
    user_id: str,
    listing_id: str,
    account_ids: tuple[str, ...],
    text: str | None = None,
    hashtags: tuple[str, ...] = (),
    photo_keys: tuple[str, ...] | None = None,
    publish_at: datetime | None = None,
    idempotency_key: str | None = None,
) -> list[Post]:
    """Create a post for each account, each with an outcome of its own; work begins at once or on time.

    A request that is repeated with its key is answered whatever has become of the home meanwhile.

    Args:
        text: None proposes one from the listing's facts.
        photo_keys: which photos, in order; None for the first that the platform takes.
        publish_at: None for now.
        idempotency_key: the same key answers the same posts and publishes nothing again.
    """
    before = await ports.posts.created_with(user_id, idempotency_key) if idempotency_key else None
    if before is not None:
        return before
    if not 1 <= len(set(account_ids)) <= MOST_ACCOUNTS:
        raise Invalid(f"Name 1 to {MOST_ACCOUNTS} accounts.", field=("accountIds",))
    listing = await listing_of(ports, user_id, listing_id)
    if not listing.publishable:
        raise Conflict(
            f"The home is {listing.status.lower()} and may not be advertised now.", field=("listingId",)
        )
    _check_time(ports, publish_at)
    tags = tuple(hashtag(tag) for tag in hashtags)
    posts = [
        _post(ports, listing, account, text, tags, photo_keys, publish_at)
        for account in await _accounts(ports, user_id, account_ids)
    ]
    asks = [Ask(IntentKind.PUBLISH, user_id, post.id, due=publish_at) for post in posts]
    stored = await ports.posts.create(posts, ask=asks, idempotency_key=idempotency_key)
    for post in stored:
        await ports.bell.ring(IntentKind.PUBLISH, post.id)
    await ports.progress.tell(f"post:{user_id}")
    return stored


async def _accounts(ports: Ports, user_id: str, ids: Sequence[str]) -> list[SocialAccount]:
    accounts = [await account_of(ports, user_id, id, "accountIds") for id in dict.fromkeys(ids)]
    for account in accounts:
        if account.state in (AccountState.NEEDS_RECONNECT, AccountState.UNLINKED):
            raise ActionRequired(f"{account.name} has to be connected again first.", field=("accountIds",))
    return accounts


def _check_time(ports: Ports, publish_at: datetime | None) -> None:
    if publish_at is not None and not ports.now() < publish_at <= ports.now() + LATEST:
        raise Invalid("Publish now, or at a time within the next year.", field=("publishAt",))


def _post(
    ports: Ports,
    listing: Listing,
    account: SocialAccount,
    text: str | None,
    hashtags: tuple[str, ...],
    photo_keys: tuple[str, ...] | None,
    publish_at: datetime | None,
) -> Post:
    platform = platform_of(ports, account.platform)
    chosen = _chosen(listing, photo_keys, platform.limits.photos_max)
    if len(chosen) < platform.limits.photos_min:
        raise Conflict(f"{platform.title} wants a photo, and none is stored yet.", field=("photoIds",))
    now = ports.now()
    post = Post(
        id=ports.new_id(),
        user_id=listing.user_id,
        listing_id=listing.id,
        account_id=account.id,
        platform=account.platform,
        state=PostState.SCHEDULED if publish_at else PostState.PENDING,
        text=proposed_text(listing.facts) if text is None else text,
        hashtags=hashtags,
        photo_keys=tuple(photo.media.key for photo in chosen),
        publish_at=publish_at,
        next_attempt_at=publish_at or now,
        created_at=now,
        updated_at=now,
    )
    problems = platform.preflight(replace(draft_of(post, account), photos=(), alt_texts=()))
    if problems:
        raise Invalid(" ".join(problem.message for problem in problems), field=problems[0].field or ("text",))
    return post


def _chosen(listing: Listing, keys: tuple[str, ...] | None, most: int) -> list[Photo]:
    stored = {photo.media.key: photo for photo in listing.photos if photo.state is PhotoState.STORED}
    if keys is None:
        return list(stored.values())[:most]
    missing = [key for key in keys if key not in stored]
    if missing:
        raise Invalid("A chosen photo is not of this listing, or not stored.", field=("photoIds",))
    if len(keys) > most:
        raise Invalid(f"At most {most} photos go into one post here.", field=("photoIds",))
    return [stored[key] for key in dict.fromkeys(keys)]


def draft_of(post: Post, account: SocialAccount) -> Draft:
    """What is sent, without its photos."""
    return Draft(account_id=account.remote_id, text=with_hashtags(post.text, post.hashtags))
