"""Pictures of metrics, for e-mails and pages: `GET /charts/listing/{id}.svg` and `.png`."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from adapters.identity import Identity
from adapters.reports.chart import chart
from adapters.reports.png import png
from adapters.reports.shapes import Drawing
from adapters.reports.svg import svg
from app.asked import DAYS, check_names, days_asked
from app.media import is_held
from app.refusals import refusal, refused
from domain.entities.report import ChartFormat, ChartTheme, ListingReport
from domain.entities.viewer import Unauthenticated
from domain.errors import Invalid, YardsignError
from domain.ports import Ports
from domain.use_cases.reporting import listing_report
from schema.ids import from_id, required_key

CHARTS = "/charts/listing/"
_MEDIA_TYPES = {ChartFormat.SVG: "image/svg+xml", ChartFormat.PNG: "image/png"}
_DRAW: dict[ChartFormat, Callable[[Drawing], bytes]] = {ChartFormat.SVG: svg, ChartFormat.PNG: png}
_KNOWN = DAYS | {"theme", "expires", "signature"}
_AT_ONCE = 2
_SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
    "Cache-Control": "private, max-age=300",
    "Vary": "Authorization",
    "X-Robots-Tag": "noindex",
}


def chart_routes(ports: Ports, identity: Identity) -> list[BaseRoute]:
    """One for each format."""
    room = asyncio.Semaphore(_AT_ONCE)
    return [
        Route(f"{CHARTS}{{id}}.{form.value.lower()}", _picture(ports, identity, room, form), methods=["GET"])
        for form in ChartFormat
    ]


def _picture(
    ports: Ports, identity: Identity, room: asyncio.Semaphore, form: ChartFormat
) -> Callable[[Request], Awaitable[Response]]:
    """The picture, to who bears a token and to who has a signed URL (`domain.ports.links.Links`); 401, 403 for
    a URL that is not ours or has run out, 404 for what is not yours, 400 for days that cannot be."""

    async def endpoint(request: Request) -> Response:
        try:
            owner = await _owner(request)
            if owner is None:
                return refused(403, "This link is not valid, or not any more.")
            report, theme = await _read(request, owner)
        except (Unauthenticated, YardsignError) as error:
            return refusal(error)
        async with room:
            picture = await asyncio.to_thread(lambda: _DRAW[form](chart(report, theme)))
        headers = {**_SAFE, "ETag": f'"{hashlib.sha256(picture).hexdigest()[:32]}"'}
        if is_held(headers["ETag"], request.headers.get("if-none-match", "")):
            return Response(status_code=304, headers=headers)
        return Response(picture, headers=headers, media_type=_MEDIA_TYPES[form])

    async def _owner(request: Request) -> str | None:
        """Whose listing may be shown: the viewer's, or that which a signed URL names."""
        query = request.query_params
        check_names(query, _KNOWN)
        if "signature" not in query and "expires" not in query:
            return (await identity.viewer(request.headers.get("authorization"))).user_id
        if not ports.links.opens(request.url.path, request.url.query):
            return None
        named = from_id(request.path_params["id"])
        return named.owner if named else None

    async def _read(request: Request, owner: str) -> tuple[ListingReport, ChartTheme]:
        query, id = request.query_params, request.path_params["id"]
        first, last = days_asked(query, ports.now().date())
        theme = _theme(query.get("theme", "light"))
        report = await listing_report(
            ports,
            user_id=owner,
            listing_id=required_key(id, "Listing", owner, "id"),
            first=first,
            last=last,
        )
        return report, theme

    return endpoint


def _theme(text: str) -> ChartTheme:
    try:
        return ChartTheme(text.upper())
    except ValueError:
        raise Invalid("There is no such theme; there are: light, dark.", field=("theme",)) from None
