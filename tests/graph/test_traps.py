"""Raw requests and raw WebSocket messages at which Strawberry by itself breaks."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.graph.client import PATIENCE, Client, Socket, open_socket
from tests.graph.server import GraphServer

DEEP = "[" * 100_000 + "]" * 100_000
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "body",
    [
        b"5",
        b"null",
        b'"x"',
        b"",
        b"{",
        b"\xff\xfe",
        b'{"query": "\xff"}',
        DEEP.encode(),
        b'{"query": 5}',
        b'{"query": "{ viewer { userId } }", "variables": 5}',
        b'{"query": "{ viewer { userId } }", "variables": ' + DEEP.encode() + b"}",
        b'{"query": "{ viewer { userId } }", "operationName": 5}',
        b'{"query": "{ viewer { userId } }", "extensions": []}',
        b'{"query": "{ viewer { userId } }", "variables": {"x": NaN}}',
        b'{"query": ""}',
        b"{}",
        b'[{"query": "{ viewer { userId } }"}]',
        b"[5]",
    ],
    ids=lambda body: body[:40].decode(errors="replace"),
)
def test_a_malformed_body_is_a_400_with_a_code(alice: Client, body: bytes) -> None:
    response = alice.http.post("/graphql", content=body, headers=JSON)
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}


def test_a_get_may_read_but_not_write(alice: Client) -> None:
    good = alice.http.get("/graphql", params={"query": "{ viewer { userId } }"})
    assert good.json()["data"] == {"viewer": {"userId": alice.user}}
    mutation = "mutation { createListing(input: {}) { listing { id } } }"
    refused = alice.http.get("/graphql", params={"query": mutation})
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, POST")
    assert alice.http.get("/graphql", params={"query": "{x}", "variables": "5"}).status_code == 400
    assert alice.ask("{ listings { nodes { id } } }") == {"listings": {"nodes": []}}
    assert alice.http.put("/graphql").status_code == 405


def closed_with(server: GraphServer, act: Callable[[Any], None], token: str | None = None) -> tuple[int, str]:
    """The code and the reason with which the server closes; 1006 would be no close frame at all."""
    with open_socket(server) as socket:
        if token is not None:
            socket.send({"type": "connection_init", "payload": {"authorization": token}})
            assert socket.receive() == {"type": "connection_ack"}
        act(socket)
        with pytest.raises(ConnectionClosed) as closed:
            _read_on(socket)
        assert closed.value.rcvd is not None, "no close frame: 1006"
        return closed.value.rcvd.code, closed.value.rcvd.reason


def _read_on(socket: Socket) -> None:
    while True:
        socket.connection.recv(timeout=PATIENCE)


SUBSCRIBE = {"type": "subscribe", "id": "1"}


@pytest.mark.parametrize(
    "message",
    [
        5,
        None,
        [],
        "text",
        {},
        {"type": 5},
        {"type": "nonsense"},
        {"type": "x" * 500},
        {"type": "subscribe"},
        SUBSCRIBE,
        {**SUBSCRIBE, "payload": None},
        {**SUBSCRIBE, "payload": 5},
        {**SUBSCRIBE, "payload": {}},
        {**SUBSCRIBE, "payload": {"query": 5}},
        {**SUBSCRIBE, "payload": {"query": "{ viewer { userId } }", "variables": 5}},
        {**SUBSCRIBE, "payload": {"query": "{ viewer { userId } }", "operationName": []}},
        {"type": "subscribe", "id": 5, "payload": {"query": "{ viewer { userId } }"}},
        {"type": "subscribe", "id": {}, "payload": {"query": "{ viewer { userId } }"}},
        {"type": "complete", "id": []},
    ],
    ids=lambda message: json.dumps(message)[:60],
)
def test_a_malformed_message_is_closed_with_4400(alice: Client, message: Any) -> None:
    code, _ = closed_with(alice.server, lambda socket: socket.send(json.dumps(message)), alice.token)
    assert code == 4400


@pytest.mark.parametrize(
    "raw", [b"\x00\x01", "no json", DEEP, "x" * 1_500_000], ids=["binary", "text", "deep", "large"]
)
def test_what_is_no_json_is_closed_with_a_code(alice: Client, raw: Any) -> None:
    code, _ = closed_with(alice.server, lambda socket: socket.send(raw), alice.token)
    assert code in (4400, 1009)


@pytest.mark.parametrize(
    "payload",
    [
        {"query": "{ nothing }"},
        {"query": "{ viewer { " + "ü" * 200},
        {"query": ""},
        {"query": "{ viewer { userId } }", "operationName": "x" * 500},
        {"query": "{ viewer { ...Missing } }"},
    ],
    ids=lambda payload: json.dumps(payload)[:50],
)
def test_a_malformed_document_is_a_message_not_the_end(alice: Client, payload: dict[str, Any]) -> None:
    with alice.socket() as socket:
        socket.send({"type": "subscribe", "id": "1", "payload": payload})
        message = socket.receive()
        assert (message["type"], message["id"]) == ("error", "1")
        assert message["payload"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
        socket.subscribe("{ viewer { userId } }")
        assert socket.next() == {"viewer": {"userId": alice.user}}


def test_the_legacy_protocol_is_not_offered(alice: Client) -> None:
    with open_socket(alice.server, "graphql-ws") as socket, pytest.raises(ConnectionClosed) as closed:
        socket.connection.recv(timeout=PATIENCE)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4406


def test_an_id_in_use_closes_with_4409(alice: Client) -> None:
    listing = alice.done("createListing", "listing { id }")["listing"]["id"]
    document = "subscription($id: ID!) { metricsUpdates(listingId: $id) { views } }"

    def twice(socket: Any) -> None:
        socket.subscribe(document, id=listing)
        socket.subscribe(document, id=listing)

    assert closed_with(alice.server, twice, alice.token)[0] == 4409
