"""The OData service of the sandbox MLS: Property, Media, $metadata, and what a vendor has beside them."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.mls import metadata, rules
from sandbox.mls.door import Door
from sandbox.mls.errors import Refused, bad
from sandbox.mls.fields import resources
from sandbox.mls.filters import Fields, Row
from sandbox.mls.flavours import Flavour, NextLink
from sandbox.mls.homes import Home
from sandbox.mls.media import Media
from sandbox.mls.odata import Expand, Query, read_query
from sandbox.mls.paging import Page, cut, matching, place_of
from sandbox.mls.state import State

Item = TypeVar("Item")
View = Callable[[Request], Awaitable[Response]]
_JSON = "application/json;odata.metadata=minimal;charset=utf-8"
_CACHED = 32


class Feed:
    """The views below the flavour's root."""

    def __init__(
        self, state: State, door: Door, flavour: Flavour, base_url: str | None, now: Callable[[], datetime]
    ) -> None:
        self._state = state
        self._door = door
        self._flavour = flavour
        self._base_url = base_url
        self._now = now
        self._resources = resources(flavour)
        # Results of filters and orders, so that paging through one evaluates it once, not once a page.
        self._results: dict[tuple[str, str | None, str | None], list[Any]] = {}
        self._revision = -1

    def routes(self) -> list[Route]:
        """The routes of the OData root."""
        views: dict[str, View] = {
            "": self._service,
            "/": self._service,
            "/$metadata": self._metadata,
            "/Property": self._properties,
            "/Property/$count": self._property_count,
            "/Property('{key}')": self._property,
            "/Property(ListingKey='{key}')": self._property,
            "/Media": self._all_media,
            "/Media('{key}')": self._one_media,
        }
        if self._flavour.replication is not None:
            views["/Property/replication"] = self._replication
        if "Deleted" in self._resources:
            views["/Deleted"] = self._deleted
        if "EntityEvent" in self._resources:
            views["/EntityEvent"] = self._events
        root = self._flavour.root
        return [Route(f"{root}{path}", self._guarded(view), methods=["GET"]) for path, view in views.items()]

    def base(self, request: Request) -> str:
        """What the URLs in answers begin with."""
        return self._base_url or str(request.base_url).rstrip("/")

    def media(self, home: Home, request: Request) -> list[Media]:
        """A home's media as served, with whole URLs."""
        return _absolute(home.media, self.base(request))

    def _guarded(self, view: View) -> View:
        async def guarded(request: Request) -> Response:
            token = self._door.enter(request)
            return self._door.leave(token, await view(request))

        return guarded

    async def _service(self, request: Request) -> Response:
        sets = [{"name": name, "kind": "EntitySet", "url": name} for name in self._resources]
        return _answer({"@odata.context": f"{self._root(request)}/$metadata", "value": sets})

    async def _metadata(self, _request: Request) -> Response:
        document = metadata.document(self._flavour)
        return Response(document, headers={"OData-Version": "4.0"}, media_type="application/xml")

    async def _properties(self, request: Request) -> Response:
        query = self._query(request, "Property", expandable=self._flavour.expand)
        return self._property_page(request, "Property", query, self._flavour)

    async def _replication(self, request: Request) -> Response:
        query = self._query(request, "Property", expandable=self._flavour.expand)
        rules.check_replication(query)
        largest = self._flavour.replication or self._flavour.page_max
        flavour = replace(self._flavour, page_max=largest, skip_max=None, next_link="skiptoken")
        return self._property_page(request, "Property/replication", query, flavour)

    def _property_page(self, request: Request, name: str, query: Query, flavour: Flavour) -> Response:
        homes = self._state.all()
        if flavour.next_link == "stamp":
            homes = sorted(homes, key=lambda home: place_of(home.row))
        homes = self._found("Property", homes, lambda home: home.row, query)
        expanded = self._expansion(query.expand, self.base(request))

        def served(home: Home) -> Row:
            row = _selected(home.row, query.select)
            return row if query.expand is None else {**row, "Media": expanded(home)}

        page = cut(homes, lambda home: home.row, query, request.headers.get("prefer"), flavour)
        return self._answer(request, name, query, page, [served(home) for home in page.items], len(homes))

    async def _property_count(self, request: Request) -> Response:
        query = self._query(request, "Property", expandable=False)
        homes = self._found("Property", self._state.all(), lambda home: home.row, query)
        return Response(str(len(homes)), headers={"OData-Version": "4.0"}, media_type="text/plain")

    async def _property(self, request: Request) -> Response:
        key = request.path_params["key"].replace("''", "'")
        home = self._state.get(key)
        if home is None or home.row.get("ListingKey") != key:
            raise Refused(404, "there is no such Property")
        query = _entity_query(request, self._fields("Property"), expandable=self._flavour.expand)
        row: dict[str, Any] = {
            **self._context(request, "Property/$entity"),
            **_selected(home.row, query.select),
        }
        if query.expand is not None:
            row["Media"] = self._expansion(query.expand, self.base(request))(home)
        return _answer(row)

    async def _all_media(self, request: Request) -> Response:
        base = self.base(request)
        every = [row for home in self._state.all() for row in home.media]
        return self._table(request, "Media", every, lambda row: _absolute([row], base)[0])

    async def _one_media(self, request: Request) -> Response:
        key = request.path_params["key"].replace("''", "'")
        home = self._state.get(key.rpartition("-")[0])
        rows = [row for row in home.media if row.get("MediaKey") == key] if home is not None else []
        if not rows:
            raise Refused(404, "there is no such Media")
        query = _entity_query(request, self._fields("Media"), expandable=False)
        row = _selected(_absolute(rows, self.base(request))[0], query.select)
        return _answer({**self._context(request, "Media/$entity"), **row})

    async def _deleted(self, request: Request) -> Response:
        rows = [
            {
                "resource": "Property",
                "primary_key": event.key,
                "ts": event.at,
            }
            for event in self._state.events
            if event.removed
        ]
        return self._table(request, "Deleted", rows)

    async def _events(self, request: Request) -> Response:
        rows = [
            {
                "EntityEventSequence": event.sequence,
                "ResourceName": "Property",
                "ResourceRecordKey": event.key,
            }
            for event in self._state.events
        ]
        return self._table(request, "EntityEvent", rows)

    def _table(
        self, request: Request, name: str, rows: list[Any], served: Callable[[Any], Row] = lambda row: row
    ) -> Response:
        """A page of a resource whose rows are served as they are, or as `served` has them."""
        query = self._query(request, name, expandable=False)
        found = self._found(name, rows, lambda row: row, query)
        # Only rows of Property come in the order of their stamps.
        kind: NextLink = "skip" if self._flavour.next_link == "stamp" else self._flavour.next_link
        flavour = replace(self._flavour, next_link=kind)
        page = cut(found, lambda row: row, query, request.headers.get("prefer"), flavour)
        shown = [_selected(served(row), query.select) for row in page.items]
        return self._answer(request, name, query, page, shown, len(found))

    def _fields(self, name: str) -> Fields:
        return self._resources[name].fields

    def _query(self, request: Request, name: str, *, expandable: bool) -> Query:
        fields = self._fields(name)
        query = read_query(request.query_params.multi_items(), fields, expandable=expandable)
        rules.check(query, fields, self._flavour)
        return query

    def _found(self, name: str, items: list[Item], row: Callable[[Item], Row], query: Query) -> list[Item]:
        """The items a query's filter and order give, from the last results if nothing changed since."""
        if self._revision != self._state.revision or len(self._results) >= _CACHED:
            self._results.clear()
            self._revision = self._state.revision
        asked = (name, query.filter, query.order)
        # now() is another moment each time.
        if asked not in self._results or "now()" in (query.filter or ""):
            self._results[asked] = matching(items, row, query, self._fields(name), self._now())
        return self._results[asked]

    def _expansion(self, expand: Expand | None, base: str) -> Callable[[Home], Sequence[Row]]:
        asked = expand or Expand()
        top = self._flavour.media_max if asked.top is None else asked.top
        end = None if top is None else asked.skip + top

        def expanded(home: Home) -> Sequence[Row]:
            rows = home.media
            if asked.filter is not None or asked.order is not None:
                rows = matching(rows, lambda row: row, asked, self._fields("Media"), self._now())
            return [_selected(row, asked.select) for row in _absolute(rows[asked.skip : end], base)]

        return expanded

    def _answer(
        self, request: Request, name: str, query: Query, page: Page[Any], rows: list[Row], count: int
    ) -> Response:
        select = f"({','.join(query.select)})" if query.select else ""
        body: dict[str, Any] = self._context(request, f"{name.partition('/')[0]}{select}")
        if query.count:
            body["@odata.count"] = count
        body["value"] = rows
        if page.following is not None:
            body["@odata.nextLink"] = f"{self._root(request)}/{name}?{page.following}"
        heeded = page.heeded
        return _answer(body, {} if heeded is None else {"Preference-Applied": f"odata.maxpagesize={heeded}"})

    def _root(self, request: Request) -> str:
        return f"{self.base(request)}{self._flavour.root}"

    def _context(self, request: Request, what: str) -> dict[str, Any]:
        return {"@odata.context": f"{self._root(request)}/$metadata#{what}"}


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


def _answer(body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), headers={"OData-Version": "4.0", **(headers or {})}, media_type=_JSON)
