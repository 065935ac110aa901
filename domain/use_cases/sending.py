"""The work of publishing one post: sent once, and looked up, never sent again, when the answer is lost."""

from dataclasses import replace
from datetime import datetime

from domain.entities.common import Failure
from domain.entities.intent import Done, Intent, IntentKind, Later, Outcome
from domain.entities.listing import Listing, PhotoState
from domain.entities.post import Draft, Post, PostState, Published
from domain.entities.social_account import SocialAccount
from domain.errors import ActionRequired, Conflict, NotFound, Rejected, Unavailable
from domain.ports import Ports
from domain.rules import schedule
from domain.use_cases.publishing import draft_of
from domain.use_cases.removing import (
    coming_down,
    leave_to_the_user,
    needs_reconnect,
    reason_to_come_down,
    unpublish_ask,
)
from domain.use_cases.renditions import rendition


async def publish(ports: Ports, *, intent: Intent, until: datetime) -> Outcome:
    """Send a post that waits, or look up one whose outcome is unknown."""
    post = await ports.posts.get(intent.user_id, intent.target)
    if post is None:
        return Done()
    match post.state:
        case PostState.PENDING | PostState.SCHEDULED:
            return await _send(ports, post, intent)
        case PostState.SENDING:  # whoever sent it has died before the answer
            return await _unknown(ports, post, intent, "The sender ended before the answer came.")
        case PostState.UNKNOWN:
            return await _look_up(ports, post, intent)
        case _:
            return Done()


async def _send(ports: Ports, post: Post, intent: Intent) -> Outcome:
    account = await ports.social_accounts.get(post.user_id, post.account_id)
    listing = await ports.listings.get(post.user_id, post.listing_id)
    if account is None or post.platform not in ports.social:
        return await _fail(ports, post, intent, "NO_ACCOUNT", "The account is no longer linked.")
    if listing is None or not listing.publishable:
        return await _fail(ports, post, intent, "NOT_PUBLISHABLE", _not_publishable(listing))
    try:
        draft = await _whole_draft(ports, post, account, listing)
        tokens = await ports.social_accounts.tokens(post.user_id, post.account_id)
        sending = await _begin(ports, post, intent)
    except (NotFound, Rejected) as error:
        return await _fail(ports, post, intent, "INCOMPLETE", error.message)
    try:
        published = await ports.social[post.platform].publish(tokens, draft)
    except ActionRequired as error:
        await needs_reconnect(ports, account)
        return await _fail(ports, sending, intent, "RECONNECT", error.message)
    except Rejected as error:
        return await _fail(ports, sending, intent, "REJECTED", error.message)
    except Unavailable as error:
        if error.outcome_unknown:
            return await _unknown(ports, sending, intent, error.message)
        return await _later(ports, sending, intent, error)
    return await _published(ports, sending, intent, published)


async def _whole_draft(ports: Ports, post: Post, account: SocialAccount, listing: Listing) -> Draft:
    stored = {photo.media.key: photo for photo in listing.photos if photo.state is PhotoState.STORED}
    chosen = [stored[key] for key in post.photo_keys if key in stored]
    draft = replace(
        draft_of(post, account),
        photos=tuple([await rendition(ports, photo, post.platform) for photo in chosen]),
        alt_texts=tuple(photo.media.caption for photo in chosen),
    )
    problems = ports.social[post.platform].preflight(draft)
    if problems:
        raise Rejected(" ".join(problem.message for problem in problems))
    return draft


async def _begin(ports: Ports, post: Post, intent: Intent) -> Post:
    """Write down that it is being sent, before it is; the store refuses if the home is not for sale now."""
    sending = replace(
        post,
        state=PostState.SENDING,
        attempt_id=ports.new_id(),
        sent_at=ports.now(),
        attempts=post.attempts + 1,
        failure=None,
    )
    saved = await ports.posts.save(sending, fence=intent.as_fence, if_publishable=True)
    await ports.progress.tell(f"post:{post.user_id}")
    return saved


def _not_publishable(listing: Listing | None) -> str:
    if listing is None:
        return "The listing is gone."
    return f"The home is {listing.status.lower()} and may not be advertised now."


async def _published(ports: Ports, post: Post, intent: Intent, published: Published) -> Outcome:
    """Keep the platform's answer; what may not be up any more is set on its way down in the same write."""
    up = replace(
        post,
        state=PostState.PUBLISHED,
        platform_post_id=published.platform_post_id,
        platform_post_url=published.url,
        published_at=ports.now(),
        failure=None,
        next_attempt_at=None,
    )
    try:
        if not up.unpublish_wanted:
            return await _settled(ports, up, intent, if_advertisable=True)
    except Conflict:
        fresh = await ports.posts.get(post.user_id, post.id)
        listing = await ports.listings.get(post.user_id, post.listing_id)
        if fresh is None:
            return Done()
        if reason_to_come_down(listing) is None and not fresh.unpublish_wanted:
            return await _published(ports, fresh, intent, published)
        up = replace(up, version=fresh.version, unpublish_run_id=fresh.unpublish_run_id)
    down = coming_down(up, None, ports.now())
    await ports.posts.save(down, fence=intent.as_fence, ask=[unpublish_ask(down)])
    await ports.bell.ring(IntentKind.UNPUBLISH, down.id)
    return Done()


async def _settled(ports: Ports, post: Post, intent: Intent, *, if_advertisable: bool = False) -> Outcome:
    await ports.posts.save(post, fence=intent.as_fence, if_advertisable=if_advertisable)
    await ports.progress.tell(f"post:{post.user_id}")
    return Done()


async def _fail(ports: Ports, post: Post, intent: Intent, code: str, why: str) -> Outcome:
    failure = Failure(code, why)
    return await _settled(
        ports, replace(post, state=PostState.FAILED, failure=failure, next_attempt_at=None), intent
    )


async def _later(ports: Ports, post: Post, intent: Intent, error: Unavailable) -> Outcome:
    """Nothing was sent: wait and try again, a few times."""
    if post.attempts >= schedule.PUBLISH_ATTEMPTS:
        return await _fail(ports, post, intent, "UNAVAILABLE", error.message)
    wait = schedule.backoff(post.attempts, ports.random()).total_seconds()
    due = schedule.after(ports.now(), max(wait, error.retry_after or 0))
    failure = Failure("UNAVAILABLE", error.message)
    pending = replace(post, state=PostState.PENDING, failure=failure, next_attempt_at=due)
    await _settled(ports, pending, intent)
    return Later(due, failure=error.message)


async def _unknown(ports: Ports, post: Post, intent: Intent, why: str) -> Outcome:
    due = ports.now() + schedule.LOOK_UP[0]
    failure = Failure("OUTCOME_UNKNOWN", why)
    unknown = replace(post, state=PostState.UNKNOWN, checks=0, failure=failure, next_attempt_at=due)
    await _settled(ports, unknown, intent)
    return Later(due, progress=True, failure=why)


async def _look_up(ports: Ports, post: Post, intent: Intent) -> Outcome:
    """Ask the platform whether the lost attempt left a post; while it cannot be asked, nothing is known."""
    if post.next_attempt_at is not None and post.next_attempt_at > ports.now():
        return Later(post.next_attempt_at, progress=True)
    account = await ports.social_accounts.get(post.user_id, post.account_id)
    if account is None:
        return await _lost_sight(ports, post, intent)
    if post.platform not in ports.social:
        return await _look_later(ports, post, intent, f"No app for {post.platform} is configured.")
    try:
        tokens = await ports.social_accounts.tokens(post.user_id, post.account_id)
        found = await ports.social[post.platform].find(
            tokens, draft_of(post, account), post.sent_at or post.created_at
        )
    except ActionRequired as error:
        await needs_reconnect(ports, account)
        return await _look_later(ports, post, intent, error.message)
    except Unavailable as error:
        return await _look_later(ports, post, intent, error.message, error.retry_after)
    except (Rejected, NotFound) as error:
        return await _check_again(ports, post, intent, error.message)
    if found is not None:
        return await _published(ports, post, intent, found)
    return await _check_again(ports, post, intent, "The platform does not show the post.")


async def _check_again(ports: Ports, post: Post, intent: Intent, why: str) -> Outcome:
    checks = post.checks + 1
    if checks >= len(schedule.LOOK_UP):
        return await _fail(ports, post, intent, "OUTCOME_NOT_FOUND", why)
    due = ports.now() + schedule.LOOK_UP[checks]
    await _settled(ports, replace(post, checks=checks, next_attempt_at=due), intent)
    return Later(due, progress=True)


async def _look_later(
    ports: Ports, post: Post, intent: Intent, why: str, retry_after: float | None = None
) -> Outcome:
    """The platform could not be asked, which says nothing: the post may be up, so it is asked for ever."""
    wait = schedule.step(schedule.UNPUBLISH, intent.attempts).total_seconds()
    due = schedule.after(ports.now(), max(wait, retry_after or 0))
    await _settled(ports, replace(post, next_attempt_at=due), intent)
    return Later(due, failure=why)


async def _lost_sight(ports: Ports, post: Post, intent: Intent) -> Outcome:
    """Nobody can look any more; if the post must not be up, its owner has to."""
    why = "The account is no longer linked, so that nobody can see whether the post is up."
    if post.unpublish_wanted:
        return await leave_to_the_user(ports, post, intent, why)
    return await _fail(ports, post, intent, "OUTCOME_NOT_FOUND", why)
