"""The sandbox Facebook's insights: the figures of a post, as control calls set them.

https://developers.facebook.com/docs/graph-api/reference/insights
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.social.control import Refused, body_of
from sandbox.social.facebook_pages import live_post, sees
from sandbox.social.facebook_site import site_of
from sandbox.social.graph import GraphError, absent, invalid, parameters
from sandbox.social.state import Document

METRICS = (
    "post_media_view",
    "post_total_media_view_unique",
    "post_clicks",
    "post_clicks_by_type",
    "post_reactions_by_type_total",
    "post_video_views",
)
"""All there are: whatever was called `post_impressions` is gone."""

_BY_TYPE = {"post_clicks_by_type": "other clicks", "post_reactions_by_type_total": "like"}
FIGURES = (
    "post_media_view",
    "post_total_media_view_unique",
    "post_clicks",
    "post_video_views",
    "reactions",
    "comments",
    "shares",
)
"""What can be set."""

_CANNOT_READ = "(#10) This endpoint requires the 'read_insights' permission."


async def insights(request: Request) -> Response:
    """`GET /{post}/insights?metric=…`: one name that is not valid fails them all."""
    params, site = await parameters(request), site_of(request)
    token, wanted = site.caller(request, params), request.path_params["node"]
    post = live_post(site, wanted)
    if post is None or not sees(site, token, post["page_id"]):
        raise absent("GET", wanted)
    if token["kind"] == "user":
        raise GraphError(190, "This method must be called with a Page Access Token")
    if site.lacks("read_insights"):
        raise GraphError(10, _CANNOT_READ)
    names = [name.strip() for name in params.text("metric").split(",") if name.strip()]
    if not names or not set(names) <= set(METRICS):
        raise invalid("The value must be a valid insights metric")
    return JSONResponse({"data": [_figure(post, name) for name in names]})


async def set_figures(request: Request) -> Response:
    """{"post_media_view": 12, …}: what happened to a post so far; see `FIGURES`."""
    site, body = site_of(request), await body_of(request)
    post = live_post(site, request.path_params["post"])
    if post is None or not set(body) <= set(FIGURES) or not all(isinstance(v, int) for v in body.values()):
        raise Refused(f"name a live post, and numbers for some of {', '.join(FIGURES)}")
    figures = post.get("figures", {}) | body
    site.store.put("post", post["id"], post | {"figures": figures})
    return JSONResponse({"figures": figures})


def _figure(post: Document, name: str) -> dict[str, Any]:
    figures = post.get("figures", {})
    value: int | dict[str, int] = figures.get(name, 0)
    if name in _BY_TYPE:
        total = figures.get("post_clicks" if name == "post_clicks_by_type" else "reactions", 0)
        value = {_BY_TYPE[name]: total} if total else {}
    return {
        "name": name,
        "period": "lifetime",
        "values": [{"value": value}],
        "id": f"{post['id']}/insights/{name}/lifetime",
    }
