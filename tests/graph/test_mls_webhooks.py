"""What an MLS pushes: signed as it must be, taken once, and nothing said to anybody else."""

import hmac
import json
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.ports import Ports
from sandbox.mls import reso
from sandbox.serving import serve
from schema.ids import from_id, to_id
from tests.graph.client import Client
from tests.processes.waiting import until
from tests.world.world import Sandboxes

SECRET = "hush hush, says the MLS"
EVENTS = {"@reso.context": "urn:reso:metadata:2.0:resource:entityevent"}


def body_of(*keys: object, resource: str = "Property") -> bytes:
    """A push as RESO has it."""
    rows = [
        {"EntityEventSequence": number, "ResourceName": resource, "ResourceRecordKey": key}
        for number, key in enumerate(keys, 1)
    ]
    return json.dumps({**EVENTS, "value": rows}).encode()


def signed(body: bytes, secret: str = SECRET, at: float | None = None) -> dict[str, str]:
    """The headers of a push."""
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, sha256).hexdigest()
    return {"X-Yardsign-Timestamp": stamp, "X-Yardsign-Signature": f"sha256={digest}"}


class Pusher:
    """The MLS of a connection."""

    def __init__(self, client: Client, connection: dict[str, Any]) -> None:
        self.client = client
        self.id = connection["id"]
        self.url = connection["webhookUrl"]
        self.http = httpx.Client(trust_env=False)

    def send(self, body: bytes, headers: dict[str, str] | None = None, url: str | None = None) -> int:
        """Push; the status of the answer."""
        answer = self.http.post(url or self.url, content=body, headers=headers or signed(body))
        self.last = (answer.status_code, answer.text)
        return answer.status_code

    def runs(self) -> list[dict[str, Any]]:
        """The connection's runs, newest first."""
        document = "query($id: ID!) { syncRuns(connectionId: $id) { nodes { id kind mode state } } }"
        nodes: list[dict[str, Any]] = self.client.ask(document, id=self.id)["syncRuns"]["nodes"]
        return nodes


def connect(client: Client, sandboxes: Sandboxes, **credentials: str) -> dict[str, Any]:
    connected: dict[str, Any] = client.done(
        "connectMls",
        "connection { id webhookUrl uploadUrl }",
        provider="north",
        protocol="reso-web-api",
        url=f"{sandboxes.mls}/odata",
        credentials={"token": "sandbox-token", **credentials},
    )["connection"]
    return connected


@pytest.fixture
def pusher(alice: Client, sandboxes: Sandboxes) -> Iterator[Pusher]:
    made = Pusher(alice, connect(alice, sandboxes, webhookSecret=SECRET))
    yield made
    made.http.close()


def test_a_push_queues_a_run_over_its_listings(pusher: Pusher) -> None:
    body = body_of("K2", "K1", "K2")
    assert pusher.send(body) == 202
    assert pusher.last[1] == '{"listings":2}'
    [run] = pusher.runs()
    assert (run["kind"], run["mode"], run["state"]) == ("SYNC", "FULL", "QUEUED")


def test_the_same_push_again_does_nothing(pusher: Pusher) -> None:
    body = body_of("K1")
    headers = signed(body)
    assert pusher.send(body, headers) == 202
    cancelled = pusher.runs()[0]["id"]
    pusher.client.done("cancelSyncRun", "syncRun { id }", runId=cancelled)
    shouted = {**headers, "X-Yardsign-Signature": "sha256=" + headers["X-Yardsign-Signature"][7:].upper()}
    for again in (headers, shouted):
        assert pusher.send(body, again) == 202
        assert pusher.last[1] == '{"listings":0}'
    assert [run["id"] for run in pusher.runs()] == [cancelled]
    assert pusher.send(body, signed(body, at=time.time() - 2)) == 202
    assert len(pusher.runs()) == 2


def test_pushes_join_the_run_that_waits(pusher: Pusher) -> None:
    for number in range(30):
        assert pusher.send(body_of(f"K{number}", "K0")) == 202
    [run] = pusher.runs()

    async def keys(ports: Ports) -> object:
        [found] = (await ports.runs.get_many(pusher.client.user, [_key(run["id"])])) or [None]
        return found.keys if found else None

    assert pusher.client.server.do(keys) == tuple(sorted(f"K{number}" for number in range(30)))
    many = [f"M{number}" for number in range(990)]
    assert pusher.send(body_of(*many)) == 202
    assert len(pusher.runs()) == 2


def _key(global_id: str) -> str:
    found = from_id(global_id)
    assert found is not None
    return found.key


def test_every_refusal_is_the_same(pusher: Pusher, alice: Client, bob: Client, sandboxes: Sandboxes) -> None:
    body, now = body_of("K1"), time.time()
    good = signed(body)
    without_secret = connect(bob, sandboxes)["webhookUrl"]
    base = pusher.url.rpartition("/")[0]
    refused = [
        (signed(body, "another secret"), pusher.url),
        (signed(body, at=now - 310), pusher.url),
        (signed(body, at=now + 310), pusher.url),
        (signed(body + b" "), pusher.url),
        ({**good, "X-Yardsign-Timestamp": str(int(now) - 1)}, pusher.url),
        ({**good, "X-Yardsign-Timestamp": "soon"}, pusher.url),
        ({**good, "X-Yardsign-Timestamp": "9" * 30}, pusher.url),
        ({**good, "X-Yardsign-Timestamp": "٣"}, pusher.url),
        ({**good, "X-Yardsign-Signature": "sha256=" + "0" * 64}, pusher.url),
        ({**good, "X-Yardsign-Signature": good["X-Yardsign-Signature"][7:]}, pusher.url),
        ({"X-Yardsign-Timestamp": good["X-Yardsign-Timestamp"]}, pusher.url),
        ({"X-Yardsign-Signature": good["X-Yardsign-Signature"]}, pusher.url),
        (good, f"{base}/{to_id('MlsWebhook', alice.user, '0' * 26)}"),
        (good, f"{base}/{to_id('MlsWebhook', bob.user, _key(pusher.id))}"),
        (good, f"{base}/{pusher.id}"),
        (good, f"{base}/nonsense"),
        (good, without_secret),
        (signed(body, ""), without_secret),
        (signed(body, "-"), without_secret),
        (signed(body, "-"), f"{base}/nonsense"),
    ]
    answers = set()
    for headers, url in refused:
        encoded = {name.encode(): value.encode() for name, value in headers.items()}
        answer = pusher.http.post(url, content=body, headers=encoded)
        answers.add((answer.status_code, answer.text))
    assert answers == {(401, "Not allowed.")}
    assert pusher.runs() == []
    assert pusher.send(body) == 202


def test_a_secret_that_was_changed_or_removed_opens_nothing(pusher: Pusher) -> None:
    body = body_of("K1")
    changed = {"webhookSecret": "another secret of the MLS"}
    pusher.client.done(
        "updateMlsConnection", "connection { id }", connectionId=pusher.id, credentials=changed
    )
    assert pusher.send(body) == 401
    assert pusher.send(body, signed(body, changed["webhookSecret"])) == 202
    gone = {"webhookSecret": ""}
    pusher.client.done("updateMlsConnection", "connection { id }", connectionId=pusher.id, credentials=gone)
    assert pusher.send(body, signed(body, changed["webhookSecret"], time.time() - 1)) == 401


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{}", 400),
        (b"5", 400),
        (b"[" * 50_000, 400),
        (b'{"value": 5}', 400),
        (b'{"value": [5]}', 400),
        (b'{"value": [{"ResourceName": "Property"}]}', 400),
        (b'{"value": [{"ResourceName": "Property", "ResourceRecordKey": "\\ud800"}]}', 400),
        (b"\xff\xfe", 400),
        (body_of(""), 400),
        (body_of(["K1"]), 400),
        (body_of(None), 400),
        (body_of("K" * 256), 400),
        (body_of("K\0"), 400),
        (body_of(*range(5)), 400),
        (body_of(*(f"K{n}" for n in range(1_001))), 413),
        (body_of(*(f"K{n}" for n in range(1_000))), 202),
        (body_of(), 202),
        (body_of("M1", resource="Media"), 202),
        (body_of("K1", "K2") + b" " * 1_000_000, 413),
    ],
)
def test_what_is_signed_is_still_looked_at(pusher: Pusher, body: bytes, status: int) -> None:
    assert pusher.send(body) == status
    queued = status == 202 and b'"Property"' in body
    assert len(pusher.runs()) == int(queued)


def test_a_connection_that_is_off_is_left_alone(pusher: Pusher) -> None:
    pusher.client.done("setMlsConnectionEnabled", "connection { id }", connectionId=pusher.id, enabled=False)
    assert pusher.send(body_of("K1")) == 202
    assert pusher.runs() == []


def test_the_sandbox_pushes_what_happens_in_it(tmp_path: Path, alice: Client) -> None:
    with serve(reso.create_app(tmp_path, homes=3, events=True)) as mls, httpx.Client(trust_env=False) as http:
        connection = alice.done(
            "connectMls",
            "connection { id webhookUrl }",
            provider="north",
            protocol="reso-web-api",
            url=f"{mls}/odata",
            credentials={"token": "sandbox-token", "webhookSecret": SECRET},
        )["connection"]
        target = {"url": connection["webhookUrl"], "secret": SECRET}
        http.post(f"{mls}/_control/webhook", json=target).raise_for_status()
        home = http.get(f"{mls}/_control/homes").json()[0]["key"]
        http.post(f"{mls}/_control/homes/{home}", json={"ListPrice": 123_456}).raise_for_status()

        def answered() -> list[dict[str, Any]]:
            pushed: list[dict[str, Any]] = http.get(f"{mls}/_control/webhook").json()["pushed"]
            return pushed

        assert [push["status"] for push in until(answered, "a push")] == [202]
    pusher = Pusher(alice, connection)
    [run] = pusher.runs()
    pusher.http.close()
    assert (run["kind"], run["state"]) == ("SYNC", "QUEUED")


def test_only_post(pusher: Pusher) -> None:
    assert pusher.http.get(pusher.url).status_code == 405
