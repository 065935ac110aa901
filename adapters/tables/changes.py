"""The trail of listings, in the table."""

from collections.abc import Sequence
from datetime import datetime

from adapters.tables import key_indexes, keys
from adapters.tables.codec import Codec, number, stamped
from adapters.tables.pages import read_page, read_pages
from adapters.tables.table import BASE, GSI5, Item, Put, Query, Table
from domain.entities.change import ListingChange
from domain.entities.common import Page, PageRequest

_CHANGE = Codec(ListingChange, apart={"written_at"})


class Changes:
    """`domain.ports.Changes` over a table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    async def of_listing(self, user_id: str, listing_id: str, page: PageRequest) -> Page[ListingChange]:
        return (await self.of_listings(user_id, [listing_id], page))[0]

    async def of_listings(
        self, user_id: str, listing_ids: Sequence[str], page: PageRequest
    ) -> list[Page[ListingChange]]:
        queries = [
            Query(BASE, keys.user(user_id), prefix=keys.joined("CHANGE", listing_id) + "#", ascending=False)
            for listing_id in listing_ids
        ]
        return await read_pages(self._table, queries, page, _change_of, owner=user_id)

    async def since(self, user_id: str, moment: datetime, page: PageRequest) -> Page[ListingChange]:
        query = Query(GSI5, keys.changes_of(user_id), low=keys.padded(keys.millis(moment)))
        return await read_page(self._table, query, page, _change_of)


def change_put(change: ListingChange, now: datetime) -> Put:
    """The write of a line of the trail; its id is new, so that writing it again changes nothing."""
    return Put(
        {
            **stamped(keys.change(change), "ListingChange", created=change.at, now=now, version=1),
            **key_indexes.change_indexes(change, now),
            "Data": _CHANGE.encode(change),
        }
    )


def _change_of(item: Item) -> ListingChange:
    return _CHANGE.decode(str(item["Data"]), written_at=keys.moment(number(item, "UpdatedAt")))
