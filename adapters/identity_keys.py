"""The keys of an OpenID Connect issuer: found, fetched, renewed, and kept through outages."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from adapters.http import WebClient
from domain.errors import Unavailable, YardsignError

Jwks = Callable[[], Awaitable[Mapping[str, Any]]]
"""Fetches the issuer's JSON Web Key Set (RFC 7517); raises a `YardsignError` or ValueError if it cannot."""

ALGORITHM = "RS256"
FRESH = timedelta(hours=1)
"""How long keys serve before they are looked at again: at most so long a key lives that the issuer has withdrawn."""
STALE = timedelta(days=1)
"""How long they serve at most while the issuer cannot be reached."""
PAUSE = timedelta(seconds=10)
"""Between two attempts, whatever tokens come."""

_SMALLEST_KEY = 2048
_LARGEST_DOCUMENT = 200_000
_SECONDS = 5.0

_log = structlog.get_logger(__name__)


def jwks_at(web: WebClient, url: str) -> Jwks:
    """Fetches the key set from its URL."""

    async def fetch() -> Mapping[str, Any]:
        return await _document(web, url)

    return fetch


def jwks_of(web: WebClient, issuer: str) -> Jwks:
    """Fetches the key set from where the issuer says it is: OpenID Connect Discovery 1.0, section 4."""

    async def fetch() -> Mapping[str, Any]:
        found = await _document(web, f"{issuer.removesuffix('/')}/.well-known/openid-configuration")
        named, url = found.get("issuer"), found.get("jwks_uri")
        if not isinstance(named, str) or named.removesuffix("/") != issuer.removesuffix("/"):
            raise Unavailable("The issuer's discovery document is that of another issuer.")
        if not isinstance(url, str):
            raise Unavailable("The issuer's discovery document names no keys.")
        return await _document(web, url)

    return fetch


async def _document(web: WebClient, url: str) -> Mapping[str, Any]:
    reply = await web.send("GET", url, max_bytes=_LARGEST_DOCUMENT, seconds=_SECONDS)
    found = reply.json() if reply.status == 200 else None
    if not isinstance(found, Mapping):
        raise Unavailable(f"The issuer answered no document, with status {reply.status}.")
    return found


class IssuerKeys:
    """The keys that the issuer signs with, fetched again from time to time and for an unknown id."""

    def __init__(self, jwks: Jwks, now: Callable[[], datetime]) -> None:
        self._jwks = jwks
        self._now = now
        self._keys: Mapping[str | None, RSAPublicKey] = {}
        self._fetched: datetime | None = None
        self._tried: datetime | None = None
        self._lock = asyncio.Lock()
        self._renewing: asyncio.Task[None] | None = None

    async def get(self, key_id: str | None) -> RSAPublicKey | None:
        """The key of that id, or the only one if there is no id; None if the issuer knows none.

        Raises:
            Unavailable: the issuer has not been reachable yet, or for longer than `STALE`.
        """
        age = self._age()
        if age is None or age >= STALE or not self._has(key_id):
            await self._fetch()
            age = self._age()
        elif age >= FRESH and (self._renewing is None or self._renewing.done()):
            # Nobody waits for this: while the issuer is away the known keys go on serving.
            self._renewing = asyncio.create_task(self._fetch())
        if age is None or age >= STALE:
            raise Unavailable("The keys of the identity provider cannot be reached.")
        if key_id is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(key_id)

    def _age(self) -> timedelta | None:
        return None if self._fetched is None else self._now() - self._fetched

    def _has(self, key_id: str | None) -> bool:
        return key_id in self._keys or key_id is None

    async def _fetch(self) -> None:
        async with self._lock:
            if self._tried is not None and self._now() - self._tried < PAUSE:
                return
            self._tried = self._now()
            try:
                found = read_keys(await self._jwks())
            except (YardsignError, ValueError, OSError) as error:
                _log.warning("identity_keys_not_fetched", error=str(error))
                return
            self._keys, self._fetched = found, self._now()


def read_keys(key_set: Mapping[str, Any]) -> Mapping[str | None, RSAPublicKey]:
    """The keys for RS256 by their ids, without those that are for something else or too weak.

    Raises:
        ValueError: there are none.
    """
    entries = key_set.get("keys")
    found: dict[str | None, RSAPublicKey] = {}
    for entry in entries if isinstance(entries, list) else ():
        key = _read_key(entry)
        if key is not None:
            found[entry.get("kid")] = key
    if not found:
        raise ValueError("the key set holds no key for RS256")
    return found


def _read_key(entry: object) -> RSAPublicKey | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("kid"), (str, type(None))):
        return None
    if entry.get("kty") != "RSA" or entry.get("alg", ALGORITHM) != ALGORITHM:
        return None
    if entry.get("use", "sig") != "sig" or "verify" not in entry.get("key_ops", ["verify"]):
        return None
    try:
        key = jwt.PyJWK(entry, ALGORITHM).key
    except (jwt.PyJWTError, ValueError, TypeError):  # one bad entry does not spoil the others
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size >= _SMALLEST_KEY else None
