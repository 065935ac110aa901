"""The sandbox Instagram's way to a post: containers, the day's quota, media_publish."""

import re

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.social.facebook_site import Site, site_of
from sandbox.social.graph import GraphError, Parameters, invalid, parameters, selected
from sandbox.social.instagram_photos import fetched
from sandbox.social.instagram_site import (
    CONTAINER,
    QUOTA_SECONDS,
    Account,
    acting_account,
    new_container,
    put_up,
    quota_usage,
    settings,
    state_of,
)
from sandbox.social.state import Document

MAX_CAPTION, MAX_HASHTAGS, MAX_MENTIONS = 2_200, 30, 20
CAROUSEL = range(2, 11)


async def create_container(request: Request) -> Response:
    """`POST /{ig}/media`: a photo, a part of a carousel, or with media_type=CAROUSEL the whole of it."""
    params, site = await parameters(request), site_of(request)
    account = acting_account(site, request, params, "instagram_content_publish")
    _check_caption(params.text("caption"))
    kind = params.text("media_type") or "IMAGE"
    if kind == "CAROUSEL":
        children = _children(site, account, params)
        container = new_container(
            site, account, caption=params.text("caption"), alt_text="", children=children, is_part=False
        )
    elif kind == "IMAGE":
        container = await _photo(site, account, params)
    else:
        raise GraphError(
            100, f"Unknown media type {kind}.", subcode=2207023, title="Unknown media type", explanation=""
        )
    return JSONResponse({"id": container["id"]})


async def _photo(site: Site, account: Account, params: Parameters) -> Document:
    if not params.text("image_url"):
        raise invalid("The parameter image_url is required")
    photo = await fetched(params.text("image_url"))
    is_part = params.flag("is_carousel_item", default=False)
    container = new_container(
        site,
        account,
        caption="" if is_part else params.text("caption"),
        alt_text=params.text("alt_text"),
        children=[],
        is_part=is_part,
    )
    site.store.save_file(f"{container['id']}.jpg", photo)
    return container


def _children(site: Site, account: Account, params: Parameters) -> list[str]:
    value = params.text("children")
    children = [part.strip() for part in value.split(",") if part.strip()]
    parts = [site.store.get(CONTAINER, child) for child in children]
    usable = [
        part
        for part in parts
        if part
        and part["is_part"]
        and part["account_id"] == account.id
        and state_of(site, part) in ("IN_PROGRESS", "FINISHED")
    ]
    if (
        len(children) not in CAROUSEL
        or len(usable) < len(set(children))
        or len(set(children)) < len(children)
    ):
        text = "Carousels need at least 2 photos/videos and no more than 10 photos/videos."
        raise GraphError(
            100, "Invalid parameter", subcode=2207028, title="Carousel validation failed", explanation=text
        )
    return children


def _check_caption(caption: str) -> None:
    hashtags, mentions = re.findall(r"#\w", caption), re.findall(r"(?<!\w)@\w", caption)
    if len(caption) > MAX_CAPTION or len(hashtags) > MAX_HASHTAGS or len(mentions) > MAX_MENTIONS:
        text = (
            f"The caption is {len(caption)} characters long. It can have at most {MAX_CAPTION} characters,"
            f" {MAX_HASHTAGS} hashtags and {MAX_MENTIONS} @ tags."
        )
        raise GraphError(
            36004, "The caption was too long.", subcode=2207010, title="Caption too long", explanation=text
        )


async def publish(request: Request) -> Response:
    """`POST /{ig}/media_publish?creation_id=…`: the media's id."""
    params, site = await parameters(request), site_of(request)
    account = acting_account(site, request, params, "instagram_content_publish")
    container = site.store.get(CONTAINER, params.text("creation_id"))
    if container is None or container["account_id"] != account.id:
        raise GraphError(
            24,
            "The requested resource does not exist",
            subcode=2207006,
            title="Media not found",
            explanation="The media cannot be found.",
        )
    if container["is_part"]:
        raise invalid("Param creation_id names a part of a carousel")
    if quota_usage(site, account.id) >= settings(site)["quota"]:
        raise GraphError(
            9,
            "Application request limit reached",
            subcode=2207042,
            title="Reached max number of posts",
            explanation="You reached maximum number of posts that is allowed to be published by Content"
            " Publishing API.",
        )
    _check_finished(state_of(site, container))
    return JSONResponse({"id": put_up(site, container)["id"]})


def _check_finished(state: str) -> None:
    if state == "EXPIRED":
        text = "The media you are trying to access has expired. Please try to upload again."
        raise GraphError(-2, "Fatal", subcode=2207020, title="Media expired", explanation=text)
    if state != "FINISHED":
        raise GraphError(
            9007,
            "Media ID is not available",
            subcode=2207027,
            title="Media not ready",
            explanation="The media is not ready for publishing, please wait for a moment.",
        )


async def publishing_limit(request: Request) -> Response:
    """`GET /{ig}/content_publishing_limit`: how many posts of the last 24 hours count, and how many may."""
    params, site = await parameters(request), site_of(request)
    account = acting_account(site, request, params, "instagram_content_publish")
    config = {"quota_total": settings(site)["quota"], "quota_duration": QUOTA_SECONDS}
    node = {"id": account.id, "quota_usage": quota_usage(site, account.id), "config": config}
    shown = selected(node, params.text("fields"), "ContentPublishingLimitResponse", ("quota_usage",))
    return JSONResponse({"data": [{name: value for name, value in shown.items() if name != "id"}]})
