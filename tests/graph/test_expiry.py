"""What goes on for longer than its token ends with it."""

import json
import subprocess
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from websockets.exceptions import ConnectionClosed

from domain.entities.news import News
from domain.ports import Ports, Progress
from schema.ids import to_id
from tests.adapters.issuer import Issuer
from tests.clients.node import installed
from tests.graph import seeds
from tests.graph.client import PATIENCE, Socket, open_socket
from tests.graph.server import GraphServer
from tests.world.world import Sandboxes

HOUR = timedelta(hours=1)
WATCH = "subscription { notificationAdded { id } }"


class Watched:
    """Counts the subscriptions whose work has begun and not ended.

    Attributes:
        begun: set when one begins.
    """

    def __init__(self, inner: Progress) -> None:
        self._inner = inner
        self.open = 0
        self.begun = threading.Event()

    async def tell(self, topic: str) -> None:
        await self._inner.tell(topic)

    @asynccontextmanager
    async def _follow(self, topic: str) -> AsyncIterator[AsyncIterator[News]]:
        self.open += 1
        self.begun.set()
        try:
            async with self._inner.follow(topic) as turns:
                yield turns
        finally:
            self.open -= 1

    def follow(self, topic: str) -> AbstractAsyncContextManager[AsyncIterator[News]]:
        return self._follow(topic)


@dataclass(frozen=True)
class Served:
    """A server whose clock is the issuer's."""

    server: GraphServer
    issuer: Issuer
    watched: list[Watched]

    def greet(self, socket: Socket, life: timedelta = HOUR) -> None:
        """Introduce oneself with a token that lives so long from now."""
        token = self.issuer.sign(exp=(self.issuer.moment + life).timestamp())
        socket.send({"type": "connection_init", "payload": {"authorization": f"Bearer {token}"}})

    def follow(self, socket: Socket, life: timedelta = HOUR) -> None:
        """The same, and subscribe to something that brings nothing by itself."""
        self.greet(socket, life)
        assert socket.receive() == {"type": "connection_ack"}
        socket.subscribe(WATCH)


@pytest.fixture(scope="module")
def served(
    tmp_path_factory: pytest.TempPathFactory, served_sandboxes: Sandboxes, redis_url: str
) -> Iterator[Served]:
    issuer, watched = Issuer(), list[Watched]()
    issuer.moment = datetime.now(UTC)

    def change(ports: Ports) -> Ports:
        watched.append(Watched(ports.progress))
        return replace(ports, now=issuer.clock, progress=watched[0])

    folder = tmp_path_factory.mktemp("expiry")
    server = GraphServer(folder, served_sandboxes, redis_url, change=change, identity=issuer.identity())
    yield Served(server.start(), issuer, watched)
    server.stop()


def closed(socket: Socket) -> tuple[int, str]:
    """How the server closes, without having said anything before."""
    with pytest.raises(ConnectionClosed) as ended:
        socket.connection.recv(timeout=PATIENCE)
    assert ended.value.rcvd is not None
    return ended.value.rcvd.code, ended.value.rcvd.reason


def test_a_websocket_is_closed_when_its_token_expires(served: Served) -> None:
    with open_socket(served.server) as socket:
        served.follow(socket, timedelta(seconds=0.5))
        assert closed(socket) == (4403, "The token has expired")
    assert served.watched[0].open == 0
    with open_socket(served.server) as socket:
        served.follow(socket)


def test_nothing_is_answered_after_the_token_has_expired(served: Served) -> None:
    with open_socket(served.server) as socket:
        served.watched[0].begun.clear()
        served.follow(socket)
        assert served.watched[0].begun.wait(PATIENCE)
        socket.send({"type": "ping"})
        assert socket.receive() == {"type": "pong"}
        assert served.watched[0].open == 1
        served.issuer.moment += HOUR
        socket.send({"type": "ping"})
        assert closed(socket) == (4403, "The token has expired")
    assert served.watched[0].open == 0


@contextmanager
def streaming(served: Served, token: str) -> Iterator[httpx.Response]:
    """A subscription by server-sent events."""
    headers = {"Authorization": f"Bearer {token}", "Accept": "text/event-stream"}
    with (
        httpx.Client(trust_env=False, headers=headers, timeout=PATIENCE) as http,
        http.stream("POST", f"{served.server.url}/graphql", json={"query": WATCH}) as response,
    ):
        yield response


def test_a_stream_of_events_ends_without_being_complete_when_its_token_expires(served: Served) -> None:
    token = served.issuer.sign(exp=(served.issuer.moment + timedelta(seconds=0.5)).timestamp())
    with streaming(served, token) as stream:
        assert stream.status_code == 200
        assert "event:" not in stream.read().decode(), (
            "graphql-sse connects again only if it was not complete"
        )
    assert served.watched[0].open == 0


def test_clients_come_back_with_a_fresh_token_and_watch_on(served: Served) -> None:
    home = served.server.do(lambda ports: seeds.listing(ports, "alice"))
    expiries = (served.issuer.moment + life for life in (timedelta(seconds=0.5), HOUR))
    given = {
        "url": f"{served.server.url}/graphql",
        "socketUrl": f"{served.server.url.replace('http', 'ws')}/graphql",
        "tokens": [served.issuer.sign(exp=expiry.timestamp()) for expiry in expiries],
        "listingId": to_id("Listing", "alice", home.id),
    }
    command = ["node", "fresh-token.mjs", json.dumps(given)]
    done = subprocess.run(command, cwd=installed("frontends"), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"socket": [0, 0], "events": [0, 0]}


def test_the_leeway_is_for_requests_alone(served: Served) -> None:
    just_over = timedelta(seconds=-1)
    token = served.issuer.sign(exp=(served.issuer.moment + just_over).timestamp())
    with streaming(served, token) as stream:
        assert stream.status_code == 401
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.post(
        f"{served.server.url}/graphql",
        json={"query": "{ viewer { userId } }"},
        headers=headers,
        trust_env=False,
    )
    assert answer.json()["data"] == {"viewer": {"userId": "alice"}}
    with open_socket(served.server) as socket:
        served.greet(socket, just_over)
        assert closed(socket) == (4403, "Forbidden")
