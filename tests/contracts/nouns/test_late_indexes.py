"""An index may lag: what has changed since is decided on the items themselves."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from adapters.tables.repositories import Repositories, repositories
from adapters.tables.table import BASE, Page, Query, Table
from adapters.vault import Vault
from domain.entities.common import PageRequest
from domain.entities.listing import ListingStatus
from domain.entities.post import PostFilter, PostState
from domain.entities.sync_run import SyncRunState
from domain.ports import ListingSave
from tests.contracts.nouns.conftest import Now
from tests.contracts.nouns.make import a_listing, a_post, a_run, created
from tests.contracts.nouns.wrapped import Wrapped


class LateIndexes(Wrapped):
    """Indexes answer what they answered to the same query the first time."""

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._first: dict[str, Page] = {}

    async def query(self, query: Query) -> Page:
        if query.index is BASE:
            return await self._table.query(query)
        if repr(query) not in self._first:
            # What an index that may be late answers is never the item as it is.
            self._first[repr(query)] = await self._table.query(replace(query, entire=False))
        return self._first[repr(query)]

    async def query_many(self, queries: Sequence[Query]) -> list[Page]:
        return [await self.query(query) for query in queries]


@pytest.fixture
def late(table: Table, vault: Vault, now: Now) -> Repositories:
    return repositories(LateIndexes(table), vault, now)


async def test_listings(late: Repositories) -> None:
    one, two, three = await created(late, *[a_listing(f"h{n}", mls_number="7") for n in range(3)])
    page = PageRequest()
    assert len(await late.listings.by_mls_number("alice", "mls", "7", ListingStatus.ACTIVE)) == 3
    assert len(await late.listings.by_mls_number("alice", "mls", "7")) == 3
    assert len((await late.listings.of_connection("alice", "c1", page)).items) == 3
    sold = replace(one, status=ListingStatus.SOLD, connection_id="c2")
    await late.listings.update(ListingSave(listing=sold))
    renumbered = replace(two, facts=replace(two.facts, mls_number="8"))
    await late.listings.update(ListingSave(listing=renumbered))
    await late.listings.delete(three, changes=[], ask=[])
    assert await late.listings.by_mls_number("alice", "mls", "7", ListingStatus.ACTIVE) == []
    assert [found.id for found in await late.listings.by_mls_number("alice", "mls", "7")] == ["h0"]
    found = await late.listings.of_connection("alice", "c1", page)
    assert [listing.id for listing in found.items] == ["h1"]
    assert found.items[0].facts.mls_number == "8"
    assert len(found.cursors) == 1


async def test_posts(late: Repositories) -> None:
    (post,) = await late.posts.create([a_post(state=PostState.PUBLISHED, platform_post_id="42_1")])
    wanted = PostFilter(listing_id="mls-1", states=(PostState.PUBLISHED,))
    page = PageRequest()
    assert (await late.posts.page("alice", wanted, page)).items == [post]
    assert await late.posts.of_remote_id("facebook", "42_1") == [post]
    down = replace(post, state=PostState.UNPUBLISHED, platform_post_id="42_2")
    down = await late.posts.save(down)
    assert (await late.posts.page("alice", wanted, page)).items == []
    assert await late.posts.of_remote_id("facebook", "42_1") == []


async def test_runs(late: Repositories) -> None:
    run = await late.runs.save(a_run())
    page = PageRequest()
    running = await late.runs.page("alice", page, connection_id="c1", state=SyncRunState.RUNNING)
    assert running.items == [run]
    await late.runs.save(replace(run, state=SyncRunState.FAILED))
    running = await late.runs.page("alice", page, connection_id="c1", state=SyncRunState.RUNNING)
    assert running.items == []
