"""Ordinary queries take a short way once their document is known, and are answered as before."""

from typing import Any

import httpx
import pytest

from app.graphql_app import build_schema
from tests.graph.client import Client

VIEWER = "query A { viewer { userId } }"
NODE = "query B($id: ID!) { node(id: $id) { id } }"
PAGE = (
    "query C($first: Int = 2, $after: String, $yes: Boolean!) {"
    " listings(first: $first, after: $after) @include(if: $yes) { nodes { id } } viewer { userId } }"
)
JSON = {"Content-Type": "application/json"}

REQUESTS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "ordinary": ({"query": VIEWER}, {}),
    "with nulls": ({"query": VIEWER, "variables": None, "operationName": None, "extensions": None}, {}),
    "by its name": ({"query": VIEWER, "operationName": "A"}, {}),
    "by another name": ({"query": VIEWER, "operationName": "B"}, {}),
    "one of two": ({"query": VIEWER + NODE, "operationName": "A"}, {}),
    "none of two": ({"query": VIEWER + NODE}, {}),
    "with a wrong variable": ({"query": NODE, "variables": {"id": [1]}}, {}),
    "without a variable": ({"query": NODE}, {}),
    "with variables of a wrong type": ({"query": NODE, "variables": [1]}, {}),
    "with a null": ({"query": NODE, "variables": {"id": None}}, {}),
    "with a number for an id": ({"query": NODE, "variables": {"id": 7}}, {}),
    "with numbers": ({"query": PAGE, "variables": {"first": 3, "yes": True, "after": "x"}}, {}),
    "with too large a number": ({"query": PAGE, "variables": {"first": 2**31, "yes": True}}, {}),
    "with a truth for a number": ({"query": PAGE, "variables": {"first": True, "yes": True}}, {}),
    "with a default": ({"query": PAGE, "variables": {"yes": False}}, {}),
    "with one variable too many": ({"query": VIEWER, "variables": {"x": 1}}, {}),
    "nothing found": ({"query": NODE, "variables": {"id": "x"}}, {}),
    "with an error": ({"query": "{ nodes(ids: []) { id } listings(first: 0) { nodes { id } } }"}, {}),
    "too dear": (
        {
            "query": "{ listings(first: 100) { nodes { timeline(first: 100) { nodes { id } } "
            "posts(first: 100) { nodes { id listing { posts(first: 100) { nodes { id } } } } } } } }"
        },
        {},
    ),
    "malformed": ({"query": "{ viewer"}, {}),
    "invalid": ({"query": "{ nothing }"}, {}),
    "a mutation": ({"query": 'mutation { deleteListing(input: {listingId: "x"}) { deletedId } }'}, {}),
    "a subscription": ({"query": "subscription { listingChanges { id } }"}, {}),
    "in the new media type": ({"query": NODE}, {"Accept": "application/graphql-response+json"}),
    "in no media type": ({"query": VIEWER}, {"Accept": "image/png"}),
    "as text": ({"query": VIEWER}, {"Content-Type": "text/plain"}),
    "by nobody": ({"query": VIEWER}, {"Authorization": "Bearer x"}),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_the_second_time_is_answered_as_the_first(alice: Client, name: str) -> None:
    body, headers = REQUESTS[name]
    answers = [_shown(alice.http.post("/graphql", json=body, headers=JSON | headers)) for _ in range(3)]
    assert answers[1:] == answers[:1] * 2


def _shown(response: httpx.Response) -> tuple[int, dict[str, str], bytes]:
    changing = ("date", "x-request-id")
    return (
        response.status_code,
        {name: value for name, value in response.headers.items() if name not in changing},
        response.content,
    )


def test_only_known_queries_take_it() -> None:
    schema = build_schema()
    texts = {
        "query": VIEWER,
        "two": VIEWER + NODE,
        "mutation": "mutation { testWebhook { id } }",
        "invalid": "{ x }",
    }
    assert not schema.takes(VIEWER, None)
    assert schema.documents is not None
    for text in texts.values():
        schema.documents.known(text, schema._schema)
    assert schema.takes(VIEWER, None)
    assert schema.takes(VIEWER, "A")
    assert schema.takes(texts["two"], "B")
    refused = [(VIEWER, "B"), (texts["two"], None), (texts["mutation"], None), (texts["invalid"], None)]
    assert not any(schema.takes(*each) for each in refused)
