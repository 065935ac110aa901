"""What subscriptions have seen already, and how they find out what is new."""

from collections.abc import AsyncGenerator, Iterable, Sequence
from datetime import datetime, timedelta

from domain.entities import post as posts
from domain.entities.change import ListingChange
from domain.entities.common import PageRequest
from domain.entities.notification import Notification
from domain.entities.post import LIVE
from domain.ports import Ports

MOST_WATCHED = 1_000
_NEWEST = 50
_PAGE = 100

SETTLED = timedelta(seconds=15)
"""After so long nothing appears any more among the changes before a moment: transactions have ended, clocks
differ by less, and indexes have caught up."""


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


class ChangeWatch:
    """Finds the changes of a user's listings in the order of writing, each once.

    It reads on in the store from where it was, a page at a time: a slow reader falls behind and misses nothing,
    and what is remembered are the changes of the latest seconds, before which others may still appear.
    """

    def __init__(self, ports: Ports, user_id: str, begin: datetime) -> None:
        self._ports = ports
        self._user_id = user_id
        self._since = begin
        self._seen: dict[str, datetime] = {}

    async def changed(self) -> AsyncGenerator[ListingChange, None]:
        """Those that were written since `begin` and have not been answered yet."""
        after: str | None = None
        more = True
        while more:
            now = self._ports.now()
            page = await self._ports.changes.since(self._user_id, self._since, PageRequest(_PAGE, after))
            for change in page.items:
                if change.id not in self._seen:
                    self._seen[change.id] = change.written_at or now
                    yield change
            more = page.more
            reached = self._seen[page.items[-1].id] if more and page.items else now
            # From another beginning the cursor is void; it serves where a page is not enough to move on.
            after = None if self._move(min(reached, now - SETTLED)) else page.end

    def _move(self, settled: datetime) -> bool:
        if settled <= self._since:
            return False
        self._since = settled
        self._seen = {id: written for id, written in self._seen.items() if written >= settled}
        return True


class NotificationWatch:
    """Finds out which notifications of a user are new since the last look, of the newest hundred."""

    def __init__(self, ports: Ports, user_id: str) -> None:
        self._ports = ports
        self._user_id = user_id
        self._seen: set[str] | None = None

    async def added(self) -> Sequence[Notification]:
        """Those that were not there at the last look, oldest first; at first none."""
        found = (await self._ports.notifications.page(self._user_id, PageRequest(_PAGE))).items
        seen = self._seen
        self._seen = {one.id for one in found}
        return [] if seen is None else [one for one in reversed(found) if one.id not in seen]
