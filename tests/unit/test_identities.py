"""The issuer that the settings name."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from adapters.http import WebClient
from app.development_issuer import DevelopmentIssuer
from app.findings import Level
from app.identities import identity_of, issuer_findings
from app.settings import Settings
from domain.entities.viewer import Unauthenticated
from tests.adapters.issuer import NOW, Issuer, jwk
from tests.adapters.test_identity_keys import PLACE, documents


def settings_of(**values: str) -> Settings:
    """As the environment would give them."""
    return Settings.model_validate(values)


async def test_an_issuer_is_found_by_its_address_alone_and_asked_as_the_settings_say() -> None:
    def given(url: str) -> dict[str, Any]:
        realm = f"{url}/realms/brokers"
        return {
            f"/realms/brokers{PLACE}": {"issuer": realm, "jwks_uri": f"{realm}/keys"},
            "/realms/brokers/keys": {"keys": [jwk("other", use="enc"), jwk("k1")]},
        }

    issuer, web = Issuer(), WebClient(allow_http=True, allow_loopback=True)
    with documents(given) as url:
        realm = f"{url}/realms/brokers"
        token: dict[str, Any] = {"iss": realm, "aud": "account", "exp": 4_000_000_000}
        roles: dict[str, Any] = {
            "realm_access": {"roles": ["admin"]},
            "resource_access": {"web": {"roles": ["agent"]}},
        }
        settings = {"oidc_issuer": realm + "/", "oidc_audience": "account, api", "oidc_client_id": "web,app"}
        usual = identity_of(settings_of(**settings), web)
        assert (await usual.viewer(issuer.sign(**token, azp="app", **roles))).roles == ("admin",)
        with pytest.raises(Unauthenticated):
            await usual.viewer(issuer.sign(**token, azp="stranger", **roles))
        named = settings_of(**settings, oidc_roles_claim="resource_access.web.roles, groups")
        viewer = await identity_of(named, web).viewer(
            issuer.sign(**token, azp="web", **roles, groups=["west"])
        )
        assert viewer.roles == ("agent", "west")
        keys = settings_of(**settings, oidc_jwks_url=f"{realm}/keys")
        assert await identity_of(keys, web).viewer(issuer.sign(**token, azp="web"))
    await web.aclose()


async def test_doctor_says_whether_the_keys_of_the_issuer_can_be_had() -> None:
    def given(url: str) -> dict[str, Any]:
        return {
            PLACE: {"issuer": url, "jwks_uri": f"{url}/keys"},
            "/keys": {"keys": [jwk("k1")]},
            "/none": {},
        }

    with documents(given) as url:
        set_up = {"oidc_issuer": url, "oidc_audience": "api"}
        [good] = await issuer_findings(settings_of(**set_up), NOW)
        assert (good.level, good.what) == (Level.OK, f"{url} can be reached; keys that can be used: 1.")
        for place in ("none", "nowhere"):
            [bad] = await issuer_findings(settings_of(**set_up, oidc_jwks_url=f"{url}/{place}"), NOW)
            assert (bad.level, "OIDC_JWKS_URL" in bad.do) == (Level.FAILURE, True)
    assert await issuer_findings(settings_of(), NOW) == ()


async def test_development_takes_the_tokens_that_it_signs_and_no_others(tmp_path: Path) -> None:
    web = WebClient()
    identity = identity_of(settings_of(yardsign_data=str(tmp_path / "a")), web)
    token = DevelopmentIssuer(tmp_path / "a").token("alice", ["admin"])
    assert (await identity.viewer(token)).roles == ("admin",)
    with pytest.raises(Unauthenticated):
        await identity.viewer(DevelopmentIssuer(tmp_path / "b").token("alice"))
    await web.aclose()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"oidc_issuer": "https://issuer.example"}, "needs OIDC_AUDIENCE"),
        ({"oidc_issuer": "https://issuer.example", "oidc_audience": " , "}, "needs OIDC_AUDIENCE"),
        ({"oidc_issuer": "issuer.example", "oidc_audience": "a"}, "pattern"),
        ({"oidc_issuer": "https://issuer.example?x=1", "oidc_audience": "a"}, "pattern"),
        ({"oidc_jwks_url": "keys.json"}, "pattern"),
    ],
    ids=str,
)
def test_an_issuer_that_could_not_work_is_refused_at_the_start(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        settings_of(**wrong)
