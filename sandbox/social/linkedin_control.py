"""The sandbox LinkedIn's own control calls: look inside, take away, change the app's standing."""

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.social.control import Refused, body_of
from sandbox.social.linkedin_posts import remove
from sandbox.social.linkedin_site import SCOPES, site_of

_FIGURES = (
    "impressionCount",
    "uniqueImpressionsCount",
    "clickCount",
    "likeCount",
    "commentCount",
    "shareCount",
)


def routes() -> list[Route]:
    """The routes beside those of every platform."""
    return [
        Route("/_control/posts", _posts),
        Route("/_control/posts/{post}/remove", _remove, methods=["POST"]),
        Route("/_control/posts/{post}/figures", _figures, methods=["POST"]),
        Route("/_control/staged", _staged),
        Route("/_control/tokens/revoke", _revoke, methods=["POST"]),
        Route("/_control/tokens/expire", _expire, methods=["POST"]),
        Route("/_control/scopes", _scopes, methods=["POST"]),
        Route("/_control/app", _app, methods=["GET", "POST"]),
    ]


async def _posts(request: Request) -> Response:
    """Every post ever made, oldest first, with `live`, and how many are live and removed."""
    posts = [post | {"live": post["removed_at"] is None} for post in site_of(request).store.all("post")]
    live = sum(post["live"] for post in posts)
    return JSONResponse({"posts": posts, "counts": {"live": live, "removed": len(posts) - live}})


async def _remove(request: Request) -> Response:
    """Remove a post as a person would, in the browser."""
    site = site_of(request)
    post = site.store.get("post", request.path_params["post"])
    if post is None or post["removed_at"] is not None:
        raise Refused("there is no such live post")
    remove(site, post, "hand")
    return JSONResponse({"removed": post["id"]})


async def _figures(request: Request) -> Response:
    """{"likeCount": 3, …}: what happened to a post so far."""
    site, body = site_of(request), await body_of(request)
    post = site.store.get("post", request.path_params["post"])
    if post is None or not set(body) <= set(_FIGURES) or not all(isinstance(v, int) for v in body.values()):
        raise Refused(f"name a post, and numbers for some of {', '.join(_FIGURES)}")
    site.store.put("post", post["id"], post | {"figures": post["figures"] | body})
    return JSONResponse({"figures": post["figures"] | body})


async def _staged(request: Request) -> Response:
    """The images that were uploaded and no post has taken, oldest first."""
    images = site_of(request).store.all("image")
    left = [image for image in images if image["uploaded"] and image["post_id"] is None]
    return JSONResponse({"photos": left, "count": len(left)})


async def _revoke(request: Request) -> Response:
    """All tokens answer 65601 from now on."""
    return JSONResponse({"ended": site_of(request).change_tokens(revoked=True)})


async def _expire(request: Request) -> Response:
    """All access and refresh tokens are too old from now on; {"only": "access"} leaves the others."""
    site, only = site_of(request), (await body_of(request)).get("only")
    if only not in (None, "access", "refresh"):
        raise Refused('say {"only": "access"}, {"only": "refresh"} or nothing')
    ended = [token for token in site.store.all("token") if only in (None, token["kind"])]
    for token in ended:
        site.store.put("token", token["token"], token | {"expires_at": site.now()})
    return JSONResponse({"ended": len(ended)})


async def _scopes(request: Request) -> Response:
    """{"remove": [scope, …], "grant": [scope, …]}: changes what every good token may do."""
    site, body = site_of(request), await body_of(request)
    grant, gone = body.get("grant", []), body.get("remove", [])
    if not (grant or gone) or not {*grant, *gone} <= set(SCOPES):
        raise Refused('say {"remove": [scope, …]} or {"grant": [scope, …]}, with scopes of the consent page')
    for kind in ("token", "code"):
        for found in site.store.all(kind):
            left = [scope for scope in found["scopes"] if scope not in gone]
            key = found["token"] if kind == "token" else found["code"]
            site.store.put(kind, key, found | {"scopes": list(dict.fromkeys([*left, *grant]))})
    return JSONResponse({"grant": grant, "remove": gone})


async def _app(request: Request) -> Response:
    """{"partner": bool, "rotates": bool, "day_limit": n, "versions": [first, last]}, each as wanted."""
    site, body = site_of(request), await body_of(request)
    if not set(body) <= {"partner", "rotates", "day_limit", "versions"}:
        raise Refused("say partner, rotates, day_limit or versions")
    site.partner = bool(body.get("partner", site.partner))
    site.rotates = bool(body.get("rotates", site.rotates))
    site.day_limit = int(body.get("day_limit", site.day_limit))
    first, last = body.get("versions", site.versions)
    site.versions = (str(first), str(last))
    return JSONResponse(
        {
            "partner": site.partner,
            "rotates": site.rotates,
            "day_limit": site.day_limit,
            "versions": site.versions,
        }
    )
