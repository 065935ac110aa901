"""Subscriptions: a snapshot first, then the state as the store has it whenever there is news."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

import strawberry
from strawberry import UNSET

from domain.entities.metrics import DayMetrics
from domain.entities.sync_run import TERMINAL
from domain.entities.sync_run import SyncRun as Run
from domain.errors import NotFound
from resolvers.arguments import ListingId, RunId
from resolvers.beats import beats, states
from resolvers.watches import ChangeWatch, NotificationWatch, PostWatch
from schema.changes import ListingChange
from schema.context import Info
from schema.fields import watched
from schema.filters import given
from schema.metrics import DailyMetrics
from schema.notifications import Notification
from schema.posts import Post
from schema.reach import required
from schema.runs import SyncRun

CHANGES_SPACING = 1.0
"""Seconds: while an import runs, a look at the changes reads those of the latest seconds again."""

_Of = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only of this listing; null for all your posts.")
]


@strawberry.type(description="What can be watched, over WebSockets or by server-sent events.")
class Subscription:
    """What can be watched."""

    @watched("A run: a snapshot first, then rising sequences, to its end.")
    async def sync_progress(self, info: Info, run_id: RunId) -> AsyncGenerator[SyncRun, None]:
        """Ends after the terminal state."""
        context, shown = info.context, -1
        owner, key = required(info, run_id, "SyncRun", "runId")

        async def read() -> Run | None:
            return await context.ports.runs.get(owner, key)

        async with states(context.ports.progress, f"run:{key}", owner, read) as runs:
            async for run in runs:
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

        async def read() -> DayMetrics:
            today = context.ports.now().date()
            days = await context.ports.metrics.days(context.user_id, key, today, today)
            return days[0] if days else DayMetrics(listing_id=key, day=today)

        async with states(context.ports.progress, f"metrics:{key}", context.user_id, read) as days:
            async for day in days:
                if shown is None or (day.day, day.sequence) > shown:
                    shown = (day.day, day.sequence)
                    yield DailyMetrics.of(day)

    @watched(
        "Changes of your listings as they happen, without a snapshot. Nothing is left out for a slow client, which"
        " falls behind instead. After an interruption `listingChangesSince` has what was missed, as have"
        " `Listing.timeline` and `notifications`."
    )
    async def listing_changes(self, info: Info) -> AsyncGenerator[ListingChange, None]:
        """Goes on until it is ended."""
        context = info.context
        watch = ChangeWatch(context.ports, context.user_id, context.ports.now())
        topic = f"listings:{context.user_id}"
        async with beats(context.ports.progress, topic, spacing=CHANGES_SPACING) as looks:
            async for _ in looks:
                async with aclosing(watch.changed()) as changed:
                    async for change in changed:
                        yield ListingChange.of(change)

    @watched("Your notifications as they come, without a snapshot; `notifications` has those of before.")
    async def notification_added(self, info: Info) -> AsyncGenerator[Notification, None]:
        """Goes on until it is ended."""
        context = info.context
        watch = NotificationWatch(context.ports, context.user_id)
        async with beats(context.ports.progress, f"notifications:{context.user_id}") as looks:
            async for _ in looks:
                for notification in await watch.added():
                    yield Notification.of(notification)
