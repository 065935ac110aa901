"""The sandbox LinkedIn's OAuth: consent page, codes, access and refresh tokens, the member's name."""

import hmac
import re
import secrets
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from sandbox.social import linkedin_html as html
from sandbox.social.linkedin_site import (
    APP_NAME,
    CLIENT_ID,
    CLIENT_SECRET,
    CODE_SECONDS,
    MEMBER_ID,
    MEMBER_NAME,
    SCOPES,
    Site,
    site_of,
)

_NOTHING_FOR_IT = (
    "Unable to retrieve access token: appid/redirect uri/code verifier does not match authorization code. Or"
    " authorization code expired. Or external member binding exists"
)
_HIDDEN = ("response_type", "client_id", "redirect_uri", "state", "scope")


async def authorization(request: Request) -> Response:
    """`/oauth/v2/authorization`: the consent page; JSON consents by itself; POST carries the decision.

    LinkedIn itself lets a member take all or nothing; here one may be left out, to see what happens.
    """
    form = await request.form() if request.method == "POST" else None
    params = {name: str((form or request.query_params).get(name, "")) for name in _HIDDEN}
    if problem := _problem(params):
        return HTMLResponse(html.problem(problem), status_code=400)
    asked = params["scope"].split()
    if form is not None:
        if form.get("decision") != "allow":
            text = "The user cancelled the authorization"
            return _back(params, {"error": "user_cancelled_authorize", "error_description": text})
        chosen = form.getlist("granted")
        return _consent(site_of(request), params, [scope for scope in asked if scope in chosen])
    if "application/json" in request.headers.get("accept", ""):
        return _consent(site_of(request), params, asked)
    described = {scope: SCOPES[scope] for scope in asked}
    return HTMLResponse(html.consent(APP_NAME, MEMBER_NAME, described, params))


def _problem(params: dict[str, str]) -> str | None:
    target = urlsplit(params["redirect_uri"])
    if params["client_id"] != CLIENT_ID:
        return "The passed in client_id is invalid."
    if target.scheme not in ("http", "https") or not target.netloc:
        return "The redirect_uri does not match the registered value."
    if params["response_type"] != "code":
        return "You need to pass the response_type parameter: it must be “code”."
    asked = params["scope"].split()
    unknown = [scope for scope in asked if scope not in SCOPES]
    if unknown or not asked:
        return f"Scope “{' '.join(unknown)}” is not authorized for your application."
    return None


def _consent(site: Site, params: dict[str, str], scopes: list[str]) -> Response:
    code = "AQ" + secrets.token_urlsafe(40)
    kept = {
        "code": code,
        "redirect_uri": params["redirect_uri"],
        "created": site.now(),
        "scopes": scopes,
        "used": False,
    }
    site.store.put("code", code, kept)
    return _back(params, {"code": code})


def _back(params: dict[str, str], answer: dict[str, str]) -> Response:
    target = urlsplit(params["redirect_uri"])
    if params["state"]:
        answer = answer | {"state": params["state"]}
    query = urlencode([*parse_qsl(target.query, keep_blank_values=True), *answer.items()])
    return RedirectResponse(urlunsplit(target._replace(query=query)), status_code=302)


async def access_token(request: Request) -> Response:
    """`POST /oauth/v2/accessToken`: tokens for a code, or for a refresh token; the form is in the body."""
    site, form = site_of(request), await request.form()
    given = {name: str(value) for name, value in form.items()}
    secret = given.get("client_secret", "").encode()
    if given.get("client_id") != CLIENT_ID or not hmac.compare_digest(secret, CLIENT_SECRET.encode()):
        return _refused(401, "invalid_client", "Client authentication failed")
    match given.get("grant_type"):
        case "authorization_code":
            return _redeem(site, given)
        case "refresh_token":
            return _renew(site, given)
    return _refused(400, "unsupported_grant_type", "The grant_type is not one that is offered")


def _redeem(site: Site, given: dict[str, str]) -> Response:
    code = given.get("code", "")
    found = site.store.get("code", code)
    if (
        found is None
        or found["used"]
        or found["created"] + CODE_SECONDS <= site.now()
        or found["redirect_uri"] != given.get("redirect_uri")
    ):
        return _refused(400, "invalid_request", _NOTHING_FOR_IT)
    site.store.put("code", code, found | {"used": True})
    return JSONResponse(site.new_tokens(found["scopes"], site.now()))


def _renew(site: Site, given: dict[str, str]) -> Response:
    token = site.store.get("token", given.get("refresh_token", ""))
    if token is None or token["kind"] != "refresh":
        return _refused(400, "invalid_request", "The provided refresh token is invalid")
    if token["revoked"]:
        return _refused(400, "invalid_grant", "The provided authorization grant or refresh token is revoked")
    if token["expires_at"] <= site.now():
        return _refused(400, "invalid_grant", "The provided authorization grant or refresh token is expired")
    return JSONResponse(site.renewed(token))


def _refused(status: int, error: str, text: str) -> Response:
    return JSONResponse({"error": error, "error_description": text}, status_code=status)


async def userinfo(request: Request) -> Response:
    """`GET /v2/userinfo`: who consented; needs `openid`, the name `profile` too."""
    token = site_of(request).caller(request, "openid")
    answer = {"sub": MEMBER_ID}
    if "profile" in token["scopes"]:
        given, _, family = MEMBER_NAME.partition(" ")
        answer |= {"name": MEMBER_NAME, "given_name": given, "family_name": family}
    if "email" in token["scopes"]:
        answer["email"] = re.sub(r"\W+", ".", MEMBER_NAME.lower()) + "@example.com"
    return JSONResponse(answer)
