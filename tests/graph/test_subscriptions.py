"""Subscriptions over graphql-transport-ws: snapshot, news, end."""

import time
from dataclasses import replace
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from domain.entities.post import PostState
from domain.entities.sync_run import RunCounters, SyncRun, SyncRunState
from domain.ports import Ports
from tests.graph import seeds
from tests.graph.client import PATIENCE, Client
from tests.graph.seeds import seed_all
from tests.graph.server import GraphServer
from tests.world.world import Sandboxes

SPACINGS_A_SECOND = 4
RUN = "subscription($id: ID!) { syncProgress(runId: $id) { state sequence processed } }"
POSTS = "subscription($id: ID) { postUpdates(listingId: $id) { id state sequence listing { id } } }"
METRICS = "subscription($id: ID!) { metricsUpdates(listingId: $id) { date views sequence } }"


def save_run(client: Client, run: SyncRun, *, tell: bool = True, processed: int = 0, **changes: Any) -> None:
    """Write a run as a worker would, and tell of it."""

    async def work(ports: Ports) -> None:
        now = await ports.runs.get(client.user, run.id)
        assert now is not None
        await ports.runs.save(replace(now, **changes), add=RunCounters(processed=processed))
        if tell:
            await ports.progress.tell(f"run:{run.id}")

    client.server.do(work)


def run_id(client: Client) -> str:
    id: str = client.ask("{ syncRuns { nodes { id } } }")["syncRuns"]["nodes"][0]["id"]
    return id


def test_a_run_is_followed_to_its_end(alice: Client) -> None:
    run = seed_all(alice.server, alice.user).run
    with alice.socket() as socket:
        socket.subscribe(RUN, id=run_id(alice))
        first = socket.next()["syncProgress"]
        assert (first["state"], first["processed"]) == ("QUEUED", 0)
        save_run(alice, run, state=SyncRunState.RUNNING, processed=5)
        second = socket.next()["syncProgress"]
        assert (second["state"], second["processed"]) == ("RUNNING", 5)
        assert second["sequence"] > first["sequence"]
        save_run(alice, run, state=SyncRunState.SUCCEEDED)
        assert socket.next()["syncProgress"]["state"] == "SUCCEEDED"
        assert socket.receive() == {"type": "complete", "id": "1"}


def test_a_run_that_has_ended_is_shown_once(alice: Client) -> None:
    run = seed_all(alice.server, alice.user).run
    save_run(alice, run, state=SyncRunState.CANCELLED)
    with alice.socket() as socket:
        socket.subscribe(RUN, id=run_id(alice))
        assert socket.next()["syncProgress"]["state"] == "CANCELLED"
        assert socket.receive() == {"type": "complete", "id": "1"}


def test_news_that_nobody_told_are_found_all_the_same(alice: Client) -> None:
    run = seed_all(alice.server, alice.user).run
    with alice.socket() as socket:
        socket.subscribe(RUN, id=run_id(alice))
        assert socket.next()["syncProgress"]["state"] == "QUEUED"
        save_run(alice, run, tell=False, state=SyncRunState.FAILED)
        assert socket.next()["syncProgress"]["state"] == "FAILED"


@pytest.mark.parametrize("document", [RUN, POSTS, METRICS])
def test_an_unknown_id_is_an_error_and_the_end(alice: Client, document: str) -> None:
    with alice.socket() as socket:
        socket.subscribe(document, id="nonsense")
        message = socket.receive()
        assert message["type"] == "next"
        assert message["payload"]["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
        assert socket.receive() == {"type": "complete", "id": "1"}
        socket.subscribe("{ viewer { userId } }")
        assert socket.next() == {"viewer": {"userId": alice.user}}


def test_posts_are_watched(alice: Client) -> None:
    things = seed_all(alice.server, alice.user)

    async def write(ports: Ports) -> None:
        await seeds.post(ports, alice.user, things.listing, things.account, PostState.FAILED)
        now = await ports.posts.get(alice.user, things.post.id)
        assert now is not None
        await ports.posts.save(replace(now, state=PostState.UNPUBLISHED))
        await ports.progress.tell(f"post:{alice.user}")

    with alice.socket() as socket:
        socket.subscribe(POSTS)
        first = socket.next()["postUpdates"]
        assert first["state"] == "PUBLISHED"
        alice.server.do(write)
        news = [socket.next()["postUpdates"] for _ in range(2)]
        assert {post["state"] for post in news} == {"UNPUBLISHED", "FAILED"}
        [gone] = [post for post in news if post["id"] == first["id"]]
        assert gone["sequence"] > first["sequence"]


def test_posts_of_one_listing_are_watched_alone(alice: Client) -> None:
    things = seed_all(alice.server, alice.user)

    async def elsewhere(ports: Ports) -> None:
        other = await seeds.listing(ports, alice.user, number="N2")
        await seeds.post(ports, alice.user, other, things.account)
        await seeds.post(ports, alice.user, things.listing, things.account, PostState.PENDING)
        await ports.progress.tell(f"post:{alice.user}")

    [post] = alice.ask("{ posts { nodes { listing { id } } } }")["posts"]["nodes"]
    with alice.socket() as socket:
        socket.subscribe(POSTS, id=post["listing"]["id"])
        assert socket.next()["postUpdates"]["state"] == "PUBLISHED"
        alice.server.do(elsewhere)
        update = socket.next()["postUpdates"]
        assert (update["state"], update["listing"]) == ("PENDING", post["listing"])


def test_metrics_are_watched_and_bursts_are_few_messages(alice: Client) -> None:
    listing = alice.done("createListing", "listing { id }")["listing"]["id"]
    with alice.socket() as socket:
        socket.subscribe(METRICS, id=listing)
        assert socket.next()["metricsUpdates"]["views"] == 0
        for _ in range(30):
            alice.done("recordViewEvent", "metrics { views }", listingId=listing)
        seen: list[int] = []
        while not seen or seen[-1] < 30:
            seen.append(socket.next()["metricsUpdates"]["views"])
        assert seen == sorted(seen)
        assert len(seen) < 30


def test_a_burst_of_two_hundred_events_is_a_few_messages_and_the_last_is_exact(alice: Client) -> None:
    listing = alice.done("createListing", "listing { id }")["listing"]["id"]
    events = [{"kind": "VIEW", "listingId": listing} for _ in range(100)]
    with alice.socket() as socket:
        socket.subscribe(METRICS, id=listing)
        assert socket.next()["metricsUpdates"]["views"] == 0
        begun = time.monotonic()
        for _ in range(2):
            alice.done("recordEvents", "results { counted }", events=events)
        seen: list[int] = []
        while not seen or seen[-1] < 200:
            seen.append(socket.next()["metricsUpdates"]["views"])
        most = SPACINGS_A_SECOND * (time.monotonic() - begun) + 1
        assert socket.soon(2 / SPACINGS_A_SECOND) is None
    assert seen == sorted(seen)
    assert seen[-1] == 200
    assert len(seen) <= most


def test_a_client_can_stop_and_begin_again(alice: Client) -> None:
    seed_all(alice.server, alice.user)
    with alice.socket() as socket:
        for _ in range(2):
            socket.subscribe(RUN, id=run_id(alice))
            assert socket.next()["syncProgress"]["state"] == "QUEUED"
            socket.send({"type": "complete", "id": "1"})


def test_queries_and_mutations_go_over_the_socket_too(alice: Client) -> None:
    with alice.socket() as socket:
        socket.subscribe("mutation { createListing(input: {}) { listing { status } } }")
        assert socket.next() == {"createListing": {"listing": {"status": "ACTIVE"}}}


def test_sockets_are_closed_cleanly_at_shutdown(
    tmp_path: Any, served_sandboxes: Sandboxes, redis_url: str
) -> None:
    server = GraphServer(tmp_path, served_sandboxes, redis_url).start()
    client = Client(server, "alice")
    seed_all(server, client.user)
    with client.socket() as socket:
        socket.subscribe(RUN, id=run_id(client))
        assert socket.next()["syncProgress"]["state"] == "QUEUED"
        client.close()
        server.stop()
        with pytest.raises(ConnectionClosed) as closed:
            socket.connection.recv(timeout=PATIENCE)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012
