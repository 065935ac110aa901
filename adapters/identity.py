"""Finds out who asks: verifies bearer tokens (JWT, RS256) of one OpenID Connect issuer."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from adapters.http.client import WebClient
from domain.entities.viewer import Unauthenticated, Viewer
from domain.errors import Unavailable, YardsignError

Jwks = Callable[[], Awaitable[Mapping[str, Any]]]
"""Fetches the issuer's JSON Web Key Set (RFC 7517); raises a `YardsignError` or ValueError if it cannot."""

FRESH = timedelta(hours=1)
PAUSE = timedelta(seconds=10)
LEEWAY = timedelta(seconds=30)
_ALGORITHM = "RS256"
_SMALLEST_KEY = 2048
_LONGEST_TOKEN = 16_384
_LONGEST_USER = 200

_log = structlog.get_logger(__name__)


def jwks_at(web: WebClient, url: str) -> Jwks:
    """Fetches the key set from its URL (`jwks_uri` of the issuer)."""

    async def fetch() -> Mapping[str, Any]:
        reply = await web.send("GET", url, max_bytes=200_000, seconds=5)
        if reply.status != 200:
            raise Unavailable(f"The issuer's keys were answered with status {reply.status}.")
        keys: Mapping[str, Any] = reply.json()
        return keys

    return fetch


class Identity:
    """Verifies tokens of one issuer.

    Args:
        issuer: what `iss` must be.
        audiences: one of them must be in `aud`, or be the `client_id`, as in Cognito's access tokens.
        jwks: fetches the issuer's keys; the last good ones survive its outages.
        now: the time, in UTC.
    """

    def __init__(
        self, *, issuer: str, audiences: Collection[str], jwks: Jwks, now: Callable[[], datetime]
    ) -> None:
        self._issuer = issuer
        self._audiences = frozenset(audiences)
        self._keys = _Keys(jwks, now)
        self._now = now

    async def viewer(self, authorization: str | None) -> Viewer:
        """Who presents this token, with or without the word Bearer before it.

        Raises:
            Unauthenticated: there is none, or it is not good; the message says why and holds no part of it.
            Unavailable: the issuer's keys have not been reachable yet.
        """
        token = _token(authorization)
        key = await self._keys.get(_key_id(token))
        if key is None:
            raise Unauthenticated("The token is signed with a key the issuer does not name.")
        return self._checked(_claims(token, key))

    def _checked(self, claims: Mapping[str, Any]) -> Viewer:
        if claims.get("iss") != self._issuer:
            raise Unauthenticated("The token is of another issuer.")
        now = self._now().timestamp()
        # Written so that NaN, which compares with nothing, is refused.
        if not _moment(claims, "exp") > now - LEEWAY.total_seconds():
            raise Unauthenticated("The token has expired.")
        if "nbf" in claims and not _moment(claims, "nbf") <= now + LEEWAY.total_seconds():
            raise Unauthenticated("The token is not valid yet.")
        if not self._audiences & _addressed(claims):
            raise Unauthenticated("The token is meant for somebody else.")
        user_id = claims.get("sub")
        if not isinstance(user_id, str) or not 0 < len(user_id) <= _LONGEST_USER or "\0" in user_id:
            raise Unauthenticated("The token names no user.")
        return Viewer(user_id=user_id, roles=_roles(claims))


def _token(authorization: str | None) -> str:
    scheme, _, rest = (authorization or "").strip().partition(" ")
    token = rest.strip() if scheme.lower() == "bearer" else scheme
    if not token or (rest and scheme.lower() != "bearer"):
        raise Unauthenticated("A bearer token is needed.")
    if len(token) > _LONGEST_TOKEN:
        raise Unauthenticated("The token is too long.")
    return token


def _key_id(token: str) -> str:
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        raise Unauthenticated("This is not a token.") from None
    if header.get("alg") != _ALGORITHM:
        raise Unauthenticated(f"The token is not signed with {_ALGORITHM}.")
    key_id = header.get("kid")
    if not isinstance(key_id, str):
        raise Unauthenticated("The token does not say which key it is signed with.")
    return key_id


def _claims(token: str, key: RSAPublicKey) -> Mapping[str, Any]:
    # Times, issuer and audience are checked by `_checked`, by our clock and against Cognito's client id too.
    options: Any = {f"verify_{name}": False for name in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")}
    try:
        return jwt.decode(token, key, algorithms=[_ALGORITHM], options=options)
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        raise Unauthenticated("The token's signature is wrong.") from None


def _moment(claims: Mapping[str, Any], name: str) -> float:
    value = claims.get(name)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise Unauthenticated(f"The token has no {name}.")
    return value


def _addressed(claims: Mapping[str, Any]) -> frozenset[str]:
    audience = claims.get("aud", [])
    named = audience if isinstance(audience, list) else [audience]
    return frozenset(name for name in (*named, claims.get("client_id")) if isinstance(name, str))


def _roles(claims: Mapping[str, Any]) -> tuple[str, ...]:
    found: list[str] = []
    for claim in ("roles", "cognito:groups"):
        value = claims.get(claim, [])
        names = value.split() if isinstance(value, str) else value
        if isinstance(names, list):
            found.extend(name for name in names if isinstance(name, str))
    return tuple(dict.fromkeys(found))


class _Keys:
    """The issuer's keys by their ids, fetched again from time to time and for an unknown id."""

    def __init__(self, jwks: Jwks, now: Callable[[], datetime]) -> None:
        self._jwks = jwks
        self._now = now
        self._keys: dict[str, RSAPublicKey] = {}
        self._fetched: datetime | None = None
        self._tried: datetime | None = None
        self._lock = asyncio.Lock()
        self._refreshing: asyncio.Task[None] | None = None

    async def get(self, key_id: str) -> RSAPublicKey | None:
        """The key; None if the issuer knows none of that id."""
        if key_id not in self._keys:
            await self._fetch()
        elif self._fetched is None or self._now() - self._fetched >= FRESH:
            # Nobody waits for this: while the issuer is away the known keys go on serving.
            self._refreshing = self._refreshing or asyncio.create_task(self._refresh())
        if not self._keys:
            raise Unavailable("The keys of the identity provider cannot be reached.")
        return self._keys.get(key_id)

    async def _refresh(self) -> None:
        await self._fetch()
        self._refreshing = None

    async def _fetch(self) -> None:
        async with self._lock:
            if self._tried is not None and self._now() - self._tried < PAUSE:
                return
            self._tried = self._now()
            try:
                found = _usable(await self._jwks())
            except (YardsignError, ValueError, OSError) as error:
                _log.warning("identity_keys_not_fetched", error=str(error))
                return
            if found:
                self._keys, self._fetched = found, self._now()


def _usable(key_set: Mapping[str, Any]) -> dict[str, RSAPublicKey]:
    if not isinstance(key_set, Mapping) or not isinstance(key_set.get("keys"), list):
        raise ValueError("this is no key set")
    found: dict[str, RSAPublicKey] = {}
    for entry in key_set["keys"]:
        key = _read_key(entry)
        if key is not None:
            found[entry["kid"]] = key
    return found


def _read_key(entry: object) -> RSAPublicKey | None:
    if not isinstance(entry, dict) or not isinstance(entry.get("kid"), str) or entry.get("kty") != "RSA":
        return None
    if entry.get("use", "sig") != "sig" or entry.get("alg", _ALGORITHM) != _ALGORITHM:
        return None
    try:
        key = jwt.PyJWK(entry, _ALGORITHM).key
    except jwt.PyJWTError:
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size >= _SMALLEST_KEY else None
