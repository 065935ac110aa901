"""What becomes of a post that was sent: it is up, or it failed."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from domain.entities.common import Failure
from domain.entities.intent import Ask, Done, Intent, IntentKind, Outcome
from domain.entities.post import Post, PostState, Published
from domain.errors import Conflict, NotFound
from domain.ports import Ports
from domain.use_cases.measuring import reading_ask
from domain.use_cases.removing import coming_down, reason_to_come_down, unpublish_ask


async def published_as(ports: Ports, post: Post, intent: Intent, published: Published) -> Outcome:
    """Keep the platform's answer; what may not be up any more is set on its way down in the same write."""
    up = replace(
        post,
        state=PostState.PUBLISHED,
        platform_post_id=published.platform_post_id,
        platform_post_url=published.url,
        published_at=ports.now(),
        step=None,
        failure=None,
        next_attempt_at=None,
    )
    try:
        if not up.unpublish_wanted:
            await settled(ports, up, intent, if_advertisable=True, ask=[reading_ask(ports, up)])
            ports.meter.published(up.platform, "published")
            return Done()
    except Conflict:
        fresh = await ports.posts.get(post.user_id, post.id)
        listing = await ports.listings.get(post.user_id, post.listing_id)
        if fresh is None:
            return Done()
        if reason_to_come_down(listing) is None and not fresh.unpublish_wanted:
            return await published_as(ports, fresh, intent, published)
        up = replace(up, version=fresh.version, unpublish_run_id=fresh.unpublish_run_id)
    down = coming_down(up, None, ports.now())
    await ports.posts.save(down, fence=intent.as_fence, ask=[unpublish_ask(down)])
    ports.meter.published(up.platform, "published")
    await ports.bell.ring(IntentKind.UNPUBLISH, down.id)
    return Done()


async def settled(
    ports: Ports, post: Post, intent: Intent, *, if_advertisable: bool = False, ask: Sequence[Ask] = ()
) -> Outcome:
    """Keep the post as it is now; its watchers are told."""
    await ports.posts.save(post, fence=intent.as_fence, if_advertisable=if_advertisable, ask=ask)
    await ports.progress.tell(f"post:{post.user_id}")
    return Done()


async def fail(ports: Ports, post: Post, intent: Intent, code: str, why: str) -> Outcome:
    """It is not up and never will be; what was prepared for it goes."""
    failed = replace(post, state=PostState.FAILED, failure=Failure(code, why), next_attempt_at=None)
    saved = await ports.posts.save(failed, fence=intent.as_fence)
    ports.meter.published(post.platform, "failed")
    await ports.progress.tell(f"post:{post.user_id}")
    return await clear_away(ports, saved, intent) if saved.step is not None else Done()


async def clear_away(ports: Ports, post: Post, intent: Intent) -> Outcome:
    """Remove from the platform what was prepared for a post that failed."""
    if post.step is not None and post.platform in ports.social:
        with suppress(NotFound):
            tokens = await ports.social_accounts.tokens(post.user_id, post.account_id)
            await ports.social[post.platform].discard(tokens, post.step)
    return await settled(ports, replace(post, step=None), intent)
