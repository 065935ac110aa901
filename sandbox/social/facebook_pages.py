"""The sandbox Facebook's nodes and edges: the user, Pages, posts and the feed."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.social.facebook_oauth import chosen_pages
from sandbox.social.facebook_photos import photo_node, remove_photo, staged_photo
from sandbox.social.facebook_site import USER_ID, USER_NAME, Page, Site, page_named, site_of, timestamp
from sandbox.social.graph import GraphError, Parameters, absent, invalid, parameters, selected, sliced
from sandbox.social.instagram_site import account_of
from sandbox.social.state import Document

MAX_PHOTOS = 10
MAX_MESSAGE = 63_206
_CANNOT_POST = (
    "(#200) If posting to a group, requires app being installed in the group, and either publish_to_groups"
    " permission with user token, or both pages_read_engagement and pages_manage_posts permission with page token;"
    " If posting to a page, requires both pages_read_engagement and pages_manage_posts as an admin with sufficient"
    " administrative permission"
)
_CANNOT_READ = "(#10) This endpoint requires the 'pages_read_engagement' permission or the 'Page Public Content Access' feature."


async def accounts(request: Request) -> Response:
    """`/me/accounts`: the Pages with their tokens; empty without pages_show_list, as on Facebook."""
    params, site = await parameters(request), site_of(request)
    token = site.caller(request, params)
    if token["kind"] != "user":
        raise invalid("Tried accessing nonexisting field (accounts) on node type (Page)")
    pages = [] if site.lacks("pages_show_list") else chosen_pages(site)
    shown = []
    for place, page in enumerate(pages, 1):
        node = _page_node(request, page) | {
            "access_token": site.page_token(page, token),
            "tasks": ["CREATE_CONTENT"],
        }
        default = ("access_token", "category", "name", "id", "tasks")
        shown.append((place, selected(node, params.text("fields"), "Page", default)))
    page_of_list = sliced(shown, params, str(request.url.replace(query="")))
    return JSONResponse({"data": page_of_list.items, "paging": page_of_list.paging})


async def permissions(request: Request) -> Response:
    """`/me/permissions`: GET lists the scopes, DELETE takes the app's access away (tokens then answer 458)."""
    params, site = await parameters(request), site_of(request)
    if site.caller(request, params)["kind"] != "user":
        raise invalid("Tried accessing nonexisting field (permissions) on node type (Page)")
    if request.method == "DELETE":
        site.store.delete("grant", USER_ID)
        site.invalidate(458)
        return JSONResponse({"success": True})
    rows = [{"permission": scope, "status": status} for scope, status in site.permissions().items()]
    return JSONResponse({"data": rows})


async def node(request: Request) -> Response:
    """`/{version}/{id}`: GET reads a user, Page, post or photo; DELETE removes a post or a staged photo."""
    params, site = await parameters(request), site_of(request)
    token = site.caller(request, params)
    wanted = request.path_params["node"]
    if request.method == "DELETE":
        is_post = live_post(site, wanted) is not None
        success = _delete(site, token, wanted)
        told = BackgroundTask(site.webhooks.tell_of_removal, wanted) if is_post else None
        return JSONResponse({"success": success}, background=told)
    if wanted in ("me", USER_ID) and token["kind"] == "user":
        return JSONResponse(
            selected({"id": USER_ID, "name": USER_NAME}, params.text("fields"), "User", ("name", "id"))
        )
    if wanted == "me":
        wanted = token["page_id"]
    fields = params.text("fields")
    if (page := page_named(wanted)) and sees(site, token, page.id):
        return JSONResponse(selected(_page_node(request, page), fields, "Page", ("name", "id")))
    post = live_post(site, wanted)
    if post and sees(site, token, post["page_id"]):
        return JSONResponse(
            selected(post_node(request, post), fields, "Post", ("created_time", "message", "id"))
        )
    photo = site.store.get("photo", wanted)
    if photo and sees(site, token, photo["page_id"]):
        return JSONResponse(
            selected(photo_node(request, photo), fields, "Photo", ("created_time", "name", "id"))
        )
    raise absent("GET", wanted)


async def feed(request: Request) -> Response:
    """`/{version}/{page}/feed`: GET lists the live posts, newest first; POST publishes."""
    params, site = await parameters(request), site_of(request)
    page = acting_page(site, request, params)
    if request.method == "POST":
        post = _publish(site, page, params)
        default = ("id",)
        return JSONResponse(selected(post_node(request, post), params.text("fields"), "Post", default))
    if site.lacks("pages_read_engagement"):
        raise GraphError(10, _CANNOT_READ)
    since = _moment(params.text("since"))
    rows = []
    for post in live_posts(site, page.id):
        if post["created"] >= since:
            shown = selected(
                post_node(request, post), params.text("fields"), "Post", ("created_time", "message", "id")
            )
            rows.append((-post["number"], shown))
    listed = sliced(rows, params, str(request.url.replace(query="")))
    return JSONResponse({"data": listed.items, "paging": listed.paging})


def acting_page(site: Site, request: Request, params: Parameters) -> Page:
    """The Page of the path if the token may act on it; a POST needs the posting scopes too."""
    token = site.caller(request, params)
    wanted = request.path_params["node"]
    page = page_named(token["page_id"] or "" if wanted == "me" else wanted)
    if page is None or token["page_id"] not in (None, page.id):
        raise absent(request.method, wanted)
    if request.method == "POST" and (
        token["kind"] == "user" or site.lacks("pages_manage_posts", "pages_read_engagement")
    ):
        raise GraphError(200, _CANNOT_POST)
    return page


def live_posts(site: Site, page_id: str) -> list[Document]:
    """The Page's published posts that have not been removed, newest first."""
    posts = site.store.all("post")
    return [
        post
        for post in reversed(posts)
        if post["page_id"] == page_id and post["published"] and post["removed_at"] is None
    ]


def create_post(
    site: Site, page: Page, *, message: str, link: str | None, photos: list[str], published: bool
) -> Document:
    """Put a post on the Page and take its photos from the staging."""
    number = site.store.next_number("post")
    post = {
        "id": f"{page.id}_{122_100_000_000_000_000 + number}",
        "number": number,
        "page_id": page.id,
        "message": message,
        "link": link,
        "photos": photos,
        "published": published,
        "created": site.now(),
        "created_time": timestamp(site.now()),
        "removed_at": None,
        "removed_by": None,
    }
    site.store.put("post", str(post["id"]), post)
    for key in photos:
        photo = site.store.get("photo", key)
        if photo is not None:
            site.store.put("photo", key, photo | {"post_id": post["id"]})
    return post


def remove_post(site: Site, post: Document, by: str) -> None:
    """Take a post down, its photos with it; `by` is "api" or "hand"."""
    site.store.put("post", post["id"], post | {"removed_at": site.now(), "removed_by": by})
    for key in post["photos"]:
        remove_photo(site, key)


def post_node(request: Request, post: Document) -> dict[str, Any]:
    """A post as the Graph API shows it."""
    permalink = f"{site_of(request).address(request)}/{post['page_id']}/posts/{post['id'].partition('_')[2]}"
    shown = {name: post[name] for name in ("id", "message", "created_time")}
    return shown | {"permalink_url": permalink, "is_published": post["published"]} | _answers(post)


def _answers(post: Document) -> dict[str, Any]:
    """Reactions, comments and shares; a post that nobody has shared lacks these."""
    figures = post.get("figures", {})
    lists = {
        name: {"data": [], "summary": {"total_count": figures.get(name, 0)}}
        for name in ("reactions", "comments")
    }
    return lists | {"shares": {"count": figures["shares"]} if figures.get("shares") else None}


def _publish(site: Site, page: Page, params: Parameters) -> Document:
    message, link = params.text("message"), params.text("link") or None
    if params.text("scheduled_publish_time"):
        raise invalid(
            "Param scheduled_publish_time: this sandbox does not schedule posts; publish them at once"
        )
    photos = _attached(site, page, params)
    if len(message) > MAX_MESSAGE:
        raise invalid(f"Param message must be no longer than {MAX_MESSAGE} characters")
    if link and (urlsplit(link).scheme not in ("http", "https") or not urlsplit(link).netloc):
        raise invalid("Param link must be a valid URL")
    if not message.strip() and not link and not photos:
        raise invalid("Missing message or attachment")
    published = params.flag("published", default=True)
    return create_post(site, page, message=message, link=link, photos=photos, published=published)


def _attached(site: Site, page: Page, params: Parameters) -> list[str]:
    items = params.items("attached_media")
    if len(items) > MAX_PHOTOS:
        raise invalid(f"Param attached_media takes at most {MAX_PHOTOS} photos")
    keys = [str(item.get("media_fbid", "")) if isinstance(item, dict) else "" for item in items]
    for place, key in enumerate(keys):
        if key in keys[:place] or staged_photo(site, page, key) is None:
            raise invalid(
                f"Param attached_media[{place}] names a photo that does not exist or is already used"
            )
    return keys


def _delete(site: Site, token: Document, wanted: str) -> bool:
    # A missing scope answers as an absent post does: that is why a caller has to make sure by reading.
    may = token["kind"] == "page" and not site.lacks("pages_manage_posts", "pages_read_engagement")
    post = live_post(site, wanted)
    if may and post and post["page_id"] == token["page_id"]:
        remove_post(site, post, "api")
        return True
    photo = site.store.get("photo", wanted)
    if may and photo and photo["page_id"] == token["page_id"]:
        if photo["post_id"] is not None:
            return False
        remove_photo(site, wanted)
        return True
    raise absent("DELETE", wanted)


def live_post(site: Site, post_id: str) -> Document | None:
    """The post if it has not been removed."""
    post = site.store.get("post", post_id)
    return post if post and post["removed_at"] is None else None


def sees(site: Site, token: Document, page_id: str) -> bool:
    """Whether the token may read what is on the Page."""
    return token["page_id"] in (None, page_id) and not site.lacks("pages_read_engagement")


def _page_node(request: Request, page: Page) -> dict[str, Any]:
    account = None if site_of(request).lacks("instagram_basic") else account_of(page.id)
    return {
        "id": page.id,
        "name": page.name,
        "category": page.category,
        "link": f"{site_of(request).address(request)}/{page.id}",
        "instagram_business_account": {"id": account.id, "username": account.username} if account else None,
    }


def _moment(text: str) -> float:
    if text == "":
        return 0.0
    try:
        if text.isdecimal():
            return float(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise invalid("Param since must be a unix timestamp or an ISO 8601 date") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
