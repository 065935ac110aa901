"""Subscriptions: a snapshot first, then the state as the store has it whenever there is news."""

from collections.abc import AsyncGenerator, Iterable
from typing import Annotated

import strawberry
from strawberry import UNSET

from domain.entities import post as posts
from domain.entities.common import PageRequest
from domain.entities.metrics import DayMetrics
from domain.entities.post import LIVE
from domain.entities.sync_run import TERMINAL
from domain.errors import NotFound
from domain.ports import Ports
from resolvers.arguments import ListingId, RunId
from resolvers.beats import beats
from schema.context import Info
from schema.fields import watched
from schema.filters import given
from schema.metrics import DailyMetrics
from schema.posts import Post
from schema.runs import SyncRun

MOST_WATCHED = 1_000
_NEWEST = 50

_Of = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only of this listing; null for all your posts.")
]


class PostWatch:
    """Finds out which posts of a user have changed since the last look."""

    def __init__(self, ports: Ports, user_id: str, listing_id: str | None) -> None:
        self._ports = ports
        self._user_id = user_id
        self._listing_id = listing_id
        self._seen: dict[str, int] = {}
        self._live: set[str] = set()
        self._first = True

    async def changed(self) -> list[posts.Post]:
        """At first every live post, then those whose sequence has risen, oldest first."""
        found = {post.id: post for post in [*await self._newest(), *await self._all_live()]}
        left = sorted(self._live - found.keys())
        for post in await self._ports.posts.get_many(self._user_id, left) if left else ():
            if post is not None:
                found[post.id] = post
        news = [post for post in found.values() if self._is_news(post)]
        self._seen.update((post.id, post.sequence) for post in found.values())
        self._live = {post.id for post in found.values() if post.state in LIVE}
        self._first = False
        return sorted(news, key=lambda post: post.id)

    def _is_news(self, post: posts.Post) -> bool:
        if self._first:
            return post.state in LIVE
        return post.sequence > self._seen.get(post.id, -1)

    async def _newest(self) -> Iterable[posts.Post]:
        # A new post may have failed before it was ever seen alive.
        wanted = posts.PostFilter(listing_id=self._listing_id)
        return (await self._ports.posts.page(self._user_id, wanted, PageRequest(_NEWEST))).items

    async def _all_live(self) -> Iterable[posts.Post]:
        wanted = posts.PostFilter(states=tuple(sorted(LIVE)), listing_id=self._listing_id)
        found: list[posts.Post] = []
        after: str | None = None
        while len(found) < MOST_WATCHED:
            page = await self._ports.posts.page(self._user_id, wanted, PageRequest(100, after))
            found.extend(page.items)
            if page.end is None or not page.more:
                break
            after = page.end
        return found


@strawberry.type(description="What can be watched, over WebSockets.")
class Subscription:
    """What can be watched."""

    @watched("A run: a snapshot first, then rising sequences, to its end.")
    async def sync_progress(self, info: Info, run_id: RunId) -> AsyncGenerator[SyncRun, None]:
        """Ends after the terminal state."""
        context, shown = info.context, -1
        key = context.required(run_id, "SyncRun", "runId")
        async with beats(context.ports.progress, f"run:{key}") as looks:
            async for _ in looks:
                run = await context.ports.runs.get(context.user_id, key)
                if run is None:
                    raise NotFound("There is no such run.", field=("runId",))
                if run.sequence > shown:
                    shown = run.sequence
                    yield SyncRun.of(run)
                if run.state in TERMINAL:
                    return

    @watched("Posts: each live one first, then each that changes.")
    async def post_updates(self, info: Info, listing_id: _Of = UNSET) -> AsyncGenerator[Post, None]:
        """Goes on until it is ended."""
        context, id = info.context, given(listing_id)
        key = None if id is None else context.required(id, "Listing", "listingId")
        if key is not None and await context.ports.listings.get(context.user_id, key) is None:
            raise NotFound("There is no such listing.", field=("listingId",))
        watch = PostWatch(context.ports, context.user_id, key)
        async with beats(context.ports.progress, f"post:{context.user_id}") as looks:
            async for _ in looks:
                for post in await watch.changed():
                    yield Post.of(post)

    @watched("A listing's counts of today (UTC): a snapshot first, then at most four times a second.")
    async def metrics_updates(self, info: Info, listing_id: ListingId) -> AsyncGenerator[DailyMetrics, None]:
        """Goes on until it is ended; a new day begins with zeros."""
        context, shown = info.context, None
        key = context.required(listing_id, "Listing", "listingId")
        if await context.ports.listings.get(context.user_id, key) is None:
            raise NotFound("There is no such listing.", field=("listingId",))
        async with beats(context.ports.progress, f"metrics:{key}") as looks:
            async for _ in looks:
                today = context.ports.now().date()
                days = await context.ports.metrics.days(context.user_id, key, today, today)
                day = days[0] if days else DayMetrics(listing_id=key, day=today)
                if shown is None or (day.day, day.sequence) > shown:
                    shown = (day.day, day.sequence)
                    yield DailyMetrics.of(day)
