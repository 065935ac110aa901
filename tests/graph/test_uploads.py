"""Files that users send: streamed, limited, only to their own connections that wait for one."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import httpx
import pytest

from app.uploads import LARGEST_UPLOAD
from domain.ports import Ports
from domain.rules.identity import upload_key
from schema.ids import from_id, to_id
from tests.graph import seeds
from tests.graph.client import Client

CSV = b"ListingKey,ListingId,ListPrice,StandardStatus\nK1,N1,525000,Active\n"


def connect(client: Client) -> dict[str, Any]:
    """A connection whose file is still to come."""
    connected: dict[str, Any] = client.done(
        "connectMls",
        "connection { id url uploadUrl needsAction }",
        provider="office",
        protocol="csv",
        vendor="upload",
        url="upload:",
        credentials={},
    )["connection"]
    return connected


def key_of(global_id: str) -> str:
    found = from_id(global_id)
    assert found is not None
    return found.key


def stored(client: Client, connection: str) -> bytes | None:
    """The file as it lies in the store."""

    async def read(ports: Ports) -> bytes | None:
        key = upload_key(key_of(connection))
        return (await ports.files.get(key)).data if await ports.files.exists(key) else None

    return client.server.do(read)


def runs(client: Client) -> list[dict[str, Any]]:
    nodes: list[dict[str, Any]] = client.ask("{ syncRuns { nodes { id kind mode state } } }")["syncRuns"][
        "nodes"
    ]
    return nodes


def pieces(size: int) -> Iterator[bytes]:
    while size > 0:
        yield b"x" * min(size, 1_000_000)
        size -= 1_000_000


def test_a_file_is_stored_and_read_at_once(alice: Client) -> None:
    connection = connect(alice)
    assert connection["url"] == "upload:"
    assert connection["uploadUrl"] == f"{alice.server.url}/uploads/mls/{connection['id']}"
    answer = alice.http.put(connection["uploadUrl"], content=CSV)
    assert answer.status_code == 202
    [run] = runs(alice)
    assert answer.json() == {"syncRun": run["id"]}
    assert (run["kind"], run["mode"], run["state"]) == ("SYNC", "FULL", "QUEUED")
    assert stored(alice, connection["id"]) == CSV

    newer = CSV.replace(b"525000", b"515000")
    assert alice.http.put(connection["uploadUrl"], content=newer).json() == {"syncRun": run["id"]}
    assert stored(alice, connection["id"]) == newer


def test_a_large_file_is_taken_and_a_larger_one_is_not(alice: Client) -> None:
    connection = connect(alice)
    url = connection["uploadUrl"]
    assert alice.http.put(url, content=pieces(LARGEST_UPLOAD)).status_code == 202
    largest = stored(alice, connection["id"])
    assert largest is not None
    assert len(largest) == LARGEST_UPLOAD
    refused = alice.http.put(url, content=pieces(LARGEST_UPLOAD + 1))
    assert (refused.status_code, refused.headers["connection"]) == (413, "close")
    assert stored(alice, connection["id"]) == largest
    assert len(runs(alice)) == 1


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (b"", {}, 400),
        (b" \r\n", {}, 400),
        (CSV, {"Content-Encoding": "gzip"}, 415),
        (CSV, {"Content-Encoding": "identity"}, 202),
        (CSV, {"Authorization": ""}, 401),
        (CSV, {"Authorization": "Bearer nonsense"}, 401),
    ],
)
def test_what_is_not_taken(alice: Client, content: bytes, headers: dict[str, str], status: int) -> None:
    connection = connect(alice)
    assert alice.http.put(connection["uploadUrl"], content=content, headers=headers).status_code == status
    assert (stored(alice, connection["id"]) is not None) == (status == 202)


def test_a_foreign_connection_answers_like_an_absent_one(
    alice: Client, bob: Client, client_of: Callable[[str], Client]
) -> None:
    connection = connect(alice)
    base = connection["uploadUrl"].rpartition("/")[0]
    answers = set()
    for id in (
        connection["id"],
        to_id("MlsConnection", bob.user, key_of(connection["id"])),
        to_id("MlsConnection", bob.user, "0" * 26),
        to_id("Listing", bob.user, key_of(connection["id"])),
        "nonsense",
    ):
        answer = bob.http.put(f"{base}/{id}", content=CSV)
        answers.add((answer.status_code, answer.text))
    assert len(answers) == 1
    assert next(iter(answers))[0] == 404
    assert stored(alice, connection["id"]) is None
    assert runs(alice) == []


def test_a_connection_whose_feed_is_fetched_takes_no_file(alice: Client) -> None:
    async def seed(ports: Ports) -> str:
        connection, _, _ = await seeds.connection_with_run(ports, alice.user)
        return connection.id

    id = to_id("MlsConnection", alice.user, alice.server.do(seed))
    answer = alice.http.put(f"/uploads/mls/{id}", content=CSV)
    assert answer.status_code == 409
    assert alice.ask("{ mlsConnections { uploadUrl } }") == {"mlsConnections": [{"uploadUrl": None}]}


def test_an_account_that_waited_for_its_file_is_mended_by_it(alice: Client) -> None:
    connection = connect(alice)

    async def wait(ports: Ports) -> None:
        found = await ports.mls_connections.get(alice.user, key_of(connection["id"]))
        assert found is not None
        await ports.mls_connections.save(replace(found, needs_action="Send the file."))

    alice.server.do(wait)
    assert alice.http.put(connection["uploadUrl"], content=CSV).status_code == 202
    assert alice.ask("{ mlsConnections { needsAction } }") == {"mlsConnections": [{"needsAction": None}]}


def test_a_file_goes_with_its_connection(alice: Client) -> None:
    connection = connect(alice)
    alice.http.put(connection["uploadUrl"], content=CSV)
    alice.done("disconnectMls", "disconnectedId", connectionId=connection["id"])
    assert stored(alice, connection["id"]) is None
    assert alice.http.put(connection["uploadUrl"], content=CSV).status_code == 404


def test_only_put_and_browsers_may(alice: Client) -> None:
    url = connect(alice)["uploadUrl"]
    assert alice.http.get(url).status_code == 405
    assert alice.http.post(url, content=CSV).status_code == 405
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "PUT"}
    with httpx.Client(trust_env=False) as browser:
        assert browser.options(url, headers=asked).status_code == 200
