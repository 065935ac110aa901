"""What is too large, too deep or too slow is refused, with a code that says so."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.web import WebSettings
from domain.ports import Ports
from tests.graph.client import Client
from tests.graph.server import GraphServer
from tests.world.world import Sandboxes


def nested(levels: int) -> str:
    """A document whose fields nest so deep, its leaf included."""
    opened = "viewer { userId }"
    if levels > 2:
        opened = "listings { nodes " + "{ connection { listings { nodes " * ((levels - 3) // 3)
        opened += "{ id }" + " } } }" * ((levels - 3) // 3) + " }"
    return "{ " + opened + " }"


def test_fields_nest_ten_deep_at_most(alice: Client) -> None:
    assert "errors" not in alice.answer(nested(9))
    assert alice.refused(nested(12)) == "LIMIT_EXCEEDED"
    fragments = (
        "{ listings { ...A } } fragment A on ListingConnection { nodes { connection { listings { ...B } } } }"
        " fragment B on ListingConnection { nodes { connection { listings { nodes { connection"
        " { listings { nodes { id } } } } } } } }"
    )
    assert alice.refused(fragments) == "LIMIT_EXCEEDED"


def test_a_document_has_fifteen_aliases_at_most(alice: Client) -> None:
    def aliases(count: int) -> str:
        return "{ " + " ".join(f"a{n}: viewer {{ userId }}" for n in range(count)) + " }"

    assert "errors" not in alice.answer(aliases(15))
    assert alice.refused(aliases(16)) == "LIMIT_EXCEEDED"
    spread = "{ a: viewer { ...F } b: viewer { ...F } } fragment F on Viewer { " + " ".join(
        f"u{n}: userId" for n in range(8)
    )
    assert alice.refused(spread + " }") == "LIMIT_EXCEEDED"


def test_a_document_has_a_thousand_tokens_at_most(alice: Client) -> None:
    def cities(count: int) -> str:
        return "{ listings(filter: {cities: [" + '"a" ' * count + "]}) { nodes { id } } }"

    assert "errors" not in alice.answer(cities(90))
    assert alice.refused(cities(1_000)) == "LIMIT_EXCEEDED"
    assert alice.refused("{ viewer { " + "userId " * 990 + "} }") == "LIMIT_EXCEEDED"


def test_fragments_that_spread_each_other_cost_no_exponential_time(alice: Client) -> None:
    chain = [f"fragment F{n} on Viewer {{ ...F{n + 1} ...F{n + 1} }}" for n in range(70)]
    document = "{ viewer { ...F0 } } " + " ".join(chain) + " fragment F70 on Viewer { userId }"
    assert alice.ask(document) == {"viewer": {"userId": alice.user}}


@pytest.mark.parametrize(
    "document",
    [
        "{ viewer { ...Missing } }",
        "{ viewer { ...A } } fragment A on Viewer { ...A }",
        "{ viewer { ...A } } fragment A on Viewer { ...B } fragment B on Viewer { ...A }",
        "{ nothing }",
        "{ viewer }",
        "query($x: Nothing) { viewer { userId } }",
        "{",
        "{ viewer { userId } } }",
        '{ listing(id: "' + "x" * 2_000 + '") { id } } }',
        "{ listings(first: 99999999999) { nodes { id } } }",
        "{ listings(filter: {minPrice: [[1]]}) { nodes { id } } }",
    ],
)
def test_malformed_documents_are_the_callers_fault(alice: Client, document: str) -> None:
    answer = alice.answer(document)
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"BAD_USER_INPUT"}
    assert all(set(error["extensions"]) == {"code"} for error in answer["errors"])


def test_a_large_body_is_refused(alice: Client) -> None:
    response = alice.http.post("/graphql", json={"query": "{ viewer { userId } }", "pad": "x" * 1_000_000})
    assert response.status_code == 413
    assert response.json()["errors"][0]["extensions"] == {"code": "LIMIT_EXCEEDED"}

    def chunks() -> Iterator[bytes]:
        for _ in range(30):
            yield b"x" * 1_000_000

    assert alice.http.post("/graphql", content=chunks()).status_code == 413


class SlowListings:
    """A store that does not answer."""

    async def page(self, *args: Any) -> Any:
        await asyncio.sleep(60)


class BrokenListings:
    """A store with a bug."""

    async def page(self, *args: Any) -> Any:
        raise RuntimeError("secret detail")


@pytest.fixture
def one_off(tmp_path: Path, served_sandboxes: Sandboxes, redis_url: str) -> Iterator[Any]:
    """Makes a server of its own kind."""
    servers: list[GraphServer] = []

    def make(**kinds: Any) -> Client:
        servers.append(GraphServer(tmp_path, served_sandboxes, redis_url, **kinds).start())
        return Client(servers[-1], "alice")

    yield make
    for server in servers:
        server.stop()


def _with(listings: Any) -> Any:
    def change(ports: Ports) -> Ports:
        return replace(ports, listings=listings)

    return change


LISTINGS = "{ listings { nodes { id } } }"


def test_what_takes_too_long_is_given_up(one_off: Any) -> None:
    client = one_off(
        settings=WebSettings(production=False, operation_seconds=0.2), change=_with(SlowListings())
    )
    answer = client.answer(LISTINGS)
    assert answer["errors"][0]["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": "seconds", "maximum": 0.2}
    with client.socket() as socket:
        socket.subscribe(LISTINGS)
        assert "took too long" in str(socket.receive())
    client.close()


def test_faults_are_masked_and_have_an_id(one_off: Any, capsys: pytest.CaptureFixture[str]) -> None:
    client = one_off(change=_with(BrokenListings()))
    [error] = client.answer(LISTINGS)["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "secret" not in str(error)
    with client.socket() as socket:
        socket.subscribe(LISTINGS)
        told = socket.receive()
        assert "INTERNAL" in str(told)
        assert "secret" not in str(told)
    client.close()
    logged = "".join(capsys.readouterr())  # to either, as another test may have set up the log
    assert error["extensions"]["correlationId"] in logged
    assert error["extensions"]["requestId"] in logged
    assert "secret detail" in logged


def test_production_shows_neither_schema_nor_suggestions(one_off: Any) -> None:
    client = one_off(settings=WebSettings(production=True))
    refusals = client.answer("{ __schema { types { name } } }")["errors"]
    assert {error["extensions"]["code"] for error in refusals} == {"BAD_USER_INPUT"}
    assert client.ask("{ __typename viewer { __typename } }")["__typename"] == "Query"
    for document in ("{ viewers { userId } }", "{ listings(frist: 1) { nodes { id } } }"):
        assert "Did you mean" not in str(client.answer(document)["errors"])
        assert client.answer(document)["errors"]
    page = client.http.get("/graphql", headers={"Accept": "text/html"})
    assert page.status_code == 404
    client.close()


def test_development_has_a_schema_suggestions_and_graphiql(alice: Client) -> None:
    introspection = "{ __schema { types { name fields { name type { name ofType { name ofType { name ofType { name } } } } } } } }"
    assert alice.ask(introspection)["__schema"]["types"]
    assert "Did you mean" in alice.answer("{ viewers { userId } }")["errors"][0]["message"]
    page = alice.http.get("/graphql", headers={"Accept": "text/html", "Authorization": ""})
    assert page.status_code == 200
    assert "graphiql" in page.text.lower()
