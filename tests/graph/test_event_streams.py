"""Server-sent events: what is sent, when it ends, and that nothing is left behind."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.graphql_sockets import OperationLimits
from app.web import WebSettings
from domain.entities.sync_run import SyncRunState
from domain.ports import Progress
from tests.graph.client import PATIENCE, Client
from tests.graph.seeds import seed_all
from tests.graph.server import GraphServer
from tests.graph.test_subscriptions import RUN, run_id, save_run
from tests.world.world import Sandboxes

EVENTS = {"Accept": "text/event-stream"}
SILENT = "subscription { notificationAdded { id } }"
COMPLETE = "event: complete\ndata: \n\n"


@contextmanager
def streaming(client: Client, document: str, **variables: Any) -> Iterator[Iterator[str]]:
    """The events of an operation, whole ones, without heartbeats."""
    body = {"query": document, "variables": variables}
    with client.http.stream("POST", "/graphql", json=body, headers=EVENTS, timeout=PATIENCE) as response:
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
        yield events(response)


def events(response: httpx.Response) -> Iterator[str]:
    """Each up to its empty line."""
    left = ""
    for text in response.iter_text():
        *whole, left = (left + text).split("\n\n")
        yield from (f"{event}\n\n" for event in whole if event != ":")
    assert left == ""


def test_a_run_is_followed_to_its_end(alice: Client) -> None:
    run = seed_all(alice.server, alice.user).run
    with streaming(alice, RUN, id=run_id(alice)) as stream:
        first = next(stream)
        assert first.startswith('event: next\ndata: {"data":{"syncProgress":{"state":"QUEUED","sequence":')
        assert first.endswith("}\n\n")
        save_run(alice, run, state=SyncRunState.SUCCEEDED, processed=5)
        assert '"state":"SUCCEEDED"' in next(stream)
        assert list(stream) == [COMPLETE]


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_query_is_one_event(alice: Client, method: str) -> None:
    asked = {"query": "{ viewer { userId } }"}
    sent: dict[str, Any] = {"params": asked} if method == "GET" else {"json": asked}
    response = alice.http.request(method, "/graphql", headers=EVENTS, **sent)
    data = f'{{"data":{{"viewer":{{"userId":"{alice.user}"}}}}'
    assert response.text.startswith(f":\n\nevent: next\ndata: {data}")
    assert response.text.endswith(f"}}\n\n{COMPLETE}")
    assert "\r" not in response.text
    assert (response.headers["cache-control"], response.headers["x-accel-buffering"]) == (
        "no-store, no-transform",
        "no",
    )


@pytest.mark.parametrize(
    "asked",
    [
        {"query": "{ nothing }"},
        {"query": "{"},
        {"query": "{ viewer { userId } }", "operationName": "Other"},
        {"query": RUN, "variables": {"id": "nonsense"}},
        {"query": RUN, "variables": {}},
    ],
    ids=["invalid", "syntax", "unknown operation", "unknown run", "variables"],
)
def test_errors_of_an_operation_are_an_event(alice: Client, asked: dict[str, Any]) -> None:
    response = alice.http.post("/graphql", json=asked, headers=EVENTS)
    assert response.status_code == 200
    assert response.text.startswith(':\n\nevent: next\ndata: {"errors":[{"message":')
    assert '"code":"BAD_USER_INPUT"' in response.text
    assert response.text.endswith(COMPLETE)


def test_a_get_writes_nothing_as_events_either(alice: Client) -> None:
    asked = {"query": "mutation { createListing(input: {}) { listing { id } } }"}
    assert '"code":"BAD_USER_INPUT"' in alice.http.get("/graphql", params=asked, headers=EVENTS).text
    assert alice.ask("{ listings { nodes { id } } }") == {"listings": {"nodes": []}}


def test_malformed_requests_are_no_stream(alice: Client) -> None:
    for status, change in (
        (400, {"content": b"{", "headers": {**EVENTS, "Content-Type": "application/json"}}),
        (400, {"json": {"query": 5}, "headers": EVENTS}),
        (415, {"content": b"{}", "headers": EVENTS}),
        (401, {"json": {"query": SILENT}, "headers": {**EVENTS, "Authorization": "Bearer x"}}),
    ):
        response = alice.http.request("POST", "/graphql", **change)
        assert (response.status_code, response.headers["content-type"]) == (
            status,
            "application/json; charset=utf-8",
        )


class Followed:
    """Progress that says who begins to follow, and who has ended in good order."""

    def __init__(self) -> None:
        self.begun = 0
        self.ended = 0

    def around(self, progress: Progress) -> Progress:
        """The same, counted."""
        counts = self

        class Counted:
            async def tell(self, topic: str) -> None:
                await progress.tell(topic)

            @asynccontextmanager
            async def follow(self, topic: str) -> AsyncIterator[AsyncIterator[Any]]:
                async with progress.follow(topic) as turns:
                    counts.begun += 1
                    try:
                        yield turns
                    finally:
                        await asyncio.sleep(0)  # what is cut off does not come past this
                        counts.ended += 1

        return Counted()


@pytest.fixture
def followed() -> Followed:
    return Followed()


@pytest.fixture
def client(
    tmp_path: Path, served_sandboxes: Sandboxes, redis_url: str, followed: Followed
) -> Iterator[Client]:
    """Of a server whose users may do two things at once."""
    server = GraphServer(
        tmp_path,
        served_sandboxes,
        redis_url,
        settings=WebSettings(production=False, operation_limits=OperationLimits(of_user=2)),
        change=lambda ports: replace(ports, progress=followed.around(ports.progress)),
    ).start()
    made = Client(server, "alice")
    yield made
    made.close()
    server.stop()


def test_a_user_has_so_many_streams_and_operations_and_what_is_left_behind_is_ended(
    client: Client, followed: Followed
) -> None:
    seed_all(client.server, client.user)
    id = run_id(client)
    with client.socket() as socket:
        socket.subscribe(RUN, id=id)
        socket.next()
        with streaming(client, RUN, id=id) as stream:
            assert '"state":"QUEUED"' in next(stream)
            with streaming(client, RUN, id=id) as third:
                assert '"code":"LIMIT_EXCEEDED"' in next(third)
                assert list(third) == [COMPLETE]
        # The client is gone without a word: its place is free as soon as the server has seen it.
        while followed.ended == 0:
            assert followed.begun == 2
            client.ask("{ viewer { userId } }")
        with streaming(client, RUN, id=id) as another:
            assert '"state":"QUEUED"' in next(another)


def test_the_server_ends_streams_as_it_ends_and_says_of_none_that_it_is_complete(
    client: Client, followed: Followed
) -> None:
    seed_all(client.server, client.user)
    with streaming(client, RUN, id=run_id(client)) as stream:
        assert '"state":"QUEUED"' in next(stream)
        client.server.stop()
        assert list(stream) == []
    assert (followed.begun, followed.ended) == (1, 1)
