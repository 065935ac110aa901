"""Who may speak to the sandbox RETS server: HTTP Digest or Basic, the user agent's own digest, sessions."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.request import parse_http_list, parse_keqv_list

from starlette.requests import Request

from sandbox.rets.habits import Habits
from sandbox.rets.replies import Declined, Unauthorized

USER = "agent"
PASSWORD = "secret"  # noqa: S105 -- the credentials of a sandbox are public
REALM = "Sandbox RETS"
IDLE_SECONDS = 1_800
_MOST_NONCES = 1_000


def md5(text: str) -> str:
    """The hash that RETS and HTTP Digest are made of, in hexadecimal."""
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@dataclass
class _Session:
    used_at: datetime
    requests: int = 0


class Access:
    """The sessions and nonces there are, kept in memory: a restart ends them, as does `revoke`."""

    def __init__(self, habits: Habits, now: Callable[[], datetime]) -> None:
        self._habits = habits
        self._now = now
        self._sessions: dict[str, _Session] = {}
        # The counts that each nonce was used with: a request that is sent again word by word is refused.
        self._nonces: dict[str, set[str]] = {}

    def revoke(self) -> None:
        """End all sessions, and make every nonce stale."""
        self._sessions.clear()
        self._nonces.clear()

    def check(self, request: Request) -> None:
        """Raise Unauthorized or Declined unless the request says who it is from."""
        for name in ("User-Agent", "RETS-Version"):
            if not request.headers.get(name):
                raise Declined(20036, f"the header {name} is required")
        scheme, _, rest = request.headers.get("authorization", "").partition(" ")
        known = self._by_digest if self._habits.auth == "digest" else _by_basic
        if scheme.lower() != self._habits.auth or not known(request, rest):
            raise Unauthorized
        if self._habits.ua_password is not None:
            self._check_agent(request, self._habits.ua_password)

    def challenge(self) -> str:
        """The header WWW-Authenticate of a 401."""
        if self._habits.auth == "basic":
            return f'Basic realm="{REALM}"'
        nonce = secrets.token_hex(16)
        self._nonces[nonce] = set()
        if len(self._nonces) > _MOST_NONCES:
            del self._nonces[next(iter(self._nonces))]
        return f'Digest realm="{REALM}", qop="auth", nonce="{nonce}", opaque="{md5(REALM)}", algorithm=MD5'

    def open(self) -> str:
        """A new session's id. Raises Declined (20022) where a second session is not allowed."""
        if self._habits.single_login and any(map(self._lives, self._sessions)):
            raise Declined(20022)
        session = secrets.token_hex(16).upper()
        self._sessions[session] = _Session(self._now())
        return session

    def use(self, request: Request) -> str:
        """The id of the session that a request is of, counted. Raises Declined (20701) or Unauthorized."""
        name = request.cookies.get(self._habits.cookie, "")
        if not self._lives(name):
            self._sessions.pop(name, None)
            if self._habits.session_end == "401":
                raise Unauthorized
            raise Declined(20701)
        session = self._sessions[name]
        session.requests += 1
        session.used_at = self._now()
        return name

    def close(self, session: str) -> None:
        """End a session."""
        self._sessions.pop(session, None)

    def _lives(self, name: str) -> bool:
        session = self._sessions.get(name)
        if session is None or self._now() - session.used_at > timedelta(seconds=IDLE_SECONDS):
            return False
        return self._habits.session_requests is None or session.requests < self._habits.session_requests

    def _by_digest(self, request: Request, given: str) -> bool:
        """RFC 2617, section 3.2.2, which RFC 7616 keeps for MD5."""
        try:
            parts = parse_keqv_list(parse_http_list(given))
        except (ValueError, IndexError):
            return False
        used = self._nonces.get(parts.get("nonce", ""))
        count = parts.get("nc", "")
        if used is None or count in used or parts.get("uri") != _target(request):
            return False
        middle = [parts.get("nonce", "")]
        if parts.get("qop") == "auth":
            middle += [count, parts.get("cnonce", ""), "auth"]
        first, last = md5(f"{USER}:{REALM}:{PASSWORD}"), md5(f"{request.method}:{parts['uri']}")
        if parts.get("username") != USER or not _same(
            md5(":".join([first, *middle, last])), parts.get("response")
        ):
            return False
        if parts.get("qop") == "auth":
            used.add(count)
        return True

    def _check_agent(self, request: Request, password: str) -> None:
        """RETS 1.7.2, section 3.10: the digest is of the request's and the session's ids too."""
        scheme, _, given = request.headers.get("RETS-UA-Authorization", "").partition(" ")
        if scheme.lower() != "digest":
            raise Declined(20041)
        headers = request.headers
        agent = md5(f"{headers['User-Agent']}:{password}")
        session = request.cookies.get(self._habits.cookie, "")
        # By the specification the id counts only in a cookie of that name; elsewhere both are seen.
        sessions = {session} if self._habits.cookie == "RETS-Session-ID" else {session, ""}
        request_id, version = headers.get("RETS-Request-ID", ""), headers["RETS-Version"]
        wanted = [md5(f"{agent}:{request_id}:{session}:{version}") for session in sessions]
        if not any(_same(one, given.strip().strip('"')) for one in wanted):
            raise Declined(20037, "RETS-UA-Authorization is wrong")


def _by_basic(_request: Request, given: str) -> bool:
    try:
        return base64.b64decode(given, validate=True).decode() == f"{USER}:{PASSWORD}"
    except (binascii.Error, UnicodeDecodeError):
        return False


def _target(request: Request) -> str:
    query = request.scope["query_string"].decode("ascii", "replace")
    path: str = request.scope["raw_path"].decode("ascii", "replace")
    return f"{path}?{query}" if query else path


def _same(one: str, other: str | None) -> bool:
    return hmac.compare_digest(one.encode(), (other or "").encode())
