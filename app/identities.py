"""Who may ask: the issuer that the settings name, or, in development, our own."""

from collections.abc import Sequence
from datetime import UTC, datetime

from adapters.http import WebClient
from adapters.identity import Identity, Jwks, jwks_at, jwks_of
from adapters.identity_keys import read_keys
from app.development_issuer import AUDIENCE, ISSUER, DevelopmentIssuer
from app.findings import Finding, Level
from app.settings import Settings
from domain.errors import YardsignError


def identity_of(settings: Settings, web: WebClient) -> Identity:
    """The check of bearer tokens. Its keys come from `OIDC_JWKS_URL`, or where the issuer's discovery says."""
    if settings.oidc_issuer is None:
        issuer = DevelopmentIssuer(settings.yardsign_data)
        return Identity(issuer=ISSUER, audiences=[AUDIENCE], jwks=issuer.jwks, now=_now)
    return Identity(
        issuer=settings.oidc_issuer,
        audiences=settings.oidc_audiences,
        clients=settings.oidc_clients,
        roles_claims=settings.oidc_roles_claims,
        jwks=_keys(settings.oidc_issuer, settings.oidc_jwks_url, web),
        now=_now,
    )


async def issuer_findings(settings: Settings, now: datetime) -> Sequence[Finding]:
    """Whether the keys of the issuer can be had, for without them nobody comes in."""
    issuer = settings.oidc_issuer
    if issuer is None:
        return ()
    web = WebClient(allow_http=settings.allow_loopback, allow_loopback=settings.allow_loopback)
    try:
        keys = read_keys(await _keys(issuer, settings.oidc_jwks_url, web)())
    except (YardsignError, ValueError) as error:
        do = "Set OIDC_ISSUER, or OIDC_JWKS_URL, to what can be reached from here."
        return (Finding(Level.FAILURE, f"The keys of {issuer} cannot be had: {error}", do),)
    finally:
        await web.aclose()
    return (Finding(Level.OK, f"{issuer} can be reached; keys that can be used: {len(keys)}."),)


def _keys(issuer: str, url: str | None, web: WebClient) -> Jwks:
    return jwks_at(web, url) if url else jwks_of(web, issuer)


def _now() -> datetime:
    return datetime.now(UTC)
