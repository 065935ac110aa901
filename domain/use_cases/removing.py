"""Taking posts down, by state and not by event: whatever must not be advertised and is up, comes down."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from domain.entities.common import Failure, PageRequest
from domain.entities.intent import Ask, Done, Intent, IntentKind, Later, Outcome
from domain.entities.listing import Listing, Takedown
from domain.entities.mls_connection import MlsConnection
from domain.entities.notification import NotificationKind, Subject, SubjectType
from domain.entities.post import LIVE, Post, PostState
from domain.entities.social_account import AccountState, SocialAccount
from domain.errors import ActionRequired, Conflict, NotFound, Rejected, Unavailable
from domain.ports import ListingSave, Ports
from domain.rules import schedule
from domain.rules.statuses import takedown_now
from domain.rules.wording import place_of
from domain.use_cases.again import until_unchallenged
from domain.use_cases.notices import notice
from domain.use_cases.renewing import login_refused, tokens_of

_DOWN = "UNAVAILABLE"
"""Why a removal waits whose platform did not say for how long."""


def reason_to_come_down(listing: Listing | None) -> Takedown | None:
    """Why a listing must not be advertised; one that is gone must not."""
    return Takedown.DELETED if listing is None else listing.takedown


async def ask_for_overdue_takedowns(ports: Ports, connection: MlsConnection, run_id: str | None) -> None:
    """Look at every listing of the connection's user that has a live post, and ask for what must come down.

    For the connection's own listings its settings count as they are now, whenever the listing was written.
    The index of live posts may lag by seconds: what it misses now, the next run finds.
    """
    user_id = connection.user_id
    after: str | None = None
    while True:
        page = await ports.posts.live_listing_ids(user_id, PageRequest(100, after))
        ids = list(dict.fromkeys(page.items))
        listings = await ports.listings.get_many(user_id, ids)
        for listing_id, listing in zip(ids, listings, strict=True):
            if listing is not None:
                listing = await _judged_now(ports, listing, connection)
            if reason_to_come_down(listing) is not None:
                await _ask_unless_owed(ports, user_id, listing_id, run_id)
        if page.end is None:
            return
        after = page.end


async def _judged_now(ports: Ports, listing: Listing, connection: MlsConnection) -> Listing:
    """The listing, with a take-down as its connection's settings want it now."""
    if listing.connection_id != connection.id:
        return listing
    facts, stored = listing.facts, listing.takedown
    settings = connection.settings
    wanted = takedown_now(facts.standard_status, facts.mls_status, settings=settings, stored=stored)
    if wanted is stored:
        return listing
    try:
        return await ports.listings.update(ListingSave(listing=replace(listing, takedown=wanted)))
    except Conflict:
        return listing  # just written by another hand, and looked at again in the next run


async def _ask_unless_owed(ports: Ports, user_id: str, listing_id: str, run_id: str | None) -> None:
    owed = await ports.intents.get(IntentKind.TAKEDOWN, listing_id)
    if owed is None or owed.dead:
        payload = {"run": run_id} if run_id else {}
        await ports.intents.ask(Ask(IntentKind.TAKEDOWN, user_id, listing_id, payload=payload))
    await ports.bell.ring(IntentKind.TAKEDOWN, listing_id)


async def take_down_listing(ports: Ports, *, intent: Intent, until: datetime) -> Outcome:
    """Turn each live post of a listing that must not be advertised towards its end.

    A listing that was deleted may be there again: what was posted before the deletion comes down all the same.
    A removal that waits is tried now: a platform that was down for long may be back.
    """
    listing = await ports.listings.get(intent.user_id, intent.target)
    reason = reason_to_come_down(listing)
    deleted_at = intent.payload.get("deletedAt")
    if reason is None and deleted_at is None:
        return Done()
    why = Failure("OFF_MARKET", f"The home is off the market ({reason or Takedown.DELETED}).")
    for post in await live_posts_of(ports, intent.user_id, intent.target):
        if reason is not None or post.created_at <= datetime.fromisoformat(str(deleted_at)):
            await turn_down(ports, post, why, run_id=intent.payload.get("run"))
            if post.state is PostState.UNPUBLISHING and post.failure and post.failure.code == _DOWN:
                await ports.intents.ask(unpublish_ask(post))
                await ports.bell.ring(IntentKind.UNPUBLISH, post.id)
    return Done()


async def live_posts_of(ports: Ports, user_id: str, listing_id: str) -> list[Post]:
    """Posts of the listing that are, may be, or may come to be up."""
    live: list[Post] = []
    after: str | None = None
    while True:
        page = await ports.posts.of_listing(user_id, listing_id, PageRequest(100, after))
        live += [post for post in page.items if post.state in LIVE]
        if page.end is None:
            return live
        after = page.end


async def turn_down(ports: Ports, post: Post, why: Failure, *, run_id: str | None = None) -> Post:
    """Set a post on its way down: at once if it is up, before it goes up, or as soon as that is known.

    Args:
        why: the failure of a post that now never goes up.
    """

    async def attempt() -> Post:
        now = await ports.posts.get(post.user_id, post.id) or post
        turned = _turned_down(now, why, run_id, ports.now())
        if turned == now:
            return now
        asks = [unpublish_ask(turned)] if turned.state is PostState.UNPUBLISHING else []
        return await ports.posts.save(turned, ask=asks)

    turned = await until_unchallenged(ports, attempt)
    if turned.state is PostState.UNPUBLISHING:
        await ports.bell.ring(IntentKind.UNPUBLISH, turned.id)
    await ports.progress.tell(f"post:{turned.user_id}")
    return turned


def _turned_down(post: Post, why: Failure, run_id: str | None, now: datetime) -> Post:
    match post.state:
        case PostState.PUBLISHED:
            return coming_down(post, run_id, now)
        case PostState.PENDING | PostState.SCHEDULED:
            return replace(post, state=PostState.FAILED, failure=why, next_attempt_at=None)
        case PostState.SENDING | PostState.UNKNOWN:
            return replace(post, unpublish_wanted=True, unpublish_run_id=run_id or post.unpublish_run_id)
        case _:
            return post


def coming_down(post: Post, run_id: str | None, now: datetime) -> Post:
    """The post, owed a removal."""
    return replace(
        post,
        state=PostState.UNPUBLISHING,
        unpublish_run_id=run_id or post.unpublish_run_id,
        unpublish_wanted=True,
        attempts=0,
        failure=None,
        next_attempt_at=now,
    )


def unpublish_ask(post: Post) -> Ask:
    """The wish that goes with the state UNPUBLISHING."""
    return Ask(IntentKind.UNPUBLISH, post.user_id, post.id)


async def remove_post(ports: Ports, *, intent: Intent, until: datetime) -> Outcome:
    """Remove one post from its platform; tried again until it is gone or the platform says never."""
    post = await ports.posts.get(intent.user_id, intent.target)
    if post is None or post.state is not PostState.UNPUBLISHING:
        return Done()
    account = await ports.social_accounts.get(post.user_id, post.account_id)
    try:
        await _remove(ports, post, account)
    except (Rejected, NotFound) as error:
        return await leave_to_the_user(ports, post, intent, error.message)
    except ActionRequired as error:
        await login_refused(ports, account)
        return await _try_again(ports, post, intent, "RECONNECT", error.message, None)
    except Unavailable as error:
        code = _DOWN if error.retry_after is None else "THROTTLED"
        return await _try_again(ports, post, intent, code, error.message, error.retry_after)
    gone = replace(
        post,
        state=PostState.UNPUBLISHED,
        unpublished_at=ports.now(),
        failure=None,
        next_attempt_at=None,
    )
    told = await _told_of_removal(ports, gone)
    await _save(ports, gone, intent, count_in=post.unpublish_run_id, ask=told)
    ports.meter.removed(post.platform)
    return Done()


async def _remove(ports: Ports, post: Post, account: SocialAccount | None) -> None:
    if account is None or account.state is AccountState.UNLINKED:
        raise Rejected("The account is no longer linked, so that the post can only be removed by hand.")
    if post.platform not in ports.social:
        raise Unavailable(f"No app for {post.platform} is configured at the moment.")
    if post.platform_post_id is None:
        raise Rejected("The platform's id of the post is not known.")
    tokens = await tokens_of(ports, account)
    platform = ports.social[post.platform]
    await platform.unpublish(tokens, account.remote_id, post.platform_post_id)


async def leave_to_the_user(ports: Ports, post: Post, intent: Intent, why: str) -> Outcome:
    """End the work on a removal that only the user can do."""
    failure = Failure("REMOVE_BY_HAND", why)
    left = replace(post, state=PostState.REMOVE_BY_HAND, failure=failure, next_attempt_at=None)
    home = await home_of(ports, post)
    title = f"Remove the post of {home} from {title_of(ports, post)} by hand: {why}"
    told = notice(
        post.user_id,
        NotificationKind.REMOVE_BY_HAND,
        title,
        subject=Subject(SubjectType.POST, post.id),
        event=f"{post.id}/{post.sequence}",
        at=ports.now(),
    )
    await _save(ports, left, intent, ask=[told])
    return Done()


async def _told_of_removal(ports: Ports, post: Post) -> list[Ask]:
    """Tells of a removal that the user did not ask for."""
    listing = await ports.listings.get(post.user_id, post.listing_id)
    if listing is None or listing.takedown in (None, Takedown.EXCLUDED):
        return []  # deleted or left out by the user, or a single post that was asked for
    home = place_of(listing.facts)
    return [
        notice(
            post.user_id,
            NotificationKind.POSTS_REMOVED,
            f"The post of {home} was removed from {title_of(ports, post)}.",
            subject=Subject(SubjectType.POST, post.id),
            event=post.id,
            at=post.unpublished_at or ports.now(),
        )
    ]


async def home_of(ports: Ports, post: Post) -> str:
    """The post's home as a sentence names it."""
    listing = await ports.listings.get(post.user_id, post.listing_id)
    return place_of(listing.facts) if listing else "a listing that was deleted"


def title_of(ports: Ports, post: Post) -> str:
    """What people call the post's platform."""
    platform = ports.social.get(post.platform)
    return platform.title if platform else post.platform


async def _try_again(
    ports: Ports, post: Post, intent: Intent, code: str, why: str, retry_after: float | None
) -> Outcome:
    wait = schedule.step(schedule.UNPUBLISH, intent.attempts).total_seconds()
    due = schedule.after(ports.now(), max(wait, retry_after or 0))
    waiting = replace(post, attempts=post.attempts + 1, failure=Failure(code, why), next_attempt_at=due)
    await _save(ports, waiting, intent)
    return Later(due, failure=why)


async def _save(
    ports: Ports, post: Post, intent: Intent, count_in: str | None = None, ask: Sequence[Ask] = ()
) -> None:
    await ports.posts.save(post, fence=intent.as_fence, count_unpublished_in=count_in, ask=ask)
    for wish in ask:
        await ports.bell.ring(wish.kind, wish.target)
    await ports.progress.tell(f"post:{post.user_id}")
    if count_in:
        await ports.progress.tell(f"run:{count_in}")
