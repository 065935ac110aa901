"""What operations cost is told, limited, and paid from a budget; what is given up is not left running."""

import asyncio
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from adapters.budgets import LocalBuckets
from app.graphql_sockets import OperationLimits
from app.web import WebSettings
from domain.ports import Ports
from schema.ids import to_id
from tests.graph.client import Client
from tests.graph.server import GraphServer
from tests.world.world import Sandboxes

LIMIT, PER_MINUTE, SECONDS = 300, 600, 0.3
PAGE = "query($n: Int) { listings(first: $n) { nodes { id } } }"
WATCH = "subscription { notificationAdded { id subject { id } } }"


class Hanging:
    """Repositories that do not answer; they remember who has asked and who has gone."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.gone: list[str] = []

    async def of_listings(self, *_: Any) -> Any:
        await self._hang("posts of listings")

    async def page(self, *_: Any) -> Any:
        await self._hang("page of posts")

    async def _hang(self, name: str) -> None:
        self.asked.append(name)
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            self.gone.append(name)
            raise


@pytest.fixture(scope="module")
def hanging() -> Hanging:
    return Hanging()


@pytest.fixture(scope="module")
def strict(
    tmp_path_factory: pytest.TempPathFactory, served_sandboxes: Sandboxes, redis_url: str, hanging: Hanging
) -> Iterator[GraphServer]:
    """A server with narrow limits, and posts that cannot be read."""

    def change(ports: Ports) -> Ports:
        posts: Any = hanging
        return replace(ports, posts=posts)

    settings = WebSettings(
        production=False,
        operation_seconds=SECONDS,
        cost_limit=LIMIT,
        operation_limits=OperationLimits(of_connection=2, of_user=3),
    )
    buckets = LocalBuckets(PER_MINUTE)
    folder = tmp_path_factory.mktemp("strict")
    server = GraphServer(
        folder, served_sandboxes, redis_url, settings=settings, change=change, buckets=buckets
    ).start()
    yield server
    server.stop()


@pytest.fixture
def ann(strict: GraphServer) -> Iterator[Client]:
    client = Client(strict, f"ann|{uuid.uuid4().hex}")
    yield client
    client.close()


def test_answers_tell_their_cost_and_what_is_left(ann: Client) -> None:
    first = ann.answer(PAGE, n=49)["extensions"]["cost"]
    assert (first["requestedQueryCost"], first["maximumQueryCost"]) == (50, LIMIT)
    assert first["throttleStatus"]["maximumAvailable"] == PER_MINUTE
    assert first["throttleStatus"]["restoreRate"] == PER_MINUTE / 60
    left = first["throttleStatus"]["currentlyAvailable"]
    assert PER_MINUTE - 50 <= left < PER_MINUTE
    get = ann.http.get("/graphql", params={"query": PAGE, "variables": '{"n": 99}'})
    second = get.json()["extensions"]["cost"]
    assert second["requestedQueryCost"] == 100
    assert second["throttleStatus"]["currentlyAvailable"] < left - 50


def refusal(answer: dict[str, Any]) -> dict[str, Any]:
    [error] = answer["errors"]
    assert "data" not in answer
    extensions: dict[str, Any] = error["extensions"]
    return extensions


DEAR = "{ listings(first: 12) { nodes { photos { id } } } }"


def test_what_costs_too_much_is_refused_and_costs_nothing(ann: Client) -> None:
    answer = ann.answer(DEAR)
    assert refusal(answer) == {"code": "LIMIT_EXCEEDED", "limit": "cost", "maximum": LIMIT, "actual": 313}
    assert answer["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"] == PER_MINUTE
    get = ann.http.get("/graphql", params={"query": DEAR})
    assert refusal(get.json())["limit"] == "cost"
    with ann.socket() as socket:
        socket.subscribe(DEAR)
        assert socket.receive()["payload"][0]["extensions"]["limit"] == "cost"


@pytest.mark.parametrize(
    "document",
    [
        "{ listings(first: 100) { nodes { posts(first: 100) { nodes { listing { id } } } } } }",
        "query($n: Int = 100) { listings(first: $n) { nodes { timeline(first: $n) { nodes { id } } } } }",
        "{ listings(first: -5) { nodes { timeline(first: 999999) { nodes { id } } } } }",
        "{ " + " ".join(f"a{n}: listings(first: 30) {{ nodes {{ id }} }}" for n in range(15)) + " }",
        "{ listings { ...A } } fragment A on ListingConnection { nodes { connection { listings { ...B } } } }"
        " fragment B on ListingConnection { nodes { connection { listings { nodes { id } } } } }",
        "mutation { recordEvents(input: {events: []}) { results { userErrors { code } } } "
        + " ".join(f"d{n}: recordEvents(input: {{events: []}}) {{ results {{ eventId }} }}" for n in range(3))
        + " }",
    ],
    ids=["nested pages", "by default", "wrong sizes", "aliases", "fragments", "mutations"],
)
def test_hostile_documents_cost_too_much(ann: Client, document: str) -> None:
    assert refusal(ann.answer(document))["limit"] == "cost"


def test_a_user_spends_so_much_in_a_minute(ann: Client, strict: GraphServer) -> None:
    for _ in range(6):
        assert "errors" not in ann.answer(PAGE, n=99)
    told = refusal(ann.answer(PAGE, n=99))
    assert (told["limit"], told["maximum"], told["actual"]) == ("costPerMinute", PER_MINUTE, 100)
    assert 1 <= told["retryAfter"] <= 10
    with ann.socket() as socket:
        socket.subscribe(PAGE, n=99)
        assert socket.receive()["payload"][0]["extensions"]["limit"] == "costPerMinute"
    other = Client(strict, f"other|{uuid.uuid4().hex}")
    assert "errors" not in other.answer(PAGE, n=99)
    other.close()


def test_a_subscription_is_charged_once(ann: Client) -> None:
    listing = ann.done("createListing", "listing { id }")["listing"]["id"]
    document = "subscription($id: ID!) { metricsUpdates(listingId: $id) { views platforms { views } } }"
    with ann.socket() as socket:
        socket.subscribe(document, id=listing)
        first = socket.receive()["payload"]
        assert first["extensions"]["cost"]["requestedQueryCost"] == 6
        left = first["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"]
        for views in (1, 2):
            ann.done("recordViewEvent", "metrics { views }", listingId=listing)
            message = socket.receive()["payload"]
            assert message["data"]["metricsUpdates"]["views"] == views
            assert "extensions" not in message
    spent = left - ann.answer(PAGE, n=1)["extensions"]["cost"]["throttleStatus"]["currentlyAvailable"]
    assert spent <= 2 * 11 + 2  # the two mutations and the page


DEAR_WATCH = "subscription { listingChanges { listing { photos { id } posts(first: 100) { nodes { photos { id } } } } } }"


def test_a_subscription_that_costs_too_much_does_not_begin(ann: Client) -> None:
    with ann.socket() as socket:
        socket.subscribe(DEAR_WATCH)
        [error] = socket.receive()["payload"]["errors"]
        assert error["extensions"]["limit"] == "cost"
        assert socket.receive() == {"type": "complete", "id": "1"}
    headers = {"Accept": "text/event-stream"}
    events = ann.http.post("/graphql", json={"query": DEAR_WATCH}, headers=headers)
    assert '"limit":"cost"' in events.text


@pytest.mark.parametrize(
    ("document", "call"),
    [
        ("query($id: ID!) { postsByListing(listingId: $id) { nodes { id } } }", "posts of listings"),
        ("{ posts { nodes { id } } }", "page of posts"),
    ],
    ids=["read for many together", "read at once"],
)
def test_what_is_given_up_asks_the_store_no_more(
    ann: Client, hanging: Hanging, document: str, call: str
) -> None:
    hanging.asked.clear()
    hanging.gone.clear()
    answer = ann.answer(document, **({"id": to_id("Listing", ann.user, "x")} if "$id" in document else {}))
    assert answer["errors"][0]["extensions"] == {
        "code": "LIMIT_EXCEEDED",
        "limit": "seconds",
        "maximum": SECONDS,
    }
    ann.ask("{ viewer { userId } }")
    assert (hanging.asked, hanging.gone) == ([call], [call])


def test_operations_at_once_are_limited_by_connection_and_user(ann: Client) -> None:
    def watch(socket: Any, id: str) -> None:
        socket.send({"type": "subscribe", "id": id, "payload": {"query": WATCH}})

    def refused(socket: Any, id: str) -> tuple[str, int]:
        watch(socket, id)
        message = socket.receive()
        assert (message["type"], message["id"]) == ("error", id)
        extensions = message["payload"][0]["extensions"]
        assert extensions["code"] == "LIMIT_EXCEEDED"
        return extensions["limit"], extensions["maximum"]

    with ann.socket() as one, ann.socket() as other:
        watch(one, "1")
        watch(one, "2")
        assert refused(one, "3") == ("operationsOfConnection", 2)
        watch(other, "1")
        assert refused(other, "2") == ("operationsOfUser", 3)
        one.send({"type": "complete", "id": "1"})
        one.send({"type": "ping"})
        assert one.receive() == {"type": "pong"}
        watch(other, "2")
        other.send({"type": "ping"})
        assert other.receive() == {"type": "pong"}


SIZES: list[tuple[str, str, Callable[[], str]]] = [
    (
        "depth",
        "10",
        lambda: "{ listings { nodes { " + "connection { listings { nodes { " * 4 + "id" + " } } }" * 5,
    ),
    ("aliases", "15", lambda: "{ " + " ".join(f"a{n}: viewer {{ userId }}" for n in range(16)) + " }"),
    ("tokens", "1000", lambda: "{ " + "x " * 1_000 + "}"),
    ("repetitions", "15", lambda: "{ viewer { " + "userId " * 17 + "} }"),
    (
        "directives",
        "30",
        lambda: (
            "{ "
            + " ".join(f"... @skip(if: {flag}) {{ viewer {{ userId }} }}" for flag in ["true"] * 31)
            + " }"
        ),
    ),
    (
        "directivesInOnePlace",
        "2",
        lambda: "{ viewer @skip(if: true) @skip(if: true) @include(if: true) { userId } }",
    ),
    ("operations", "10", lambda: " ".join(f"query Q{n} {{ viewer {{ userId }} }}" for n in range(11))),
    ("comparisons", "30000", lambda: "{ " + "... { viewer { userId } } " * 140 + "}"),
    (
        "nesting",
        "200",
        lambda: "{ listings(filter: {cities: " + "[" * 250 + "]" * 250 + "}) { nodes { id } } }",
    ),
    (
        "introspectionDepth",
        "3",
        lambda: "{ __schema { types { " + "fields { type { " * 4 + "name" + " } }" * 4 + " } } }",
    ),
    ("errors", "100", lambda: "{ " + " ".join(f"x{n}" for n in range(200)) + " }"),
]


@pytest.mark.parametrize(("limit", "maximum", "document"), SIZES, ids=[limit for limit, _, _ in SIZES])
def test_the_limit_that_refuses_a_document_is_named(
    ann: Client, limit: str, maximum: str, document: Callable[[], str]
) -> None:
    named = operation = "Q1" if limit == "operations" else None
    response = ann.http.post("/graphql", json={"query": document(), "operationName": operation})
    told = response.json()["errors"][-1]["extensions"]
    assert (told["code"], told["limit"], str(told["maximum"])) == ("LIMIT_EXCEEDED", limit, maximum), named


def test_numbers_too_long_to_be_read_are_the_callers_fault(ann: Client) -> None:
    number = "1" + "0" * 5_000
    for document in (
        f"{{ listings(first: {number}) {{ nodes {{ id }} }} }}",
        PAGE.replace("Int", f"Int = {number}"),
    ):
        [error] = ann.answer(document)["errors"][:1]
        assert error["extensions"] == {"code": "BAD_USER_INPUT"}
        assert "digits" not in error["message"]


def test_errors_repeat_little_of_what_was_sent(ann: Client) -> None:
    name = "x" * 100_000
    assert len(ann.post(f"{{ {name} }}").text) < 2_000
    assert len(ann.post(PAGE, {"n": [name]}).text) < 2_000


def test_what_is_wrong_with_settings_is_said_without_our_words_for_it(ann: Client) -> None:
    settings = {"fieldMap": {"A": 1}}
    tested = ann.mutate(
        "testMlsConnection",
        "report",
        provider="p",
        protocol="csv",
        vendor="generic",
        url="https://mls.example/homes.csv",
        credentials={},
        settings=settings,
    )
    assert tested["userErrors"][0]["message"] == (
        "The setting fieldMap maps A to a value that is no text, and so no field."
    )
