"""Reading how posts do on their platforms, and counting what they have gained, once."""

from dataclasses import replace
from datetime import datetime

from domain.entities.alert import AlertMetric
from domain.entities.engagement import Engagement, NewsKind
from domain.entities.intent import Ask, Done, Intent, IntentKind, Later, Outcome
from domain.entities.metrics import Counts, Reading
from domain.entities.post import Post, PostState
from domain.entities.social_account import AccountState, SocialAccount
from domain.errors import ActionRequired, NotFound, Rejected, Unavailable
from domain.ports import Ports
from domain.rules import schedule
from domain.rules.gains import gained, highest
from domain.use_cases.alerting import looks_after
from domain.use_cases.renewing import PATIENCE_SECONDS, login_refused, tokens_of

_UNUSABLE = (AccountState.NEEDS_RECONNECT, AccountState.UNLINKED)


def reading_ask(ports: Ports, post: Post) -> Ask:
    """The wish that goes with a post that is up."""
    due = schedule.first_reading(post.published_at or ports.now(), ports.random())
    return Ask(IntentKind.ENGAGEMENT, post.user_id, post.id, due)


async def measure(ports: Ports, *, intent: Intent, until: datetime) -> Outcome:
    """Read the figures of a post that is up, count what is new, and come again until the post is old.

    While synchronization is off for the whole installation nothing is read: platforms tell totals, so that the
    next reading makes up for it. The same holds while the account waits for its user.
    """
    post = await ports.posts.get(intent.user_id, intent.target)
    if post is None or post.state is not PostState.PUBLISHED or post.platform_post_id is None:
        return Done()
    account = await ports.social_accounts.get(post.user_id, post.account_id)
    if account is None or account.state in _UNUSABLE or not (await ports.installations.recent()).sync_enabled:
        return _next(ports, post)
    try:
        told = await _told(ports, post, account, post.platform_post_id)
    except NotFound:
        await _look_for(ports, post)
        return _next(ports, post)
    except ActionRequired as error:
        return await _refused(ports, post, account, error)
    except Rejected as error:
        return _next(ports, post, error.message)
    except Unavailable as error:
        wait = schedule.step(schedule.READING, intent.attempts).total_seconds()
        due = schedule.after(ports.now(), max(wait, error.retry_after or 0))
        return Later(due, failure=error.message)
    await _count(ports, post, intent, told)
    return _next(ports, post)


async def _told(ports: Ports, post: Post, account: SocialAccount, platform_post_id: str) -> Engagement:
    if post.platform not in ports.social:
        raise Rejected(f"No app for {post.platform} is configured at the moment.")
    tokens = await tokens_of(ports, account)
    return await ports.social[post.platform].engagement(tokens, account.remote_id, platform_post_id)


async def _count(ports: Ports, post: Post, intent: Intent, told: Engagement) -> None:
    known = await ports.metrics.reading(post.user_id, post.id) or Reading(
        post_id=post.id,
        user_id=post.user_id,
        listing_id=post.listing_id,
        platform=post.platform,
        highest=Engagement(),
        read_at=ports.now(),
    )
    now = highest(known.highest, told)
    gain = gained(known.highest, now)
    if gain == Counts():
        return
    reading = replace(known, highest=now, read_at=ports.now())
    moved = [metric for metric in AlertMetric if getattr(gain, metric.counter)]
    looks = await looks_after(ports, post.user_id, post.listing_id, moved)
    await ports.metrics.add_reading(reading, gain, ask=looks, fence=intent.as_fence)
    await ports.progress.tell(f"metrics:{post.listing_id}")


async def _look_for(ports: Ports, post: Post) -> None:
    """The platform shows the post no more: as if it had said so by itself."""
    kind = NewsKind.POST_REMOVED.value
    ask = Ask(IntentKind.NEWS, post.user_id, post.id, payload={"kind": kind})
    await ports.intents.ask(ask)
    await ports.bell.ring(ask.kind, ask.target)


async def _refused(ports: Ports, post: Post, account: SocialAccount, error: ActionRequired) -> Outcome:
    """Mark the account, unless its user has left out permissions, which may be what is missing for figures."""
    if not account.missing_scopes and await login_refused(ports, account):
        return Later(schedule.after(ports.now(), PATIENCE_SECONDS), failure=error.message)
    return _next(ports, post, error.message)


def _next(ports: Ports, post: Post, failure: str | None = None) -> Outcome:
    due = schedule.next_reading(post.published_at or post.created_at, ports.now(), ports.random())
    return Done() if due is None else Later(due, progress=True, failure=failure)
