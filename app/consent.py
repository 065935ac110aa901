"""The page to which a platform sends the user's browser back after consent."""

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
code {{ background: #eee; color: #111; padding: .1rem .3rem; overflow-wrap: anywhere }}
</style>
<h1>{title}</h1>
{body}
</html>
"""
_LONGEST = 2_000


async def oauth_callback(request: Request) -> Response:
    """Show what came back, for `completeSocialLink`.

    The page links nothing itself. A link to it can be sent to anybody, and a browser brings no token along, so
    completing here would let a stranger's consent be tied to a user's account or the other way round. The
    user's own session completes: the state is good only for the user who began, once, for ten minutes.
    """
    shown = {name: request.query_params.get(name, "")[:_LONGEST] for name in ("code", "state")}
    platform = request.path_params["platform"]
    denied = request.query_params.get("error")
    complete = not denied and all(shown.values())
    if "application/json" in request.headers.get("accept", ""):
        content = (
            {"platform": platform, **shown} if complete else {"error": (denied or "incomplete")[:_LONGEST]}
        )
        return JSONResponse(content, 200 if complete else 400, headers=_HEADERS)
    if complete:
        body = (
            f"<p>{escape(platform)} has agreed. Go back to the application you came from; if it asks for them, "
            f'this is what it needs:</p><p>code <code id="code">{escape(shown["code"])}</code></p>'
            f'<p>state <code id="state">{escape(shown["state"])}</code></p>'
        )
        return HTMLResponse(_PAGE.format(title="Almost there", body=body), headers=_HEADERS)
    reason = escape(
        (request.query_params.get("error_description") or denied or "no code came back")[:_LONGEST]
    )
    body = (
        f"<p>{escape(platform)} did not agree: {reason}.</p><p>Nothing was linked. You can begin again.</p>"
    )
    return HTMLResponse(_PAGE.format(title="Not linked", body=body), 400, headers=_HEADERS)
