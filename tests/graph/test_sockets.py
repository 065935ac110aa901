"""The codes and messages of graphql-transport-ws, one for each way to go wrong, over a plain WebSocket.

Source: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from app.graphql_sockets import OperationLimits
from app.web import WebSettings
from tests.graph.client import PATIENCE, Client, Socket, open_socket
from tests.graph.server import GraphServer
from tests.world.world import Sandboxes

QUERY = {"type": "subscribe", "id": "1", "payload": {"query": "{ viewer { userId } }"}}
WATCH = {"type": "subscribe", "id": "1", "payload": {"query": "subscription { notificationAdded { id } }"}}


def end_of(socket: Socket) -> tuple[int, str]:
    """How the server closes; without a close frame it would be 1006."""
    with pytest.raises(ConnectionClosed) as closed:
        _read_on(socket)
    assert closed.value.rcvd is not None, "no close frame: 1006"
    return closed.value.rcvd.code, closed.value.rcvd.reason


def _read_on(socket: Socket) -> None:
    while True:
        socket.connection.recv(timeout=PATIENCE)


def introduction(client: Client, **further: Any) -> dict[str, Any]:
    return {"type": "connection_init", "payload": {"authorization": f"Bearer {client.token}", **further}}


def test_a_subscription_before_the_introduction_is_closed_with_4401(alice: Client) -> None:
    with open_socket(alice.server) as socket:
        socket.send(QUERY)
        assert end_of(socket) == (4401, "Unauthorized")


def test_a_second_introduction_is_closed_with_4429(alice: Client) -> None:
    with alice.socket() as socket:
        socket.send(introduction(alice))
        assert end_of(socket) == (4429, "Too many initialisation requests")


def test_two_introductions_at_once_are_closed_with_4429_as_well(alice: Client) -> None:
    with open_socket(alice.server) as socket:
        socket.send(introduction(alice))
        socket.send(introduction(alice))
        assert socket.receive() == {"type": "connection_ack"}
        assert end_of(socket)[0] == 4429


@pytest.mark.parametrize("payload", [5, "text", [], True], ids=str)
def test_an_introduction_that_is_no_object_is_closed_with_4400(alice: Client, payload: Any) -> None:
    with open_socket(alice.server) as socket:
        socket.send({"type": "connection_init", "payload": payload})
        assert end_of(socket)[0] == 4400


@pytest.mark.parametrize(
    "payload", [None, {}, {"authorization": None}, {"authorization": "Bearer x"}], ids=str
)
def test_an_introduction_without_a_good_token_is_closed_with_4403(alice: Client, payload: Any) -> None:
    with open_socket(alice.server) as socket:
        socket.send({"type": "connection_init", "payload": payload})
        assert end_of(socket) == (4403, "Forbidden")


@pytest.mark.parametrize("protocols", [None, ["graphql-ws"], ["mqtt", "chat"]], ids=str)
def test_without_the_protocol_it_is_closed_with_4406(alice: Client, protocols: Any) -> None:
    url = f"{alice.server.url.replace('http', 'ws')}/graphql"
    with connect(url, subprotocols=protocols, proxy=None) as connection:
        assert end_of(Socket(connection))[0] == 4406


def test_the_protocol_is_chosen_among_others(alice: Client) -> None:
    url = f"{alice.server.url.replace('http', 'ws')}/graphql"
    offered: Any = ["graphql-ws", "graphql-transport-ws"]
    with connect(url, subprotocols=offered, proxy=None) as connection:
        assert connection.subprotocol == "graphql-transport-ws"


def test_pings_are_answered_before_and_after_the_introduction(alice: Client) -> None:
    with open_socket(alice.server) as socket:
        socket.send({"type": "ping", "payload": {"x": 1}})
        assert socket.receive() == {"type": "pong"}
        socket.send(introduction(alice))
        assert socket.receive() == {"type": "connection_ack"}
        socket.send({"type": "pong"})
        socket.send({"type": "ping"})
        assert socket.receive() == {"type": "pong"}
        assert socket.connection.ping().wait(PATIENCE), "WebSocket's own ping"


@pytest.mark.parametrize("raw", [b'{"type":"ping"}', b"\x00\xff"], ids=["JSON", "bytes"])
def test_binary_frames_are_closed_with_4400(alice: Client, raw: bytes) -> None:
    with alice.socket() as socket:
        socket.send(raw)
        assert end_of(socket) == (4400, "WebSocket message type must be text")


def test_what_is_no_json_is_closed_with_4400(alice: Client) -> None:
    with alice.socket() as socket:
        socket.send("{")
        assert end_of(socket) == (4400, "WebSocket message must be valid JSON")


def test_a_reason_is_cut_to_what_a_close_frame_holds(alice: Client) -> None:
    with alice.socket() as socket:
        socket.send({"type": "ü" * 200})
        code, reason = end_of(socket)
        assert code == 4400
        assert reason.startswith("Unknown message type: üü")
        assert 120 < len(reason.encode()) <= 123


def test_a_message_of_the_server_is_closed_with_4400(alice: Client) -> None:
    for kind in ("connection_ack", "next", "error"):
        with alice.socket() as socket:
            socket.send({"type": kind, "id": "1", "payload": {}})
            assert end_of(socket)[0] == 4400


def test_an_id_is_free_again_when_its_operation_has_ended(alice: Client) -> None:
    with alice.socket() as socket:
        for _ in range(2):
            socket.send(QUERY)
            assert socket.next() == {"viewer": {"userId": alice.user}}
            assert socket.receive() == {"type": "complete", "id": "1"}
        socket.send({"type": "complete", "id": "unknown"})
        for _ in range(2):
            socket.send(WATCH)
            socket.send({"type": "complete", "id": "1"})
        socket.send({**QUERY, "id": "2"})
        assert socket.next("2") == {"viewer": {"userId": alice.user}}


def test_an_empty_operation_name_is_none(alice: Client) -> None:
    with alice.socket() as socket:
        socket.send({**QUERY, "payload": {"query": "{ viewer { userId } }", "operationName": ""}})
        assert socket.next() == {"viewer": {"userId": alice.user}}


def test_several_operations_without_a_name_are_an_error_message(alice: Client) -> None:
    with alice.socket() as socket:
        query = "mutation A { createListing(input: {}) { listing { id } } } query B { viewer { userId } }"
        socket.send({**QUERY, "payload": {"query": query}})
        message = socket.receive()
        assert (message["type"], message["payload"][0]["extensions"]) == ("error", {"code": "BAD_USER_INPUT"})
        socket.send({**QUERY, "payload": {"query": query, "operationName": "B"}})
        assert socket.next() == {"viewer": {"userId": alice.user}}
    assert alice.ask("{ listings { nodes { id } } }") == {"listings": {"nodes": []}}


@pytest.fixture
def strict(tmp_path: Path, served_sandboxes: Sandboxes, redis_url: str) -> Iterator[GraphServer]:
    """A server that waits for nobody and lets do one thing at a time."""
    settings = WebSettings(
        production=False, introduction_seconds=0.1, operation_limits=OperationLimits(of_connection=1)
    )
    server = GraphServer(tmp_path, served_sandboxes, redis_url, settings=settings).start()
    yield server
    server.stop()


def test_who_never_introduces_himself_is_closed_with_4408_and_who_does_is_not(strict: GraphServer) -> None:
    alice = Client(strict, "alice")
    with alice.socket() as introduced:
        with open_socket(strict) as socket:
            assert end_of(socket) == (4408, "Connection initialisation timeout")
        introduced.send(WATCH)
        introduced.send({**QUERY, "id": "2"})
        refused = introduced.receive()
        assert (refused["type"], refused["id"]) == ("error", "2")
        assert refused["payload"][0]["extensions"]["code"] == "LIMIT_EXCEEDED"
        introduced.send({"type": "complete", "id": "1"})
        introduced.send({**QUERY, "id": "3"})
        assert json.dumps("alice") in json.dumps(introduced.next("3"))
    alice.close()
