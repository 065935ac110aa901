"""The RESO Web API (OData 4), the protocol that most MLSs in North America speak.

One engine serves every vendor; a profile says in what a vendor's servers differ. The generic one works with any
server of Core 2.0 or 2.1.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from adapters.mls.answers import Refused
from adapters.mls.aside import aside
from adapters.mls.odata import OData
from adapters.mls.reso_account import Account, account_of
from adapters.mls.reso_deletions import Deletions
from adapters.mls.reso_keys import is_deleted, key_of
from adapters.mls.reso_mapping import read_row
from adapters.mls.reso_pages import Pages, Served, rows_of
from adapters.mls.reso_photos import PhotoFiles, with_media
from adapters.mls.reso_places import Place, read_place
from adapters.mls.reso_profiles import Log
from adapters.mls.reso_requests import key_plan, one_row, row_plan
from adapters.mls.reso_sample import read_sample
from adapters.mls.reso_vendors import PROFILES
from adapters.mls.tools import Tools
from domain.entities.listing import Media
from domain.entities.mls import (
    MlsDefect,
    MlsKeys,
    MlsPage,
    MlsQuery,
    MlsRecord,
    MlsSample,
    MlsVendor,
)
from domain.entities.mls_connection import MlsSource
from domain.errors import Rejected
from domain.ports import Mls

_NO_MEDIA = "The MLS gives no photos, neither with its listings ($expand=Media) nor by its resource Media."

ROW_BYTES = 20_000
"""About what a row of hundreds of fields has."""


class ResoWebApi:
    """Implements `domain.ports.Mls`.

    The `settings` of a source are those of its vendor, without the credentials.
    """

    name = "reso-web-api"
    title = "RESO Web API"
    vendors: tuple[MlsVendor, ...] = tuple(profile.vendor for profile in PROFILES.values())

    def __init__(self, tools: Tools) -> None:
        self._odata = OData(tools)
        self._pages = Pages(self._odata)
        self._deletions = Deletions(tools, self._odata, self._pages)
        self._photos = PhotoFiles(tools)

    async def check(self, source: MlsSource) -> None:
        """Log in and read one row; none is fine too."""
        account = account_of(source)
        url = one_row(account)
        rows_of(await self._odata.get(account, url), url)

    async def fetch(self, source: MlsSource, query: MlsQuery, position: str | None) -> MlsPage:
        """One page; rows that are Incomplete or deleted are among them.

        Behind the rows come those that the vendor's log of deletions or events names since it was left. A first
        read begins with taking the log's cursor, so that nothing that happens meanwhile is lost.
        """
        account, place = account_of(source), read_place(position)
        if place.log:
            return await self._news(account, query, place)
        whole = query.keys is None and query.numbers is None
        if position is None and whole:
            bulk = query.since is None and account.profile.bulk is not None
            place = replace(place, bulk=bulk, cursor=await self._first_cursor(account, query))
        plan = row_plan(account, query, bulk=place.bulk)
        if not plan:
            return MlsPage(rows=(), position=None, total=0)
        served = await self._pages.page(account, plan, place)
        after = _out_of_reach(account, served, place) if whole else served.after
        if after is None and whole and account.log is not None and not _is_first(account.log, query):
            after = Place(log=True, bare=place.bare)
        rows, bare = await self._records(account, served.rows, served.request.expand, bare=place.bare)
        return MlsPage(
            rows=rows,
            position=replace(after, bare=bare).text() if after else None,
            # The count of one part of the keys says nothing of the whole.
            total=served.total if whole else None,
            cursors={account.log.resource: place.cursor} if account.log and place.cursor else {},
        )

    async def keys(self, source: MlsSource, position: str | None) -> MlsKeys:
        """A page of keys; raises `Rejected` for a page of rows that have none."""
        account, place = account_of(source), read_place(position)
        if position is None:
            place = replace(place, bulk=account.profile.bulk is not None)
        served = await self._pages.page(account, key_plan(account, bulk=place.bulk), place)
        found = [(key_of(row, account.field_map), row) for row in served.rows]
        if found and not any(key for key, _ in found):
            raise Rejected("The MLS gives rows without a ListingKey, so it cannot be told which are gone.")
        keys = [key for key, row in found if key is not None and not is_deleted(row, account.field_map)]
        return MlsKeys(keys=tuple(keys), position=served.after.text() if served.after else None)

    async def photo(self, source: MlsSource, media: Media) -> bytes:
        """What is behind the photo's URL, by the vendor's rules for media."""
        return await self._photos.get(account_of(source), media)

    async def sample(self, source: MlsSource) -> MlsSample:
        """The metadata's fields, one row, and what it is read as."""
        account = account_of(source)
        raw = await self._one(account)
        return await read_sample(self._odata, account, raw)

    async def close(self) -> None:
        """Nothing to do: the web client belongs to who made it."""

    async def _first_cursor(self, account: Account, query: MlsQuery) -> str:
        if account.log is None or not _is_first(account.log, query):
            return ""
        return await self._deletions.from_now_on(account, account.log)

    async def _news(self, account: Account, query: MlsQuery, place: Place) -> MlsPage:
        if account.log is None:
            return MlsPage(rows=(), position=None)
        news = await self._deletions.page(account, account.log, query, place)
        rows, bare = await self._records(account, news.rows, account.profile.expand, bare=place.bare)
        after = replace(news.after, log=True, cursor=news.cursor, bare=bare) if news.after else None
        return MlsPage(
            rows=(*rows, *news.removals),
            position=after.text() if after else None,
            cursors={account.log.resource: news.cursor} if news.cursor else {},
        )

    async def _records(
        self, account: Account, raw: Sequence[Any], expand: str | None, *, bare: bool
    ) -> tuple[tuple[MlsRecord | MlsDefect, ...], bool]:
        """What rows are read as, and whether the server has refused to give photos apart from them."""
        if expand is None and not bare:
            found = await with_media(self._pages, account, raw)
            raw, bare = (raw, True) if found is None else (found, False)
        size = len(raw) * ROW_BYTES
        return await aside(size, _read, account, raw, warn=expand is None and bare), bare

    async def _one(self, account: Account) -> Any:
        """Any one row, with its photos if the server gives them so, or None."""
        try:
            url = one_row(account, expand=True)
            rows = rows_of(await self._odata.get(account, url), url)
        except Refused as failure:
            if failure.status not in (400, 501):
                raise
            url = one_row(account)
            rows = rows_of(await self._odata.get(account, url), url)
        return rows[0] if rows else None


def protocol(tools: Tools) -> Mls:
    """The protocol, for `adapters.mls.discover`."""
    return ResoWebApi(tools)


def _is_first(log: Log, query: MlsQuery) -> bool:
    """Whether the log was never read before, so that it is read from now on."""
    return query.since is None and not query.cursors.get(log.resource)


def _out_of_reach(account: Account, served: Served, place: Place) -> Place | None:
    """Where to go on: from the beginning of the bulk resource if there are more rows than Property gives."""
    bulk = account.profile.bulk
    if bulk is not None and not place.bulk and served.after and (served.total or 0) > bulk.beyond:
        return Place(bulk=True, cursor=place.cursor)
    return served.after


def _read(account: Account, raw: Sequence[Any], *, warn: bool) -> tuple[MlsRecord | MlsDefect, ...]:
    closed = account.profile.photos.shows_token
    rows = [
        read_row(account.field_map.apply(row), currency=account.currency, closed_photos=closed) for row in raw
    ]
    return tuple(
        replace(row, warnings=(*row.warnings, _NO_MEDIA))
        if warn and isinstance(row, MlsRecord) and row.media is None
        else row
        for row in rows
    )
