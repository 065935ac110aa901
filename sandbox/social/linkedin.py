"""A sandbox LinkedIn: a small server that behaves as LinkedIn's OAuth, its versioned API and its pages.

State lives in a folder and survives a restart. `/_control/…` looks inside and injects faults. The behaviour
follows LinkedIn's documentation of the Posts API and answers observed in the wild.
"""

import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.routing import Route

from sandbox.social import control, linkedin_control
from sandbox.social import linkedin_html as html
from sandbox.social import linkedin_images as images
from sandbox.social import linkedin_oauth as oauth
from sandbox.social import linkedin_posts as posts
from sandbox.social.faults import Fault, Faults, Misbehaving
from sandbox.social.linkedin_site import (
    CLIENT_ID,
    CLIENT_SECRET,
    MEMBER,
    MEMBER_NAME,
    ORGANIZATIONS,
    SCOPES,
    RestError,
    Site,
    known_error,
    site_of,
)
from sandbox.social.state import Store

__all__ = ["CLIENT_ID", "CLIENT_SECRET", "MEMBER", "MEMBER_NAME", "ORGANIZATIONS", "SCOPES", "create_app"]

VERSIONS = ("202511", "202612")
"""The first and the last version that is answered unless something else is said."""


def create_app(
    folder: Path,
    *,
    base_url: str | None = None,
    now: Callable[[], float] = time.time,
    versions: tuple[str, str] = VERSIONS,
    partner: bool = False,
    rotates: bool = False,
    day_limit: int = 10_000,
) -> Starlette:
    """The server as an ASGI app; connection faults need uvicorn.

    Args:
        folder: where the state is kept; made if absent.
        base_url: the server's own address for links; the address of the request if None.
        now: seconds since the epoch.
        versions: the first and the last version of the API that is answered.
        partner, rotates: whether the app is given refresh tokens, and another one at each use.
        day_limit: posts of the member in a day of UTC. LinkedIn does not publish its own.
    """
    site = Site(Store(folder), now, base_url, versions, partner, rotates, day_limit)
    at_first = replace(site)
    faults = Faults([])
    log: deque[dict[str, Any]] = deque(maxlen=10_000)

    def forget() -> None:
        site.store.reset()
        for name in ("versions", "partner", "rotates", "day_limit"):
            setattr(site, name, getattr(at_first, name))

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        site.store.close()

    app = Starlette(
        routes=[*control.routes(faults, log, forget), *linkedin_control.routes(), *_routes()],
        middleware=[Middleware(Misbehaving, faults=faults, log=log, envelope=_told_to, now=now)],
        exception_handlers={control.Refused: control.refused, RestError: _answered, 404: _unknown},
        lifespan=lifespan,
    )
    app.state.site = site
    return app


Endpoint = Callable[[Request], Awaitable[Response]]


def _routes() -> list[Route]:
    return [
        Route("/", _feed),
        Route("/feed/update/{urn}/", _post_page),
        Route("/images/{urn}", _image_file),
        Route("/oauth/v2/authorization", oauth.authorization, methods=["GET", "POST"]),
        Route("/oauth/v2/accessToken", oauth.access_token, methods=["POST"]),
        Route("/v2/userinfo", oauth.userinfo),
        Route("/dms-uploads/{urn}/uploaded-image/0", images.upload, methods=["PUT"]),
        _rest("images", images.initialize, "POST"),
        _rest("posts", posts.create, "POST"),
        _rest("posts", posts.listed, "GET"),
        _rest("posts/{urn}", posts.one, "GET", "DELETE"),
        _rest("organizationalEntityShareStatistics", posts.statistics, "GET"),
        _rest("socialActions/{urn}", posts.social_actions, "GET"),
        _rest("organizationAcls", posts.organization_acls, "GET"),
        _rest("organizations/{id}", posts.organization, "GET"),
    ]


def _rest(path: str, endpoint: Endpoint, *methods: str) -> Route:
    """A route of the versioned API."""

    async def versioned(request: Request) -> Response:
        site_of(request).check_version(request)
        return await endpoint(request)

    return Route(f"/rest/{path}", versioned, methods=list(methods))


def _told_to(fault: Fault) -> Response:
    """The envelope of an injected error; `code` is the serviceErrorCode."""
    if fault.kind == "error_after":
        return RestError(500, "INTERNAL_SERVER_ERROR", "Internal Server Error").answer()
    return known_error(fault.code or 0, fault.status, fault.message).answer()


async def _answered(request: Request, error: Exception) -> Response:
    if not isinstance(error, RestError):
        raise error
    return error.answer()


async def _unknown(request: Request, error: Exception) -> Response:
    path = request.url.path
    return RestError(404, "RESOURCE_NOT_FOUND", f"No virtual resource found for {path}").answer()


async def _feed(request: Request) -> Response:
    live = posts.live_posts(site_of(request))
    return HTMLResponse(html.feed([(posts.author_name(post["author"]), post) for post in live]))


async def _post_page(request: Request) -> Response:
    post = site_of(request).store.get("post", request.path_params["urn"])
    if post is None or post["removed_at"] is not None:
        return HTMLResponse(html.problem("This post cannot be displayed."), status_code=404)
    return HTMLResponse(html.post_page(posts.author_name(post["author"]), post))


async def _image_file(request: Request) -> Response:
    site, urn = site_of(request), request.path_params["urn"]
    if site.store.get("image", urn) is None:
        return HTMLResponse(html.problem("This image cannot be displayed."), status_code=404)
    return FileResponse(site.store.file(images.file_name(urn)))
