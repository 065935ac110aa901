"""Who may ask: the issuer that the settings name, or, in development, our own."""

from datetime import UTC, datetime

from adapters.http import WebClient
from adapters.identity import Identity, jwks_at, jwks_of
from app.development_issuer import AUDIENCE, ISSUER, DevelopmentIssuer
from app.settings import Settings


def identity_of(settings: Settings, web: WebClient) -> Identity:
    """The check of bearer tokens. Its keys come from `OIDC_JWKS_URL`, or where the issuer's discovery says."""
    if settings.oidc_issuer is None:
        issuer = DevelopmentIssuer(settings.yardsign_data)
        return Identity(issuer=ISSUER, audiences=[AUDIENCE], jwks=issuer.jwks, now=_now)
    url = settings.oidc_jwks_url
    return Identity(
        issuer=settings.oidc_issuer,
        audiences=settings.oidc_audiences,
        clients=settings.oidc_clients,
        roles_claims=settings.oidc_roles_claims,
        jwks=jwks_at(web, url) if url else jwks_of(web, settings.oidc_issuer),
        now=_now,
    )


def _now() -> datetime:
    return datetime.now(UTC)
