"""The sandbox LinkedIn's posts: create, read, remove, and how they do.

https://learn.microsoft.com/en-us/linkedin/marketing/community-management/shares/posts-api
"""

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.social.linkedin_images import json_body, usable
from sandbox.social.linkedin_site import (
    MEMBER,
    MEMBER_NAME,
    ORGANIZATIONS,
    RestError,
    Site,
    denied,
    organization_named,
    site_of,
)
from sandbox.social.linkedin_text import shown
from sandbox.social.state import Document

MAX_CHARACTERS = 3_000
MAX_IMAGES = 20
_REQUIRED = {"visibility": "PUBLIC", "lifecycleState": "PUBLISHED"}


async def create(request: Request) -> Response:
    """`POST /rest/posts`: 201 without a body; the URN is in `x-restli-id` only."""
    site, body = site_of(request), await json_body(request)
    author = site.author(request, body.get("author"))
    commentary, images = _checked(site, author, body)
    site.count_post()
    content = {"commentary": commentary, "images": [image["id"] for image, _ in images]}
    if live := next((post for post in live_posts(site, author) if post["content"] == content), None):
        # Only what is seen in the wild is sure: the status and the text.
        raise RestError(422, "DUPLICATE_POST", f"Content is a duplicate of {live['id']}")
    number = site.store.next_number("post")
    message, hashtags = shown(commentary)
    post = {
        "id": f"urn:li:share:{7_400_000_000_000_000_000 + number}",
        "author": author,
        "content": content,
        "message": message,
        "hashtags": hashtags,
        "photos": content["images"],
        "alt_texts": [alt for _, alt in images],
        "created": site.now(),
        "removed_at": None,
        "removed_by": None,
        "figures": {},
    }
    site.store.put("post", str(post["id"]), post)
    for image, _ in images:
        site.store.put("image", image["id"], image | {"post_id": post["id"]})
    return Response(status_code=201, headers={"x-restli-id": str(post["id"])})


def _checked(site: Site, author: str, body: Document) -> tuple[str, list[tuple[Document, str]]]:
    """Commentary and images (with their alt texts) of a post that is acceptable; raises RestError."""
    for name, value in _REQUIRED.items():
        if body.get(name) != value:
            raise _invalid(f"/{name}: this sandbox takes {value} only")
    distribution = body.get("distribution")
    if not isinstance(distribution, dict) or distribution.get("feedDistribution") != "MAIN_FEED":
        raise _invalid("/distribution/feedDistribution: this sandbox takes MAIN_FEED only")
    commentary, content = body.get("commentary"), body.get("content")
    if not isinstance(commentary, str):
        raise _invalid("/commentary: field is required but not found")
    if len(commentary) > MAX_CHARACTERS:
        raise _invalid(f"/commentary: is longer than {MAX_CHARACTERS} characters")
    named = _named(content)
    if not commentary.strip() and not named:
        raise _invalid("/commentary: a post needs a text or content")
    return commentary, [
        (usable(site, item.get("id"), author), str(item.get("altText") or "")) for item in named
    ]


def _named(content: object) -> list[Document]:
    """The images of a post's content: one as media, 2 to 20 as multiImage."""
    if content is None:
        return []
    if not isinstance(content, dict) or len(content) != 1:
        raise _invalid("/content: names exactly one kind of content")
    if isinstance(media := content.get("media"), dict):
        return [media]
    several = content.get("multiImage")
    images = several.get("images") if isinstance(several, dict) else None
    if not isinstance(images, list) or not all(isinstance(image, dict) for image in images):
        raise _invalid("/content: this sandbox takes media and multiImage only")
    if not 2 <= len(images) <= MAX_IMAGES:
        raise _invalid(f"/content/multiImage/images: takes 2 to {MAX_IMAGES} images")
    return images


def _invalid(text: str) -> RestError:
    return RestError(422, "UNPROCESSABLE_ENTITY", text)


async def listed(request: Request) -> Response:
    """`GET /rest/posts?q=author&author=…`: an organization's live posts, newest first; a member's are not shown."""
    site, query = site_of(request), request.query_params
    if query.get("q") != "author":
        raise RestError(400, "BAD_REQUEST", "The finder is not one that is offered")
    author = _readable(request, query.get("author", ""))
    start, count = _number(query.get("start", "0")), _number(query.get("count", "10"))
    if not 1 <= count <= 100:
        raise RestError(400, "BAD_REQUEST", "count must be between 1 and 100")
    posts = live_posts(site, author)
    elements = [_node(post) for post in posts[start : start + count]]
    paging = {"start": start, "count": count, "total": len(posts), "links": []}
    return JSONResponse({"paging": paging, "elements": elements})


async def one(request: Request) -> Response:
    """`/rest/posts/{urn}`: GET reads an organization's post; DELETE answers 204, and 204 again."""
    site, urn = site_of(request), request.path_params["urn"]
    token = site.caller(request)
    post = site.store.get("post", urn)
    if request.method == "GET":
        if post is not None:
            _readable(request, post["author"])
        elif "r_organization_social" not in token["scopes"]:
            raise denied("posts.GET")
        if post is None or post["removed_at"] is not None:
            raise RestError(404, "NOT_FOUND", "Could not find entity")
        return JSONResponse(_node(post))
    if post is not None:
        site.author(request, post["author"])
        if post["removed_at"] is None:
            remove(site, post, "api")
    return Response(status_code=204)


async def statistics(request: Request) -> Response:
    """`GET /rest/organizationalEntityShareStatistics`: of the posts in `shares=List(…)`, or of all."""
    site, query = site_of(request), request.query_params
    if query.get("q") != "organizationalEntity":
        raise RestError(400, "BAD_REQUEST", "The finder is not one that is offered")
    author = _readable(request, query.get("organizationalEntity", ""))
    wanted: list[str] | None = None
    if "shares" in query:
        found = re.fullmatch(r"List\((.*)\)", query["shares"])
        if found is None:
            raise RestError(400, "BAD_REQUEST", "shares must be List(urn,…)")
        wanted = found[1].split(",")
    elements = [
        {"organizationalEntity": author, "share": post["id"], "totalShareStatistics": _figures(post)}
        for post in live_posts(site, author)
        if wanted is not None and post["id"] in wanted
    ]
    if wanted is None:
        all_of_them = [_figures(post) for post in live_posts(site, author)]
        total = {name: sum(figures[name] for figures in all_of_them) for name in _figures({})}
        elements = [{"organizationalEntity": author, "totalShareStatistics": total}]
    return JSONResponse({"paging": {"start": 0, "count": 10, "links": []}, "elements": elements})


async def social_actions(request: Request) -> Response:
    """`GET /rest/socialActions/{urn}`: likes and comments of an organization's post."""
    site, urn = site_of(request), request.path_params["urn"]
    site.caller(request, "r_organization_social")
    post = site.store.get("post", urn)
    if post is None or post["removed_at"] is not None:
        raise RestError(404, "NOT_FOUND", "Could not find entity")
    _readable(request, post["author"])
    figures = _figures(post)
    likes = {"totalLikes": figures["likeCount"], "aggregatedTotalLikes": figures["likeCount"]}
    comments = {
        "totalFirstLevelComments": figures["commentCount"],
        "aggregatedTotalComments": figures["commentCount"],
    }
    return JSONResponse({"likesSummary": likes, "commentsSummary": comments, "target": urn})


async def organization_acls(request: Request) -> Response:
    """`GET /rest/organizationAcls?q=roleAssignee`: the member's roles."""
    site_of(request).caller(request, "rw_organization_admin")
    if request.query_params.get("q") != "roleAssignee":
        raise RestError(400, "BAD_REQUEST", "The finder is not one that is offered")
    wanted = request.query_params.get("role")
    start, count = (_number(request.query_params.get(name, default)) for name, default in _PAGE)
    roles = [one for one in ORGANIZATIONS if wanted in (None, one.role)]
    elements = [
        {"roleAssignee": MEMBER, "state": "APPROVED", "role": one.role, "organization": one.urn}
        for one in roles[start : start + count]
    ]
    paging = {"start": start, "count": count, "total": len(roles), "links": []}
    return JSONResponse({"paging": paging, "elements": elements})


_PAGE = (("start", "0"), ("count", "10"))


async def organization(request: Request) -> Response:
    """`GET /rest/organizations/{id}`: its name."""
    site_of(request).caller(request, "rw_organization_admin")
    found = organization_named(f"urn:li:organization:{request.path_params['id']}")
    if found is None:
        raise RestError(404, "NOT_FOUND", "Could not find entity")
    return JSONResponse({"id": int(found.id), "localizedName": found.name, "$URN": found.urn})


def live_posts(site: Site, author: str | None = None) -> list[Document]:
    """The posts that have not been removed, newest first."""
    posts = reversed(site.store.all("post"))
    return [post for post in posts if author in (None, post["author"]) and post["removed_at"] is None]


def remove(site: Site, post: Document, by: str) -> None:
    """Take a post down; `by` is "api" or "hand"."""
    site.store.put("post", post["id"], post | {"removed_at": site.now(), "removed_by": by})


def author_name(urn: str) -> str:
    """Whose post it is, for people."""
    found = organization_named(urn)
    return found.name if found else MEMBER_NAME


def _readable(request: Request, author: str) -> str:
    # r_member_social is closed: nobody is given a member's posts to read.
    if organization_named(author) is None:
        site_of(request).caller(request)
        raise denied("posts.FINDER-author")
    site_of(request).caller(request, "r_organization_social")
    return author


def _node(post: Document) -> dict[str, Any]:
    milliseconds = int(post["created"] * 1_000)
    return {
        "id": post["id"],
        "author": post["author"],
        "commentary": post["content"]["commentary"],
        "createdAt": milliseconds,
        "publishedAt": milliseconds,
        "lastModifiedAt": milliseconds,
        "lifecycleState": "PUBLISHED",
        "visibility": "PUBLIC",
    }


def _figures(post: Document) -> dict[str, int]:
    given = post.get("figures", {})
    names = (
        "impressionCount",
        "uniqueImpressionsCount",
        "clickCount",
        "likeCount",
        "commentCount",
        "shareCount",
    )
    return {name: int(given.get(name, 0)) for name in names}


def _number(text: str) -> int:
    if not text.isdecimal():
        raise RestError(400, "BAD_REQUEST", "start and count must be numbers")
    return int(text)
