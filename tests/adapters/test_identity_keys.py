"""The issuer's keys: found, rotated, refused, and kept while the issuer is away."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

from adapters.http import WebClient
from adapters.identity import FRESH, PAUSE, STALE, jwks_at, jwks_of
from domain.entities.viewer import Unauthenticated
from domain.errors import Unavailable
from sandbox.serving import serve
from tests.adapters.issuer import Issuer, jwk, rsa_key, signed


async def test_an_unknown_key_is_asked_for_once_in_a_while() -> None:
    issuer = Issuer(jwk("k1"))
    identity = issuer.identity()
    await identity.viewer(issuer.sign())
    issuer.entries = [jwk("k1"), jwk("k2")]
    issuer.moment += PAUSE
    assert (await identity.viewer(issuer.sign())).user_id == "alice"
    assert issuer.fetches == 2
    issuer.entries = [jwk("k3")]
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            await identity.viewer(issuer.sign())
    assert issuer.fetches == 2


async def test_many_at_once_ask_for_the_keys_once() -> None:
    issuer = Issuer()
    identity = issuer.identity()
    viewers = await asyncio.gather(*(identity.viewer(issuer.sign(sub=f"u{n}")) for n in range(20)))
    assert [viewer.user_id for viewer in viewers] == [f"u{n}" for n in range(20)]
    assert issuer.fetches == 1


async def test_the_last_good_keys_survive_an_outage_of_a_day() -> None:
    issuer = Issuer()
    identity = issuer.identity()
    await identity.viewer(issuer.sign())
    issuer.away = True
    for moved in (3 * FRESH, 4 * FRESH, STALE - 8 * FRESH):
        issuer.moment += moved
        assert (await identity.viewer(issuer.sign())).user_id == "alice"
        await settled()
    assert issuer.fetches == 4
    issuer.moment += FRESH
    with pytest.raises(Unavailable):
        await identity.viewer(issuer.sign())
    issuer.away = False
    issuer.moment += PAUSE
    assert (await identity.viewer(issuer.sign())).user_id == "alice"


async def settled() -> None:
    """Let what runs in the background come to its end."""
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.mark.parametrize("answer", [{}, {"keys": []}, {"keys": {}}, {"keys": [{"kty": "EC"}]}], ids=str)
async def test_a_key_set_without_a_key_is_an_outage(answer: dict[str, Any]) -> None:
    issuer = Issuer()
    answers = [await issuer.jwks(), answer]

    async def jwks() -> Any:
        return answers.pop(0)

    identity = issuer.identity(jwks=jwks)
    await identity.viewer(issuer.sign())
    issuer.moment += 2 * FRESH
    for _ in range(2):
        assert await identity.viewer(issuer.sign())
        await settled()
    assert answers == []


async def test_a_withdrawn_key_is_refused_within_an_hour() -> None:
    issuer = Issuer(jwk("k1"))
    identity = issuer.identity()
    old = issuer.sign(exp=(issuer.moment + timedelta(days=1)).timestamp())
    await identity.viewer(old)
    issuer.entries = [jwk("k2")]
    issuer.moment += FRESH
    await identity.viewer(old)
    await settled()
    with pytest.raises(Unauthenticated):
        await identity.viewer(old)


async def test_without_any_keys_it_is_unavailable_not_refused() -> None:
    issuer = Issuer()
    issuer.away = True
    with pytest.raises(Unavailable):
        await issuer.identity().viewer(issuer.sign())


WEAK = {
    "for encryption": jwk("k2", use="enc"),
    "of another algorithm": jwk("k2", alg="RS512"),
    "of a symmetric algorithm": jwk("k2", alg="HS256"),
    "for signing": jwk("k2", key_ops=["sign"]),
    "tiny": jwk("k2", n="AQAB"),
    "no number": jwk("k2", n="!"),
    "incomplete": jwk("k2", n=None),
    "of another form": jwk("k2", e=5),
    "symmetric": jwk("k2", kty="oct", k="c2VjcmV0"),
    "small": jwk("small", kid="k2"),
}


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")  # that is the point
@pytest.mark.parametrize("why", WEAK)
async def test_a_key_that_is_not_for_signatures_or_too_weak_is_none(why: str) -> None:
    issuer = Issuer(WEAK[why], jwk("k1"))
    identity = issuer.identity()
    assert await identity.viewer(issuer.sign())
    with pytest.raises(Unauthenticated, match="does not name"):
        await identity.viewer(signed(issuer.claims(), rsa_key("small" if why == "small" else "k2"), kid="k2"))


async def test_a_token_without_a_key_id_is_good_where_there_is_one_key_only() -> None:
    for entry in (jwk("k1"), jwk("k1", kid=None), jwk("k1", use="sig", alg="RS256", key_ops=["verify"])):
        issuer = Issuer(jwk("other", use="enc"), entry)
        assert await issuer.identity().viewer(issuer.sign({"kid": None}))
    two = Issuer(jwk("k2"), jwk("k1"))
    with pytest.raises(Unauthenticated):
        await two.identity().viewer(two.sign({"kid": None}))
    nameless = Issuer(jwk("k1", kid=None))
    with pytest.raises(Unauthenticated):
        await nameless.identity().viewer(nameless.sign({"kid": "k1"}))


@contextmanager
def documents(given: Callable[[str], dict[str, Any]]) -> Iterator[str]:
    """A server with documents by their paths; a text is sent as it is."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        found = given(url).get(scope["path"])
        body = found.encode() if isinstance(found, str) else json.dumps(found).encode()
        await send({"type": "http.response.start", "status": 500 if found is None else 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    with serve(app) as url:
        yield url


PLACE = "/.well-known/openid-configuration"


async def asked(way: Callable[[WebClient, str], Any], url: str) -> Any:
    web = WebClient(allow_http=True, allow_loopback=True)
    try:
        fetch: Callable[[], Awaitable[Any]] = way(web, url)
        return await fetch()
    finally:
        await web.aclose()


async def test_keys_come_over_http_and_by_discovery() -> None:
    issuer = Issuer()
    keys = await issuer.jwks()

    def given(url: str) -> dict[str, Any]:
        def discovery(named: str, keys: Any) -> dict[str, Any]:
            return {"issuer": named, "jwks_uri": keys}

        return {
            "/keys": keys,
            "/html": "<html>",
            "/list": [],
            "/large": " " * 300_000 + "{}",
            PLACE: discovery(f"{url}/", f"{url}/keys"),
            f"/realms/brokers{PLACE}": discovery(f"{url}/realms/brokers", f"{url}/keys"),
            f"/other{PLACE}": discovery("https://issuer.example", f"{url}/keys"),
            f"/none{PLACE}": discovery(f"{url}/none", None),
            f"/away{PLACE}": discovery(f"{url}/away", f"{url}/nowhere"),
        }

    with documents(given) as url:
        assert await asked(jwks_at, f"{url}/keys") == keys
        for place in ("", "/", "/realms/brokers", "/realms/brokers/"):
            assert await asked(jwks_of, url + place) == keys
        for way, places in (
            (jwks_at, ("/html", "/list", "/large", "/nowhere")),
            (jwks_of, ("/other", "/none", "/away", "/nowhere", "/keys")),
        ):
            for place in places:
                identity = issuer.identity(jwks=lambda way=way, place=place: asked(way, url + place))
                with pytest.raises(Unavailable):
                    await identity.viewer(issuer.sign())
