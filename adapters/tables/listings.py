"""Listings in the table."""

from collections.abc import Sequence
from dataclasses import replace

from adapters.tables import keys
from adapters.tables.changes import change_put
from adapters.tables.codec import text
from adapters.tables.listing_filters import wanted
from adapters.tables.listing_items import listing_of, photo_attributes, with_fitted_photos
from adapters.tables.listing_saves import prepared, save_step
from adapters.tables.pages import get_all, read_page
from adapters.tables.runs import ConnectionsOfRuns, commit_and_count, counts_in, write_most_errors
from adapters.tables.table import (
    BASE,
    GSI1,
    GSI2,
    INDEXES,
    Change,
    Delete,
    Equals,
    Item,
    Query,
    Table,
    Write,
    key_of,
)
from adapters.tables.transaction import Now, commit
from domain.entities.change import ListingChange
from domain.entities.common import Page, PageRequest
from domain.entities.intent import Ask, Fence
from domain.entities.listing import Listing, ListingFilter, ListingOrder, ListingStatus, PhotoSet
from domain.entities.sync_run import RunCounters, SyncError, SyncRun
from domain.ports import ListingSave

_NOTHING = RunCounters()


class Listings:
    """`domain.ports.Listings` over a table."""

    def __init__(self, table: Table, now: Now) -> None:
        self._table = table
        self._now = now
        self._connections = ConnectionsOfRuns(table)

    async def get(self, user_id: str, listing_id: str) -> Listing | None:
        item = await self._table.get(keys.listing(user_id, listing_id))
        return None if item is None else listing_of(item)

    async def get_many(self, user_id: str, listing_ids: Sequence[str]) -> list[Listing | None]:
        items = await get_all(self._table, [keys.listing(user_id, one) for one in listing_ids])
        return [None if item is None else listing_of(item) for item in items]

    async def page(
        self, user_id: str, filter: ListingFilter, order: ListingOrder, page: PageRequest
    ) -> Page[Listing]:
        want = wanted(filter, order.field)
        if want.nothing:
            return Page(items=[], cursors=[], end=None, more=False)
        query = Query(
            INDEXES[keys.ORDER_INDEXES[order.field]],
            keys.listings_of(user_id),
            low=want.low,
            high=want.high,
            ascending=not order.descending,
            filters=want.filters,
        )
        own = keys.user(user_id)

        def decode(item: Item) -> Listing | None:
            return listing_of(item) if item[BASE.pk] == own else None

        return await read_page(self._table, query, page, decode)

    async def by_mls_number(
        self, user_id: str, provider: str, mls_number: str, status: ListingStatus | None = None
    ) -> list[Listing]:
        """Asks for each status: in the index, a user's listings are beside those of others."""
        if not mls_number:
            return []
        statuses = list(ListingStatus) if status is None else [status]
        pk = keys.mls_number(provider, mls_number)
        queries = [Query(GSI1, pk, prefix=keys.listing_status(one, user_id)) for one in statuses]
        pages = await self._table.query_many(queries)
        own = keys.user(user_id)
        found = dict.fromkeys(key_of(item) for page in pages for item in page.items if item["PK"] == own)
        items = await get_all(self._table, list(found))
        listings = [listing_of(item) for item in items if item is not None]
        return [
            listing
            for listing in listings
            if (listing.mls_provider, listing.facts.mls_number) == (provider, mls_number)
            and listing.status in statuses
        ]

    async def of_connection(self, user_id: str, connection_id: str, page: PageRequest) -> Page[Listing]:
        def decode(item: Item) -> Listing | None:
            listing = listing_of(item)
            return listing if listing.connection_id == connection_id else None

        query = Query(GSI2, keys.of_connection(connection_id))
        return await read_page(self._table, query, page, decode, owner=user_id)

    async def of_keys(self, user_id: str, connection_id: str, listing_keys: Sequence[str]) -> list[Listing]:
        wanted_keys = {key for key in listing_keys if key}
        pk = keys.of_connection(connection_id)
        queries = [Query(GSI2, pk, prefix=keys.joined(key) + "#") for key in sorted(wanted_keys)]
        pages = await self._table.query_many(queries)
        own = keys.user(user_id)
        found = [key_of(item) for page in pages for item in page.items if item["PK"] == own]
        listings = [listing_of(item) for item in await get_all(self._table, found) if item is not None]
        return [
            listing
            for listing in listings
            if listing.connection_id == connection_id and listing.facts.listing_key in wanted_keys
        ]

    async def latest_of_homes(self, user_id: str, home_keys: Sequence[str]) -> list[str | None]:
        items = await get_all(self._table, [keys.home(user_id, one) for one in home_keys])
        return [None if item is None else text(item, "listing") for item in items]

    async def create(self, save: ListingSave) -> Listing:
        return await self.update(replace(save, listing=replace(save.listing, version=0)))

    async def update(self, save: ListingSave, *, fence: Fence | None = None) -> Listing:
        ready = prepared(save, self._now())
        writes = ready.writes if ready.home is None else (*ready.writes, ready.home)
        await commit(self._table, self._now, writes, fence=fence, ask=save.ask)
        return ready.listing

    async def save_step(
        self, saves: Sequence[ListingSave], run: SyncRun, *, fence: Fence
    ) -> tuple[SyncRun, list[str]]:
        return await save_step(self._table, self._now, saves, run, fence)

    async def save_photos(
        self,
        listing: Listing,
        photos: PhotoSet,
        *,
        run_id: str | None = None,
        counters: RunCounters = _NOTHING,
        errors: Sequence[SyncError] = (),
        ask: Sequence[Ask] = (),
        fence: Fence,
    ) -> Listing:
        """A run that has vanished meanwhile is not counted in."""
        now = self._now()
        wanted = replace(listing, photos=photos.photos, removed_photos=photos.removed)
        saved = replace(with_fitted_photos(wanted), photos_version=listing.photos_version + 1)
        key = keys.listing(listing.user_id, listing.id)
        guarded = (Equals("photosVersion", listing.photos_version),)
        writes: list[Write] = [Change(key, set=photo_attributes(saved, now), when=guarded)]
        writes += await write_most_errors(self._table, self._now, errors, fence)
        counts = await counts_in(self._connections, listing.user_id, run_id, counters, now)
        await commit_and_count(self._table, self._now, writes, counts, fence=fence, ask=ask)
        return saved

    async def delete(self, listing: Listing, *, changes: Sequence[ListingChange], ask: Sequence[Ask]) -> None:
        now = self._now()
        key = keys.listing(listing.user_id, listing.id)
        gone = Delete(key, when=(Equals("version", listing.version),))
        writes: list[Write] = [gone, *(change_put(change, now) for change in changes)]
        await commit(self._table, self._now, writes, ask=ask)
