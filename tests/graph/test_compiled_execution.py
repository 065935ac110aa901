"""Over the real schema and a user's things, generated functions answer what graphql-core answers."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from graphql import StringValueNode, parse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries

from app.graphql_app import build_schema
from app.graphql_compiled import compiled_execution
from domain.entities.viewer import Viewer
from domain.ports import Ports
from schema.context import Context
from schema.ids import to_id
from tests.executions import GENERIC, answered, shown
from tests.graph import seeds
from tests.graph.server import GraphServer

SCHEMA = build_schema()
COMPILED = compiled_execution()
USER = "compiled|user"
MOMENT = datetime(2026, 3, 5, tzinfo=UTC)
KNOWN: dict[str, str] = {}
"""Global ids of the user's things, by type."""


def ids() -> "st.SearchStrategy[StringValueNode]":
    """Of things that are there, mostly."""
    return st.sampled_from(("Listing", "Post", "MlsConnection", "SyncRun", "Nothing")).map(
        lambda name: nodes.String(KNOWN.get(name, "nothing"))
    )


DOCUMENTS = queries(
    SCHEMA.as_str(),
    custom_scalars={
        "ID": ids(),
        "DateTime": st.just(nodes.String("2026-03-01T00:00:00Z")),
        "Date": st.sampled_from(("2026-03-01", "2026-03-04")).map(nodes.String),
        "Decimal": st.just(nodes.String("1")),
        "JSON": st.just(nodes.String("{}")),
    },
)
PAGE = """{ listings(first: 3) { nodes { __typename id status price { amount } address { city } createdAt
  photos { url(variant: THUMBNAIL) } connection { id provider } posts { edges { node { text listing { id } } } }
  metrics { totalViews sources { source views } listing { mlsNumber } } timeline { nodes { kind } } } } }"""


@pytest.fixture(scope="module")
def things(graph: GraphServer) -> seeds.Things:
    """One of each kind."""
    made = seeds.seed_all(graph, USER)
    for name, key in (
        ("Listing", made.listing.id),
        ("Post", made.post.id),
        ("MlsConnection", made.connection.id),
        ("SyncRun", made.run.id),
    ):
        KNOWN[name] = to_id(name, USER, key)
    return made


def alike(graph: GraphServer, text: str) -> str:
    """The data, the same from both executors."""

    async def both(ports: Ports) -> str:
        still = replace(ports, now=lambda: MOMENT)
        found = []
        document = parse(text)
        for executor in (GENERIC, COMPILED, COMPILED, COMPILED):
            context = Context(still, Viewer(user_id=USER, roles=("admin",)))
            found.append(shown(await answered(SCHEMA._schema, document, context, {}, executor)))
        assert all(one == found[0] for one in found), text
        return found[0][0]

    return graph.do(both)


@settings(
    max_examples=25,
    phases=[Phase.generate],
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(text=DOCUMENTS)
def test_any_document(graph: GraphServer, things: seeds.Things, text: str) -> None:
    alike(graph, text)


def test_a_page_with_all_its_edges(graph: GraphServer, things: seeds.Things) -> None:
    assert things.listing.facts.mls_number is not None
    assert things.listing.facts.mls_number in alike(graph, PAGE)


def test_each_thing_by_its_id(graph: GraphServer, things: seeds.Things) -> None:
    for name, id in KNOWN.items():
        assert f'"{name}"' in alike(
            graph, '{ node(id: "' + id + '") { __typename id ...F } } fragment F on Listing { status }'
        )
