"""The sandbox Instagram's pages for people: an account's profile, a post, its photos."""

from html import escape

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from sandbox.social import facebook_html as html
from sandbox.social.facebook_site import Site, site_of
from sandbox.social.instagram_site import ACCOUNTS, CONTAINER, MEDIA, Account, account_named, live_media
from sandbox.social.state import Document


async def profile(request: Request) -> Response:
    """An account with its posts, newest first."""
    site, username = site_of(request), request.path_params["username"]
    account = next((one for one in ACCOUNTS if one.username == username), None)
    if account is None:
        return _absent()
    shown = live_media(site, account.id)
    quiet = "" if shown else '<p class="quiet">No posts yet.</p>'
    head = f'<div class="card"><h1>{escape(username)}</h1>{quiet}</div>'
    return HTMLResponse(html.document(username, head + "".join(_card(site, account, one) for one in shown)))


async def post(request: Request) -> Response:
    """The page of one post."""
    site, shortcode = site_of(request), request.path_params["shortcode"]
    for media in site.store.all(MEDIA):
        account = account_named(media["account_id"])
        if media["shortcode"] == shortcode and media["removed_at"] is None and account:
            return HTMLResponse(html.document(f"A post by {account.username}", _card(site, account, media)))
    return _absent()


async def photo(request: Request) -> Response:
    """The bytes of a photo, of a post or of a container."""
    site, key = site_of(request), request.path_params["photo"]
    path = site.store.file(f"{key}.jpg")
    if site.store.get(CONTAINER, key) is None or not path.exists():
        return _absent()
    return FileResponse(path, media_type="image/jpeg")


def _card(site: Site, account: Account, media: Document) -> str:
    parts = [site.store.get(CONTAINER, key) or {"id": key, "alt_text": ""} for key in media["photos"]]
    images = "".join(
        f'<img src="/instagram/photos/{part["id"]}.jpg" alt="{escape(part["alt_text"] or "Photo of this post")}">'
        for part in parts
    )
    return (
        f'<article class="card"><h1><a href="/instagram/{account.username}">{escape(account.username)}</a></h1>'
        f'<div class="photos">{images}</div><p class="message">{escape(media["message"])}</p>'
        f'<p class="quiet"><a href="/p/{media["shortcode"]}/">{escape(media["created_time"])}</a></p></article>'
    )


def _absent() -> Response:
    return HTMLResponse(html.problem("Sorry, this page isn't available."), status_code=404)
