"""The work of publishing one post: prepared, then sent once; a lost answer is looked up, never sent again."""

from dataclasses import replace
from datetime import datetime

from domain.entities.common import Failure
from domain.entities.intent import Done, Intent, Later, Outcome
from domain.entities.listing import Listing, PhotoState
from domain.entities.post import Draft, Post, PostState, Prepared
from domain.entities.social_account import SocialAccount
from domain.errors import ActionRequired, NotFound, Rejected, Unavailable
from domain.ports import Ports
from domain.rules import schedule
from domain.use_cases.looking_up import look_up
from domain.use_cases.publishing import draft_of
from domain.use_cases.renditions import rendition, rendition_url
from domain.use_cases.renewing import PATIENCE_SECONDS, login_refused, tokens_of
from domain.use_cases.sent import clear_away, fail, published_as, settled
from domain.use_cases.waiting import asks_for_patience, wanted_wait


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
            return await look_up(ports, post, intent)
        case PostState.FAILED if post.step is not None:
            return await clear_away(ports, post, intent)
        case _:
            return Done()


async def _send(ports: Ports, post: Post, intent: Intent) -> Outcome:
    account = await ports.social_accounts.get(post.user_id, post.account_id)
    listing = await ports.listings.get(post.user_id, post.listing_id)
    if account is None or post.platform not in ports.social:
        return await fail(ports, post, intent, "NO_ACCOUNT", "The account is no longer linked.")
    if listing is None or not listing.publishable:
        return await fail(ports, post, intent, "NOT_PUBLISHABLE", _not_publishable(listing))
    try:
        draft = await _whole_draft(ports, post, account, listing)
    except (NotFound, Rejected) as error:
        return await fail(ports, post, intent, "INCOMPLETE", error.message)
    platform = ports.social[post.platform]
    try:
        tokens = await tokens_of(ports, account)
        prepared = await platform.prepare(tokens, draft, post.step)
        if prepared.wait is not None:
            return await _come_back(ports, post, intent, prepared)
        post = await _begin(ports, post, prepared.step, intent)
        published = await platform.publish(tokens, draft, prepared.step)
    except ActionRequired as error:
        if await login_refused(ports, account):
            soon = Unavailable(error.message, retry_after=PATIENCE_SECONDS)
            return await _later(ports, post, intent, soon)
        return await fail(ports, post, intent, "RECONNECT", error.message)
    except NotFound as error:
        return await fail(ports, post, intent, "NO_ACCOUNT", error.message)
    except Rejected as error:
        return await fail(ports, post, intent, "REJECTED", error.message)
    except Unavailable as error:
        if error.outcome_unknown:
            return await _unknown(ports, post, intent, error.message)
        return await _later(ports, post, intent, error)
    return await published_as(ports, post, intent, published)


async def _whole_draft(ports: Ports, post: Post, account: SocialAccount, listing: Listing) -> Draft:
    stored = {photo.media.key: photo for photo in listing.photos if photo.state is PhotoState.STORED}
    chosen = [stored[key] for key in post.photo_keys if key in stored]
    draft = replace(
        draft_of(post, account),
        photos=tuple([await rendition(ports, photo, post.platform) for photo in chosen]),
        photo_urls=tuple(rendition_url(ports, photo, post.platform) for photo in chosen),
        alt_texts=tuple(photo.media.caption for photo in chosen),
    )
    problems = ports.social[post.platform].preflight(draft)
    if problems:
        raise Rejected(" ".join(problem.message for problem in problems))
    return draft


async def _come_back(ports: Ports, post: Post, intent: Intent, prepared: Prepared) -> Outcome:
    """The platform is not ready yet; what it has is written down, so that whoever comes back goes on there."""
    due = schedule.after(ports.now(), prepared.wait or 0)
    await settled(ports, replace(post, step=prepared.step, next_attempt_at=due), intent)
    return Later(due, progress=True)


async def _begin(ports: Ports, post: Post, step: str, intent: Intent) -> Post:
    """Write down that it is being sent, before it is; the store refuses if the home is not for sale now."""
    sending = replace(
        post,
        state=PostState.SENDING,
        attempt_id=ports.new_id(),
        sent_at=ports.now(),
        step=step,
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


async def _later(ports: Ports, post: Post, intent: Intent, error: Unavailable) -> Outcome:
    """Nothing was sent: wait and try again, a few times.

    To wait for as long as the platform wants is no attempt, for a day from when the post was to go up.
    """
    before = post.attempts - (post.state is PostState.SENDING)  # else it failed while it was prepared
    is_patient = asks_for_patience(ports, error, post.publish_at or post.created_at)
    post = replace(post, attempts=before if is_patient else before + 1)
    if post.attempts >= schedule.PUBLISH_ATTEMPTS:
        return await fail(ports, post, intent, "UNAVAILABLE", error.message)
    backoff = schedule.backoff(max(intent.attempts, 1), ports.random()).total_seconds()
    due = schedule.after(ports.now(), max(backoff, wanted_wait(error)))
    failure = Failure("UNAVAILABLE", error.message)
    pending = replace(post, state=PostState.PENDING, failure=failure, next_attempt_at=due)
    await settled(ports, pending, intent)
    return Later(due, failure=error.message)


async def _unknown(ports: Ports, post: Post, intent: Intent, why: str) -> Outcome:
    due = ports.now() + schedule.LOOK_UP[0]
    failure = Failure("OUTCOME_UNKNOWN", why)
    unknown = replace(post, state=PostState.UNKNOWN, checks=0, failure=failure, next_attempt_at=due)
    await settled(ports, unknown, intent)
    ports.meter.published(post.platform, "unknown")
    return Later(due, progress=True, failure=why)
