"""RESO EntityEvents of the sandbox MLS: the resource, and their signed push."""

import hmac
import queue
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.serving import serve
from tests.sandbox.mls_client import TODAY, control, running

EVENTS = "/odata/EntityEvent"
WAIT = 10


def events(mls: httpx.Client, **options: str) -> list[dict[str, Any]]:
    answer = mls.get(EVENTS, params={f"${name}": value for name, value in options.items()})
    found: list[dict[str, Any]] = answer.raise_for_status().json()["value"]
    return found


def keys(mls: httpx.Client, count: int) -> list[str]:
    return [home["key"] for home in mls.get("/_control/homes").json()[:count]]


def test_every_change_is_an_event_in_order(tmp_path: Path) -> None:
    with running(tmp_path, events=True) as mls:
        one, other = keys(mls, 2)
        assert events(mls) == []
        control(mls, f"homes/{other}", {"City": "Elsewhere"})
        control(mls, f"homes/{one}", {"photos": {"add": 1}, "$touch": False})
        new = control(mls, "homes")["key"]
        assert events(mls) == [
            {"EntityEventSequence": 1, "ResourceName": "Property", "ResourceRecordKey": other},
            {"EntityEventSequence": 2, "ResourceName": "Property", "ResourceRecordKey": one},
            {"EntityEventSequence": 3, "ResourceName": "Property", "ResourceRecordKey": new},
        ]


def test_a_home_taken_out_is_an_event_whose_key_has_no_row(tmp_path: Path) -> None:
    with running(tmp_path, events=True) as mls:
        gone, lost = keys(mls, 2)
        mls.delete(f"/_control/homes/{gone}")
        mls.delete(f"/_control/homes/{lost}?vanish=true")
        assert [event["ResourceRecordKey"] for event in events(mls)] == [gone]
        assert mls.get(f"/odata/Property('{gone}')").status_code == 404
        assert mls.get(f"/odata/Property('{lost}')").status_code == 404


def test_events_behind_a_sequence_come_in_pages_and_orders(tmp_path: Path) -> None:
    with running(tmp_path, events=True) as mls:
        [key] = keys(mls, 1)
        for _ in range(5):
            control(mls, f"homes/{key}", {})
        wanted = {"$filter": "EntityEventSequence gt 1", "$orderby": "EntityEventSequence"}
        first = mls.get(EVENTS, params=wanted, headers={"Prefer": "odata.maxpagesize=3"}).json()
        rest = mls.get(first["@odata.nextLink"]).json()
        assert [row["EntityEventSequence"] for row in first["value"] + rest["value"]] == [2, 3, 4, 5]
        newest = events(mls, orderby="EntityEventSequence desc", top="1", select="EntityEventSequence")
        assert newest == [{"EntityEventSequence": 5}]


def test_sequences_go_on_after_a_restart_and_a_reset(tmp_path: Path) -> None:
    with running(tmp_path, events=True) as mls:
        control(mls, f"homes/{keys(mls, 1)[0]}", {})
    with running(tmp_path, events=True) as mls:
        assert [event["EntityEventSequence"] for event in events(mls)] == [1]
        control(mls, "reset")
        assert events(mls) == []
        control(mls, f"homes/{keys(mls, 1)[0]}", {})
        assert [event["EntityEventSequence"] for event in events(mls)] == [2]


def test_without_the_option_there_are_no_events(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        assert mls.get(EVENTS).status_code == 404
        assert mls.post("/_control/webhook", json={"url": "http://x", "secret": "s"}).status_code == 404


Received = queue.Queue[tuple[dict[str, str], bytes]]


@contextmanager
def receiver(status: int = 204) -> Iterator[tuple[str, Received]]:
    """A webhook that answers with `status`, and what it received."""
    received: Received = queue.Queue()

    async def receive(request: Request) -> Response:
        received.put((dict(request.headers), await request.body()))
        return Response(status_code=status)

    with serve(Starlette(routes=[Route("/hook", receive, methods=["POST"])])) as base_url:
        yield f"{base_url}/hook", received


def test_events_are_pushed_signed_one_by_one(tmp_path: Path) -> None:
    with receiver() as (url, received), running(tmp_path, events=True) as mls:
        one, other = keys(mls, 2)
        control(mls, f"homes/{one}", {})
        control(mls, "webhook", {"url": url, "secret": "hush"})
        control(mls, f"homes/{one}", {"StandardStatus": "Closed"})
        mls.delete(f"/_control/homes/{other}")
        pushed = [received.get(timeout=WAIT) for _ in range(2)]
    assert [orjson.loads(body) for _, body in pushed] == [
        {
            "@reso.context": "urn:reso:metadata:2.0:resource:entityevent",
            "value": [{"EntityEventSequence": number, "ResourceName": "Property", "ResourceRecordKey": key}],
        }
        for number, key in ((2, one), (3, other))
    ]
    headers, body = pushed[0]
    stamp = headers["x-yardsign-timestamp"]
    assert stamp == str(int(TODAY.timestamp()))
    expected = hmac.new(b"hush", f"{stamp}.".encode() + body, sha256).hexdigest()
    assert headers["x-yardsign-signature"] == f"sha256={expected}"


@pytest.mark.parametrize("stop", ["reset", "delete"])
def test_pushing_ends_with_a_reset_and_on_demand(tmp_path: Path, stop: str) -> None:
    with receiver() as (url, received), running(tmp_path, events=True) as mls:
        [key] = keys(mls, 1)
        control(mls, "webhook", {"url": url, "secret": "hush"})
        control(mls, f"homes/{key}", {})
        received.get(timeout=WAIT)
        if stop == "reset":
            control(mls, "reset")
        else:
            mls.delete("/_control/webhook")
        control(mls, f"homes/{key}", {})
        assert mls.get("/_control/webhook").json() == {"url": None, "pushed": []}
    assert received.empty()


def test_what_became_of_a_push_is_told(tmp_path: Path) -> None:
    with receiver(503) as (url, received), running(tmp_path, events=True) as mls:
        [key] = keys(mls, 1)
        control(mls, "webhook", {"url": url, "secret": "hush"})
        control(mls, f"homes/{key}", {})
        received.get(timeout=WAIT)
        control(mls, "webhook", {"url": "http://127.0.0.1:1/hook", "secret": "hush"})
        control(mls, f"homes/{key}", {})
        control(mls, "webhook", {"url": url, "secret": "hush"})
        control(mls, f"homes/{key}", {})
        # The third push comes after the second one has failed.
        received.get(timeout=WAIT)
        told = mls.get("/_control/webhook").json()
    assert told["url"] == url
    assert told["pushed"][:2] == [
        {"EntityEventSequence": 1, "status": 503},
        {"EntityEventSequence": 2, "status": None},
    ]


@pytest.mark.parametrize("body", [{}, {"url": "http://x"}, {"url": "http://x", "secret": "s", "more": 1}, []])
def test_a_webhook_without_url_and_secret_is_refused(tmp_path: Path, body: object) -> None:
    with running(tmp_path, events=True) as mls:
        assert mls.post("/_control/webhook", json=body).status_code == 400
