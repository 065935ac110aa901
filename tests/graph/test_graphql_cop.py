"""What dolevf's graphql-cop looks for (https://github.com/dolevf/graphql-cop), a test for each of its findings."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.graph.client import Client
from tests.graph.server import GraphServer

TYPENAME = "query { __typename }"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def attacker(production: GraphServer) -> Iterator[Client]:
    """A user of a server in production mode, who has a good token: without one, all of it is answered 401."""
    client = Client(production, "cop")
    yield client
    client.close()


def test_alias_overloading(attacker: Client) -> None:
    document = "query { " + " ".join(f"alias{n}: __typename" for n in range(101)) + " }"
    assert attacker.refused(document) == "LIMIT_EXCEEDED"


def test_batch_queries(attacker: Client) -> None:
    response = attacker.http.post("/graphql", json=[{"query": TYPENAME} for _ in range(10)])
    assert response.status_code == 400
    assert isinstance(response.json(), dict)


def test_directive_overloading(attacker: Client) -> None:
    assert attacker.refused("query { __typename " + "@aa" * 10 + " }") == "LIMIT_EXCEEDED"
    assert attacker.refused("query { __typename " + "@include(if: true)" * 10 + " }") == "LIMIT_EXCEEDED"


def test_circular_introspection_query(attacker: Client, alice: Client) -> None:
    circular = (
        "query { __schema { types { "
        + "fields { type { " * 4
        + "fields { type { name } }"
        + " } }" * 4
        + " } } }"
    )
    assert "data" not in attacker.answer(circular)
    assert alice.refused(circular) == "LIMIT_EXCEEDED"


def test_circular_fragments(attacker: Client) -> None:
    circular = "query { viewer { ...A } } fragment A on Viewer { userId ...B } fragment B on Viewer { ...A }"
    assert attacker.refused(circular) == "BAD_USER_INPUT"


@pytest.mark.parametrize("times", [500, 10_000])
def test_field_duplication(attacker: Client, times: int) -> None:
    assert attacker.refused("query { " + "__typename \n" * times + "}") == "LIMIT_EXCEEDED"


MUTATION = "mutation { createListing(input: {}) { listing { id } } }"


def test_mutations_by_get(attacker: Client) -> None:
    response = attacker.http.get("/graphql", params={"query": MUTATION})
    assert response.status_code in (400, 405)
    assert "data" not in response.json()
    assert attacker.ask("{ listings { nodes { id } } }") == {"listings": {"nodes": []}}


@pytest.mark.parametrize("query", [TYPENAME, MUTATION])
def test_queries_by_get_need_a_token_that_no_browser_sends_by_itself(attacker: Client, query: str) -> None:
    # graphql-cop takes a GET for a way to forge requests of a user. That takes cookies; a bearer is none.
    forged = {"Authorization": "", "Cookie": f"authorization=Bearer {attacker.token}; token={attacker.token}"}
    response = attacker.http.get("/graphql", params={"query": query}, headers=forged)
    assert response.status_code == 401
    assert "data" not in response.json()


@pytest.mark.parametrize("kind", [FORM, "text/plain", "multipart/form-data; boundary=x"])
def test_posts_that_a_form_could_send(attacker: Client, kind: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="query"\r\n\r\n{__typename}\r\n--x--\r\n'
    content = body if kind.startswith("multipart") else b"query=%7B__typename%7D"
    for parameters in ({}, {"query": TYPENAME}):
        response = attacker.http.post(
            "/graphql", content=content, params=parameters, headers={"Content-Type": kind}
        )
        assert response.status_code in (400, 415)
        assert "data" not in response.json()
    assert attacker.http.post("/graphql", params={"query": TYPENAME}).status_code in (400, 415)


@pytest.mark.parametrize(
    "document",
    [
        "query { viewr { userId } }",
        "{ listings(frist: 1) { nodes { id } } }",
        "{ viewer { ... on Viwer { userId } } }",
    ],
)
def test_field_suggestions(attacker: Client, document: str) -> None:
    assert "Did you mean" not in attacker.post(document).text


@pytest.mark.parametrize("path", ["/", "/graphiql", "/playground", "/console", "/graphql"])
def test_graphiql(attacker: Client, path: str) -> None:
    response = attacker.http.get(path, headers={"Accept": "text/html"})
    assert response.status_code in (400, 404, 406)
    assert "<html" not in response.text.lower()


@pytest.mark.parametrize(
    "document", ["{ __schema { types { name } } }", '{ __type(name: "Query") { name } }']
)
def test_introspection(attacker: Client, document: str) -> None:
    assert "data" not in attacker.answer(document)


def test_tracing_and_debug_mode(attacker: Client) -> None:
    for document in (TYPENAME, "query { __typename", "{ nothing }"):
        answer = attacker.answer(document)
        assert not {"tracing", "exception", "debug"} & set(answer.get("extensions", {}))
        for error in answer.get("errors", ()):
            assert set(error["extensions"]) == {"code"}
        assert "stacktrace" not in str(answer).lower()


def test_unhandled_errors(attacker: Client) -> None:
    answer: dict[str, Any] = attacker.answer("qwerty cop { abc }")
    assert [error["extensions"] for error in answer["errors"]] == [{"code": "BAD_USER_INPUT"}]
