"""What an operator sees of requests: their names in header, answer and log, and how operations ended."""

import re

import httpx
import pytest

from adapters.meter import PrometheusMeter
from tests.graph.client import Client
from tests.processes.waiting import until
from tests.scenarios.test_measured import Samples, read

FAULT = "{ listings { nodes { id } } }"
GAUGES = ("yardsign_websocket_connections", "yardsign_subscriptions")
ID = re.compile(r"[0-9a-f]{32}")


def samples(client: Client, name: str) -> Samples:
    """Those of a metric, by their labels."""
    meter = client.server.ports.meter
    assert isinstance(meter, PrometheusMeter)
    return {key[1:]: value for key, value in read(meter).items() if key[0] == name}


def operations(client: Client) -> Samples:
    """How many ended, by operation, outcome and type."""
    return samples(client, "yardsign_graphql_operations_total")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("frontend-7.a:b_c", True),
        ("a" * 128, True),
        ("a" * 129, False),
        ("line\tbreak", False),
        ('{"level":"error"}', False),
        ("", False),
    ],
)
def test_each_request_has_a_name(alice: Client, given: str, kept: bool) -> None:
    answer = alice.http.get("/healthz", headers={"X-Request-ID": given})
    assert (answer.headers["x-request-id"] == given) is kept
    assert kept or ID.fullmatch(answer.headers["x-request-id"])
    refused = httpx.get(f"{alice.server.url}/graphql", headers={"X-Request-ID": given}, trust_env=False)
    assert (refused.headers["x-request-id"] == given) is kept


def test_a_page_elsewhere_may_send_and_read_it(alice: Client) -> None:
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    asked["Access-Control-Request-Headers"] = "authorization, content-type, x-request-id"
    assert alice.http.options("/graphql", headers=asked).status_code == 200
    told = alice.http.get("/healthz", headers={"Origin": "https://app.example"}).headers
    assert "X-Request-ID" in told["access-control-expose-headers"]


def test_operations_are_counted_by_how_they_ended(alice: Client) -> None:
    before = operations(alice)

    def more() -> dict[tuple[str, ...], float]:
        now = operations(alice)
        return {key: now[key] - before.get(key, 0) for key in now if now[key] != before.get(key, 0)}

    alice.ask("query Whatever5 { me: viewer { userId } }")
    alice.ask("query Whatever5 { me: viewer { userId } }")
    alice.post("{ viewers9 }")
    alice.post("{ broken")
    with alice.socket() as socket:
        socket.subscribe("query Whatever6 { viewer { userId } }")
        socket.receive()
        socket.receive()
        socket.subscribe("subscription Mine { notificationAdded { id } }")
        payload = {"query": "{ listings { nodes { id } } }"}
        socket.send({"type": "subscribe", "id": "2", "payload": payload})
        socket.receive()
        under_way = {name: samples(alice, name)[()] for name in GAUGES}
        assert all(under_way.values())
    until(lambda: all(samples(alice, name)[()] < under_way[name] for name in GAUGES), "all are closed")
    assert {key: value for key, value in more().items() if key[2] != "subscription"} == {
        ("viewer", "succeeded", "query"): 3,
        ("unknown", "refused", "query"): 1,
        ("unknown", "refused", "unknown"): 1,
        ("listings", "succeeded", "query"): 1,
    }
    timed = samples(alice, "yardsign_graphql_operation_duration_seconds_count")
    assert ("subscription",) not in timed
    assert timed["query",] >= 4
