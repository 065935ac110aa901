"""Who may read the sandbox MLS: a long-lived bearer token, tokens by OAuth 2, a name and password by HTTP Basic."""

import base64
import binascii
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.mls.errors import Refused
from sandbox.mls.flavours import GENERIC, Flavour

TOKEN = "sandbox-token"  # noqa: S105 -- the credentials of a sandbox are public
CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-secret"  # noqa: S105 -- as above
USERNAME = "sandbox-user"
PASSWORD = "sandbox-password"  # noqa: S105 -- as above
TOKEN_SECONDS = GENERIC.token_seconds


class Tokens:
    """The tokens issued, kept in memory: a restart revokes them, as does `revoke`."""

    def __init__(self, flavour: Flavour, now: Callable[[], datetime]) -> None:
        self._flavour = flavour
        self._now = now
        self._expiry: dict[str, datetime] = {}

    def check(self, request: Request) -> str:
        """The good token that the request bears, or the user's name. Raises Refused (401) without one."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "basic" and self._flavour.basic:
            if _basic(request) != (USERNAME, PASSWORD):
                raise self._stranger("unknown user or wrong password")
            return USERNAME
        if scheme.lower() != "bearer":
            raise self._stranger("a bearer token is required")
        expiry = self._expiry.get(token)
        lives = expiry is not None and expiry > self._now()
        if not lives and not (token == TOKEN and self._flavour.long_lived):
            raise self._stranger("the token is unknown or has expired")
        return token

    def revoke(self) -> None:
        """Make every issued token invalid; the long-lived one stays."""
        self._expiry.clear()

    async def issue(self, request: Request) -> Response:
        """The token endpoint: RFC 6749, sections 4.3 and 4.4; the client in the form or by HTTP Basic."""
        form = await request.form()
        grant = form.get("grant_type")
        if grant not in self._flavour.grants:
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        client = _basic(request) or (form.get("client_id"), form.get("client_secret"))
        # A client that only passes a user's password on may be a public one, without credentials of its own.
        if client != (CLIENT_ID, CLIENT_SECRET) and not (grant == "password" and client == (None, None)):
            body = {"error": "invalid_client", "error_description": "unknown client or wrong secret"}
            return JSONResponse(body, 401)
        if grant == "password" and not _is_user(form):
            return JSONResponse({"error": "invalid_grant"}, 400)
        if self._flavour.scope is not None and form.get("scope") != self._flavour.scope:
            return JSONResponse({"error": "invalid_scope"}, 400)
        return self._issued()

    def _issued(self) -> Response:
        token = secrets.token_urlsafe(24)
        life = self._flavour.token_seconds
        self._expiry[token] = self._now() + timedelta(seconds=life)
        answer = {"access_token": token, "token_type": "Bearer", "expires_in": life, "scope": "api"}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    def _stranger(self, message: str) -> Refused:
        challenge = 'Bearer, Basic realm="sandbox"' if self._flavour.basic else "Bearer"
        return Refused(401, message, headers={"WWW-Authenticate": challenge})


def _is_user(form: FormData) -> bool:
    return (form.get("username"), form.get("password")) == (USERNAME, PASSWORD)


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return name, secret
