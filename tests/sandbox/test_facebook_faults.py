"""The sandbox Facebook misbehaving as it is told to."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.serving import serve
from sandbox.social.facebook import create_app
from tests.sandbox.facebook_client import PAGE, Client, V, error_of


@pytest.fixture
def facebook(tmp_path: Path) -> Iterator[Client]:
    with serve(create_app(tmp_path)) as base_url, Client(base_url) as client:
        yield client.link()


def _live(facebook: Client) -> int:
    return int(facebook.control("/posts")["counts"]["live"])


@pytest.mark.parametrize(
    ("kind", "raised", "effect"),
    [
        ("lost_before", httpx.RemoteProtocolError, 0),
        ("lost_after", httpx.RemoteProtocolError, 1),
        ("reset", httpx.ReadError, 0),
    ],
)
def test_lost_connections(facebook: Client, kind: str, raised: type[Exception], effect: int) -> None:
    facebook.fault(kind, match="feed", method="POST")
    with pytest.raises(raised):
        facebook.post(f"/{PAGE}/feed", data={"message": "m"})
    assert _live(facebook) == effect
    assert facebook.post(f"/{PAGE}/feed", data={"message": "m"}).status_code == 200


def test_an_upload_can_be_lost_too(facebook: Client) -> None:
    facebook.fault("lost_after", match="photos")
    with pytest.raises(httpx.RemoteProtocolError):
        facebook.stage()
    assert facebook.control("/staged")["count"] == 1


def test_an_error_after_the_effect(facebook: Client) -> None:
    facebook.fault("error_after", match="feed")
    answer = facebook.post(f"/{PAGE}/feed", data={"message": "m"})
    assert error_of(answer) == (500, 2, None)
    assert (
        answer.json()["error"]["message"]
        == "An unexpected error has occurred. Please retry your request later."
    )
    assert _live(facebook) == 1


def test_a_delete_answered_false_or_lost(facebook: Client) -> None:
    post = facebook.publish()
    facebook.fault("success_false", match="delete")
    assert facebook.delete(f"/{post}").json() == {"success": False}
    assert _live(facebook) == 1
    facebook.fault("lost_after", match="delete")
    with pytest.raises(httpx.RemoteProtocolError):
        facebook.delete(f"/{post}")
    assert _live(facebook) == 0


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        ({"code": 190, "subcode": 463}, (400, 190, 463)),
        ({"code": 200}, (403, 200, None)),
        ({"code": 506}, (400, 506, None)),
        ({"code": 368, "subcode": 1390008}, (400, 368, 1390008)),
        ({"code": 1}, (500, 1, None)),
        ({"code": 2, "status": 503}, (503, 2, None)),
    ],
)
def test_errors_in_the_envelope(facebook: Client, fault: dict[str, Any], expected: tuple[int, ...]) -> None:
    facebook.fault("error", match="feed", **fault)
    answer = facebook.post(f"/{PAGE}/feed", data={"message": "m"})
    assert error_of(answer) == expected
    assert answer.json()["error"]["fbtrace_id"]
    assert _live(facebook) == 0


def test_throttling_tells_when_to_come_back(facebook: Client) -> None:
    facebook.fault("error", code=32, seconds=601)
    answer = facebook.get(f"/{PAGE}/feed")
    assert error_of(answer) == (400, 32, None)
    assert json.loads(answer.headers["x-app-usage"])["call_count"] == 0
    usage = json.loads(answer.headers["x-business-use-case-usage"])[PAGE][0]
    assert (usage["call_count"], usage["estimated_time_to_regain_access"]) == (100, 11)
    assert "retry-after" not in answer.headers


def test_a_bare_status_is_no_json(facebook: Client) -> None:
    facebook.fault("status", status=502)
    answer = facebook.get("/me")
    assert answer.status_code == 502
    with pytest.raises(json.JSONDecodeError):
        answer.json()


def test_after_and_times_are_counted(facebook: Client) -> None:
    facebook.fault("status", match="feed", status=500, after=1, times=2)
    assert [facebook.get(f"/{PAGE}/feed").status_code for _ in range(4)] == [200, 500, 500, 200]
    facebook.fault("status", match=r"/me$", status=500, times=None)
    assert [facebook.get("/me").status_code for _ in range(3)] == [500, 500, 500]
    assert facebook.get(f"/{PAGE}").status_code == 200
    facebook.http.delete("/_control/faults")
    assert facebook.get("/me").status_code == 200


def test_method_and_group_choose_the_request(facebook: Client) -> None:
    facebook.fault("status", match="feed", method="post", status=500)
    facebook.fault("status", match="oauth", status=501)
    assert facebook.get(f"/{PAGE}/feed").status_code == 200
    assert facebook.post(f"/{PAGE}/feed", data={"message": "m"}).status_code == 500
    assert facebook.code().status_code == 501
    assert facebook.code().status_code == 302


def test_a_silent_server_has_no_effect(facebook: Client) -> None:
    facebook.fault("timeout", match="feed")
    with pytest.raises(httpx.ReadTimeout):
        facebook.post(f"/{PAGE}/feed", data={"message": "m"}, timeout=0.2)
    assert _live(facebook) == 0


def test_a_silent_server_hangs_up_in_the_end(facebook: Client) -> None:
    facebook.fault("timeout", seconds=0.05)
    with pytest.raises(httpx.RemoteProtocolError):
        facebook.get("/me")


async def test_a_slow_server_answers_others_meanwhile(facebook: Client) -> None:
    facebook.fault("slow", match=r"/me$", seconds=0.3)
    async with httpx.AsyncClient(base_url=facebook.http.base_url, trust_env=False) as http:
        bearer = {"Authorization": f"Bearer {facebook.token}"}
        slow = asyncio.create_task(http.get(f"{V}/me", headers=bearer))
        other = asyncio.create_task(http.get(f"{V}/{PAGE}", headers=bearer))
        done, _ = await asyncio.wait((slow, other), return_when=asyncio.FIRST_COMPLETED)
        assert done == {other}
        assert other.result().status_code == 200
        assert (await slow).status_code == 200


def test_the_log_tells_what_came_and_no_secret(facebook: Client) -> None:
    facebook.fault("error", code=4, match=r"/me$")
    facebook.get("/me", token="", access_token=facebook.token, fields="id")
    log = facebook.control("/log")["requests"]
    assert (log[-1]["method"], log[-1]["path"], log[-1]["status"]) == ("GET", "/v26.0/me", 400)
    assert (log[-1]["fault"], log[-1]["query"]) == ("error", "access_token=hidden&fields=id")
    assert facebook.token not in json.dumps(log)
    assert "sandbox-app-secret" not in json.dumps(log)
