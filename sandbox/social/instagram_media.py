"""The sandbox Instagram's nodes: accounts, containers, media, their removal and their figures."""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.social.facebook_site import Site, site_of
from sandbox.social.graph import absent, invalid, parameters, selected, sliced
from sandbox.social.instagram_site import (
    CONTAINER,
    MEDIA,
    Account,
    account_named,
    acting_account,
    check_scopes,
    live_media,
    polled,
    sees,
    take_down,
)
from sandbox.social.state import Document

METRICS = ("views", "reach", "likes", "comments", "saved", "shares", "total_interactions")
_GONE_METRICS = ("impressions", "engagement", "video_views")
_DEFAULT = ("id",)


async def media(request: Request) -> Response:
    """`GET /{ig}/media`: the live media, newest first."""
    params, site = await parameters(request), site_of(request)
    account = acting_account(site, request, params)
    rows = [
        (-found["number"], selected(_media_node(request, found), params.text("fields"), "Media", _DEFAULT))
        for found in live_media(site, account.id)
    ]
    listed = sliced(rows, params, str(request.url.replace(query="")))
    return JSONResponse({"data": listed.items, "paging": listed.paging})


async def node(request: Request) -> Response:
    """`/{id}`: GET reads an account, a container or media; DELETE removes media."""
    params, site = await parameters(request), site_of(request)
    token, wanted = site.caller(request, params), request.path_params["node"]
    if request.method == "DELETE":
        return _delete(site, token, wanted)
    fields = params.text("fields")
    account = account_named(wanted)
    if account and sees(site, token, account.id):
        return JSONResponse(selected(_account_node(site, account), fields, "IGUser", _DEFAULT))
    found = _live(site, token, wanted)
    if found:
        return JSONResponse(selected(_media_node(request, found), fields, "Media", _DEFAULT))
    container = site.store.get(CONTAINER, wanted)
    if container and sees(site, token, container["account_id"]):
        return JSONResponse(selected(polled(site, container), fields, "IGContainer", _DEFAULT))
    raise absent("GET", wanted)


async def insights(request: Request) -> Response:
    """`GET /{media}/insights?metric=…`: one name that is not valid fails them all."""
    params, site = await parameters(request), site_of(request)
    wanted = request.path_params["node"]
    found = _live(site, site.caller(request, params), wanted)
    if found is None:
        raise absent("GET", wanted)
    check_scopes(site, "instagram_manage_insights")
    names = [name.strip() for name in params.text("metric").split(",") if name.strip()]
    for place, name in enumerate(names):
        if name in _GONE_METRICS:
            raise invalid(f"Starting from version v22.0 and above, the {name} metric is no longer supported.")
        if name not in METRICS:
            raise invalid(f"metric[{place}] must be one of the following values: {', '.join(METRICS)}")
    if not names:
        raise invalid("The parameter metric is required")
    return JSONResponse({"data": [_figure(found, name) for name in names]})


def _figure(found: Document, name: str) -> dict[str, Any]:
    figures = found["figures"]
    value = figures.get(name, 0)
    if name == "total_interactions":
        value = sum(figures.get(part, 0) for part in ("likes", "comments", "saved", "shares"))
    return {
        "name": name,
        "period": "lifetime",
        "values": [{"value": value}],
        "title": name.replace("_", " ").capitalize(),
        "id": f"{found['id']}/insights/{name}/lifetime",
    }


def _delete(site: Site, token: Document, wanted: str) -> Response:
    found = _live(site, token, wanted)
    if found is None:
        raise absent("DELETE", wanted)
    check_scopes(site, "instagram_manage_contents")
    take_down(site, found, "api")
    return JSONResponse({"success": True, "deleted_id": wanted})


def _live(site: Site, token: Document, wanted: str) -> Document | None:
    found = site.store.get(MEDIA, wanted)
    shown = found and found["removed_at"] is None and sees(site, token, found["account_id"])
    return found if shown else None


def _account_node(site: Site, account: Account) -> dict[str, Any]:
    return {
        "id": account.id,
        "username": account.username,
        "media_count": len(live_media(site, account.id)),
    }


def _media_node(request: Request, found: Document) -> dict[str, Any]:
    base = site_of(request).address(request)
    account = account_named(found["account_id"])
    return {
        "id": found["id"],
        "caption": found["message"],
        "media_type": "CAROUSEL_ALBUM" if len(found["photos"]) > 1 else "IMAGE",
        "media_url": f"{base}/instagram/photos/{found['photos'][0]}.jpg",
        "permalink": f"{base}/p/{found['shortcode']}/",
        "shortcode": found["shortcode"],
        "timestamp": found["created_time"],
        "username": account.username if account else None,
        "like_count": found["figures"].get("likes", 0),
        "comments_count": found["figures"].get("comments", 0),
    }
