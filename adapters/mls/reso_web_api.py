"""The RESO Web API (OData 4), the protocol that most MLSs in North America speak.

One engine serves every vendor; a profile says what to ask the user for. The generic one works with any server
of Core 2.0 or 2.1.
"""

import asyncio
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin

from adapters.mls.answers import Refused, bare
from adapters.mls.odata import OData, origin
from adapters.mls.reso_mapping import read_row
from adapters.mls.reso_requests import (
    MOST_EMPTY,
    SHAPES,
    Place,
    filters,
    property_url,
    read_place,
)
from adapters.mls.reso_vendors import GENERIC, LARGEST_PAGE_SIZE, PAGE_SIZE
from adapters.mls.tools import Tools
from adapters.mls.values import Values
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
from domain.errors import ActionRequired, Rejected
from domain.ports import Mls

_NO_MEDIA = "The MLS refuses to send photos with its listings ($expand=Media)."


class ResoWebApi:
    """Implements `domain.ports.Mls`.

    The `settings` of a source are those of `GENERIC`, without the credentials.
    """

    name = "reso-web-api"
    title = "RESO Web API"
    vendors: tuple[MlsVendor, ...] = (GENERIC,)

    def __init__(self, tools: Tools) -> None:
        self._downloads = tools.downloads
        self._odata = OData(tools.web, now=tools.now, sleep=tools.sleep, random=tools.random)

    async def check(self, source: MlsSource) -> None:
        """Log in and read one row; none is fine too."""
        _page_size(source), _currency(source)
        url = f"{_root(source)}/Property?$top=1"
        _rows(await self._odata.get(url, source.credentials), url)

    async def fetch(self, source: MlsSource, query: MlsQuery, position: str | None) -> MlsPage:
        """One page, in the order of keys; rows that are Incomplete or deleted are among them."""
        place = read_place(position)
        if place.chunk >= len(filters(query, SHAPES[place.shape])):
            return MlsPage(rows=(), position=None, total=0)
        place, url, body = await self._get(source, query, place)
        raw = _rows(body, url)
        after = _after(query, place, url, raw, _next_link(body, url, source))
        rows = await asyncio.to_thread(_read, raw, _currency(source), SHAPES[place.shape].expand)
        return MlsPage(rows=rows, position=after.text() if after else None, total=_total(body, query))

    async def keys(self, source: MlsSource, position: str | None) -> MlsKeys:
        """A page of keys, read with the rows."""
        page = await self.fetch(source, MlsQuery(), position)
        found = [row.key for row in page.rows if isinstance(row, MlsRecord) and not row.deleted]
        return MlsKeys(keys=tuple(found), position=page.position)

    async def photo(self, source: MlsSource, media: Media) -> bytes:
        """What is behind the photo's URL."""
        return await self._downloads.photo(media.url)

    async def sample(self, source: MlsSource) -> MlsSample:
        """One row and what it is read as."""
        await self.check(source)
        return MlsSample(fields=(), raw=None, row=None, sources={}, proposal={})

    async def close(self) -> None:
        """Nothing to do: the web client belongs to who made it."""

    async def _get(
        self, source: MlsSource, query: MlsQuery, place: Place
    ) -> tuple[Place, str, dict[str, Any]]:
        """The page at the place; a first request that is refused is made again in simpler shapes."""
        size = _page_size(source)
        headers = {"Prefer": f"odata.maxpagesize={size}"}
        if place.next is not None:
            url = _own(place.next, source)
            return place, url, await self._odata.get(url, source.credentials, headers)
        refusal: Refused | None = None
        tried: set[str] = set()
        for number in range(place.shape, len(SHAPES)):
            shape = SHAPES[number]
            filter = filters(query, shape)[place.chunk]
            url = property_url(_root(source), filter, shape, skip=place.skip, page_size=size)
            if url in tried:
                continue
            tried.add(url)
            try:
                return (
                    replace(place, shape=number),
                    url,
                    await self._odata.get(url, source.credentials, headers),
                )
            except Refused as failure:
                if failure.status not in (400, 501):
                    raise
                # The first refusal is the telling one.
                refusal = refusal or failure
        raise refusal or Rejected("The MLS's pages cannot be read from this position.")


def protocol(tools: Tools) -> Mls:
    """The protocol, for `adapters.mls.discover`."""
    return ResoWebApi(tools)


def _after(query: MlsQuery, place: Place, url: str, raw: list[Any], link: str | None) -> Place | None:
    """Where to go on after a page; None after the last one.

    A short page is not the last one, and the count bounds nothing: without a nextLink the end is an empty
    page, or that as many rows have come as keys were asked for.
    """
    if link is not None:
        empty = 0 if raw else place.empty + 1
        if link == url or empty >= MOST_EMPTY:
            raise Rejected(f"The MLS's paging does not come to an end ({bare(url)}).")
        return replace(place.turned(link), next=link, empty=empty)
    if raw and place.next is None and not _is_complete(query, place, raw):
        return replace(place.turned(_identity(raw)), skip=place.skip + len(raw))
    chunk = place.chunk + 1
    return Place(chunk=chunk, shape=place.shape) if chunk < len(filters(query, SHAPES[place.shape])) else None


def _identity(raw: list[Any]) -> str:
    """What tells a page without a link of its own from the others."""
    names = ("ListingKey", "ListingId", "ModificationTimestamp")
    return repr([[row.get(name) for name in names] if isinstance(row, dict) else row for row in raw])


def _is_complete(query: MlsQuery, place: Place, raw: list[Any]) -> bool:
    """Whether every key of this request's filter is there; a number may belong to several rows."""
    if not query.keys or query.numbers:
        return False
    asked = filters(query, SHAPES[place.shape])[place.chunk].count("ListingKey eq ")
    return place.skip + len(raw) >= asked


def _read(raw: list[Any], currency: str, with_media: bool) -> tuple[MlsRecord | MlsDefect, ...]:
    rows = [read_row(row, currency=currency) for row in raw]
    if with_media:
        return tuple(rows)
    return tuple(
        replace(row, warnings=(*row.warnings, _NO_MEDIA))
        if isinstance(row, MlsRecord) and row.media is None
        else row
        for row in rows
    )


def _rows(body: dict[str, Any], url: str) -> list[Any]:
    rows = body.get("value")
    if not isinstance(rows, list):
        raise Rejected(f"The MLS answered without a list of rows ({bare(url)}). Is the address right?")
    return rows


def _total(body: dict[str, Any], query: MlsQuery) -> int | None:
    """What the MLS counts; the count of one chunk of keys says nothing of the whole."""
    count = body.get("@odata.count", body.get("@count"))
    if query.keys is not None or query.numbers is not None or isinstance(count, bool):
        return None
    return count if isinstance(count, int) and count >= 0 else None


def _next_link(body: dict[str, Any], url: str, source: MlsSource) -> str | None:
    """The next page's address, absolute."""
    # OData 4.01 lets servers leave out the prefix.
    link = body.get("@odata.nextLink", body.get("@nextLink"))
    if link is None or link == "":
        return None
    if not isinstance(link, str):
        raise Rejected(f"The MLS's link to the next page is no address ({bare(url)}).")
    try:
        link = urljoin(url, link)
    except ValueError:
        raise Rejected(f"The MLS's link to the next page is no address ({bare(url)}).") from None
    return _own(link, source)


def _own(link: str, source: MlsSource) -> str:
    """The link, if it leads to the connection's own origin: the token goes nowhere else."""
    try:
        own = origin(link) == origin(source.url)
    except ValueError:
        own = False
    if not own:
        raise Rejected(
            f"The MLS's link to the next page leads elsewhere ({bare(link)}); it was not followed."
        )
    return link


def _root(source: MlsSource) -> str:
    try:
        origin(source.url)
    except ValueError:
        raise Rejected(
            "The address of the MLS must begin with https:// or http:// and hold no user name."
        ) from None
    return source.url.rstrip("/")


def _page_size(source: MlsSource) -> int:
    given = source.settings.get("pageSize")
    if given in (None, ""):
        return PAGE_SIZE
    size = Values({"pageSize": given}).whole("pageSize", low=1, high=LARGEST_PAGE_SIZE)
    if size is None:
        raise ActionRequired(f"The setting pageSize must be a whole number from 1 to {LARGEST_PAGE_SIZE}.")
    return size


def _currency(source: MlsSource) -> str:
    given = source.settings.get("currency")
    if given in (None, ""):
        return "USD"
    if not isinstance(given, str) or len(given) != 3 or not (given.isascii() and given.isalpha()):
        raise ActionRequired("The setting currency must be a code of three letters such as USD.")
    return given.upper()
