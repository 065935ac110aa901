"""Tokens good and bad: of Cognito, Auth0, Keycloak and Entra, and those that nobody should take."""

from datetime import timedelta
from typing import Any

import pytest

from adapters.identity import LEEWAY
from domain.entities.viewer import Unauthenticated
from tests.adapters.issuer import NOW, Issuer, forged, jwk

COGNITO = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Yq2s3d4f5"
KEYCLOAK = "https://login.brokerage.example/realms/brokers"
AUTH0 = "https://brokerage.eu.auth0.com/"
ENTRA = "https://login.microsoftonline.com/2f4a9838-26b7-47ee-be60-ccc1fdec5953/v2.0"

TOKENS: dict[str, tuple[dict[str, Any], dict[str, Any], tuple[str, ...]]] = {
    "Cognito's access token": (
        {"issuer": COGNITO},
        {"aud": None, "client_id": "yardsign", "token_use": "access", "cognito:groups": ["admin", "brokers"]},
        ("admin", "brokers"),
    ),
    "Cognito's id token": (
        {"issuer": COGNITO},
        {"token_use": "id", "cognito:groups": ["brokers"], "cognito:username": "ann", "roles": ["admin"]},
        ("brokers",),
    ),
    "Auth0's access token": (
        {"issuer": AUTH0, "roles_claims": ["https://yardsign.example/roles"]},
        {
            "aud": ["yardsign", f"{AUTH0}userinfo"],
            "azp": "spa",
            "scope": "openid admin",
            "https://yardsign.example/roles": ["admin"],
        },
        ("admin",),
    ),
    "Keycloak's access token": (
        {"issuer": KEYCLOAK, "audiences": ["account"], "clients": ["web", "app"]},
        {"aud": "account", "azp": "web", "typ": "Bearer", "realm_access": {"roles": ["admin", "uma"]}},
        ("admin", "uma"),
    ),
    "Keycloak's with the roles of a client": (
        {"issuer": KEYCLOAK, "roles_claims": ["resource_access.web.example.roles", "realm_access.roles"]},
        {
            "aud": None,
            "azp": "yardsign",
            "resource_access": {"web.example": {"roles": ["admin"]}, "web": {"roles": ["no"]}},
            "realm_access": {"roles": ["agent"]},
        },
        ("admin", "agent"),
    ),
    "Entra's access token": (
        {"issuer": ENTRA, "clients": ["web"]},
        {"azp": "web", "ver": "2.0", "roles": ["admin"], "groups": ["0d1c"], "wids": ["b79f"]},
        ("admin",),
    ),
    "a token with roles as a text": (
        {"roles_claims": ["role"]},
        {"role": "admin agent", "roles": ["other"]},
        ("admin", "agent"),
    ),
}


@pytest.mark.parametrize("whose", TOKENS)
async def test_the_tokens_of_known_issuers_are_good(whose: str) -> None:
    settings, claims, roles = TOKENS[whose]
    issuer = Issuer()
    given = {"iss": settings.get("issuer"), "sub": "ann"} | claims if "issuer" in settings else claims
    viewer = await issuer.identity(**settings).viewer(issuer.sign(**given))
    assert viewer.roles == roles
    assert viewer.user_id == given.get("sub", "alice")
    assert viewer.expires_at == NOW + timedelta(hours=1)


@pytest.mark.parametrize(
    "claims",
    [
        {"cognito:groups": ["admin"]},
        {"groups": ["admin"]},
        {"role": "admin"},
        {"scope": "admin"},
        {"realm_access": {"roles": ["admin"]}},
        {"realm_access.roles": ["admin"]},
        {"https://x.example/roles": ["admin"]},
        {"roles": {"admin": True}},
        {"roles": [["admin"], {"name": "admin"}, None, 5]},
        {"roles": ["Admin", "admin "]},
    ],
    ids=str,
)
async def test_nobody_is_an_administrator_by_another_claim(claims: dict[str, Any]) -> None:
    issuer = Issuer()
    assert "admin" not in (await issuer.identity().viewer(issuer.sign(**claims))).roles


async def test_the_word_bearer_and_a_slash_behind_the_issuer_make_no_difference() -> None:
    issuer = Issuer()
    for configured in ("https://issuer.example", "https://issuer.example/"):
        identity = issuer.identity(issuer=configured)
        for named in ("https://issuer.example", "https://issuer.example/"):
            token = issuer.sign(iss=named)
            for authorization in (f"Bearer {token}", f"bearer {token}", token):
                assert (await identity.viewer(authorization)).user_id == "alice"


def at(minutes: float) -> int:
    return int((NOW + timedelta(minutes=minutes)).timestamp())


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": at(-5)},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"exp": float("nan")},
        {"exp": float("inf")},
        {"exp": 10**13},
        {"exp": -1},
        {"nbf": at(5)},
        {"nbf": "now"},
        {"iat": at(5)},
        {"iat": [at(0)]},
        {"iss": "https://other.example"},
        {"iss": "https://issuer.example//"},
        {"iss": ["https://issuer.example"]},
        {"iss": None},
        {"aud": "stranger"},
        {"aud": ["stranger"]},
        {"aud": {"yardsign": True}},
        {"aud": None},
        {"aud": [], "client_id": "yardsign"},
        {"aud": "stranger", "azp": "yardsign"},
        {"aud": None, "client_id": "stranger"},
        {"token_use": "refresh"},
        {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 1_000},
        {"sub": "a\0b"},
        {"sub": "a\ud800b"},
    ],
    ids=str,
)
async def test_a_token_with_a_wrong_claim_is_refused(claims: dict[str, Any]) -> None:
    issuer = Issuer()
    with pytest.raises(Unauthenticated):
        await issuer.identity().viewer(issuer.sign(**claims))


@pytest.mark.parametrize("claims", [{"azp": "stranger"}, {"aud": "yardsign"}], ids=str)
async def test_a_token_issued_to_a_client_that_is_not_named_is_refused(claims: dict[str, Any]) -> None:
    issuer = Issuer()
    assert await issuer.identity().viewer(issuer.sign(**claims))
    with pytest.raises(Unauthenticated):
        await issuer.identity(clients=["web"]).viewer(issuer.sign(**claims))


async def test_clocks_may_differ_a_little() -> None:
    issuer = Issuer()
    nearly = LEEWAY.total_seconds() - 1
    now = NOW.timestamp()
    for claim, moment in (("exp", now - nearly), ("nbf", now + nearly), ("iat", now + nearly)):
        assert await issuer.identity().viewer(issuer.sign({}, **{claim: moment}))


async def test_forged_tokens_are_refused() -> None:
    issuer = Issuer()
    identity = issuer.identity()
    await identity.viewer(issuer.sign())
    for trick, token in forged(issuer).items():
        with pytest.raises(Unauthenticated) as refused:
            await identity.viewer(token)
        assert not token or token not in str(refused.value), trick


async def test_a_token_proved_once_is_refused_when_it_expires_or_its_key_is_withdrawn() -> None:
    issuer = Issuer(jwk("k1"))
    identity = issuer.identity()
    short, long = issuer.sign(), issuer.sign(exp=at(10_000))
    for _ in range(2):
        assert await identity.viewer(short)
        assert await identity.viewer(long)
    issuer.moment += timedelta(hours=1) + LEEWAY
    issuer.entries = [jwk("k2")]
    with pytest.raises(Unauthenticated, match="expired"):
        await identity.viewer(short)
    assert await identity.viewer(issuer.sign())
    with pytest.raises(Unauthenticated, match="key"):
        await identity.viewer(long)
