"""Metrics as files: `GET /exports/metrics.csv` and `/exports/metrics.pdf`, of one listing or of all."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route
from starlette.types import Receive, Scope, Send

from adapters.identity import Identity
from adapters.reports.csv_file import csv_pieces
from adapters.reports.pdf import pdf_pieces
from adapters.reports.wording import span
from app.asked import DAYS, check_names, days_asked
from app.refusals import refusal
from domain.entities.listing import Listing
from domain.entities.report import ListingReport
from domain.entities.viewer import Unauthenticated
from domain.errors import LimitExceeded, YardsignError
from domain.ports import Ports
from domain.use_cases.reporting import listing_report, listing_reports
from schema.ids import required_key, to_id

EXPORTS = "/exports/metrics."
EXPORT_SECONDS = 600.0
OF_A_USER = 2
"""Exports of one user under way at a time, in one process."""

_MEDIA_TYPES = {"csv": "text/csv; charset=utf-8; header=present", "pdf": "application/pdf"}
_KNOWN = DAYS | {"listingId"}

Batches = AsyncIterator[list[ListingReport]]


@dataclass(frozen=True, slots=True)
class _Asked:
    """An export that may be made."""

    user_id: str
    listing_id: str | None
    first: date
    last: date


class _Room:
    """Who is exporting how much."""

    def __init__(self) -> None:
        self._under_way: Counter[str] = Counter()

    @contextmanager
    def of(self, user_id: str) -> Iterator[None]:
        """Raises `LimitExceeded` for one more than there may be."""
        if self._under_way[user_id] >= OF_A_USER:
            raise LimitExceeded(f"{OF_A_USER} of your exports are under way; wait until one has ended.")
        self._under_way[user_id] += 1
        try:
            yield
        finally:
            self._under_way[user_id] -= 1
            if not self._under_way[user_id]:
                del self._under_way[user_id]


def export_routes(ports: Ports, identity: Identity) -> list[BaseRoute]:
    """Both of them."""
    room = _Room()
    return [
        Route(f"{EXPORTS}{form}", _export(ports, identity, room, form), methods=["GET"])
        for form in _MEDIA_TYPES
    ]


def _export(
    ports: Ports, identity: Identity, room: _Room, form: str
) -> Callable[[Request], Awaitable[Response]]:
    """200 and the file in pieces; 401, 404 for what is not yours, 400 for days that cannot be, 429."""

    async def endpoint(request: Request) -> Response:
        try:
            viewer = await identity.viewer(request.headers.get("authorization"))
            asked = _asked(request, viewer.user_id, ports.now().date())
            batches = _batches(ports, asked)
            # What cannot be read is told while there still is a status to tell it by.
            begun = await anext(batches)
        except (Unauthenticated, YardsignError) as error:
            return refusal(error)
        return _File(_pieces(form, _with(begun, batches), asked), asked, form, room)

    return endpoint


class _File(StreamingResponse):
    """The answer; who reads it too slowly is let go, and sees that it is not whole."""

    def __init__(self, pieces: AsyncIterator[bytes], asked: _Asked, form: str, room: _Room) -> None:
        name = f"yardsign-metrics-{asked.first}-{asked.last}.{form}"
        headers = {
            "Content-Disposition": f'attachment; filename="{name}"',
            "Access-Control-Expose-Headers": "Content-Disposition",
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
        }
        super().__init__(pieces, headers=headers, media_type=_MEDIA_TYPES[form])
        self._room, self._user_id = room, asked.user_id

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Within the time and the room that a user has."""
        try:
            with self._room.of(self._user_id):
                if scope["method"] == "HEAD":
                    await Response(headers=dict(self.headers))(scope, receive, send)
                    return
                async with asyncio.timeout(EXPORT_SECONDS):
                    await super().__call__(scope, receive, send)
        except LimitExceeded as error:
            await refusal(error)(scope, receive, send)


def _asked(request: Request, user_id: str, today: date) -> _Asked:
    query = request.query_params
    check_names(query, _KNOWN)
    id = query.get("listingId")
    key = None if id is None else required_key(id, "Listing", user_id, "listingId")
    return _Asked(user_id, key, *days_asked(query, today))


async def _batches(ports: Ports, asked: _Asked) -> Batches:
    user_id, first, last = asked.user_id, asked.first, asked.last
    if asked.listing_id is not None:
        id = asked.listing_id
        yield [await listing_report(ports, user_id=user_id, listing_id=id, first=first, last=last)]
        return
    async for batch in listing_reports(ports, user_id=user_id, first=first, last=last):
        yield batch


async def _with(begun: list[ListingReport], rest: Batches) -> Batches:
    yield begun
    async for batch in rest:
        yield batch


def _pieces(form: str, batches: Batches, asked: _Asked) -> AsyncIterator[bytes]:
    if form == "pdf":
        return pdf_pieces(batches, f"Metrics of {span(asked.first, asked.last)}")
    return csv_pieces(batches, _public_id)


def _public_id(listing: Listing) -> str:
    return to_id("Listing", listing.user_id, listing.id)
