"""The page to which a platform sends the user's browser back after consent."""

import json
from collections.abc import Mapping
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

_HEADERS = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 4rem auto; padding: 0 1rem }}
pre {{ background: #eee; color: #111; padding: .6rem; white-space: pre-wrap; overflow-wrap: anywhere }}
code {{ background: #eee; color: #111; padding: .1rem .3rem; overflow-wrap: anywhere }}
</style>
<h1>{title}</h1>
{body}
</html>
"""
_MUTATION = """mutation {{
  completeSocialLink(input: {{platform: {platform}, code: {code}, state: {state}}}) {{
    accounts {{ id name state missingScopes }}
    userErrors {{ field message code }}
  }}
}}"""
_LONGEST = 2_000
_CANCELLED = frozenset({"access_denied", "user_cancelled_login", "user_cancelled_authorize"})
"""How platforms say that the person did not want it: RFC 6749 section 4.1.2.1, and LinkedIn's own two."""


async def oauth_callback(request: Request) -> Response:
    """Show what came back, for `completeSocialLink`; asked for JSON, answer it as that.

    The page links nothing itself. A link to it can be sent to anybody, and a browser brings no token along, so
    completing here would let a stranger's consent be tied to a user's account or the other way round. The
    user's own session completes: the state is good only for the user who began, once, for ten minutes.
    """
    came = {
        name: request.query_params.get(name, "")[:_LONGEST]
        for name in ("code", "state", "error", "error_description")
    }
    platform = request.path_params["platform"][:_LONGEST]
    is_json = "application/json" in request.headers.get("accept", "")
    if came["error"] or not (came["code"] and came["state"]):
        return _failure(platform, came, is_json)
    if is_json:
        content = {"platform": platform, "code": came["code"], "state": came["state"]}
        return JSONResponse(content, headers=_HEADERS)
    return _page("Almost there", _agreed(platform, came["code"], came["state"]))


def _agreed(platform: str, code: str, state: str) -> str:
    mutation = _MUTATION.format(platform=_quoted(platform), code=_quoted(code), state=_quoted(state))
    return (
        f"<p>{escape(platform)} has agreed. Go back to the application you came from; if it asks for them, "
        f'this is what it needs:</p><p>code <code id="code">{escape(code)}</code></p>'
        f'<p>state <code id="state">{escape(state)}</code></p>'
        "<p>Without an application, run this as the user who began, within ten minutes; in development, "
        f'<a href="/graphql">here</a>:</p><pre id="mutation">{escape(mutation)}</pre>'
    )


def _failure(platform: str, came: Mapping[str, str], is_json: bool) -> Response:
    error = came["error"] or "incomplete"
    reason = came["error_description"] or came["error"] or "no code came back"
    if is_json:
        content = {"platform": platform, "error": error, "errorDescription": reason, "state": came["state"]}
        return JSONResponse(content, 400, headers=_HEADERS)
    said = "You did not agree at" if error in _CANCELLED else "It did not work at"
    body = (
        f"<p>{said} {escape(platform)}: {escape(reason)}.</p><p>Nothing was linked. You can begin again.</p>"
    )
    return _page("Not linked", body, 400)


def _page(title: str, body: str, status: int = 200) -> Response:
    return HTMLResponse(_PAGE.format(title=title, body=body), status, headers=_HEADERS)


def _quoted(text: str) -> str:
    """As a string of GraphQL, which takes every escape of JSON."""
    return json.dumps(text)
