"""What platforms tell by themselves: whose it is, the work that follows, and that work.

Nobody is believed blindly. A post that is said to be removed is looked for on the platform, and what Meta tells
of a person concerns only those accounts that this person linked before.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import quote

from domain.entities.common import Failure
from domain.entities.engagement import NewsKind, PlatformNews
from domain.entities.intent import Ask, Done, Intent, IntentKind, Later, Outcome
from domain.entities.notification import NotificationKind, Subject, SubjectType
from domain.entities.post import Post, PostState
from domain.entities.social_account import SocialAccount
from domain.errors import ActionRequired, NotFound, Rejected, Unavailable
from domain.ports import Ports
from domain.rules import schedule
from domain.use_cases.notices import notice
from domain.use_cases.removing import home_of, title_of
from domain.use_cases.renewing import PATIENCE_SECONDS, login_refused, needs_reconnect, tokens_of

CLOCKS_DIFFER = timedelta(seconds=10)
LOOKS = 3
"""So often a post is looked for that is said to be removed and still shows."""

LOOK_AGAIN = timedelta(minutes=1)
_STANDING_THERE = (PostState.PUBLISHED, PostState.REMOVE_BY_HAND)


async def hear(ports: Ports, *, platform: str, headers: Mapping[str, str], body: bytes) -> int:
    """Store the work that follows from what a platform sent; the same sent again asks for the same work.

    What an app's secret has signed concerns every platform of this app: Facebook and Instagram are one at Meta.

    Args:
        headers: with names in lower case, or a mapping that does not mind the case.

    Returns:
        How much work that is.

    Raises:
        NotFound: there is no such platform, or it has not signed this; which of these is never said.
    """
    told: dict[str, list[PlatformNews]] = {}
    for slug, adapter in ports.social.items():
        try:
            told[slug] = adapter.news(headers, body)
        except Rejected:
            continue
    if platform not in told:
        raise NotFound("Not allowed.")
    asks: dict[str, Ask] = {}
    for slug, news in told.items():
        for piece in dict.fromkeys(news):
            asks |= {ask.target: ask for ask in await _asks_of(ports, slug, piece)}
    for ask in asks.values():
        await ports.intents.ask(ask)
        await ports.bell.ring(ask.kind, ask.target)
    return len(asks)


async def _asks_of(ports: Ports, platform: str, news: PlatformNews) -> list[Ask]:
    match news.kind:
        case NewsKind.POST_REMOVED:
            posts = await ports.posts.of_remote_id(platform, news.platform_post_id or "")
            account_id = f"{platform}:{news.account_id}"
            return [
                Ask(IntentKind.NEWS, post.user_id, post.id, payload={"kind": news.kind.value})
                for post in posts
                if post.account_id == account_id and post.state in _STANDING_THERE
            ]
        case NewsKind.DEAUTHORIZED:
            at = news.at or ports.now()
            payload = {"kind": news.kind.value, "at": at.isoformat()}
            return [
                Ask(
                    IntentKind.NEWS,
                    account.user_id,
                    _name(account),
                    payload=payload | {"account": account.id},
                )
                for account in await ports.social_accounts.of_login(platform, news.login_id or "")
            ]


def listening(account: SocialAccount) -> Ask:
    """The wish that the platform tells what happens to the account's posts."""
    return Ask(IntentKind.LISTEN, account.user_id, _name(account), payload={"account": account.id})


def _name(account: SocialAccount) -> str:
    return f"{quote(account.user_id, safe='')}/{account.id}"


async def listen(ports: Ports, *, intent: Intent, until: datetime) -> Outcome:
    """Ask the platform to tell; an account that may not ask for that does without."""
    account = await ports.social_accounts.get(intent.user_id, str(intent.payload["account"]))
    if account is None or account.platform not in ports.social:
        return Done()
    try:
        tokens = await tokens_of(ports, account)
        await ports.social[account.platform].listen(tokens, account.remote_id)
    except (ActionRequired, NotFound, Rejected):
        return Done()
    except Unavailable as error:
        return _later(ports, intent, error)
    return Done()


async def act_on_news(ports: Ports, *, intent: Intent, until: datetime) -> Outcome:
    """Do what follows from a piece of news."""
    match NewsKind(intent.payload["kind"]):
        case NewsKind.POST_REMOVED:
            return await _look_for(ports, intent)
        case NewsKind.DEAUTHORIZED:
            return await _let_go(ports, intent)


async def _let_go(ports: Ports, intent: Intent) -> Outcome:
    """Mark an account, unless it was linked again since; such news can come late, and twice."""
    account = await ports.social_accounts.get(intent.user_id, str(intent.payload["account"]))
    at = datetime.fromisoformat(intent.payload["at"])
    if account is not None and account.linked_at <= at + CLOCKS_DIFFER:
        await needs_reconnect(ports, account)
    return Done()


async def _look_for(ports: Ports, intent: Intent) -> Outcome:
    """Make sure that the post is gone."""
    post = await ports.posts.get(intent.user_id, intent.target)
    if post is None or post.state not in _STANDING_THERE or post.platform_post_id is None:
        return Done()
    account = await ports.social_accounts.get(post.user_id, post.account_id)
    if account is None or post.platform not in ports.social:
        return Done()
    try:
        tokens = await tokens_of(ports, account)
        platform = ports.social[post.platform]
        is_up = await platform.shows(tokens, account.remote_id, post.platform_post_id)
    except ActionRequired as error:
        if await login_refused(ports, account):
            return _later(ports, intent, Unavailable(error.message, retry_after=PATIENCE_SECONDS))
        return Done()
    except (NotFound, Rejected):
        return Done()
    except Unavailable as error:
        return _later(ports, intent, error)
    if is_up:
        return Later(ports.now() + LOOK_AGAIN) if intent.attempts < LOOKS else Done()
    await _gone(ports, post, intent)
    return Done()


async def _gone(ports: Ports, post: Post, intent: Intent) -> None:
    """Write down that the post is gone, and tell whoever did not expect it."""
    expected = post.state is PostState.REMOVE_BY_HAND
    why = f"Somebody removed it on {title_of(ports, post)}."
    gone = replace(
        post,
        state=PostState.UNPUBLISHED,
        unpublished_at=ports.now(),
        next_attempt_at=None,
        failure=None if expected else Failure("REMOVED_THERE", why),
    )
    told = notice(
        post.user_id,
        NotificationKind.POSTS_REMOVED,
        f"The post of {await home_of(ports, post)} is gone: somebody removed it on {title_of(ports, post)}.",
        subject=Subject(SubjectType.POST, post.id),
        event=post.id,
        at=ports.now(),
    )
    asks = [] if expected else [told]
    await ports.posts.save(gone, fence=intent.as_fence, ask=asks)
    for ask in asks:
        await ports.bell.ring(ask.kind, ask.target)
    await ports.progress.tell(f"post:{post.user_id}")


def _later(ports: Ports, intent: Intent, error: Unavailable) -> Outcome:
    wait = schedule.step(schedule.UNPUBLISH, intent.attempts).total_seconds()
    return Later(schedule.after(ports.now(), max(wait, error.retry_after or 0)), failure=error.message)
