"""An OpenID Connect issuer whose keys rotate and whose server fails, as told."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from adapters.identity import Identity
from domain.errors import Unavailable

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
URL = "https://issuer.example"


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """The same for the same name, because making one takes a while; "small" is too small."""
    return rsa.generate_private_key(public_exponent=65537, key_size=1024 if name == "small" else 2048)


def jwk(name: str, **more: Any) -> dict[str, Any]:
    """The public half of a key as an entry of a key set; None leaves a member out."""
    entry = {**RSAAlgorithm.to_jwk(rsa_key(name).public_key(), as_dict=True), "kid": name, **more}
    return {member: value for member, value in entry.items() if value is not None}


class Issuer:
    """Signs with the key that is named last.

    Attributes:
        moment: the time, for the issuer and whoever takes its `clock`.
        entries: what its key set holds.
        fetches: how often that was asked for.
        away: whether asking fails.
    """

    def __init__(self, *entries: Any) -> None:
        self.moment = NOW
        self.entries = list(entries or [jwk("k1")])
        self.fetches = 0
        self.away = False

    def clock(self) -> datetime:
        return self.moment

    def identity(self, **more: Any) -> Identity:
        """A check of its tokens."""
        settings = {"issuer": URL, "audiences": ["yardsign", "other"], "jwks": self.jwks, "now": self.clock}
        return Identity(**{**settings, **more})

    async def jwks(self) -> Mapping[str, Any]:
        self.fetches += 1
        if self.away:
            raise Unavailable("The issuer is away.")
        return {"keys": [{"kty": "EC", "kid": "other"}, "nonsense", *self.entries]}

    def claims(self, **claims: Any) -> dict[str, Any]:
        """Good ones, but for what is said otherwise; None leaves a claim out."""
        expires = int((self.moment + timedelta(hours=1)).timestamp())
        good = {"iss": URL, "aud": "yardsign", "sub": "alice", "exp": expires}
        return {name: value for name, value in {**good, **claims}.items() if value is not None}

    def sign(self, headers: Mapping[str, Any] | None = None, **claims: Any) -> str:
        """A token of these claims; None leaves a header out."""
        name = self.entries[-1].get("kid") or "k1"
        content = {"kid": name, **(headers or {})}
        return signed(self.claims(**claims), rsa_key(name), **content)


def signed(claims: dict[str, Any], key: rsa.RSAPrivateKey, **headers: Any) -> str:
    """A token signed with RS256, or what the headers say; of claims that PyJWT would refuse to sign, too."""
    given = {name: value for name, value in headers.items() if value is not None}
    algorithm = given.pop("alg", "RS256")
    return jwt.PyJWS().encode(json.dumps(claims).encode(), key, algorithm=algorithm, headers=given)


def forged(issuer: Issuer) -> dict[str, str]:
    """Tokens that somebody made without the key, or for something else, by the trick they use."""
    key, stranger, claims = rsa_key("k1"), rsa_key("stranger"), issuer.claims()
    head, body, signature = issuer.sign().split(".")
    return {
        "HS256 with the public key as the secret": _hs256(claims, key),
        "no algorithm": f"{encoded({'alg': 'none', 'kid': 'k1'})}.{body}.",
        "no algorithm, written otherwise": f"{encoded({'alg': 'NoNe', 'kid': 'k1'})}.{body}.",
        "RS512": signed(claims, key, kid="k1", alg="RS512"),
        "PS256": signed(claims, key, kid="k1", alg="PS256"),
        "an unknown key": signed(claims, stranger, kid="k9"),
        "a stranger's key": signed(claims, stranger, kid="k1"),
        "a stranger's key, sent along": signed(claims, stranger, kid="k9", jwk=jwk("stranger")),
        "a key id that is no text": signed(claims, key).replace(
            signed(claims, key).split(".")[0], encoded({"alg": "RS256", "kid": 5})
        ),
        "another body": f"{head}.{encoded({**claims, 'sub': 'bob'})}.{signature}",
        "a logout token": signed(claims, key, kid="k1", typ="logout+jwt"),
        "an extension nobody knows": signed(claims, key, kid="k1", crit=["exp"]),
        "no signature": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "five parts": f"{head}.{body}.{signature}.{body}.{signature}",
        "nested too deep": f"{_base64(b'[' * 9_000)}.{body}.{signature}",
        "nonsense": "nonsense",
        "no text": "\ud800.\ud800.\ud800",
        "too long": "x" * 20_000,
        "nothing": "",
        "another scheme": "Basic YTpi",
    }


def encoded(value: Any) -> str:
    """A part of a token."""
    return _base64(json.dumps(value).encode())


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _hs256(claims: dict[str, Any], key: rsa.RSAPrivateKey) -> str:
    # PyJWT refuses to sign with a PEM as the secret; an attacker would not ask it.
    secret = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    text = f"{encoded({'alg': 'HS256', 'kid': 'k1', 'typ': 'JWT'})}.{encoded(claims)}"
    return f"{text}.{_base64(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"
