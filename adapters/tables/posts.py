"""Posts in the table."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import orjson

from adapters.tables import key_indexes, keys
from adapters.tables.codec import Codec, free, number, stamped, text, version_of
from adapters.tables.pages import get_all, read_all, read_page, read_pages
from adapters.tables.runs import ConnectionsOfRuns, commit_and_count, counts_in
from adapters.tables.table import (
    BASE,
    EXPIRES_AT,
    GSI1,
    GSI2,
    GSI3,
    Absent,
    Check,
    Equals,
    Filter,
    In,
    Item,
    Put,
    Query,
    Table,
    Write,
    key_of,
)
from adapters.tables.transaction import Now, Stale, commit
from domain.entities.common import Page, PageRequest
from domain.entities.intent import Ask, Fence
from domain.entities.post import Post, PostFilter
from domain.entities.sync_run import RunCounters
from domain.errors import Conflict

KEY_KEPT = timedelta(days=7)
"""How long an idempotency key is remembered."""

_POST = Codec(Post, apart={"version", "sequence"}, remembered=2_000_000)
_ONE_UNPUBLISHED = RunCounters(posts_unpublished=1)


class Posts:
    """`domain.ports.Posts` over a table.

    A post is always written whole: it leaves an index when it is no longer live, which a change of
    attributes could not do.
    """

    def __init__(self, table: Table, now: Now) -> None:
        self._table = table
        self._now = now
        self._connections = ConnectionsOfRuns(table)

    async def create(
        self, posts: Sequence[Post], *, ask: Sequence[Ask] = (), idempotency_key: str | None = None
    ) -> list[Post]:
        """A key is the user's own and is remembered for seven days."""
        if not posts:
            return []
        user_id = posts[0].user_id
        if idempotency_key is not None:
            before = await self.created_with(user_id, idempotency_key)
            if before is not None:
                return before
        saved = [replace(post, updated_at=self._now(), version=1, sequence=1) for post in posts]
        writes: list[Write] = [Put(self._item(post), when=(Absent(),)) for post in saved]
        if idempotency_key is not None:
            writes.append(self._remembered(user_id, idempotency_key, saved))
        try:
            await commit(self._table, self._now, writes, ask=ask)
        except Stale:
            before = (
                await self.created_with(user_id, idempotency_key) if idempotency_key is not None else None
            )
            if before is None:
                raise
            return before
        return saved

    async def created_with(self, user_id: str, idempotency_key: str) -> list[Post] | None:
        item = await self._table.get(keys.idempotency(user_id, "POSTS", idempotency_key))
        if item is None:
            return None
        posts = await self.get_many(user_id, orjson.loads(str(item["Data"])))
        return [post for post in posts if post is not None]

    async def get(self, user_id: str, post_id: str) -> Post | None:
        item = await self._table.get(keys.post(user_id, post_id))
        return None if item is None else _post_of(item)

    async def get_many(self, user_id: str, post_ids: Sequence[str]) -> list[Post | None]:
        items = await get_all(self._table, [keys.post(user_id, post_id) for post_id in post_ids])
        return [None if item is None else _post_of(item) for item in items]

    async def save(
        self,
        post: Post,
        *,
        fence: Fence | None = None,
        ask: Sequence[Ask] = (),
        if_publishable: bool = False,
        if_advertisable: bool = False,
        count_unpublished_in: str | None = None,
    ) -> Post:
        now = self._now()
        saved = replace(post, updated_at=now, version=post.version + 1, sequence=post.sequence + 1)
        writes: list[Write] = [Put(self._item(saved), when=(Equals("version", post.version),))]
        allowed = [Equals("publishable", 1)] if if_publishable else []
        allowed += [Equals("takedown", 0)] if if_advertisable else []
        if allowed:
            writes.append(Check(keys.listing(post.user_id, post.listing_id), when=tuple(allowed)))
        counts = await counts_in(self._connections, post.user_id, count_unpublished_in, _ONE_UNPUBLISHED, now)
        try:
            await commit_and_count(self._table, self._now, writes, counts, fence=fence, ask=ask)
        except Stale as stale:
            if stale.reasons[0] is None and allowed:
                raise Conflict("The home may not be advertised now.", field=("listingId",)) from stale
            raise
        return saved

    async def of_listing(self, user_id: str, listing_id: str, page: PageRequest) -> Page[Post]:
        return (await self.of_listings(user_id, [listing_id], page))[0]

    async def of_listings(
        self, user_id: str, listing_ids: Sequence[str], page: PageRequest
    ) -> list[Page[Post]]:
        queries = [
            Query(GSI1, keys.of_listing(listing_id), prefix="POST#", ascending=False)
            for listing_id in listing_ids
        ]
        return await read_pages(self._table, queries, page, _post_of, owner=user_id)

    async def page(self, user_id: str, filter: PostFilter, page: PageRequest) -> Page[Post]:
        states = tuple(state.value for state in filter.states)
        filters: tuple[Filter, ...] = (In("state", states),) if states else ()
        filters += (In("platform", tuple(filter.platforms)),) if filter.platforms else ()
        query = Query(BASE, keys.user(user_id), prefix="POST#", ascending=False, filters=filters)
        if filter.listing_id is not None:
            query = replace(query, index=GSI1, pk=keys.of_listing(filter.listing_id))

        def decode(item: Item) -> Post | None:
            post = _post_of(item)
            return post if not filter.states or post.state in filter.states else None

        return await read_page(self._table, query, page, decode, owner=user_id)

    async def live_listing_ids(self, user_id: str, page: PageRequest) -> Page[str]:
        def decode(item: Item) -> str | None:
            return text(item, "listing")

        return await read_page(self._table, Query(GSI2, keys.live(user_id)), page, decode, owner=user_id)

    async def of_remote_id(self, platform: str, platform_post_id: str) -> list[Post]:
        if not platform_post_id:
            return []
        found = await read_all(self._table, Query(GSI3, keys.remote_post(platform, platform_post_id)))
        items = await get_all(self._table, [key_of(item) for item in found])
        posts = [_post_of(item) for item in items if item is not None]
        return [post for post in posts if post.platform_post_id == platform_post_id]

    def _remembered(self, user_id: str, idempotency_key: str, posts: Sequence[Post]) -> Put:
        now = self._now()
        key = keys.idempotency(user_id, "POSTS", idempotency_key)
        item: Item = {
            **stamped(key, "IdempotencyKey", created=now, now=now, version=1),
            "Data": orjson.dumps([post.id for post in posts]).decode(),
            EXPIRES_AT: keys.seconds(now + KEY_KEPT),
        }
        return Put(item, when=(free(now),))

    def _item(self, post: Post) -> Item:
        key = keys.post(post.user_id, post.id)
        return {
            **stamped(key, "Post", created=post.created_at, now=self._now(), version=post.version),
            **key_indexes.post_indexes(post),
            "Data": _POST.encode(post),
            "state": post.state.value,
            "platform": post.platform,
            "listing": post.listing_id,
            "sequence": post.sequence,
        }


def _post_of(item: Item) -> Post:
    return _POST.decode(str(item["Data"]), version=version_of(item), sequence=number(item, "sequence"))
