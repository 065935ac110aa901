"""The sandbox Instagram's control calls, under `/_control/instagram`: look inside, take away, slow down."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.social.control import Refused, body_of
from sandbox.social.facebook_site import Site, site_of
from sandbox.social.instagram_media import METRICS
from sandbox.social.instagram_site import CONTAINER, MEDIA, change_settings, settings, state_of, take_down
from sandbox.social.state import Document


class Changes(BaseModel):
    """What `POST /_control/instagram/settings` takes: how containers fare that are made from now on.

    `seconds` and `polls`: so long, and so many reads, they are in progress; `error`: the subcode with which they
    then end, null for none; `quota`: posts in any 24 hours.
    """

    model_config = ConfigDict(extra="forbid")

    seconds: float = Field(default=0, ge=0)
    polls: int = Field(default=0, ge=0)
    error: int | None = None
    quota: int = Field(default=0, ge=0)


async def _posts(request: Request) -> Response:
    """Every post ever made, oldest first, with `live`, and how many are live and removed."""
    site = site_of(request)
    posts = [media | {"live": media["removed_at"] is None} for media in site.store.all(MEDIA)]
    live = sum(post["live"] for post in posts)
    return JSONResponse({"posts": posts, "counts": {"live": live, "removed": len(posts) - live}})


async def _staged(request: Request) -> Response:
    """The photos that no post has and that have not expired, oldest first."""
    site = site_of(request)
    photos = [one for one in _containers(site) if not one["children"] and one["state"] in _WAITING]
    return JSONResponse({"photos": photos, "count": len(photos)})


_WAITING = ("IN_PROGRESS", "FINISHED", "ERROR")


async def _all_containers(request: Request) -> Response:
    """Every container ever made, oldest first, with its `state`."""
    return JSONResponse({"containers": _containers(site_of(request))})


def _containers(site: Site) -> list[dict[str, Any]]:
    return [one | {"state": state_of(site, one)} for one in site.store.all(CONTAINER)]


async def _remove(request: Request) -> Response:
    """Remove a post as a person would, in the app."""
    site = site_of(request)
    media = _live(site, request)
    take_down(site, media, "hand")
    return JSONResponse({"removed": media["id"]})


async def _figures(request: Request) -> Response:
    """{"views": 12, …}: what insights tell of a post from now on."""
    site, figures = site_of(request), await body_of(request)
    media = _live(site, request)
    if not set(figures) <= set(METRICS) or not all(isinstance(value, int) for value in figures.values()):
        raise Refused(f"say how many of each: {', '.join(METRICS)}")
    site.store.put(MEDIA, media["id"], media | {"figures": media["figures"] | figures})
    return JSONResponse({"figures": media["figures"] | figures})


async def _settings(request: Request) -> Response:
    """See `Changes`; answers all settings."""
    site = site_of(request)
    if request.method == "POST":
        try:
            changes = Changes.model_validate(await body_of(request))
        except ValidationError as error:
            raise Refused("; ".join(f"{e['loc']} {e['msg']}" for e in error.errors())) from None
        change_settings(site, changes.model_dump(exclude_unset=True))
    return JSONResponse({"settings": settings(site)})


def _live(site: Site, request: Request) -> Document:
    media = site.store.get(MEDIA, request.path_params["post"])
    if media is None or media["removed_at"] is not None:
        raise Refused("there is no such live post")
    return media


ROUTES = [
    Route("/_control/instagram/posts", _posts),
    Route("/_control/instagram/posts/{post}/remove", _remove, methods=["POST"]),
    Route("/_control/instagram/posts/{post}/figures", _figures, methods=["POST"]),
    Route("/_control/instagram/staged", _staged),
    Route("/_control/instagram/containers", _all_containers),
    Route("/_control/instagram/settings", _settings, methods=["GET", "POST"]),
]
