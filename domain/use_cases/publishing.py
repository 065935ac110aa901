"""Asking for posts: everything that can be refused is refused before anything is stored."""

from dataclasses import replace
from datetime import datetime, timedelta

from domain.entities.intent import Ask, IntentKind
from domain.entities.listing import Listing
from domain.entities.post import Draft, Post, PostState
from domain.entities.social_account import SocialAccount
from domain.errors import Invalid, NotFound, YardsignError, together
from domain.ports import Ports
from domain.rules.wording import with_hashtags
from domain.use_cases.composing import PROPOSED, Composed, Words, compose
from domain.use_cases.lookup import account_of, listing_of
from domain.use_cases.tracking import link_for_post

MOST_ACCOUNTS = 20
LATEST = timedelta(days=365)


async def publish_post(
    ports: Ports,
    *,
    user_id: str,
    listing_id: str,
    account_ids: tuple[str, ...],
    words: Words = PROPOSED,
    publish_at: datetime | None = None,
    idempotency_key: str | None = None,
) -> list[Post]:
    """Create a post for each account, each with an outcome of its own; work begins at once or on time.

    A request that is repeated with its key is answered whatever has become of the home meanwhile. A template
    is rendered now: what is known of the home now is what the post will say, whenever it goes up.

    Args:
        publish_at: None for now.
        idempotency_key: the same key answers the same posts and publishes nothing again.

    Raises:
        Several: more than one thing is wrong; a single one is raised as what it is.
    """
    before = await ports.posts.created_with(user_id, idempotency_key) if idempotency_key else None
    if before is not None:
        return before
    listing, composed, wrong = await _compose_all(ports, user_id, listing_id, account_ids, words, publish_at)
    wrong += [problem for one in composed for problem in one.problems]
    if wrong:
        raise together(wrong)
    posts = [_post(ports, listing, one, publish_at) for one in composed]
    asks = [Ask(IntentKind.PUBLISH, user_id, post.id, due=publish_at) for post in posts]
    stored = await ports.posts.create(posts, ask=asks, idempotency_key=idempotency_key)
    for post in stored:
        await ports.bell.ring(IntentKind.PUBLISH, post.id)
    await ports.progress.tell(f"post:{user_id}")
    return stored


async def preview_post(
    ports: Ports,
    *,
    user_id: str,
    listing_id: str,
    account_ids: tuple[str, ...],
    words: Words = PROPOSED,
    publish_at: datetime | None = None,
) -> tuple[Listing, list[Composed]]:
    """What `publish_post` would create, with everything that stands against it; nothing is stored.

    Raises:
        NotFound, Invalid: there is no such listing or account, or too many of these, so that there is nothing
            to show.
    """
    listing, composed, wrong = await _compose_all(ports, user_id, listing_id, account_ids, words, None)
    if wrong:
        raise together(wrong)
    late = _of_time(ports, publish_at)
    return listing, [replace(one, problems=(*late, *one.problems)) for one in composed]


async def _compose_all(
    ports: Ports,
    user_id: str,
    listing_id: str,
    account_ids: tuple[str, ...],
    words: Words,
    publish_at: datetime | None,
) -> tuple[Listing, list[Composed], list[YardsignError]]:
    """The posts for the accounts that there are, and what is wrong with the request apart from them."""
    if not 1 <= len(set(account_ids)) <= MOST_ACCOUNTS:
        raise Invalid(f"Name 1 to {MOST_ACCOUNTS} accounts.", field=("accountIds",))
    listing = await listing_of(ports, user_id, listing_id)
    wrong = _of_time(ports, publish_at)
    composed = []
    for id in dict.fromkeys(account_ids):
        try:
            account = await account_of(ports, user_id, id, "accountIds")
        except NotFound as error:
            wrong.append(error)
        else:
            platform = ports.social.get(account.platform)
            post_id = ports.new_id()
            link = link_for_post(ports, listing, post_id)
            said = _with_choice(ports, words, link)
            made = await compose(
                ports.templates, platform, listing, account, said, post_id=post_id, link=link
            )
            composed.append(made)
    return listing, composed, wrong


def _with_choice(ports: Ports, words: Words, link: str | None) -> Words:
    """The words, with what the installation does with links where the user has not chosen."""
    if words.link is not None:
        return words
    proposed = words.text is None and words.template is None
    return replace(words, link=proposed and link is not None and ports.tracking.links_in_posts)


def _of_time(ports: Ports, publish_at: datetime | None) -> list[YardsignError]:
    if publish_at is None or ports.now() < publish_at <= ports.now() + LATEST:
        return []
    return [Invalid("Publish now, or at a time within the next year.", field=("publishAt",))]


def _post(ports: Ports, listing: Listing, composed: Composed, publish_at: datetime | None) -> Post:
    now = ports.now()
    return Post(
        id=composed.post_id,
        user_id=listing.user_id,
        listing_id=listing.id,
        account_id=composed.account.id,
        platform=composed.account.platform,
        state=PostState.SCHEDULED if publish_at else PostState.PENDING,
        text=composed.text,
        hashtags=composed.hashtags,
        photo_keys=tuple(photo.media.key for photo in composed.photos),
        publish_at=publish_at,
        next_attempt_at=publish_at or now,
        created_at=now,
        updated_at=now,
    )


def draft_of(post: Post, account: SocialAccount) -> Draft:
    """What is sent, without its photos."""
    return Draft(account_id=account.remote_id, text=with_hashtags(post.text, post.hashtags))
