"""Reads the pages of a plan, one at a time: follows links, goes on without them, and finds loops."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urljoin

from adapters.mls.addresses import own_link
from adapters.mls.answers import Refused, bare
from adapters.mls.odata import OData
from adapters.mls.reso_account import Account
from adapters.mls.reso_places import MOST_EMPTY, Place, unreadable
from adapters.mls.reso_requests import Plan, Request
from domain.errors import Rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """A page.

    Attributes:
        rows: as they came.
        request: the way in which they were asked for.
        total: how many rows the server says there are.
        after: where to go on; None after the last page.
    """

    rows: list[Any]
    request: Request
    total: int | None
    after: Place | None


class Pages:
    """Reads plans; each call is one page."""

    def __init__(self, odata: OData) -> None:
        self._odata = odata

    async def page(self, account: Account, plan: Plan, place: Place) -> Served:
        """The page at the place; a first request that is refused is made again in plainer ways.

        Raises `Rejected` for a loop, pages without end, a link to another origin, and a place that the plan
        does not have; and what `OData.get` raises.
        """
        if place.chunk >= len(plan) or place.shape >= len(plan[place.chunk]):
            raise unreadable()
        if place.next is not None:
            request, url = plan[place.chunk][place.shape], own_link(place.next, account.root)
            body = await self._odata.get(account, url, request.headers)
        else:
            place, url, body = await self._first(account, plan, place)
            request = plan[place.chunk][place.shape]
        if request.single:
            rows, total, link = [body] if body else [], None, None
        else:
            rows, total, link = rows_of(body, url), _total(body), _next_link(body, url, account)
        after = _after(plan, place, rows, total, url, link)
        return Served(rows=rows, request=request, total=total, after=after)

    async def all(self, account: Account, plan: Plan, most: int) -> list[Any]:
        """The rows of all pages; raises `Rejected` if there are more than `most` pages."""
        place: Place | None = Place() if plan else None
        found: list[Any] = []
        for _ in range(most):
            if place is None:
                return found
            served = await self.page(account, plan, place)
            found += served.rows
            place = served.after
        if place is None:
            return found
        raise Rejected(f"The MLS serves more than {most} pages where few were to be expected.")

    async def _first(self, account: Account, plan: Plan, place: Place) -> tuple[Place, str, dict[str, Any]]:
        refusal: Refused | None = None
        tried: set[str] = set()
        for number, request in enumerate(plan[place.chunk]):
            url = request.url(account.root, place.skip)
            if number < place.shape or url in tried:
                continue
            tried.add(url)
            try:
                return (
                    replace(place, shape=number),
                    url,
                    await self._odata.get(account, url, request.headers),
                )
            except Refused as failure:
                if request.single and failure.status == 404:
                    return replace(place, shape=number), url, {}
                if failure.status not in (400, 501):
                    raise
                # The first refusal is the telling one.
                refusal = refusal or failure
        raise refusal or unreadable()


def _after(
    plan: Plan, place: Place, rows: list[Any], total: int | None, url: str, link: str | None
) -> Place | None:
    """Where to go on after a page; None after the last one.

    A short page is not the last one, and a count bounds nothing: without a nextLink the end is an empty page,
    or what the request says of its vendor's servers.
    """
    if link is not None:
        empty = 0 if rows else place.empty + 1
        if link == url or empty >= MOST_EMPTY:
            raise Rejected(f"The MLS's paging does not come to an end ({bare(url)}).")
        return replace(place.turned(link), next=link, empty=empty)
    request = plan[place.chunk][place.shape]
    if rows and place.next is None and not _is_last(request, place.skip + len(rows), len(rows), total):
        return replace(place.turned(_identity(rows)), skip=place.skip + len(rows))
    chunk = place.chunk + 1
    return place.onward(chunk, min(place.shape, len(plan[chunk]) - 1)) if chunk < len(plan) else None


def _is_last(request: Request, served: int, on_page: int, total: int | None) -> bool:
    if request.single or not request.skips or (request.most is not None and served >= request.most):
        return True
    return request.links and on_page < request.size and (total is None or served >= total)


def _identity(rows: list[Any]) -> str:
    """What tells a page without a link of its own from the others."""
    names = ("ListingKey", "ListingId", "ModificationTimestamp", "MediaKey", "ResourceRecordKey")
    return repr([[row.get(name) for name in names] if isinstance(row, dict) else row for row in rows])


def rows_of(body: dict[str, Any], url: str) -> list[Any]:
    """The rows of an answer; raises `Rejected` if it is no list of any."""
    rows = body.get("value")
    if not isinstance(rows, list):
        raise Rejected(f"The MLS answered without a list of rows ({bare(url)}). Is the address right?")
    return rows


def _total(body: dict[str, Any]) -> int | None:
    count = body.get("@odata.count", body.get("@count"))
    return count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else None


def _next_link(body: dict[str, Any], url: str, account: Account) -> str | None:
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
    return own_link(link, account.root)
