"""What a frontend does: sends documents, follows subscriptions."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from tests.canaries import look
from tests.graph.server import GraphServer

PROTOCOL = "graphql-transport-ws"
PATIENCE = 10


class Client:
    """A frontend of one user."""

    def __init__(self, server: GraphServer, user: str, *roles: str) -> None:
        self.server = server
        self.user = user
        self.token = server.issuer.token(user, roles)
        self.http = httpx.Client(
            base_url=server.url,
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=60,
            trust_env=False,
            verify=False,
        )

    def close(self) -> None:
        self.http.close()

    def post(self, document: str, variables: dict[str, Any] | None = None) -> httpx.Response:
        """Send a document."""
        response = self.http.post("/graphql", json={"query": document, "variables": variables or {}})
        if '"errors"' in response.text:
            look("the graph's errors", str(response.json().get("errors")))
        return response

    def answer(self, document: str, /, **variables: Any) -> dict[str, Any]:
        """The whole answer."""
        response = self.post(document, variables)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer

    def ask(self, document: str, /, **variables: Any) -> dict[str, Any]:
        """The data; there must be no errors."""
        answer = self.answer(document, **variables)
        assert "errors" not in answer, answer["errors"]
        data: dict[str, Any] = answer["data"]
        return data

    def refused(self, document: str, /, **variables: Any) -> str:
        """The code of the only error; nothing internal may be said."""
        answer = self.answer(document, **variables)
        assert len(answer["errors"]) == 1, answer
        code: str = answer["errors"][0]["extensions"]["code"]
        return code

    def mutate(self, name: str, selection: str, /, **input: Any) -> dict[str, Any]:
        """The payload of a mutation, userErrors with it."""
        title = name[0].upper() + name[1:]
        document = (
            f"mutation($input: {title}Input!) {{ {name}(input: $input)"
            f" {{ {selection} userErrors {{ code field message }} }} }}"
        )
        payload: dict[str, Any] = self.ask(document, input=input)[name]
        return payload

    def done(self, name: str, selection: str, /, **input: Any) -> dict[str, Any]:
        """The same; it must have worked."""
        payload = self.mutate(name, selection, **input)
        assert payload["userErrors"] == []
        return payload

    @contextmanager
    def socket(self) -> Iterator["Socket"]:
        """A WebSocket that has introduced itself."""
        with open_socket(self.server) as socket:
            socket.send({"type": "connection_init", "payload": {"authorization": f"Bearer {self.token}"}})
            assert socket.receive() == {"type": "connection_ack"}
            yield socket


class Socket:
    """A WebSocket that speaks JSON."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection

    def send(self, message: Any) -> None:
        self.connection.send(message if isinstance(message, (str, bytes)) else json.dumps(message))

    def receive(self) -> Any:
        text = self.connection.recv(timeout=PATIENCE)
        assert isinstance(text, str), "a binary frame"
        return json.loads(text)

    def soon(self, seconds: float) -> Any:
        """The next message, if one comes in that time; else None."""
        try:
            return json.loads(self.connection.recv(timeout=seconds))
        except TimeoutError:
            return None

    def subscribe(self, document: str, /, **variables: Any) -> None:
        payload = {"query": document, "variables": variables}
        self.send({"type": "subscribe", "id": "1", "payload": payload})

    def next(self, id: str = "1") -> dict[str, Any]:
        """The data of the next message of a subscription."""
        message = self.receive()
        assert (message["type"], message["id"]) == ("next", id), message
        assert "errors" not in message["payload"], message
        data: dict[str, Any] = message["payload"]["data"]
        return data


@contextmanager
def open_socket(server: GraphServer, protocol: str = PROTOCOL) -> Iterator[Socket]:
    """A WebSocket that has said nothing yet."""
    url = server.url.replace("http", "ws") + "/graphql"
    with connect(url, subprotocols=[Subprotocol(protocol)], proxy=None) as connection:
        yield Socket(connection)
