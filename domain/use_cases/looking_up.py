"""Looking on the platform for a post whose outcome is unknown."""

from dataclasses import replace

from domain.entities.intent import Intent, Later, Outcome
from domain.entities.post import Post
from domain.errors import ActionRequired, NotFound, Rejected, Unavailable
from domain.ports import Ports
from domain.rules import schedule
from domain.use_cases.publishing import draft_of
from domain.use_cases.removing import leave_to_the_user
from domain.use_cases.renewing import login_refused, tokens_of
from domain.use_cases.sent import fail, published_as, settled


async def look_up(ports: Ports, post: Post, intent: Intent) -> Outcome:
    """Ask the platform whether the lost attempt left a post; while it cannot be asked, nothing is known."""
    if post.next_attempt_at is not None and post.next_attempt_at > ports.now():
        return Later(post.next_attempt_at, progress=True)
    account = await ports.social_accounts.get(post.user_id, post.account_id)
    if account is None:
        why = "The account is no longer linked, so that nobody can see whether the post is up."
        return await _lost_sight(ports, post, intent, why)
    if post.platform not in ports.social:
        return await _look_later(ports, post, intent, f"No app for {post.platform} is configured.")
    try:
        tokens = await tokens_of(ports, account)
        found = await ports.social[post.platform].find(
            tokens, draft_of(post, account), post.sent_at or post.created_at, post.step or ""
        )
    except ActionRequired as error:
        await login_refused(ports, account)
        return await _look_later(ports, post, intent, error.message)
    except Unavailable as error:
        return await _look_later(ports, post, intent, error.message, error.retry_after)
    except (Rejected, NotFound) as error:
        return await _check_again(ports, post, intent, error.message, could_see=False)
    if found is not None:
        return await published_as(ports, post, intent, found)
    return await _check_again(ports, post, intent, "The platform does not show the post.")


async def _check_again(
    ports: Ports, post: Post, intent: Intent, why: str, *, could_see: bool = True
) -> Outcome:
    checks = post.checks + 1
    if checks >= len(schedule.LOOK_UP):
        if not could_see:
            return await _lost_sight(ports, post, intent, why)
        return await fail(ports, replace(post, step=None), intent, "OUTCOME_NOT_FOUND", why)
    due = ports.now() + schedule.LOOK_UP[checks]
    await settled(ports, replace(post, checks=checks, next_attempt_at=due), intent)
    return Later(due, progress=True)


async def _look_later(
    ports: Ports, post: Post, intent: Intent, why: str, retry_after: float | None = None
) -> Outcome:
    """The platform could not be asked, which says nothing: the post may be up, so it is asked for ever."""
    wait = schedule.step(schedule.UNPUBLISH, intent.attempts).total_seconds()
    due = schedule.after(ports.now(), max(wait, retry_after or 0))
    await settled(ports, replace(post, next_attempt_at=due), intent)
    return Later(due, failure=why)


async def _lost_sight(ports: Ports, post: Post, intent: Intent, why: str) -> Outcome:
    """Nobody can look any more; if the post must not be up, its owner has to."""
    if post.unpublish_wanted:
        return await leave_to_the_user(ports, post, intent, why)
    return await fail(ports, replace(post, step=None), intent, "OUTCOME_NOT_FOUND", why)
