"""Signs tokens for local development, where no OpenID Connect issuer is configured."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from app.made_once import made_once

ISSUER = "https://yardsign.invalid/development"
AUDIENCE = "yardsign"
_KEY_ID = "development"
_KEY_FILE = "development-issuer.pem"


class DevelopmentIssuer:
    """An issuer whose key lies in the data folder, so that a token is good whether the server runs or not.

    Args:
        folder: the data folder; the key is made there if there is none, readable by its owner alone.
        now: the time, in UTC.
    """

    issuer = ISSUER
    audience = AUDIENCE

    def __init__(self, folder: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._key = _key_in(folder)
        self._now = now

    def token(self, user: str, roles: Sequence[str] = (), *, life: timedelta = timedelta(days=1)) -> str:
        """A token for the user."""
        now = self._now()
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": user,
            "roles": list(roles),
            "iat": int(now.timestamp()),
            "exp": int((now + life).timestamp()),
        }
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": _KEY_ID})

    async def jwks(self) -> Mapping[str, Any]:
        """Its key set, as `adapters.identity.Identity` takes it."""
        public = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": _KEY_ID, "use": "sig", "alg": "RS256"}]}


def _key_in(folder: Path) -> rsa.RSAPrivateKey:
    path = folder / _KEY_FILE
    key = serialization.load_pem_private_key(made_once(path, _new_key), password=None)
    if not isinstance(key, rsa.RSAPrivateKey):
        raise ValueError(f"{path} does not hold an RSA key")
    return key


def _new_key() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
