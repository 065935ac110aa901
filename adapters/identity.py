"""Finds out who asks: verifies bearer tokens (JWT, RS256) of one OpenID Connect issuer."""

import hashlib
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from adapters.identity_claims import LEEWAY, Expected, usual_roles_claims, viewer_of
from adapters.identity_keys import ALGORITHM, FRESH, PAUSE, STALE, IssuerKeys, Jwks, jwks_at, jwks_of
from domain.entities.viewer import Unauthenticated, Viewer

__all__ = ["FRESH", "LEEWAY", "PAUSE", "STALE", "Identity", "Jwks", "jwks_at", "jwks_of"]

_LONGEST_TOKEN = 16_384
_MOST_PROVED = 5_000
# RFC 9068 has a type of its own for access tokens; any other kind of token is not for asking with (RFC 8725, 3.11).
_TYPES = ("jwt", "at+jwt", "application/at+jwt")


class Identity:
    """Verifies tokens of one issuer.

    Args:
        issuer: what `iss` must be.
        audiences: one of them must be in `aud`, or, where there is none, be the client it was issued to.
        clients: if any, one of them must be the client that the token was issued to.
        roles_claims: where roles stand, with dots for what lies inside; by default where such an issuer has them.
        jwks: fetches the issuer's keys; the last good ones survive its outages for a day.
        now: the time, in UTC.
    """

    def __init__(
        self,
        *,
        issuer: str,
        audiences: Collection[str],
        jwks: Jwks,
        now: Callable[[], datetime],
        clients: Collection[str] = (),
        roles_claims: Collection[str] = (),
    ) -> None:
        self._expected = Expected(
            issuer=issuer,
            audiences=audiences,
            clients=clients,
            roles_claims=roles_claims or usual_roles_claims(issuer),
        )
        self._keys = IssuerKeys(jwks, now)
        self._now = now
        self._proved: dict[bytes, tuple[str | None, RSAPublicKey, Viewer]] = {}

    async def viewer(self, authorization: str | None) -> Viewer:
        """Who presents this token, with or without the word Bearer before it.

        Raises:
            Unauthenticated: there is none, or it is not good; the message says why and holds no part of it.
            Unavailable: the issuer's keys have not been reachable yet, or not for a day.
        """
        token = _token(authorization)
        # A signature costs more than all else of a small request, and clients send the same token many times.
        digest = hashlib.sha256(token.encode(errors="replace")).digest()
        key_id, proved_by, viewer = self._proved.get(digest) or (_key_id(token), None, None)
        key = await self._keys.get(key_id)
        if key is None:
            raise Unauthenticated("The token is signed with a key the issuer does not name.")
        if viewer is not None and key is proved_by and not viewer.expired(self._now() - LEEWAY):
            return viewer
        viewer = viewer_of(_claims(token, key), self._expected, self._now())
        self._proved[digest] = key_id, key, viewer
        if len(self._proved) > _MOST_PROVED:
            self._proved.pop(next(iter(self._proved)))
        return viewer


def _token(authorization: str | None) -> str:
    scheme, _, rest = (authorization or "").strip().partition(" ")
    token = rest.strip() if scheme.lower() == "bearer" else scheme
    if not token or (rest and scheme.lower() != "bearer"):
        raise Unauthenticated("A bearer token is needed.")
    if len(token) > _LONGEST_TOKEN:
        raise Unauthenticated("The token is too long.")
    return token


def _key_id(token: str) -> str | None:
    try:
        header = jwt.get_unverified_header(token)
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        raise Unauthenticated("This is not a token.") from None
    if header.get("alg") != ALGORITHM:
        raise Unauthenticated(f"The token is not signed with {ALGORITHM}.")
    if str(header.get("typ", _TYPES[0])).lower() not in _TYPES or "crit" in header:
        raise Unauthenticated("The token is not for asking with.")
    key_id = header.get("kid")
    if not isinstance(key_id, (str, type(None))):
        raise Unauthenticated("The token does not say which key it is signed with.")
    return key_id


def _claims(token: str, key: RSAPublicKey) -> Mapping[str, Any]:
    # Times, issuer and audience are checked by `viewer_of`, by our clock and against Cognito's client id too.
    options: Any = {f"verify_{name}": False for name in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")}
    try:
        return jwt.decode(token, key, algorithms=[ALGORITHM], options=options)
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        raise Unauthenticated("The token's signature is wrong.") from None
