"""One server for all tests of the graph; each test has users of its own, so that none meets another's things."""

import uuid
from collections.abc import Callable, Iterator

import pytest

from app.web import WebSettings
from tests.graph.client import Client
from tests.graph.server import GraphServer
from tests.world.world import Sandboxes


@pytest.fixture(scope="session")
def graph(
    tmp_path_factory: pytest.TempPathFactory, served_sandboxes: Sandboxes, redis_url: str
) -> Iterator[GraphServer]:
    """A server in development mode."""
    server = GraphServer(tmp_path_factory.mktemp("graph"), served_sandboxes, redis_url).start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def production(
    tmp_path_factory: pytest.TempPathFactory, served_sandboxes: Sandboxes, redis_url: str
) -> Iterator[GraphServer]:
    """A server in production mode."""
    settings = WebSettings(production=True)
    folder = tmp_path_factory.mktemp("production")
    server = GraphServer(folder, served_sandboxes, redis_url, settings=settings).start()
    yield server
    server.stop()


@pytest.fixture
def client_of(graph: GraphServer) -> Iterator[Callable[[str], Client]]:
    """Makes clients, all of new users."""
    made: list[Client] = []

    def make(name: str) -> Client:
        made.append(Client(graph, f"{name}|{uuid.uuid4().hex}"))
        return made[-1]

    yield make
    for client in made:
        client.close()


@pytest.fixture
def alice(client_of: Callable[[str], Client]) -> Client:
    """A user with a colon-like character in her id, as some issuers have them."""
    return client_of("alice")


@pytest.fixture
def bob(client_of: Callable[[str], Client]) -> Client:
    """Another user."""
    return client_of("bob")
