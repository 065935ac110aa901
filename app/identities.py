"""Who may ask: the issuer that the settings name, or, in development, our own."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from adapters.http import WebClient
from adapters.identity import Identity, jwks_at
from app.development_issuer import AUDIENCE, ISSUER, DevelopmentIssuer
from app.settings import Settings
from domain.errors import Unavailable


def identity_of(settings: Settings, web: WebClient) -> Identity:
    """The check of bearer tokens. Its keys come from `OIDC_JWKS_URL`, or where the issuer's discovery says."""
    if settings.oidc_issuer is None:
        issuer = DevelopmentIssuer(settings.yardsign_data)
        return Identity(issuer=ISSUER, audiences=[AUDIENCE], jwks=issuer.jwks, now=_now)
    audiences = [part.strip() for part in (settings.oidc_audience or "").split(",") if part.strip()]
    if settings.oidc_jwks_url:
        jwks = jwks_at(web, settings.oidc_jwks_url)
    else:
        jwks = _discovered(web, settings.oidc_issuer)
    return Identity(issuer=settings.oidc_issuer, audiences=audiences, jwks=jwks, now=_now)


def _discovered(web: WebClient, issuer: str) -> Callable[[], Awaitable[Mapping[str, Any]]]:
    """By OpenID Connect Discovery 1.0, section 4."""

    async def fetch() -> Mapping[str, Any]:
        url = f"{issuer.rstrip('/')}/.well-known/openid-configuration"
        reply = await web.send("GET", url, max_bytes=200_000, seconds=5)
        found = reply.json() if reply.status == 200 else {}
        if not isinstance(found, dict) or not isinstance(found.get("jwks_uri"), str):
            raise Unavailable("The issuer's discovery document names no keys.")
        return await jwks_at(web, found["jwks_uri"])()

    return fetch


def _now() -> datetime:
    return datetime.now(UTC)
