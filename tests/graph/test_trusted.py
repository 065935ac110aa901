"""Trusted documents over HTTP and WebSockets, where nothing else may be asked."""

import hashlib
import json
from collections.abc import Iterator

import pytest

from app.web import WebSettings
from schema.trusted import TrustedDocuments
from tests.graph.client import Client
from tests.graph.server import GraphServer
from tests.world.world import Sandboxes

TEXT = "query Mine($first: Int) { viewer { userId } listings(first: $first) { nodes { id } } }"
WRITE = 'mutation { deleteListing(input: { listingId: "x" }) { deletedId } }'
HASH = hashlib.sha256(TEXT.encode()).hexdigest()
NAMED = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH}}}


@pytest.fixture(scope="module")
def closed(
    tmp_path_factory: pytest.TempPathFactory, served_sandboxes: Sandboxes, redis_url: str
) -> Iterator[Client]:
    """A user of a server that answers these documents alone."""
    trusted = TrustedDocuments({HASH: TEXT, "write": WRITE}, only=True)
    server = GraphServer(
        tmp_path_factory.mktemp("trusted"),
        served_sandboxes,
        redis_url,
        settings=WebSettings(production=False, trusted=trusted),
    ).start()
    client = Client(server, "alice")
    yield client
    client.close()
    server.stop()


def codes(answer: dict[str, list[dict[str, dict[str, str]]]]) -> list[str]:
    return [error["extensions"]["code"] for error in answer["errors"]]


@pytest.mark.parametrize(
    "named", [{"documentId": HASH}, {"documentId": f"sha256:{HASH}"}, NAMED, {"query": TEXT}]
)
def test_a_trusted_document_is_asked_by_post_and_by_get(closed: Client, named: dict[str, object]) -> None:
    asked = {**named, "variables": {"first": 1}, "operationName": "Mine"}
    posted = closed.http.post("/graphql", json=asked)
    parameters = {key: value if isinstance(value, str) else json.dumps(value) for key, value in asked.items()}
    got = closed.http.get("/graphql", params=parameters)
    for answer in (posted, got):
        assert answer.status_code == 200
        assert answer.json()["data"] == {"viewer": {"userId": "alice"}, "listings": {"nodes": []}}


def test_everything_else_is_refused(closed: Client) -> None:
    unknown = closed.http.post("/graphql", json={"documentId": "sha256:unknown"})
    assert (unknown.status_code, codes(unknown.json())) == (200, ["PERSISTED_QUERY_NOT_FOUND"])
    kind = "application/graphql-response+json"
    strict = closed.http.post("/graphql", json={"documentId": "unknown"}, headers={"Accept": kind})
    assert (strict.status_code, codes(strict.json())) == (400, ["PERSISTED_QUERY_NOT_FOUND"])
    assert strict.headers["content-type"].startswith(kind)
    assert closed.refused("{ viewer { userId } }") == "QUERY_NOT_IN_SAFELIST"
    assert closed.refused("{ __schema { types { name } } }") == "QUERY_NOT_IN_SAFELIST"
    both = closed.http.post("/graphql", json={**NAMED, "query": "{ viewer { userId } }"})
    assert codes(both.json()) == ["BAD_USER_INPUT"]
    written = closed.http.get("/graphql", params={"documentId": "write"})
    assert written.status_code == 405


def test_websockets_take_trusted_documents_alone(closed: Client) -> None:
    with closed.socket() as socket:
        for id, payload in (("1", {"documentId": HASH}), ("2", NAMED), ("3", {"query": TEXT})):
            socket.send({"type": "subscribe", "id": id, "payload": payload})
            assert socket.next(id)["viewer"] == {"userId": "alice"}
            assert socket.receive() == {"type": "complete", "id": id}
        refused = {
            "PERSISTED_QUERY_NOT_FOUND": {"documentId": "unknown"},
            "QUERY_NOT_IN_SAFELIST": {"query": "{ viewer { userId } }"},
            "BAD_USER_INPUT": {"extensions": {}},
        }
        for code, wrong in refused.items():
            socket.send({"type": "subscribe", "id": "4", "payload": wrong})
            message = socket.receive()
            assert (message["type"], message["id"]) == ("error", "4")
            assert [error["extensions"]["code"] for error in message["payload"]] == [code]


def test_a_server_without_documents_says_so(alice: Client) -> None:
    answer = alice.http.post("/graphql", json=NAMED).json()
    assert codes(answer) == ["PERSISTED_QUERY_NOT_SUPPORTED"]
    assert "data" in alice.http.post("/graphql", json={**NAMED, "query": TEXT}).json()
