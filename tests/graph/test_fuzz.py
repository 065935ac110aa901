"""Whatever is sent, the answer is never a fault of ours and never says what we are made of.

`FUZZ=20 pytest tests/graph/test_fuzz.py` looks at twenty times as many documents and messages, new ones each time.
"""

import json
import os
import re
import uuid
from collections.abc import Iterator, Set
from typing import Any

import pytest
from graphql import GraphQLObjectType, GraphQLSchema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import Mode, nodes, queries
from hypothesis_graphql import mutations as mutation_documents
from websockets.exceptions import ConnectionClosed

from app.graphql_app import build_schema
from tests.graph import seeds
from tests.graph.client import PATIENCE, Client, Socket, open_socket
from tests.graph.server import GraphServer

TIMES = int(os.environ.get("FUZZ", "0"))
SCHEMA: GraphQLSchema = build_schema()._schema
CODES = {"UNAUTHENTICATED", "FORBIDDEN", "BAD_USER_INPUT", "LIMIT_EXCEEDED", "PERSISTED_QUERY_NOT_SUPPORTED"}
INTERNAL = re.compile(
    r"Traceback|\.py\b|object at 0x|<class |NoneType|[Ss]trawberry|graphql[-_]core|\b(domain|adapters|resolvers)\.|"
    r"\b(Value|Type|Key|Attribute|Index|Runtime|Recursion|Overflow|Assertion|OS|Lookup|Unicode\w*)Error|"
    r"invalid literal|unhashable|codec can't|surrogates not allowed"
)


def moderate(examples: int) -> settings:
    """The same examples each time, unless many are asked for."""
    return settings(
        max_examples=examples * max(1, TIMES),
        derandomize=not TIMES,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )


SCALARS = {
    "Date": st.dates().map(str).map(nodes.String),
    "DateTime": st.datetimes().map(lambda moment: nodes.String(f"{moment.isoformat()}Z")),
    "Decimal": st.decimals(allow_nan=True).map(str).map(nodes.String) | st.integers().map(nodes.Int),
    "JSON": st.text(max_size=5).map(nodes.String) | st.just(nodes.Null),
}
OUTSIDE = {"connectMls", "testMlsConnection", "updateMlsConnection", "completeSocialLink", "beginSocialLink"}
"""They speak to others' servers."""


def sound(answer: Any, text: str) -> None:
    """The answer is the graph's, its errors are the caller's, and nothing internal is said."""
    assert not INTERNAL.search(text), text[:2_000]
    assert set(answer) <= {"data", "errors", "extensions"}
    for error in answer.get("errors", ()):
        assert error["extensions"]["code"] in CODES, error
    if answer.get("data"):
        assert _objects(answer["data"]) <= answer["extensions"]["cost"]["requestedQueryCost"] + 1


def _objects(value: Any) -> int:
    """How many there are; an edge with its node is one."""
    if isinstance(value, list):
        return sum(_objects(each) for each in value)
    if not isinstance(value, dict):
        return 0
    return 1 + sum(_objects(each) for each in value.values()) - isinstance(value.get("node"), dict)


@pytest.fixture(scope="module")
def frontends(graph: GraphServer, production: GraphServer) -> Iterator[list[Client]]:
    """A user who has one of each thing, at a server in development mode and at one in production."""
    clients = [Client(server, f"fuzz|{uuid.uuid4().hex}") for server in (graph, production)]
    for client in clients:
        seeds.seed_all(client.server, client.user)
    yield clients
    for client in clients:
        client.close()


def asked(clients: list[Client], document: str) -> None:
    for client in clients:
        response = client.http.post("/graphql", json={"query": document})
        assert response.status_code < 500, response.text
        sound(response.json(), response.text)


def documents(kind: GraphQLObjectType | None, without: Set[str], make: Any) -> Any:
    """Of one root field each: with all of them they would be long, and most of their time spent in making them."""
    assert kind is not None
    names = st.sampled_from(sorted(kind.fields.keys() - without))
    return names.flatmap(lambda name: make(SCHEMA, fields=[name], custom_scalars=SCALARS))


@given(document=documents(SCHEMA.query_type, set(), queries))
@moderate(120)
def test_valid_queries(frontends: list[Client], document: Any) -> None:
    asked(frontends, document)


@given(document=queries(SCHEMA, custom_scalars=SCALARS, mode=Mode.NEGATIVE))
@moderate(60)
def test_invalid_queries(frontends: list[Client], document: Any) -> None:
    asked(frontends, document)


@given(document=documents(SCHEMA.mutation_type, OUTSIDE, mutation_documents))
@moderate(80)
def test_mutations(frontends: list[Client], document: Any) -> None:
    asked(frontends, document)


TEXT = st.text(st.characters(codec=None), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=6,
)
VARIABLES = """query($id: ID!, $ids: [ID!]!, $first: Int, $after: String, $filter: ListingFilter, $order: ListingOrder,
  $range: DateRange, $since: DateTime!, $x: Boolean!, $input: PublishPostInput!) {
  listing(id: $id) { id } node(id: $id) { id } nodes(ids: $ids) { id } previewPost(input: $input) { text }
  listings(first: $first, after: $after, filter: $filter, orderBy: $order) { nodes { id @include(if: $x) } }
  allListingsMetrics(range: $range, first: $first) { nodes { metrics { totalViews } } }
  listingChangesSince(since: $since, after: $after) { nodes { id } } }"""
GOOD: dict[str, Any] = {
    "id": "x",
    "ids": [],
    "since": "2026-01-01T00:00:00Z",
    "x": True,
    "input": {"listingId": "x", "accountIds": []},
}
BRANCHES = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("statuses", "minPrice", "cities", "text", "boundingBox", "listedFrom"), VALUES),
)
BY_NAME = {
    "filter": BRANCHES | VALUES,
    "range": st.fixed_dictionaries({"from": VALUES, "to": VALUES}) | VALUES,
}


@given(data=st.data())
@moderate(120)
def test_variables(frontends: list[Client], data: st.DataObject) -> None:
    names = ("id", "ids", "first", "after", "filter", "order", "range", "since", "x", "input")
    name = data.draw(st.sampled_from(names))
    variables = {**GOOD, name: data.draw(BY_NAME.get(name, VALUES))}
    body = json.dumps({"query": VARIABLES, "variables": variables})
    response = frontends[0].http.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code < 500, response.text
    sound(response.json(), response.text)


GOOD_BODY = (
    b'{"query": "query A($n: Int = 1) { listings(first: $n) { nodes { id } } }", "variables": {"n": 2}}'
)
KINDS = st.sampled_from(
    [
        "application/json",
        "application/json; charset=utf-16",
        "application/graphql-response+json",
        "application/graphql",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "text/plain",
        ";;;",
        "",
    ]
)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good body with some bytes replaced, taken away or put in."""
    body = bytearray(GOOD_BODY)
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(body)))
        end = min(len(body), start + draw(st.integers(0, 6)))
        body[start:end] = draw(
            st.binary(max_size=6) | st.sampled_from([b"[" * 200, b"\\ud800", b"\xff\xfe", b"9" * 400])
        )
    return bytes(body)


ENCODED = [
    GOOD_BODY.decode().encode(name) for name in ("utf-16", "utf-16-be", "utf-32", "utf-8-sig", "cp037")
]
TRUNCATED = b'--x\r\nContent-Disposition: form-data; name="operations"\r\n\r\n{"query":'


@given(
    body=damaged() | st.binary(max_size=40) | st.sampled_from([*ENCODED, TRUNCATED]),
    kind=KINDS,
    chunked=st.booleans(),
)
@moderate(150)
def test_raw_bodies(frontends: list[Client], body: bytes, kind: str, chunked: bool) -> None:
    content: Any = iter([body[:7], body[7:]]) if chunked else body
    response = frontends[1].http.post("/graphql", content=content, headers={"Content-Type": kind})
    assert response.status_code < 500, response.text
    sound(response.json(), response.text)


@given(
    query=st.text(st.characters(codec="utf-8"), max_size=20),
    variables=st.text(st.characters(codec="utf-8"), max_size=20),
)
@moderate(30)
def test_gets(frontends: list[Client], query: str, variables: str) -> None:
    response = frontends[1].http.get("/graphql", params={"query": query, "variables": variables})
    assert response.status_code < 500, response.text
    sound(response.json(), response.text)


FRAMES = (
    st.text(st.characters(codec="utf-8"), max_size=20)
    | st.binary(max_size=20)
    | st.fixed_dictionaries(
        {
            "type": st.sampled_from(["subscribe", "complete", "ping", "pong", "connection_init", "next"])
            | VALUES
        },
        optional={
            "id": st.sampled_from(["1", "2"]) | VALUES,
            "payload": st.just({"query": "{ viewer { userId } }"})
            | st.fixed_dictionaries(
                {
                    "query": st.sampled_from(
                        ["{ viewer { userId } }", "subscription { notificationAdded { id } }"]
                    )
                    | TEXT
                },
                optional={"variables": VALUES, "operationName": VALUES, "extensions": VALUES},
            )
            | VALUES,
        },
    ).map(json.dumps)
)


@given(frames=st.lists(FRAMES, min_size=1, max_size=5), introduced=st.booleans())
@moderate(60)
def test_frames(frontends: list[Client], frames: list[str | bytes], introduced: bool) -> None:
    client = frontends[1]
    with open_socket(client.server) as socket:
        if introduced:
            socket.send({"type": "connection_init", "payload": {"authorization": f"Bearer {client.token}"}})
        with pytest.raises(ConnectionClosed) as closed:
            _converse(socket, [*frames, '{"type": "ping"}', "the end"])
        assert closed.value.rcvd is not None, "no close frame: 1006"
        assert closed.value.rcvd.code in (4400, 4401, 4403, 4409, 4429), closed.value.rcvd
        assert not INTERNAL.search(closed.value.rcvd.reason), closed.value.rcvd


def _converse(socket: Socket, frames: list[str | bytes]) -> None:
    """Until the server closes."""
    for frame in frames:
        socket.send(frame)
    while True:
        heard = socket.connection.recv(timeout=PATIENCE)
        assert isinstance(heard, str)
        assert not INTERNAL.search(heard), heard
        assert '"INTERNAL"' not in heard, heard


def test_the_process_is_well_afterwards(frontends: list[Client]) -> None:
    for client in frontends:
        assert client.ask("{ viewer { userId } }") == {"viewer": {"userId": client.user}}
        assert client.http.get("/readyz").status_code == 200
