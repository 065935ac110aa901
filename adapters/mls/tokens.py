"""What requests to an MLS are authorized with: a token as given or exchanged by OAuth, or HTTP Basic.

Source: RFC 6749, sections 4.3 and 4.4; RESO Web API Core 2.1.0 asks for a bearer token or client credentials.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from adapters.http import Reply, WebClient, retry_after
from adapters.mls.answers import bare, is_html
from adapters.mls.logins import basic, login_of, sendable
from adapters.mls.reso_profiles import Login
from domain.entities.mls_connection import MlsCredentials
from domain.errors import ActionRequired, Rejected, Unavailable
from domain.ports.meters import Refreshed

_REPLY_BYTES = 100_000
_SECONDS = 30.0
_EARLY = 60.0
"""Seconds before its end at which a token is replaced; half of its life if that is shorter."""
_USUAL_LIFE = 600.0
_LONGEST_LIFE = 86_400.0
_MOST_KEPT = 1000
_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class _Held:
    """One client's token; the lock lets one request fetch it while the others wait."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    token: str = ""
    until: datetime = _NEVER


class Tokens:
    """Keeps exchanged tokens until shortly before they expire.

    They are kept per token URL, names, secrets and scope: who has another's client id but a wrong secret gets
    nothing from here.

    Args:
        refreshed: told what came of each exchange.
    """

    def __init__(
        self, web: WebClient, *, now: Callable[[], datetime], refreshed: Callable[[Refreshed], None]
    ) -> None:
        self._web = web
        self._now = now
        self._refreshed = refreshed
        self._held: dict[str, _Held] = {}

    async def authorization(self, credentials: MlsCredentials, allowed: Sequence[Login]) -> str:
        """The value of the header Authorization; raises `ActionRequired`, `Rejected` or `Unavailable`."""
        login = login_of(credentials, allowed)
        if login is Login.BEARER:
            return f"Bearer {sendable(credentials.token or '')}"
        if login is Login.BASIC:
            return f"Basic {basic(credentials)}"
        held = self._held.setdefault(_key(credentials), _Held())
        async with held.lock:
            if held.until <= self._now():
                held.token, life = await self._exchanged(credentials, login)
                held.until = self._now() + timedelta(seconds=life)
                self._drop_expired()
        return f"Bearer {held.token}"

    def forget(self, credentials: MlsCredentials, authorization: str) -> bool:
        """Stop using what was refused; False if there is no way to get another."""
        held = self._held.get(_key(credentials))
        if credentials.token or held is None:
            return False
        # Somebody may have replaced it while our request was on its way.
        if f"Bearer {held.token}" == authorization:
            held.until = _NEVER
        return True

    async def _exchanged(self, credentials: MlsCredentials, login: Login) -> tuple[str, float]:
        try:
            found = await self._ask(credentials, login)
        except (ActionRequired, Rejected):
            self._refreshed("refused")
            raise
        except Unavailable:
            self._refreshed("unavailable")
            raise
        self._refreshed("renewed")
        return found

    async def _ask(self, credentials: MlsCredentials, login: Login) -> tuple[str, float]:
        given = {
            "grant_type": login.value,
            "username": credentials.username if login is Login.PASSWORD else None,
            "password": credentials.password if login is Login.PASSWORD else None,
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
            "scope": credentials.scope,
        }
        reply = await self._web.send(
            "POST",
            credentials.token_url or "",
            headers={"Accept": "application/json"},
            form={name: value for name, value in given.items() if value},
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


def _key(credentials: MlsCredentials) -> str:
    parts = (
        credentials.token_url,
        credentials.client_id,
        credentials.client_secret,
        credentials.username,
        credentials.password,
        credentials.scope,
    )
    return sha256(json.dumps(parts).encode()).hexdigest()


def _read_token(reply: Reply, where: str, now: datetime) -> tuple[str, float]:
    """The token, and for how many seconds to use it."""
    if reply.status == 429 or reply.status >= 500:
        raise Unavailable(
            f"The MLS gives no tokens at present ({reply.status} from {where}).",
            retry_after=retry_after(reply, now),
        )
    if reply.status in (400, 401, 403):
        raise ActionRequired(
            f"The MLS did not accept the client id, client secret, user name, password or scope ({where})."
        )
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
    return sendable(token), _life(body.get("expires_in"))


def _life(expires_in: Any) -> float:
    try:
        told = min(max(float(expires_in), 0.0), _LONGEST_LIFE)
    except (TypeError, ValueError):
        told = _USUAL_LIFE
    return max(told - _EARLY, told / 2)
