"""The schedule in the graph: the installation's switch, smart intervals, and how fresh connections are."""

from collections.abc import Callable, Coroutine, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from domain.ports import Ports
from schema.ids import to_id
from tests.graph.client import Client
from tests.graph.seeds import seed_all
from tests.graph.server import GraphServer
from tests.world.world import Sandboxes

SWITCH = "installation { syncEnabled changedAt changedBy }"
PACE = """connection { syncIntervalMinutes smartInterval shortestIntervalMinutes longestIntervalMinutes
                       effectiveIntervalMinutes }"""
FRESH = "{ mlsConnections { freshnessSeconds isStale } }"


@pytest.fixture(scope="module")
def own(
    tmp_path_factory: pytest.TempPathFactory, served_sandboxes: Sandboxes, redis_url: str
) -> Iterator[GraphServer]:
    """A server of these tests' own: what is switched here is switched for all its users."""
    server = GraphServer(tmp_path_factory.mktemp("switched"), served_sandboxes, redis_url).start()
    yield server
    server.stop()


@pytest.fixture
def someone(own: GraphServer) -> Iterator[Callable[..., Client]]:
    made: list[Client] = []

    def make(name: str, *roles: str) -> Client:
        made.append(Client(own, name, *roles))
        return made[-1]

    yield make
    for client in made:
        client.close()


def test_administrators_switch_synchronization_for_all(someone: Callable[..., Client]) -> None:
    root, user = someone("root", "admin"), someone("user")
    things = seed_all(user.server, user.user)
    connection = to_id("MlsConnection", user.user, things.connection.id)
    listing = to_id("Listing", user.user, things.listing.id)
    off = root.done("setSyncEnabled", SWITCH, enabled=False)["installation"]
    assert (off["syncEnabled"], off["changedBy"]) == (False, "root")
    assert root.ask(f"{{ {SWITCH} }}") == {"installation": off}

    def code(name: str, selection: str, **input: Any) -> str:
        [error] = user.mutate(name, selection, **input)["userErrors"]
        found: str = error["code"]
        return found

    assert code("importMlsListings", "syncRun { id }", connectionId=connection) == "CONFLICT"
    assert code("syncMlsStatus", "syncRun { id }", connectionId=connection) == "CONFLICT"
    assert code("syncAllMlsConnections", "syncRuns { id }") == "CONFLICT"
    assert code("syncListingStatus", "syncRun { id }", listingId=listing) == "CONFLICT"

    on = root.done("setSyncEnabled", SWITCH, enabled=True)["installation"]
    assert on["syncEnabled"] is True
    user.done("syncMlsStatus", "syncRun { id }", connectionId=connection)


def test_what_is_not_polled_has_no_next_poll(someone: Callable[..., Client]) -> None:
    root, user = someone("root", "admin"), someone("owner")
    connection = seed_all(user.server, user.user).connection

    def next_poll(**changes: Any) -> str | None:
        async def change(ports: Ports) -> None:
            now = await ports.mls_connections.get(user.user, connection.id)
            assert now is not None
            await ports.mls_connections.save(replace(now, **changes))

        user.server.do(change)
        [found] = user.ask("{ mlsConnections { nextSyncAt } }")["mlsConnections"]
        at: str | None = found["nextSyncAt"]
        return at

    due = datetime(2030, 1, 1, tzinfo=UTC)
    assert next_poll(next_sync_at=due, enabled=True, needs_action=None) is not None
    assert next_poll(needs_action="Mend it.") is None
    assert next_poll(needs_action=None, enabled=False) is None
    assert next_poll(enabled=True) is not None
    root.done("setSyncEnabled", SWITCH, enabled=False)
    assert next_poll() is None
    root.done("setSyncEnabled", SWITCH, enabled=True)
    assert next_poll() is not None


@pytest.mark.parametrize("roles", [(), ("editor",)])
def test_nobody_else_does(someone: Callable[..., Client], roles: tuple[str, ...]) -> None:
    user = someone("user", *roles)
    payload = user.mutate("setSyncEnabled", SWITCH, enabled=False)
    assert payload["installation"] is None
    assert [error["code"] for error in payload["userErrors"]] == ["FORBIDDEN"]
    assert user.refused(f"{{ {SWITCH} }}") == "FORBIDDEN"
    assert someone("root", "admin").ask("{ installation { syncEnabled } }") == {
        "installation": {"syncEnabled": True}
    }


def test_an_interval_may_follow_the_news(alice: Client) -> None:
    id = to_id("MlsConnection", alice.user, seed_all(alice.server, alice.user).connection.id)
    smart = alice.done("setMlsSyncInterval", PACE, connectionId=id, minutes=20, smart=True)["connection"]
    assert smart == {
        "syncIntervalMinutes": 20,
        "smartInterval": True,
        "shortestIntervalMinutes": 5,
        "longestIntervalMinutes": 80,
        "effectiveIntervalMinutes": 20,
    }
    bounds = {"shortestMinutes": 10, "longestMinutes": 30}
    bounded = alice.done("setMlsSyncInterval", PACE, connectionId=id, minutes=20, **bounds)["connection"]
    assert (bounded["shortestIntervalMinutes"], bounded["longestIntervalMinutes"]) == (10, 30)
    plain = alice.done("setMlsSyncInterval", PACE, connectionId=id, minutes=20, smart=False)["connection"]
    assert (plain["smartInterval"], plain["longestIntervalMinutes"]) == (False, None)


@pytest.mark.parametrize(
    ("input", "field"),
    [
        ({"minutes": 0}, "minutes"),
        ({"minutes": 525_600}, "minutes"),
        ({"minutes": 15, "smart": True, "shortestMinutes": 60, "longestMinutes": 10}, "shortestMinutes"),
        ({"minutes": 15, "smart": True, "longestMinutes": 525_600}, "longestMinutes"),
        ({"minutes": 15, "smart": False, "longestMinutes": 60}, "smart"),
    ],
)
def test_a_bad_interval_is_named(alice: Client, input: dict[str, Any], field: str) -> None:
    id = to_id("MlsConnection", alice.user, seed_all(alice.server, alice.user).connection.id)
    payload = alice.mutate("setMlsSyncInterval", PACE, connectionId=id, **input)
    assert payload["connection"] is None
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [("INVALID", [field])]


def test_freshness_is_null_before_the_first_success_and_grows_after_it(alice: Client) -> None:
    connection = seed_all(alice.server, alice.user).connection
    assert alice.ask(FRESH)["mlsConnections"] == [{"freshnessSeconds": None, "isStale": False}]

    def synced(minutes: int) -> Callable[[Ports], Coroutine[Any, Any, None]]:
        async def work(ports: Ports) -> None:
            found = await ports.mls_connections.get(alice.user, connection.id)
            assert found is not None
            at = ports.now() - timedelta(minutes=minutes)
            await ports.mls_connections.save(replace(found, last_synced_at=at))

        return work

    for minutes, stale in ((10, False), (45, True)):
        alice.server.do(synced(minutes))
        [found] = alice.ask(FRESH)["mlsConnections"]
        assert 0 <= found["freshnessSeconds"] - minutes * 60 < 60
        assert found["isStale"] is stale
