"""What synchronizations came to, as the graph shows it."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.entities.sync_run import RunCounters, SyncMode, SyncRun, SyncRunKind, SyncRunState
from domain.ports import Ports
from schema.ids import to_id
from tests.graph.client import Client
from tests.graph.seeds import seed_all
from tests.graph.server import GraphServer

DOCUMENT = """query($id: ID, $from: DateTime, $to: DateTime) {
  syncStatistics(connectionId: $id, from: $from, to: $to) {
    from to runs failedRuns processed failedImports listings statusChanges photosStored postsUnpublished errorRate
    medianDurationSeconds maxDurationSeconds lastSuccessAt } }"""
NONE = {
    "runs": 0,
    "failedRuns": 0,
    "processed": 0,
    "failedImports": 0,
    "listings": 0,
    "statusChanges": 0,
    "photosStored": 0,
    "postsUnpublished": 0,
    "errorRate": 0.0,
    "medianDurationSeconds": None,
    "maxDurationSeconds": None,
    "lastSuccessAt": None,
}


@pytest.fixture
def admin(graph: GraphServer) -> Iterator[Client]:
    client = Client(graph, f"root|{uuid.uuid4().hex}", "admin")
    yield client
    client.close()


def asked(client: Client, **arguments: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.ask(DOCUMENT, **arguments)["syncStatistics"]
    return found


def sums(client: Client, **arguments: Any) -> dict[str, Any]:
    """Without the days."""
    return {name: value for name, value in asked(client, **arguments).items() if name not in ("from", "to")}


def run_ended(
    client: Client,
    connection_id: str,
    end: datetime,
    seconds: float,
    state: SyncRunState,
    counters: RunCounters,
) -> None:
    """A run of so many seconds."""

    async def work(ports: Ports) -> None:
        run = SyncRun(
            id=ports.new_id(),
            user_id=client.user,
            connection_id=connection_id,
            kind=SyncRunKind.SYNC,
            mode=SyncMode.INCREMENTAL,
            created_at=end,
            started_at=end - timedelta(seconds=seconds),
        )
        run = await ports.runs.save(run, add=counters)
        await ports.runs.save(replace(run, state=state, finished_at=end))

    client.server.do(work)


def test_nothing_has_happened_yet(alice: Client) -> None:
    assert sums(alice) == NONE


def test_sums_of_a_connection_of_a_user_and_of_all(alice: Client, bob: Client, admin: Client) -> None:
    one, other = "c-one", seed_all(alice.server, alice.user).connection.id
    id = to_id("MlsConnection", alice.user, other)
    end = datetime.fromisoformat("2031-05-06T07:08:09+00:00")
    counters = RunCounters(processed=8, successful_imports=5, failed_imports=2, status_changes=1)
    run_ended(alice, other, end, 100, SyncRunState.SUCCEEDED, counters)
    run_ended(alice, other, end + timedelta(hours=1), 20.5, SyncRunState.FAILED, RunCounters(processed=2))
    run_ended(alice, one, end, 5, SyncRunState.CANCELLED, RunCounters(processed=10, failed_imports=1))
    run_ended(bob, "c-bob", end, 7, SyncRunState.SUCCEEDED, RunCounters())
    day = {"from": "2031-05-06T23:00:00Z", "to": "2031-05-06T23:00:00Z"}
    found = sums(alice, id=id, **day)
    median = found.pop("medianDurationSeconds")
    assert found == {
        **{name: value for name, value in NONE.items() if name != "medianDurationSeconds"},
        "runs": 2,
        "failedRuns": 1,
        "processed": 10,
        "failedImports": 2,
        "listings": 5,
        "statusChanges": 1,
        "errorRate": 0.2,
        "maxDurationSeconds": 100.0,
        "lastSuccessAt": "2031-05-06T07:08:09Z",
    }
    assert median == pytest.approx(60.25, rel=0.1)
    assert sums(admin, id=id, **day) == sums(alice, id=id, **day)
    assert (sums(alice, **day)["runs"], sums(alice, **day)["errorRate"]) == (3, 0.15)
    assert sums(bob, **day)["runs"] == 1
    assert sums(admin, **day)["runs"] == 4
    assert sums(alice, **{"from": "2031-05-07T00:00:00Z", "to": "2031-05-08T00:00:00Z"}) == NONE


@pytest.mark.parametrize(
    ("begin", "end", "first", "behind"),
    [
        ("2026-03-04T05:06:07Z", "2026-03-04T05:06:07Z", "2026-03-04", "2026-03-05"),
        ("2026-03-04T00:00:00Z", "2026-03-05T00:00:00Z", "2026-03-04", "2026-03-05"),
        ("2026-03-04T00:00:00Z", "2026-03-05T00:00:01Z", "2026-03-04", "2026-03-06"),
        ("2026-03-04T00:00:00Z", "2026-03-04T00:00:00Z", "2026-03-04", "2026-03-05"),
        ("2026-03-04T23:30:00-02:00", "2026-03-05T03:00:00Z", "2026-03-05", "2026-03-06"),
        ("2026-01-01T00:00:00Z", "2027-01-02T00:00:00Z", "2026-01-01", "2027-01-02"),
        (None, "2026-03-31T12:00:00Z", "2026-03-02", "2026-04-01"),
    ],
)
def test_the_days_are_those_that_the_range_touches(
    alice: Client, begin: str | None, end: str, first: str, behind: str
) -> None:
    found = asked(alice, **{"from": begin, "to": end})
    assert (found["from"], found["to"]) == (f"{first}T00:00:00Z", f"{behind}T00:00:00Z")


def test_without_a_range_it_is_the_last_thirty_days(alice: Client) -> None:
    found = asked(alice)
    begin, end = (datetime.fromisoformat(found[name]) for name in ("from", "to"))
    assert end - begin == timedelta(days=30)
    assert begin < alice.server.ports.now() < end


@pytest.mark.parametrize(
    ("begin", "end"),
    [
        ("2026-03-05T00:00:00Z", "2026-03-04T00:00:00Z"),
        ("2026-01-01T00:00:00Z", "2027-01-02T00:00:01Z"),
        ("2020-01-01T00:00:00Z", None),
        (None, "0001-01-01T00:00:00Z"),
        ("9999-12-31T12:00:00Z", "9999-12-31T12:00:00Z"),
        ("2026-03-05", None),
        ("now", None),
    ],
)
def test_a_malformed_range_is_refused(alice: Client, begin: str | None, end: str | None) -> None:
    assert alice.refused(DOCUMENT, **{"from": begin, "to": end}) == "BAD_USER_INPUT"


def test_the_cost_is_that_of_the_range_whatever_the_number_of_runs(alice: Client) -> None:
    connection = seed_all(alice.server, alice.user).connection.id
    end = datetime.fromisoformat("2032-05-06T07:08:09+00:00")
    range = {"from": "2032-05-01T00:00:00Z", "to": "2032-05-08T00:00:00Z"}
    costs = []
    for _ in (1, 2):
        for _ in (1, 2, 3, 4, 5):
            run_ended(alice, connection, end, 5, SyncRunState.SUCCEEDED, RunCounters(processed=1))
        alice.server.calls.clear()
        assert sums(alice, **range)["runs"] in (5, 10)
        costs.append(dict(alice.server.calls))
    assert costs[0] == costs[1] == {"table.query": 1}
