"""Who may ask over HTTP and WebSockets."""

import os
import stat
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from websockets.exceptions import ConnectionClosed

from app.development_issuer import DevelopmentIssuer
from tests.graph.client import PATIENCE, Client, open_socket
from tests.graph.server import GraphServer


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


def test_a_websocket_takes_the_token_however_it_is_written(alice: Client) -> None:
    given = (("authorization", alice.token), ("authorization", f"Bearer {alice.token}"))
    for name, value in (*given, ("Authorization", f"Bearer {alice.token}")):
        with open_socket(alice.server) as socket:
            socket.send({"type": "connection_init", "payload": {name: value}})
            assert socket.receive() == {"type": "connection_ack"}


def test_a_websocket_that_did_not_introduce_itself_gets_nothing(graph: GraphServer) -> None:
    with open_socket(graph) as socket:
        socket.subscribe("{ viewer { userId } }")
        with pytest.raises(ConnectionClosed) as closed:
            socket.connection.recv(timeout=PATIENCE)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401
