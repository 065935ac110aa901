"""Bearer tokens for OData servers: long-lived ones as given, others by OAuth's client credentials.

Source: RFC 6749, section 4.4; RESO Web API Core 2.1.0 asks for one of the two.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from adapters.http import Reply, WebClient, retry_after
from adapters.mls.answers import bare, is_html
from domain.entities.mls_connection import MlsCredentials
from domain.errors import ActionRequired, Rejected, Unavailable

_REPLY_BYTES = 100_000
_SECONDS = 30.0
_EARLY = 60.0
"""Seconds before its end at which a token is replaced; half of its life if that is shorter."""
_USUAL_LIFE = 600.0
_LONGEST_LIFE = 86_400.0
_MOST_KEPT = 1000
_NEVER = datetime.min.replace(tzinfo=UTC)

_NEEDED = "This MLS needs an access token, or else a client id, a client secret and a token URL"


@dataclass(slots=True)
class _Held:
    """One client's token; the lock lets one request fetch it while the others wait."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    token: str = ""
    until: datetime = _NEVER


class Tokens:
    """Keeps the tokens of client credentials until shortly before they expire.

    They are kept per token URL, client, secret and scope: who has another's client id but a wrong secret gets
    nothing from here.
    """

    def __init__(self, web: WebClient, *, now: Callable[[], datetime]) -> None:
        self._web = web
        self._now = now
        self._held: dict[str, _Held] = {}

    async def get(self, credentials: MlsCredentials) -> str:
        """The bearer token; raises `ActionRequired`, `Rejected` or `Unavailable`."""
        if credentials.token:
            return _sendable(credentials.token.strip())
        _check_complete(credentials)
        held = self._held.setdefault(_key(credentials), _Held())
        async with held.lock:
            if held.until <= self._now():
                held.token, life = await self._ask(credentials)
                held.until = self._now() + timedelta(seconds=life)
                self._drop_expired()
        return held.token

    def forget(self, credentials: MlsCredentials, token: str) -> bool:
        """Stop using a token that was refused; False if there is no way to get another."""
        if credentials.token:
            return False
        held = self._held.get(_key(credentials))
        # Somebody may have replaced it while our request was on its way.
        if held is not None and held.token == token:
            held.until = _NEVER
        return True

    async def _ask(self, credentials: MlsCredentials) -> tuple[str, float]:
        form = {
            "grant_type": "client_credentials",
            "client_id": credentials.client_id or "",
            "client_secret": credentials.client_secret or "",
        }
        if credentials.scope:
            form["scope"] = credentials.scope
        reply = await self._web.send(
            "POST",
            credentials.token_url or "",
            headers={"Accept": "application/json"},
            form=form,
            max_bytes=_REPLY_BYTES,
            seconds=_SECONDS,
            redirects=0,
        )
        return _read_token(reply, bare(credentials.token_url or ""), self._now())

    def _drop_expired(self) -> None:
        if len(self._held) > _MOST_KEPT:
            now = self._now()
            ended = [key for key, held in self._held.items() if held.until <= now and not held.lock.locked()]
            for key in ended:
                del self._held[key]


def _check_complete(credentials: MlsCredentials) -> None:
    named = {
        "client id": credentials.client_id,
        "client secret": credentials.client_secret,
        "token URL": credentials.token_url,
    }
    missing = [name for name, value in named.items() if not value]
    if len(missing) == len(named):
        raise ActionRequired(f"{_NEEDED}; nothing of it is given.")
    if missing:
        raise ActionRequired(f"{_NEEDED}; not given: {', '.join(missing)}.")


def _key(credentials: MlsCredentials) -> str:
    parts = (credentials.token_url, credentials.client_id, credentials.client_secret, credentials.scope)
    return sha256(json.dumps(parts).encode()).hexdigest()


def _read_token(reply: Reply, where: str, now: datetime) -> tuple[str, float]:
    """The token, and for how many seconds to use it."""
    if reply.status == 429 or reply.status >= 500:
        raise Unavailable(
            f"The MLS gives no tokens at present ({reply.status} from {where}).",
            retry_after=retry_after(reply, now),
        )
    if reply.status in (400, 401, 403):
        raise ActionRequired(f"The MLS did not accept the client id, client secret or scope ({where}).")
    if not 200 <= reply.status < 300:
        raise Rejected(f"There are no tokens at {where} ({reply.status}). Is the token URL right?")
    if is_html(reply):
        raise Rejected(f"The token URL answered HTML instead of JSON ({where}).")
    try:
        body: Any = json.loads(reply.body)
    except ValueError:
        raise Unavailable(f"The token URL answered damaged JSON ({where}).") from None
    token = body.get("access_token") if isinstance(body, dict) else None
    if not isinstance(token, str) or not token:
        raise Rejected(f"The token URL answered without a token ({where}).")
    return _sendable(token), _life(body.get("expires_in"))


def _sendable(token: str) -> str:
    """A token becomes a header, which takes printable ASCII only."""
    if not token.isascii() or not token.isprintable():
        raise ActionRequired("The access token has characters that no token has. Was it copied whole?")
    return token


def _life(expires_in: Any) -> float:
    try:
        told = min(max(float(expires_in), 0.0), _LONGEST_LIFE)
    except (TypeError, ValueError):
        told = _USUAL_LIFE
    return max(told - _EARLY, told / 2)
