"""Who may read the sandbox MLS: a long-lived bearer token, and tokens by OAuth 2 client credentials."""

import base64
import binascii
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.mls.errors import Refused

TOKEN = "sandbox-token"  # noqa: S105 -- the credentials of a sandbox are public
CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-secret"  # noqa: S105 -- as above
TOKEN_SECONDS = 3600


class Tokens:
    """The tokens issued, kept in memory: a restart revokes them, as does `revoke`."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._expiry: dict[str, datetime] = {}

    def check(self, request: Request) -> None:
        """Raise Refused (401) unless the request bears a token that is good."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Refused(401, "a bearer token is required")
        expiry = self._expiry.get(token)
        if token != TOKEN and (expiry is None or expiry <= self._now()):
            raise Refused(401, "the token is unknown or has expired")

    def revoke(self) -> None:
        """Make every issued token invalid; the long-lived one stays."""
        self._expiry.clear()

    async def issue(self, request: Request) -> Response:
        """`POST /oauth/token`: RFC 6749, section 4.4, credentials in the form or by HTTP Basic."""
        form = await request.form()
        if form.get("grant_type") != "client_credentials":
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        given = _basic(request) or (form.get("client_id"), form.get("client_secret"))
        if given != (CLIENT_ID, CLIENT_SECRET):
            body = {"error": "invalid_client", "error_description": "unknown client or wrong secret"}
            return JSONResponse(body, 401)
        token = secrets.token_urlsafe(24)
        self._expiry[token] = self._now() + timedelta(seconds=TOKEN_SECONDS)
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": TOKEN_SECONDS, "scope": "api"}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret
