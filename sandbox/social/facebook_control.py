"""The sandbox Facebook's control calls, under `/_control`: look inside, take away, misbehave."""

from collections import deque
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.social import control
from sandbox.social.control import Refused, body_of
from sandbox.social.facebook_insights import set_figures
from sandbox.social.facebook_pages import remove_post
from sandbox.social.facebook_site import SCOPES, USER_ID, Site, page_named, site_of
from sandbox.social.faults import Faults
from sandbox.social.state import Document


def routes(faults: Faults, log: deque[dict[str, Any]], site: Site) -> list[Route]:
    """The control routes over these faults and this log."""

    def forget() -> None:
        site.store.reset()
        site.meter.forget()

    return [
        *control.routes(faults, log, forget),
        *site.meter.routes(),
        *site.webhooks.routes(),
        Route("/_control/deauthorize", _deauthorize, methods=["POST"]),
        Route("/_control/posts", _posts),
        Route("/_control/posts/{post}/remove", _remove, methods=["POST"]),
        Route("/_control/posts/{post}/figures", set_figures, methods=["POST"]),
        Route("/_control/staged", _staged),
        Route("/_control/tokens/revoke", _revoke, methods=["POST"]),
        Route("/_control/tokens/expire", _expire, methods=["POST"]),
        Route("/_control/scopes", _scopes, methods=["GET", "POST"]),
    ]


async def _posts(request: Request) -> Response:
    """Every post ever made, oldest first, with `live`, and how many are live and removed."""
    site = site_of(request)
    posts = [post | {"live": post["removed_at"] is None} for post in site.store.all("post")]
    live = sum(post["live"] for post in posts)
    return JSONResponse({"posts": posts, "counts": {"live": live, "removed": len(posts) - live}})


async def _staged(request: Request) -> Response:
    """The photos no post has taken, oldest first."""
    photos = [photo for photo in site_of(request).store.all("photo") if photo["post_id"] is None]
    return JSONResponse({"photos": photos, "count": len(photos)})


async def _remove(request: Request) -> Response:
    """Remove a post as a person would, in the browser."""
    site = site_of(request)
    post = site.store.get("post", request.path_params["post"])
    if post is None or post["removed_at"] is not None:
        raise Refused("there is no such live post")
    remove_post(site, post, "hand")
    await site.webhooks.tell_of_removal(post["id"])
    return JSONResponse({"removed": post["id"]})


async def _revoke(request: Request) -> Response:
    """{"page": id} or {"all": true}; `subcode` 460 unless said otherwise."""
    body = await body_of(request)
    return _ended(site_of(request), body, int(body.get("subcode", 460)))


async def _expire(request: Request) -> Response:
    """{"page": id} or {"all": true}: the tokens answer 190/463 from now on."""
    return _ended(site_of(request), await body_of(request), 463)


def _ended(site: Site, body: Document, subcode: int) -> Response:
    page = body.get("page")
    if (page is None) == (body.get("all") is not True) or (
        page is not None and page_named(str(page)) is None
    ):
        raise Refused('say {"page": "<id of a Page>"} or {"all": true}')
    return JSONResponse({"ended": site.invalidate(subcode, page)})


async def _deauthorize(request: Request) -> Response:
    """Remove the app as the user does in the settings: tokens answer 458 from now on, and the app is told."""
    site = site_of(request)
    site.store.delete("grant", USER_ID)
    ended = site.invalidate(458)
    await site.webhooks.tell_of_deauthorization(USER_ID)
    return JSONResponse({"ended": ended})


async def _scopes(request: Request) -> Response:
    """{"remove": [scope, …], "grant": [scope, …]}; answers every scope's status."""
    site = site_of(request)
    if request.method == "POST":
        body = await body_of(request)
        changes = dict.fromkeys(body.get("grant", []), "granted") | dict.fromkeys(
            body.get("remove", []), "declined"
        )
        if not changes or not set(changes) <= set(SCOPES):
            raise Refused(
                'say {"remove": [scope, …]} or {"grant": [scope, …]}, with scopes of the consent page'
            )
        site.grant(changes)
    return JSONResponse({"scopes": site.permissions()})
