"""Who may ask: tokens good and bad, over HTTP and WebSockets, and an issuer that goes away."""

import base64
import hashlib
import hmac
import json
import os
import stat
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm
from websockets.exceptions import ConnectionClosed

from adapters.http import WebClient
from adapters.identity import FRESH, PAUSE, Identity, jwks_at
from app.development_issuer import DevelopmentIssuer
from domain.entities.viewer import Unauthenticated
from domain.errors import Unavailable
from sandbox.serving import serve
from tests.graph.client import PATIENCE, Client, open_socket
from tests.graph.server import GraphServer

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


class Issuer:
    """An OpenID Connect issuer whose keys rotate and whose server fails, as told."""

    def __init__(self) -> None:
        self.keys: dict[str, rsa.RSAPrivateKey] = {}
        self.fetches = 0
        self.away = False
        self.rotate("k1")

    def rotate(self, key_id: str) -> None:
        self.keys = {key_id: rsa.generate_private_key(public_exponent=65537, key_size=2048)}

    async def jwks(self) -> Mapping[str, Any]:
        self.fetches += 1
        if self.away:
            raise Unavailable("The issuer is away.")
        return {
            "keys": [
                {"kty": "EC", "kid": "other"},
                "nonsense",
                *(
                    {**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": key_id}
                    for key_id, key in self.keys.items()
                ),
            ]
        }

    def sign(self, **claims: Any) -> str:
        """A good token, but for what is said otherwise; None leaves a claim out."""
        name = next(iter(self.keys))
        good = {
            "iss": "https://issuer.example",
            "aud": "yardsign",
            "sub": "alice",
            "exp": int((NOW + timedelta(hours=1)).timestamp()),
        }
        content = {name: value for name, value in {**good, **claims}.items() if value is not None}
        return jwt.encode(content, self.keys[name], algorithm="RS256", headers={"kid": name})


class Time:
    """A clock that tests move."""

    def __init__(self) -> None:
        self.moment = NOW

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture(scope="module")
def module_issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def issuer(module_issuer: Issuer) -> Issuer:
    module_issuer.fetches, module_issuer.away = 0, False
    return module_issuer


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def identity(issuer: Issuer, time: Time) -> Identity:
    return Identity(
        issuer="https://issuer.example", audiences=["yardsign", "other"], jwks=issuer.jwks, now=time
    )


async def test_a_good_token_names_the_user_and_the_roles(identity: Identity, issuer: Issuer) -> None:
    token = issuer.sign(roles=["admin"], **{"cognito:groups": ["brokers", "admin"]})
    for authorization in (f"Bearer {token}", f"bearer {token}", token):
        viewer = await identity.viewer(authorization)
        assert (viewer.user_id, viewer.roles) == ("alice", ("admin", "brokers"))
    assert issuer.fetches == 1


async def test_cognitos_access_tokens_have_a_client_id_and_no_audience(
    identity: Identity, issuer: Issuer
) -> None:
    assert (await identity.viewer(issuer.sign(aud=None, client_id="yardsign"))).user_id == "alice"
    with pytest.raises(Unauthenticated):
        await identity.viewer(issuer.sign(aud=None, client_id="stranger"))


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int((NOW - timedelta(minutes=5)).timestamp())},
        {"exp": None},
        {"exp": "tomorrow"},
        {"exp": True},
        {"exp": float("nan")},
        {"nbf": int((NOW + timedelta(minutes=5)).timestamp())},
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "stranger"},
        {"aud": ["stranger"]},
        {"aud": None},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 1_000},
        {"sub": "a\0b"},
    ],
    ids=str,
)
async def test_a_token_with_a_wrong_claim_is_refused(
    identity: Identity, issuer: Issuer, claims: dict[str, Any]
) -> None:
    with pytest.raises(Unauthenticated):
        await identity.viewer(issuer.sign(**claims))


def forged(issuer: Issuer) -> dict[str, str]:
    """Tokens that somebody made without the key, by the trick they use."""
    key = issuer.keys["k1"]
    claims = jwt.decode(issuer.sign(), options={"verify_signature": False})
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    good = issuer.sign()
    head, body, signature = good.split(".")
    other_body = _encoded({**claims, "sub": "bob"})
    return {
        "HS256 with the public key as the secret": _hs256(claims, public),
        "no algorithm": f"{_encoded({'alg': 'none', 'kid': 'k1'})}.{body}.",
        "no key id": jwt.encode(claims, key, algorithm="RS256"),
        "RS512": jwt.encode(claims, key, algorithm="RS512", headers={"kid": "k1"}),
        "an unknown key": jwt.encode(claims, stranger, algorithm="RS256", headers={"kid": "k9"}),
        "a stranger's key": jwt.encode(claims, stranger, algorithm="RS256", headers={"kid": "k1"}),
        "another body": f"{head}.{other_body}.{signature}",
        "no signature": f"{head}.{body}.",
        "two parts": f"{head}.{body}",
        "nonsense": "nonsense",
        "too long": "x" * 20_000,
        "nothing": "",
        "another scheme": "Basic YTpi",
    }


def _encoded(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _hs256(claims: dict[str, Any], secret: bytes) -> str:
    # PyJWT refuses to sign with a PEM as the secret; an attacker would not ask it.
    signed = f"{_encoded({'alg': 'HS256', 'kid': 'k1', 'typ': 'JWT'})}.{_encoded(claims)}"
    digest = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
    return f"{signed}.{base64.urlsafe_b64encode(digest).decode().rstrip('=')}"


async def test_forged_tokens_are_refused(identity: Identity, issuer: Issuer) -> None:
    for trick, token in forged(issuer).items():
        with pytest.raises(Unauthenticated) as refused:
            await identity.viewer(token)
        assert not token or token not in str(refused.value), trick


async def test_an_unknown_key_is_asked_for_once_in_a_while(
    identity: Identity, issuer: Issuer, time: Time
) -> None:
    await identity.viewer(issuer.sign())
    issuer_keys = dict(issuer.keys)
    issuer.rotate("k2")
    time.moment += PAUSE
    assert (await identity.viewer(issuer.sign())).user_id == "alice"
    assert issuer.fetches == 2
    issuer.rotate("k3")
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            await identity.viewer(issuer.sign())
    assert issuer.fetches == 2
    issuer.keys = issuer_keys


async def test_the_last_good_keys_survive_an_outage(identity: Identity, issuer: Issuer, time: Time) -> None:
    await identity.viewer(issuer.sign())
    issuer.away = True
    time.moment += 3 * FRESH
    later = int((time.moment + timedelta(hours=1)).timestamp())
    for _ in range(3):
        assert (await identity.viewer(issuer.sign(exp=later))).user_id == "alice"


async def test_without_any_keys_it_is_unavailable_not_refused(identity: Identity, issuer: Issuer) -> None:
    issuer.away = True
    with pytest.raises(Unavailable):
        await identity.viewer(issuer.sign())


async def test_keys_come_over_http(tmp_path: Path) -> None:
    development = DevelopmentIssuer(tmp_path)

    async def app(scope: Any, receive: Any, send: Any) -> None:
        good = scope["path"] == "/jwks.json"
        body = json.dumps(await development.jwks()).encode() if good else b"<html>"
        status = 500 if scope["path"] == "/broken" else 200
        await send({"type": "http.response.start", "status": status, "headers": []})
        await send({"type": "http.response.body", "body": body})

    web = WebClient(allow_http=True, allow_loopback=True)
    with serve(app) as url:
        for path, usable in (("/jwks.json", True), ("/broken", False), ("/html", False)):
            identity = Identity(
                issuer=development.issuer,
                audiences=[development.audience],
                jwks=jwks_at(web, url + path),
                now=lambda: datetime.now(UTC),
            )
            if usable:
                assert (await identity.viewer(development.token("alice"))).user_id == "alice"
            else:
                with pytest.raises(Unavailable):
                    await identity.viewer(development.token("alice"))
    await web.aclose()


def test_the_development_key_is_made_once_and_is_private(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    token = DevelopmentIssuer(folder).token("alice", ["admin"])
    [file] = os.listdir(folder)
    assert stat.S_IMODE((folder / file).stat().st_mode) == 0o600
    again = DevelopmentIssuer(folder)
    header = jwt.get_unverified_header(token)
    assert header == jwt.get_unverified_header(again.token("alice"))
    assert len(os.listdir(folder)) == 1


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer nonsense", "Basic YTpi"])
def test_http_without_a_good_token_is_a_401(graph: GraphServer, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    with httpx.Client(trust_env=False) as http:
        response = http.post(f"{graph.url}/graphql", json={"query": "{ viewer { userId } }"}, headers=headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    assert response.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


@pytest.mark.parametrize(
    "payload",
    [None, {}, {"authorization": None}, {"authorization": 5}, {"authorization": "Bearer nonsense"}],
    ids=str,
)
def test_a_websocket_without_a_good_token_is_closed_with_4403(graph: GraphServer, payload: Any) -> None:
    with open_socket(graph) as socket:
        socket.send({"type": "connection_init", "payload": payload})
        with pytest.raises(ConnectionClosed) as closed:
            socket.connection.recv(timeout=PATIENCE)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403


def test_a_websocket_takes_the_token_with_and_without_the_word(alice: Client) -> None:
    for authorization in (alice.token, f"Bearer {alice.token}"):
        with open_socket(alice.server) as socket:
            socket.send({"type": "connection_init", "payload": {"authorization": authorization}})
            assert socket.receive() == {"type": "connection_ack"}


def test_a_websocket_that_did_not_introduce_itself_gets_nothing(graph: GraphServer) -> None:
    with open_socket(graph) as socket:
        socket.subscribe("{ viewer { userId } }")
        with pytest.raises(ConnectionClosed) as closed:
            socket.connection.recv(timeout=PATIENCE)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401
