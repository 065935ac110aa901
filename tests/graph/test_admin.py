"""Administrators: what they see of all users, which levers they have, and that they can do nothing else."""

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from domain.entities.mls_connection import MlsConnection
from domain.entities.sync_run import SyncRunState
from domain.ports import Ports
from schema.ids import to_id
from schema.reach import ADMIN_LEVERS, ADMIN_READS, ADMIN_TYPES
from tests.graph.client import Client
from tests.graph.seeds import Things, seed_all
from tests.graph.server import GraphServer
from tests.graph.test_tenancy import CASES, Case, _all_of, _answer, _ids_of

ALL = """query($first: Int, $after: String, $enabled: Boolean, $needsAction: Boolean, $stale: Boolean) {
  allMlsConnections(first: $first, after: $after, enabled: $enabled, needsAction: $needsAction, stale: $stale) {
    nodes { id owner provider enabled needsAction isStale } pageInfo { hasNextPage endCursor } } }"""
MAY = ADMIN_READS | ADMIN_LEVERS


@pytest.fixture
def admin(graph: GraphServer) -> Iterator[Client]:
    """An administrator with nothing of her own."""
    client = Client(graph, f"root|{uuid.uuid4().hex}", "admin")
    yield client
    client.close()


@pytest.fixture(scope="module")
def tenants(graph: GraphServer) -> Iterator[tuple[Client, Client]]:
    """A user and an administrator, with one thing of each kind each."""
    alice, root = Client(graph, "admin-alice"), Client(graph, "admin-root", "admin")
    for client in (alice, root):
        seed_all(graph, client.user)
    yield alice, root
    alice.close()
    root.close()


def is_open(case: Case) -> bool:
    """Whether administrators may name another's thing there."""
    return case.field in MAY and case.type_name in ADMIN_TYPES


def test_the_list_names_fields_that_there_are() -> None:
    assert {case.field for case in CASES if is_open(case)} == MAY


@pytest.mark.parametrize("case", [case for case in CASES if not is_open(case)], ids=str)
def test_what_is_not_listed_is_closed_to_administrators(case: Case, tenants: tuple[Client, Client]) -> None:
    alice, root = tenants
    foreign, own = _ids_of(alice), _ids_of(root)
    before = _all_of(alice)
    answered = _answer(root, case, own, foreign[case.type_name])
    assert answered == _answer(root, case, own, to_id(case.type_name, root.user, "0" * 26))
    assert alice.user not in str(answered)
    assert _all_of(alice) == before


@pytest.mark.parametrize("case", [case for case in CASES if is_open(case) and case.root == "Query"], ids=str)
def test_what_is_listed_is_shown_as_its_owner_sees_it(case: Case, tenants: tuple[Client, Client]) -> None:
    alice, root = tenants
    ids = _ids_of(alice)
    hers = _answer(alice, case, ids, ids[case.type_name])
    assert ownerless(_answer(root, case, _ids_of(root), ids[case.type_name])) == ownerless(hers)
    assert hers != _answer(alice, case, ids, to_id(case.type_name, alice.user, "0" * 26))


def ownerless(answer: Any) -> Any:
    """Without what administrators are shown beyond."""
    if isinstance(answer, dict):
        return {name: ownerless(value) for name, value in answer.items() if name != "owner"}
    return [ownerless(one) for one in answer] if isinstance(answer, list) else answer


EDGES = """query($id: ID!) { node(id: $id) { id ... on MlsConnection { owner
  lastRun { id connection { id } errors { nodes { id mlsNumber attempts run { id } } } }
  runs { nodes { id } }
  listings { nodes { id connection { id } timeline { nodes { id listing { id } } }
    metrics { totalInquiries listing { id } } photos { id url }
    posts { nodes { id listing { id } account { id name } photos { id } } } } } } } }"""


def test_all_that_hangs_on_a_connection_is_its_owners(tenants: tuple[Client, Client]) -> None:
    alice, root = tenants
    id = _ids_of(alice)["MlsConnection"]
    hers, shown = alice.ask(EDGES, id=id)["node"], root.ask(EDGES, id=id)["node"]
    assert (hers.pop("owner"), shown.pop("owner")) == (None, alice.user)
    assert without_signatures(shown) == without_signatures(hers)
    assert shown["listings"]["nodes"][0]["posts"]["nodes"][0]["account"]["name"] == "Elm Realty"
    assert shown["lastRun"]["errors"]["nodes"][0]["run"]["id"] == shown["lastRun"]["id"]


def without_signatures(answer: Any) -> Any:
    if isinstance(answer, dict):
        return {name: without_signatures(value) for name, value in answer.items()}
    if isinstance(answer, list):
        return [without_signatures(one) for one in answer]
    return answer.partition("?")[0] if isinstance(answer, str) else answer


def test_lists_without_an_id_hold_the_administrators_own_things(tenants: tuple[Client, Client]) -> None:
    alice, root = tenants
    seen = json.dumps(_all_of(root)) + json.dumps(
        root.ask("{ syncRuns { nodes { id } } syncErrors { nodes { id } } notifications { nodes { id } } }")
    )
    for id in _ids_of(alice).values():
        assert id not in seen


def seeded(client: Client) -> tuple[Things, str, str]:
    """A user's things, the global ids of the connection and of the run."""
    things = seed_all(client.server, client.user)
    return (
        things,
        to_id("MlsConnection", client.user, things.connection.id),
        to_id("SyncRun", client.user, things.run.id),
    )


def test_the_levers_move_another_users_connection(admin: Client, alice: Client) -> None:
    _, connection, run = seeded(alice)
    payload = admin.done(
        "setMlsConnectionEnabled", "connection { id enabled }", connectionId=connection, enabled=False
    )
    assert payload["connection"] == {"id": connection, "enabled": False}
    payload = admin.done(
        "setMlsSyncInterval", "connection { syncIntervalMinutes }", connectionId=connection, minutes=30
    )
    assert payload["connection"] == {"syncIntervalMinutes": 30}
    payload = admin.done("importMlsListings", "syncRun { id }", connectionId=connection)
    assert payload["syncRun"] == {"id": run}, "the import that is waiting already"
    synced = admin.done("syncMlsStatus", "syncRun { id kind connection { id } }", connectionId=connection)[
        "syncRun"
    ]
    assert (synced["kind"], synced["connection"]) == ("SYNC", {"id": connection})
    payload = admin.done("cancelSyncRun", "syncRun { id state }", runId=run)
    assert payload["syncRun"] == {"id": run, "state": "CANCELLED"}
    payload = admin.mutate("cancelSyncRun", "syncRun { id }", runId=run)
    assert (payload["syncRun"], payload["userErrors"][0]["code"]) == (None, "CONFLICT")
    hers = alice.ask("{ mlsConnections { id enabled syncIntervalMinutes } syncRuns { nodes { id state } } }")
    assert hers["mlsConnections"] == [{"id": connection, "enabled": False, "syncIntervalMinutes": 30}]
    assert {node["id"]: node["state"] for node in hers["syncRuns"]["nodes"]} == {
        synced["id"]: "QUEUED",
        run: "CANCELLED",
    }
    assert admin.ask("{ syncRuns { nodes { id } } mlsConnections { id } }") == {
        "syncRuns": {"nodes": []},
        "mlsConnections": [],
    }


@pytest.mark.parametrize("minutes", [0, -1, 4, 1441, 525_600])
def test_an_interval_is_checked_for_administrators_too(admin: Client, alice: Client, minutes: int) -> None:
    _, connection, _ = seeded(alice)
    payload = admin.mutate(
        "setMlsSyncInterval", "connection { id }", connectionId=connection, minutes=minutes
    )
    assert [error["code"] for error in payload["userErrors"]] == ["INVALID"]


@pytest.mark.parametrize("roles", [(), ("Admin",), ("administrator",), ("root", "admins"), ("",)])
def test_an_unknown_role_is_no_role(
    graph: GraphServer, alice: Client, bob: Client, roles: tuple[str, ...]
) -> None:
    _, connection, run = seeded(alice)
    stranger = Client(graph, bob.user, *roles)
    assert stranger.refused(ALL) == "FORBIDDEN"
    document = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert stranger.ask(document, ids=[connection, run]) == {"nodes": [None, None]}
    payload = stranger.mutate("syncMlsStatus", "syncRun { id }", connectionId=connection)
    assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"]
    assert stranger.ask("{ syncStatistics { runs } }") == {"syncStatistics": {"runs": 0}}
    stranger.close()


def test_all_connections_are_paged_through_and_narrowed(
    admin: Client, client_of: Callable[[str], Client]
) -> None:
    users = [client_of(f"u{n}") for n in range(3)]
    things = [seed_all(user.server, user.user) for user in users]
    ids = [to_id("MlsConnection", one.connection.user_id, one.connection.id) for one in things]

    async def change(ports: Ports) -> None:
        await changed(ports, things[0].connection, enabled=False)
        await changed(ports, things[1].connection, needs_action="Log in again.")
        since = ports.now() - timedelta(hours=3)
        await changed(ports, things[2].connection, last_synced_at=since)

    admin.server.do(change)
    everything = all_pages(admin)
    assert {node["id"]: node["owner"] for node in everything}.items() >= {
        (id, user.user) for id, user in zip(ids, users, strict=True)
    }
    for wanted, index in (({"enabled": False}, 0), ({"needsAction": True}, 1), ({"stale": True}, 2)):
        found = {node["id"] for node in all_pages(admin, **wanted)}
        assert found & set(ids) == {ids[index]}


def all_pages(client: Client, **wanted: bool) -> list[dict[str, Any]]:
    """All connections, a few at a time; each comes once."""
    nodes: list[dict[str, Any]] = []
    after = None
    while True:
        page = client.ask(ALL, first=2, after=after, **wanted)["allMlsConnections"]
        nodes += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            assert len({node["id"] for node in nodes}) == len(nodes)
            return nodes


async def changed(ports: Ports, connection: MlsConnection, **changes: Any) -> None:
    now = await ports.mls_connections.get(connection.user_id, connection.id)
    assert now is not None
    await ports.mls_connections.save(replace(now, **changes))


@pytest.mark.parametrize(
    "variables", [{"first": 0}, {"first": 101}, {"after": "nonsense"}, {"after": "99.x"}]
)
def test_a_malformed_page_of_all_is_refused(admin: Client, variables: dict[str, Any]) -> None:
    assert admin.refused(ALL, **variables) == "BAD_USER_INPUT"


HISTORY = """query($id: ID, $state: SyncRunState, $kind: SyncRunKind, $from: DateTime, $to: DateTime, $after: String) {
  syncRuns(connectionId: $id, state: $state, kind: $kind, from: $from, to: $to, after: $after, first: 1) {
    nodes { id } pageInfo { endCursor } } }"""


def test_the_history_is_narrowed_by_kind_state_and_time(alice: Client, admin: Client) -> None:
    things, connection, run = seeded(alice)
    at, minute = things.run.created_at, timedelta(minutes=1)

    def found(client: Client = alice, **wanted: Any) -> bool:
        nodes: list[dict[str, str]] = client.ask(HISTORY, **wanted)["syncRuns"]["nodes"]
        return nodes == [{"id": run}]

    for client, base in ((alice, {}), (alice, {"id": connection}), (admin, {"id": connection})):
        assert found(client, **base, kind="IMPORT", state="QUEUED")
        assert not found(client, **base, kind="SWEEP")
        assert found(client, **{**base, "from": (at - minute).isoformat(), "to": (at + minute).isoformat()})
        assert not found(client, **{**base, "to": (at - minute).isoformat()})
        assert not found(client, **{**base, "from": (at + minute).isoformat()})
    cursor = alice.ask(HISTORY, kind="IMPORT")["syncRuns"]["pageInfo"]["endCursor"]
    assert alice.refused(HISTORY, after=cursor) == "BAD_USER_INPUT"
    late, early = (at + minute).isoformat(), (at - minute).isoformat()
    assert alice.refused(HISTORY, **{"from": late, "to": early}) == "BAD_USER_INPUT"
    assert alice.refused(HISTORY, **{"from": "yesterday"}) == "BAD_USER_INPUT"


def test_errors_name_their_record_and_are_narrowed_by_code(alice: Client, admin: Client) -> None:
    _, connection, run = seeded(alice)
    document = """query($c: ID, $r: ID, $code: String) { syncErrors(connectionId: $c, runId: $r, code: $code) {
      nodes { mlsNumber listingKey code error attempts run { id } } } }"""
    expected = {
        "mlsNumber": "N1",
        "listingKey": None,
        "code": "UNREADABLE",
        "error": "It could not be read.",
        "attempts": 3,
        "run": {"id": run},
    }
    places: tuple[dict[str, str], ...] = ({"c": connection}, {"r": run}, {"c": connection, "r": run})
    for client in (alice, admin):
        for place in places:
            assert client.ask(document, **place, code="UNREADABLE")["syncErrors"]["nodes"] == [expected]
            assert client.ask(document, **place, code="PHOTO")["syncErrors"]["nodes"] == []
    for code in ("", "x" * 5_000, "\0"):
        assert alice.answer(document, code=code).get("data") in (None, {"syncErrors": {"nodes": []}})


def test_a_run_of_another_is_not_watched_without_the_role(admin: Client, alice: Client, bob: Client) -> None:
    things, _, run = seeded(alice)

    async def end(ports: Ports) -> None:
        now = await ports.runs.get(alice.user, things.run.id)
        assert now is not None
        await ports.runs.save(replace(now, state=SyncRunState.CANCELLED))

    alice.server.do(end)
    document = "subscription($id: ID!) { syncProgress(runId: $id) { id state } }"
    with admin.socket() as socket:
        socket.subscribe(document, id=run)
        assert socket.next() == {"syncProgress": {"id": run, "state": "CANCELLED"}}
    with bob.socket() as socket:
        socket.subscribe(document, id=run)
        assert "There is no such run." in json.dumps(socket.receive())
