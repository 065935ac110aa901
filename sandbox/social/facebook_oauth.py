"""The sandbox Facebook's OAuth: consent dialog, codes, tokens, debug_token."""

import hmac
import secrets
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from sandbox.social import facebook_html as html
from sandbox.social.facebook_site import (
    APP_ID,
    APP_NAME,
    APP_SECRET,
    CODE_SECONDS,
    LONG_SECONDS,
    PAGES,
    SCOPES,
    SHORT_SECONDS,
    USER_ID,
    Page,
    Site,
    bearer,
    site_of,
)
from sandbox.social.graph import GraphError, Parameters, invalid, parameters


async def dialog(request: Request) -> Response:
    """`/{version}/dialog/oauth`: the consent page; JSON consents by itself; POST carries the decision."""
    params = await parameters(request)
    if problem := _problem(params):
        return HTMLResponse(html.problem(problem), status_code=400)
    site, scopes = site_of(request), _asked(params)
    if params.text("auth_type") != "rerequest":  # what was declined once is not asked for again
        scopes = [scope for scope in scopes if site.permissions().get(scope) != "declined"]
    if request.method == "POST":
        form = await request.form()
        if params.text("decision") != "allow":
            return _back(params, {"error": "access_denied", "error_reason": "user_denied"} | _DENIED)
        pages = form.getlist("page") if "choosing" in form else _every_page()
        granted = form.getlist("granted")
        return _consent(site, params, {scope: scope in granted for scope in scopes}, pages)
    if "application/json" in request.headers.get("accept", ""):
        return _consent(site, params, dict.fromkeys(scopes, True), _every_page())
    described = {scope: SCOPES[scope] for scope in scopes}
    hidden = {name: params.text(name) for name in _CARRIED}
    return HTMLResponse(html.consent(APP_NAME, described, PAGES, hidden))


_CARRIED = ("client_id", "redirect_uri", "state", "scope", "response_type", "auth_type")
_DENIED = {"error_code": "200", "error_description": "Permissions error"}


def _asked(params: Parameters) -> list[str]:
    asked = [scope.strip() for scope in params.text("scope").split(",") if scope.strip()]
    return list(dict.fromkeys(["public_profile", *asked]))


def _problem(params: Parameters) -> str | None:
    target = urlsplit(params.text("redirect_uri"))
    if params.text("client_id") != APP_ID:
        return "Invalid App ID: the provided app ID does not look like a valid app ID."
    if target.scheme not in ("http", "https") or not target.netloc:
        return "URL blocked: redirect_uri must be an absolute http or https URL."
    if params.text("response_type") not in ("", "code"):
        return "Only response_type=code is offered here."
    unknown = [scope for scope in _asked(params) if scope not in SCOPES]
    return f"Invalid Scopes: {', '.join(unknown)}." if unknown else None


def _every_page() -> list[str]:
    return [page.id for page in PAGES]


def chosen_pages(site: Site) -> list[Page]:
    """The Pages that the user lets the app act for, as of the last consent."""
    consent = site.store.get("consent", USER_ID)
    return [page for page in PAGES if consent is None or page.id in consent["pages"]]


def _consent(site: Site, params: Parameters, decisions: dict[str, bool], pages: Sequence[object]) -> Response:
    site.store.put("consent", USER_ID, {"pages": [str(page) for page in pages]})
    site.grant({scope: "granted" if yes else "declined" for scope, yes in decisions.items()})
    code = "AQ" + secrets.token_urlsafe(40)
    redirect_uri = params.text("redirect_uri")
    site.store.put("code", code, {"redirect_uri": redirect_uri, "created": site.now(), "used": False})
    return _back(params, {"code": code})


def _back(params: Parameters, answer: dict[str, str]) -> Response:
    target = urlsplit(params.text("redirect_uri"))
    if params.text("state"):
        answer = answer | {"state": params.text("state")}
    query = urlencode([*parse_qsl(target.query, keep_blank_values=True), *answer.items()])
    return RedirectResponse(urlunsplit(target._replace(query=query)), status_code=302)


async def access_token(request: Request) -> Response:
    """`/{version}/oauth/access_token`: a code, or a user token, for a user token."""
    params, site = await parameters(request), site_of(request)
    if params.text("client_id") != APP_ID:
        raise GraphError(
            101, "Error validating application. Cannot get application info due to a system error."
        )
    if not hmac.compare_digest(params.text("client_secret").encode(), APP_SECRET.encode()):
        raise GraphError(1, "Error validating client secret.", status=400)
    if params.text("grant_type") == "fb_exchange_token":
        return _exchange(site, params)
    _redeem(site, params)
    return _handed_out(site, SHORT_SECONDS)


def _redeem(site: Site, params: Parameters) -> None:
    code = params.text("code")
    if params.text("code_verifier"):
        # Meta keeps a challenge for OpenID Connect alone: https://github.com/NangoHQ/nango/pull/7156
        text = "code_verifier param is provided without a code_challenge in authorization request."
        raise GraphError(1, text, status=400)
    found = site.store.get("code", code)
    if found is None:
        raise GraphError(100, "Invalid verification code format.", subcode=36009)
    if found["used"]:
        raise GraphError(100, "This authorization code has been used.", subcode=36009)
    if found["created"] + CODE_SECONDS <= site.now():
        raise GraphError(100, "This authorization code has expired.", subcode=36007)
    if found["redirect_uri"] != params.text("redirect_uri"):
        text = (
            "Error validating verification code. Please make sure your redirect_uri is identical to the one you"
            " used in the OAuth dialog request"
        )
        raise GraphError(100, text, subcode=36008)
    site.store.put("code", code, found | {"used": True})


def _exchange(site: Site, params: Parameters) -> Response:
    token = site.store.get("token", params.text("fb_exchange_token"))
    if token is None or token["kind"] != "user":
        raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
    if fault := site.fault_of(token):
        raise fault
    return _handed_out(site, LONG_SECONDS)


def _handed_out(site: Site, seconds: int) -> Response:
    token = site.new_token("user", expires_at=site.now() + seconds)
    return JSONResponse({"access_token": token, "token_type": "bearer", "expires_in": seconds})


async def debug_token(request: Request) -> Response:
    """`/{version}/debug_token?input_token=…`, asked with the app token (id|secret) or a user token."""
    params, site = await parameters(request), site_of(request)
    if (bearer(request) or params.text("access_token")) != f"{APP_ID}|{APP_SECRET}":
        site.caller(request, params)
    if not params.text("input_token"):
        raise invalid("The parameter input_token is required")
    token = site.store.get("token", params.text("input_token"))
    if token is None:
        error = {"code": 190, "message": "Invalid OAuth access token - Cannot parse access token"}
        return JSONResponse({"data": {"error": error, "is_valid": False, "scopes": []}})
    data: dict[str, Any] = {
        "app_id": APP_ID,
        "type": token["kind"].upper(),
        "application": APP_NAME,
        "expires_at": int(token["expires_at"] or 0),
        "issued_at": int(token["issued_at"]),
        "is_valid": True,
        "scopes": site.granted(),
        "user_id": USER_ID,
    }
    if token["page_id"]:
        data["profile_id"] = token["page_id"]
    if fault := site.fault_of(token):
        data["is_valid"] = False
        data["error"] = {"code": fault.code, "message": fault.message, "subcode": fault.subcode}
    return JSONResponse({"data": data})
