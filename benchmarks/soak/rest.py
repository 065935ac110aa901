"""Bringing the work of a soak to rest: faults have ended, and what waits for its time gets it now."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypeVar

from app.settings import Settings
from app.wiring import wire
from benchmarks.installations import Silence
from benchmarks.soak import documents
from benchmarks.soak.scene import Scene
from domain.entities.common import Page, PageRequest
from domain.entities.intent import Ask, Intent, IntentKind, Lane
from domain.entities.listing import Listing
from domain.entities.post import Post, PostFilter, PostState
from domain.errors import Conflict
from domain.ports import Ports
from domain.use_cases.removing import unpublish_ask
from schema.ids import to_id
from tests.processes.system import System

T = TypeVar("T")
SHARDS = 16
_SOON = timedelta(days=2)
_OVERDUE = timedelta(seconds=15)
_STANDING = frozenset(
    {IntentKind.SYNC, IntentKind.FILES, IntentKind.ENGAGEMENT, IntentKind.ALERT, IntentKind.RENEW}
)
_WAITING = (PostState.PENDING, PostState.SENDING, PostState.UNKNOWN, PostState.UNPUBLISHING)
_PAUSE = 0.5
_PATIENCE = timedelta(seconds=3)


@asynccontextmanager
async def store_of(system: System) -> AsyncIterator[Ports]:
    """The ports of the system's own store, beside its processes."""
    settings = Settings.model_validate({"yardsign_data": system.folder, "port": system.port})
    async with wire(settings, Silence()) as wired:
        yield wired.ports


async def bring_to_rest(ports: Ports, scene: Scene) -> bool:
    """Import everything once more, publish again what failed, and wait; False if the time of the plan is over."""
    try:
        async with asyncio.timeout(scene.plan.rest):
            await _until_at_rest(ports, scene)
            for graph, connection in scene.connections:
                await graph.mutate("importMlsListings", documents.IMPORT, connectionId=connection)
            await _until_at_rest(ports, scene)
            for _ in range(2):  # a home may have come back to the market by the import alone
                await _publish_failed(ports, scene)
                await _until_at_rest(ports, scene)
    except TimeoutError:
        return False
    return True


async def _until_at_rest(ports: Ports, scene: Scene) -> None:
    """Nothing is owed, but for what stands, and no run is under way; twice, because work makes work."""
    quiet = 0
    while quiet < 2:
        await asyncio.sleep(_PAUSE)
        await _hurry(ports, scene.agent.user)
        owed = await owed_work(ports)
        runs = [await ports.runs.page(graph.user, PageRequest(20)) for graph in scene.graphs]
        busy = any(run.finished_at is None for page in runs for run in page.items)
        quiet = 0 if owed or busy else quiet + 1


async def owed_work(ports: Ports) -> list[Intent]:
    """What is under way, waits, or is overdue; not what stands and rests."""
    now = ports.now()
    found = [
        intent
        for lane in Lane
        for shard in range(SHARDS)
        for intent in await ports.intents.due(lane, shard, now + _SOON, 100)
    ]
    return [each for each in found if each.kind not in _STANDING or _is_overdue(each, now)]


def _is_overdue(intent: Intent, now: datetime) -> bool:
    return intent.due < now - _OVERDUE or bool(intent.holder)


async def _hurry(ports: Ports, user: str) -> None:
    """Posts that wait for minutes and hours, for a platform that was in trouble, wait no longer."""
    for post in await posts_of(ports, user, _WAITING):
        late = post.next_attempt_at is not None and post.next_attempt_at > ports.now() + _PATIENCE
        if not late:
            continue
        soon = replace(post, next_attempt_at=ports.now())
        removal = post.state is PostState.UNPUBLISHING
        ask = unpublish_ask(post) if removal else Ask(IntentKind.PUBLISH, post.user_id, post.id)
        try:
            await ports.posts.save(soon, ask=[ask])
        except Conflict:
            continue  # somebody works on it


async def _publish_failed(ports: Ports, scene: Scene) -> None:
    """What a user does whose post failed: ask again, if the home is for sale."""
    for listing_id, account_id in await targets(ports, scene.agent.user):
        posts = await posts_of(ports, scene.agent.user, (), listing_id)
        listing = await ports.listings.get(scene.agent.user, listing_id)
        latest = next(post for post in posts if post.account_id == account_id)
        if listing is None or not listing.publishable or latest.state is not PostState.FAILED:
            continue
        scene.diary.count("published again")
        await scene.agent.mutate(
            "publishPost",
            documents.PUBLISH,
            listingId=to_id("Listing", scene.agent.user, listing_id),
            accountIds=[to_id("SocialAccount", scene.agent.user, account_id)],
            text=f"Once more: {latest.text}"[-200:],
        )


async def targets(ports: Ports, user: str) -> list[tuple[str, str]]:
    """Every listing and account for which there was ever a post."""
    posts = await posts_of(ports, user, ())
    return sorted({(post.listing_id, post.account_id) for post in posts})


async def posts_of(
    ports: Ports, user: str, states: tuple[PostState, ...], listing_id: str | None = None
) -> list[Post]:
    """A user's posts, newest first."""
    wanted = PostFilter(states=states, listing_id=listing_id)
    return await _all(lambda page: ports.posts.page(user, wanted, page))


async def listings_of(ports: Ports, user: str, connection_id: str) -> list[Listing]:
    """A connection's listings."""
    return await _all(lambda page: ports.listings.of_connection(user, connection_id, page))


async def _all(read: Callable[[PageRequest], Awaitable[Page[T]]]) -> list[T]:
    found: list[T] = []
    after: str | None = None
    while True:
        page = await read(PageRequest(100, after))
        found += page.items
        if page.end is None:
            return found
        after = page.end
