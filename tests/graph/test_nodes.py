"""Global ids and Relay's node."""

import base64

import pytest

from schema.ids import from_id, key_of, pair, to_id, unpair
from tests.graph.client import Client
from tests.graph.seeds import seed_all

EVERYTHING = """{
  listings { nodes { __typename id } } mlsConnections { __typename id } syncRuns { nodes { __typename id } }
  socialAccounts { __typename id } posts { nodes { __typename id } } inquiries { nodes { __typename id } }
  notifications { nodes { __typename id } } webhooks { __typename id } metricAlerts { __typename id }
}"""


def everything(client: Client) -> list[dict[str, str]]:
    """A thing of each type that is a Node."""
    found: list[dict[str, str]] = []
    for value in client.ask(EVERYTHING).values():
        found += value if isinstance(value, list) else value["nodes"]
    return found


def test_everything_can_be_fetched_again_by_its_id(alice: Client) -> None:
    seed_all(alice.server, alice.user)
    things = everything(alice)
    names = {"Listing", "MlsConnection", "SyncRun", "SocialAccount", "Post", "Inquiry"}
    names |= {"Notification", "Webhook", "MetricAlert"}
    assert {thing["__typename"] for thing in things} == names
    for thing in things:
        assert alice.ask("query($id: ID!) { node(id: $id) { __typename id } }", id=thing["id"]) == {
            "node": thing
        }
    ids = [thing["id"] for thing in things]
    document = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    assert alice.ask(document, ids=[*ids, "nonsense"])["nodes"] == [*things, None]
    assert alice.refused(document, ids=["x"] * 101) == "LIMIT_EXCEEDED"


def test_a_node_is_one_read(alice: Client) -> None:
    seed_all(alice.server, alice.user)
    for thing in everything(alice):
        alice.server.calls.clear()
        alice.ask("query($id: ID!) { node(id: $id) { id } }", id=thing["id"])
        calls = alice.server.calls
        assert sum(number for name, number in calls.items() if name.startswith("table.")) == 1, calls


@pytest.mark.parametrize("owner", ["alice", "auth0|a:b", "ü/%", ""])
def test_an_id_carries_type_owner_and_key(owner: str) -> None:
    id = to_id("SocialAccount", owner, "facebook:12:3")
    assert key_of(id, "SocialAccount", owner) == "facebook:12:3"
    assert key_of(id, "SocialAccount", owner + "x") is None
    assert key_of(id, "Post", owner) is None
    assert unpair(pair(owner, "a:b")) == (owner, "a:b")


@pytest.mark.parametrize(
    "text",
    ["", "nonsense", "ü", "x" * 5_000, base64.b64encode(b"Listing:a:b").decode() + "=", "TGlzdGluZzphOmI="],
)
def test_what_was_never_an_id_is_none(text: str) -> None:
    assert from_id(text) is None
