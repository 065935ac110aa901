"""A sandbox Facebook: a small server that behaves as the Graph API for Pages, OAuth included.

State lives in a folder and survives a restart. `/_control/…` looks inside and injects faults. The behaviour
follows Meta's documentation of the Graph API v26.0 and answers observed in the wild.
"""

import math
import re
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from sandbox.social import (
    control,
    facebook_control,
    facebook_insights,
    instagram_control,
    instagram_media,
    instagram_pages,
    instagram_publishing,
)
from sandbox.social import facebook_html as html
from sandbox.social import facebook_oauth as oauth
from sandbox.social import facebook_pages as pages
from sandbox.social.facebook_photos import stage
from sandbox.social.facebook_site import (
    APP_ID,
    APP_SECRET,
    PAGES,
    SCOPES,
    USER_ID,
    Page,
    Site,
    page_named,
    site_of,
)
from sandbox.social.facebook_subscriptions import subscribed_apps
from sandbox.social.faults import Fault, Faults, Misbehaving
from sandbox.social.graph import THROTTLED, THROTTLED_APP, GraphError, parameters
from sandbox.social.instagram_site import ACCOUNTS, account_named, live_media
from sandbox.social.state import Store
from sandbox.social.usage import UseCase, usage_headers

__all__ = ["APP_ID", "APP_SECRET", "PAGES", "SCOPES", "USER_ID", "Page", "create_app"]


def create_app(
    folder: Path,
    *,
    base_url: str | None = None,
    now: Callable[[], float] = time.time,
    require_proof: bool = False,
    processing_seconds: float = 0,
) -> Starlette:
    """The server as an ASGI app; connection faults need uvicorn.

    Args:
        folder: where the state is kept; made if absent.
        base_url: the server's own address for links; the address of the request if None.
        now: seconds since the epoch.
        require_proof: refuse calls without `appsecret_proof`.
        processing_seconds: how long a container of Instagram's is in progress.
    """
    site = Site(Store(folder), now, base_url, require_proof, processing_seconds)
    faults = Faults([])
    log: deque[dict[str, Any]] = deque(maxlen=10_000)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        site.store.close()

    app = Starlette(
        routes=[*facebook_control.routes(faults, log, site), *instagram_control.ROUTES, *_routes()],
        middleware=[
            Middleware(Misbehaving, faults=faults, log=log, envelope=partial(_told_to, site), now=now)
        ],
        exception_handlers={control.Refused: control.refused, 404: _unknown},
        lifespan=lifespan,
    )
    app.state.site = site
    return app


Endpoint = Callable[[Request], Awaitable[Response]]


def _routes() -> list[Route]:
    both = ["GET", "POST"]
    return [
        Route("/", _front),
        Route("/photos/{photo}.jpg", _photo_file),
        Route("/{page}/posts/{post}", _post_page),
        Route("/p/{shortcode}/", instagram_pages.post),
        Route("/instagram/photos/{photo}.jpg", instagram_pages.photo),
        Route("/instagram/{username}", instagram_pages.profile),
        _graph("/{version}/dialog/oauth", oauth.dialog, both),
        _graph("/{version}/oauth/access_token", oauth.access_token, both),
        _graph("/{version}/debug_token", oauth.debug_token),
        _graph("/{version}/me/accounts", pages.accounts),
        _graph("/{version}/me/permissions", pages.permissions, ["GET", "DELETE"]),
        _graph("/{version}/{node:instagram}/media", instagram_media.media),
        _graph("/{version}/{node:instagram}/media", instagram_publishing.create_container, ["POST"]),
        _graph("/{version}/{node:instagram}/media_publish", instagram_publishing.publish, ["POST"]),
        _graph("/{version}/{node:instagram}/content_publishing_limit", instagram_publishing.publishing_limit),
        _graph("/{version}/{node:instagram}/insights", instagram_media.insights),
        _graph("/{version}/{node:instagram}", instagram_media.node, ["GET", "DELETE"]),
        _graph("/{version}/{node}/feed", pages.feed, both),
        _graph("/{version}/{node}/insights", facebook_insights.insights),
        _graph("/{version}/{node}/photos", _publish_photo, ["POST"]),
        _graph("/{version}/{node}/subscribed_apps", subscribed_apps, ["GET", "POST", "DELETE"]),
        _graph("/{version}/{node}", pages.node, ["GET", "DELETE"]),
        Route("/{page}", _wall),
    ]


def _graph(path: str, endpoint: Endpoint, methods: list[str] | None = None) -> Route:
    """A route of the Graph API: counts the call, answers errors in the envelope, tells the usage."""

    async def answered(request: Request) -> Response:
        meter = site_of(request).meter
        use_case = _use_case(request.path_params.get("node", ""))
        try:
            meter.count(use_case)
            if not re.fullmatch(r"v\d+\.\d+", request.path_params["version"]):
                raise _no_such_path(request)
            response = await endpoint(request)
        except GraphError as error:
            response = JSONResponse(error.envelope(), status_code=error.status)
        response.headers.update(meter.headers(use_case))
        return response

    return Route(path, answered, methods=methods)


def _use_case(node: str) -> UseCase | None:
    """The business use case that a call for the node counts for."""
    account = node.partition("_")[0]  # posts of Pages are named `<page>_<post>`
    if page_named(account):
        return account, "pages"
    return (account, "instagram") if account_named(account) else None


def _told_to(site: Site, fault: Fault) -> Response:
    """The envelope of an injected error; throttling comes with full usage and the minutes to wait."""
    code = 2 if fault.kind == "error_after" else fault.code or 1
    status = 500 if fault.kind == "error_after" else fault.status
    kind = "GraphMethodException" if (code, fault.subcode) == (100, 33) else "OAuthException"
    error = GraphError(code, fault.message, subcode=fault.subcode, status=status, kind=kind)
    headers = site.meter.headers(None)
    if code in THROTTLED:
        business = (ACCOUNTS[0].id, "instagram") if code == 80002 else (PAGES[0].id, "pages")
        app = 100 if code in THROTTLED_APP else site.meter.app()
        headers = usage_headers(app, business, 100, math.ceil(fault.seconds / 60))
    return JSONResponse(error.envelope(), status_code=error.status, headers=headers)


def _no_such_path(request: Request) -> GraphError:
    return GraphError(2500, f"Unknown path components: {request.url.path}")


async def _unknown(request: Request, error: Exception) -> Response:
    return JSONResponse(_no_such_path(request).envelope(), status_code=400)


async def _publish_photo(request: Request) -> Response:
    """`POST /{page}/photos`: stage a photo, or with published=true (the default) post it at once."""
    params, site = await parameters(request), site_of(request)
    page = pages.acting_page(site, request, params)
    published = params.flag("published", default=True)
    photo = await stage(site, page, params)
    if not published:
        return JSONResponse({"id": photo["id"]})
    post = pages.create_post(
        site, page, message=photo["caption"], link=None, photos=[photo["id"]], published=True
    )
    return JSONResponse({"id": photo["id"], "post_id": post["id"]})


async def _front(request: Request) -> Response:
    site = site_of(request)
    rows = [(f"/{page.id}", page.name, len(pages.live_posts(site, page.id))) for page in PAGES]
    rows += [
        (f"/instagram/{one.username}", f"@{one.username} on Instagram", len(live_media(site, one.id)))
        for one in ACCOUNTS
    ]
    return HTMLResponse(html.front(rows))


async def _wall(request: Request) -> Response:
    site, page = site_of(request), page_named(request.path_params["page"])
    if page is None:
        return await _unknown(request, LookupError())
    photos = {photo["id"]: photo for photo in site.store.all("photo")}
    return HTMLResponse(html.wall(page, pages.live_posts(site, page.id), photos))


async def _post_page(request: Request) -> Response:
    site, page = site_of(request), page_named(request.path_params["page"])
    post = site.store.get("post", f"{request.path_params['page']}_{request.path_params['post']}")
    if page is None or post is None or post["removed_at"] is not None or not post["published"]:
        return HTMLResponse(html.problem("This content isn't available right now."), status_code=404)
    photos = {photo["id"]: photo for photo in site.store.all("photo")}
    return HTMLResponse(html.post_page(page, post, photos))


async def _photo_file(request: Request) -> Response:
    photo, site = request.path_params["photo"], site_of(request)
    if site.store.get("photo", photo) is None:
        return HTMLResponse(html.problem("This photo isn't available right now."), status_code=404)
    return FileResponse(site.store.file(f"{photo}.jpg"), media_type="image/jpeg")
