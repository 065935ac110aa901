"""The OData root of the sandbox MLS: Property, Media, $metadata."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.mls import metadata
from sandbox.mls.errors import Refused, bad
from sandbox.mls.fields import MEDIA, PROPERTY
from sandbox.mls.filters import Fields, Row, compile_filter, order_by, order_key
from sandbox.mls.homes import Home
from sandbox.mls.media import Media
from sandbox.mls.odata import Expand, NextLink, Query, next_link, page_size, read_query
from sandbox.mls.state import State
from sandbox.mls.tokens import Tokens

Item = TypeVar("Item")
View = Callable[[Request], Awaitable[Response]]
_JSON = "application/json;odata.metadata=minimal;charset=utf-8"
_CACHED = 32


@dataclass(frozen=True)
class Paging:
    """How many rows a page has unless asked for, and at most; what the next link counts on with.

    `media` is the most children an expansion gives without a `$top` of its own; None: all.
    """

    default: int = 20
    maximum: int = 200
    next_link: NextLink = "skip"
    media: int | None = None


class Feed:
    """The views below `/odata`."""

    def __init__(
        self, state: State, tokens: Tokens, paging: Paging, base_url: str | None, now: Callable[[], datetime]
    ) -> None:
        self._state = state
        self._tokens = tokens
        self._paging = paging
        self._base_url = base_url
        self._now = now
        # Results of filters and orders, so that paging through one evaluates it once, not once a page.
        self._results: dict[tuple[str, str | None, str | None], list[Any]] = {}
        self._revision = -1

    def routes(self) -> list[Route]:
        """The routes of the OData root."""
        views: dict[str, View] = {
            "/odata": self._service,
            "/odata/": self._service,
            "/odata/$metadata": self._metadata,
            "/odata/Property": self._properties,
            "/odata/Property/$count": self._property_count,
            "/odata/Property('{key}')": self._property,
            "/odata/Property(ListingKey='{key}')": self._property,
            "/odata/Media": self._all_media,
            "/odata/Media('{key}')": self._one_media,
        }
        return [Route(path, self._guarded(view), methods=["GET"]) for path, view in views.items()]

    def base(self, request: Request) -> str:
        """What the URLs in answers begin with."""
        return self._base_url or str(request.base_url).rstrip("/")

    def media(self, home: Home, request: Request) -> list[Media]:
        """A home's media as served, with whole URLs."""
        return _absolute(home.media, self.base(request))

    def _guarded(self, view: View) -> View:
        async def guarded(request: Request) -> Response:
            self._tokens.check(request)
            if request.headers.get("odata-maxversion", "4.0") < "4.0":
                raise bad("this server speaks OData 4.0")
            return await view(request)

        return guarded

    async def _service(self, request: Request) -> Response:
        sets = [{"name": name, "kind": "EntitySet", "url": name} for name in ("Property", "Media")]
        return _answer({"@odata.context": f"{self.base(request)}/odata/$metadata", "value": sets})

    async def _metadata(self, _request: Request) -> Response:
        return Response(metadata.document(), headers={"OData-Version": "4.0"}, media_type="application/xml")

    async def _properties(self, request: Request) -> Response:
        query = read_query(request.query_params.multi_items(), PROPERTY, expandable=True)
        homes = self._found("Property", self._state.all(), lambda home: home.row, query, PROPERTY)
        expanded = self._expansion(query.expand, self.base(request))

        def served(home: Home) -> Row:
            row = _selected(home.row, query.select)
            return row if query.expand is None else {**row, "Media": expanded(home)}

        return self._page(request, "Property", homes, served, query)

    async def _property_count(self, request: Request) -> Response:
        query = read_query(request.query_params.multi_items(), PROPERTY, expandable=False)
        homes = self._found("Property", self._state.all(), lambda home: home.row, query, PROPERTY)
        return Response(str(len(homes)), headers={"OData-Version": "4.0"}, media_type="text/plain")

    async def _property(self, request: Request) -> Response:
        key = request.path_params["key"].replace("''", "'")
        home = self._state.get(key)
        if home is None or home.row.get("ListingKey") != key:
            raise Refused(404, "there is no such Property")
        query = _entity_query(request, PROPERTY, expandable=True)
        row: dict[str, Any] = {
            **_context(self.base(request), "Property/$entity"),
            **_selected(home.row, query.select),
        }
        if query.expand is not None:
            row["Media"] = self._expansion(query.expand, self.base(request))(home)
        return _answer(row)

    async def _all_media(self, request: Request) -> Response:
        query = read_query(request.query_params.multi_items(), MEDIA, expandable=False)
        every = [row for home in self._state.all() for row in home.media]
        rows = self._found("Media", every, lambda row: row, query, MEDIA)
        base = self.base(request)
        return self._page(
            request, "Media", rows, lambda row: _selected(_absolute([row], base)[0], query.select), query
        )

    async def _one_media(self, request: Request) -> Response:
        key = request.path_params["key"].replace("''", "'")
        home = self._state.get(key.rpartition("-")[0])
        rows = [row for row in home.media if row.get("MediaKey") == key] if home is not None else []
        if not rows:
            raise Refused(404, "there is no such Media")
        query = _entity_query(request, MEDIA, expandable=False)
        row = _selected(_absolute(rows, self.base(request))[0], query.select)
        return _answer({**_context(self.base(request), "Media/$entity"), **row})

    def _found(
        self, name: str, items: list[Item], row: Callable[[Item], Row], query: Query, fields: Fields
    ) -> list[Item]:
        """The items a query's filter and order give, from the last results if nothing changed since."""
        if self._revision != self._state.revision or len(self._results) >= _CACHED:
            self._results.clear()
            self._revision = self._state.revision
        asked = (name, query.filter, query.order)
        # now() is another moment each time.
        if asked not in self._results or "now()" in (query.filter or ""):
            self._results[asked] = matching(items, row, query, fields, self._now())
        return self._results[asked]

    def _expansion(self, expand: Expand | None, base: str) -> Callable[[Home], Sequence[Row]]:
        asked = expand or Expand()
        top = self._paging.media if asked.top is None else asked.top
        end = None if top is None else asked.skip + top

        def expanded(home: Home) -> Sequence[Row]:
            rows = home.media
            if asked.filter is not None or asked.order is not None:
                rows = matching(rows, lambda row: row, asked, MEDIA, self._now())
            return [_selected(row, asked.select) for row in _absolute(rows[asked.skip : end], base)]

        return expanded

    def _page(
        self, request: Request, name: str, found: list[Item], served: Callable[[Item], Row], query: Query
    ) -> Response:
        size, preferred = page_size(
            request.headers.get("prefer"), query.top, self._paging.default, self._paging.maximum
        )
        wanted = size if query.top is None else min(size, query.top)
        items = found[query.skip : query.skip + wanted]
        select = f"({','.join(query.select)})" if query.select else ""
        body: dict[str, Any] = _context(self.base(request), f"{name}{select}")
        if query.count:
            body["@odata.count"] = len(found)
        body["value"] = [served(item) for item in items]
        rest = len(found) - query.skip - len(items)
        asked_all = query.top is not None and query.top <= len(items)
        if rest > 0 and not asked_all and self._paging.next_link != "none":
            url = f"{self.base(request)}/odata/{name}"
            body["@odata.nextLink"] = next_link(url, query, len(items), self._paging.next_link)
        return _answer(body, {"Preference-Applied": f"odata.maxpagesize={size}"} if preferred else {})


def matching(
    items: list[Item], row: Callable[[Item], Row], asked: Query | Expand, fields: Fields, now: datetime
) -> list[Item]:
    """The items whose rows pass the filter, in the order asked for; equals stay as they were."""
    if asked.filter is not None:
        passes = compile_filter(asked.filter, fields, now)
        items = [item for item in items if passes(row(item))]
    for name, descending in reversed(order_by(asked.order, fields) if asked.order is not None else []):
        key = order_key(name)
        items = sorted(items, key=lambda item: key(row(item)), reverse=descending)
    return items


def _entity_query(request: Request, fields: Fields, *, expandable: bool) -> Query:
    query = read_query(request.query_params.multi_items(), fields, expandable=expandable)
    wrong = {name for name, _ in query.given} - {"$select", "$expand", "$format"}
    if wrong:
        raise bad(f"{sorted(wrong)[0]} does not apply to a single row", sorted(wrong)[0])
    return query


def _selected(row: Row, select: tuple[str, ...] | None) -> Row:
    return row if select is None else {name: row[name] for name in select if name in row}


def _absolute(media: Sequence[Media], base: str) -> list[Media]:
    return [
        row | {"MediaURL": f"{base}{url}"}
        if isinstance(url := row.get("MediaURL"), str) and url.startswith("/")
        else row
        for row in media
    ]


def _context(base: str, what: str) -> dict[str, Any]:
    return {"@odata.context": f"{base}/odata/$metadata#{what}"}


def _answer(body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), headers={"OData-Version": "4.0", **(headers or {})}, media_type=_JSON)
