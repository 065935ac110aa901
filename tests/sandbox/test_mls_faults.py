"""Faults of the sandbox MLS, each had by a real client, and the log of what was asked."""

from pathlib import Path

import httpx
import pytest

from sandbox.mls.reso import CLIENT_ID, CLIENT_SECRET
from tests.sandbox.mls_client import control, key_with, rows, running

PROPERTY = "/odata/Property"


def test_a_status_comes_as_often_as_asked_and_then_no_more(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        control(mls, "faults", {"kind": "status", "status": 503, "times": 2})
        answers = [mls.get(PROPERTY) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].json()["error"]["code"] == "503"
    assert "Retry-After" not in answers[0].headers


def test_too_many_requests_says_when_to_come_back(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        control(mls, "faults", {"kind": "status", "status": 429, "retry_after": 2})
        answer = mls.get(PROPERTY)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")


def test_requests_can_be_let_through_first(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        control(mls, "faults", {"kind": "status", "after": 2})
        assert [mls.get(PROPERTY).status_code for _ in range(4)] == [200, 200, 500, 200]


def test_a_fault_without_an_end_lasts_until_it_is_cleared(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        control(mls, "faults", {"kind": "status", "times": None})
        assert [mls.get(PROPERTY).status_code for _ in range(5)] == [500] * 5
        assert len(mls.get("/_control/faults").json()) == 1
        assert mls.delete("/_control/faults").status_code == 204
        assert mls.get(PROPERTY).status_code == 200


def test_faults_hit_only_what_they_match(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        url = rows(mls, expand="Media")[0]["Media"][0]["MediaURL"]
        grant = {"grant_type": "client_credentials", "client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}

        def statuses() -> list[int]:
            answers = (
                mls.get(PROPERTY),
                mls.get("/odata/Media"),
                mls.get(url),
                mls.post("/oauth/token", data=grant),
            )
            return [answer.status_code for answer in answers]

        for match, expected in {
            "odata": [500, 500, 200, 200],
            "photos": [200, 200, 500, 200],
            "token": [200, 200, 200, 500],
            "/odata/Media": [200, 500, 200, 200],
        }.items():
            control(mls, "faults", {"match": match, "kind": "status", "times": None})
            assert statuses() == expected
            mls.delete("/_control/faults")


def test_a_page_of_html_and_an_error_come_with_status_200(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        control(mls, "faults", {"kind": "html"})
        page = mls.get(PROPERTY)
        assert (page.status_code, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        control(mls, "faults", {"kind": "error200"})
        error = mls.get(PROPERTY)
        assert error.status_code == 200
        assert error.json()["error"]["message"]
        assert "value" not in error.json()


def test_garbage_is_neither_json_nor_an_image(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        url = rows(mls, expand="Media")[0]["Media"][0]["MediaURL"]
        control(mls, "faults", {"match": "photos", "kind": "garbage"})
        photo = mls.get(url)
        assert (photo.status_code, photo.headers["Content-Type"]) == (200, "image/jpeg")
        assert not photo.content.startswith(b"\xff\xd8")
        control(mls, "faults", {"kind": "garbage"})
        answer = mls.get(PROPERTY)
        assert answer.headers["Content-Type"] == "application/json"
        with pytest.raises(ValueError, match="Expecting"):
            answer.json()


def test_a_truncated_answer_breaks_off(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        control(mls, "faults", {"kind": "truncate"})
        with mls.stream("GET", PROPERTY) as answer:
            pieces = answer.iter_raw(chunk_size=100)
            assert next(pieces)
            with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
                list(pieces)
        assert mls.get(PROPERTY).status_code == 200


def test_a_reset_connection_gives_no_answer(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        control(mls, "faults", {"kind": "reset"})
        with pytest.raises(httpx.ReadError):
            mls.get(PROPERTY)
        assert mls.get(PROPERTY).status_code == 200


def test_silence_outlasts_the_client_or_ends_in_a_reset(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        control(mls, "faults", {"kind": "timeout", "seconds": 60})
        with pytest.raises(httpx.ReadTimeout):
            mls.get(PROPERTY, timeout=0.1)
        control(mls, "faults", {"kind": "timeout", "seconds": 0.05})
        with pytest.raises(httpx.ReadError):
            mls.get(PROPERTY)


def test_a_slow_answer_is_whole_in_the_end(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        expected = mls.get(PROPERTY).content
        control(mls, "faults", {"kind": "slow", "seconds": 0.1})
        with mls.stream("GET", PROPERTY) as answer:
            pieces = list(answer.iter_raw())
    assert b"".join(pieces) == expected
    assert len(pieces) > 1


@pytest.mark.parametrize(
    "body", [{"kind": "none"}, {"kind": "status", "times": 0}, {"kind": "slow", "oops": 1}, []]
)
def test_a_fault_that_makes_no_sense_is_refused(tmp_path: Path, body: object) -> None:
    with running(tmp_path) as mls:
        assert mls.post("/_control/faults", json=body).status_code == 400


def test_the_log_says_what_was_asked_and_answered(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        control(mls, "faults", {"kind": "status", "status": 500, "after": 1})
        mls.get(f"{PROPERTY}?$top=3", headers={"Prefer": "odata.maxpagesize=3", "User-Agent": "tester"})
        mls.get(PROPERTY)
        mls.get("/odata/Property", headers={"Authorization": "Bearer wrong"})
        mls.get(f"/photos/{key_with(mls)}/1.jpg")
        log = mls.get("/_control/log").json()
        assert [entry["status"] for entry in log["requests"]] == [200, 500, 401, 200, 200]
        assert [entry["fault"] for entry in log["requests"][:2]] == [None, "status"]
        first = log["requests"][0]
        assert (first["method"], first["path"], first["query"]) == ("GET", PROPERTY, "$top=3")
        assert first["headers"]["prefer"] == "odata.maxpagesize=3"
        assert first["headers"]["user-agent"] == "tester"
        assert log["counts"] == {
            "odata": 4, "odata 200": 2, "odata 500": 1, "odata 401": 1, "photos": 1, "photos 200": 1
        }  # fmt: skip
        assert [e["path"] for e in mls.get("/_control/log?kind=photos").json()["requests"]] == [
            log["requests"][-1]["path"]
        ]
        mls.delete("/_control/log")
        assert mls.get("/_control/log").json() == {"counts": {}, "requests": []}


def test_the_log_never_holds_a_token(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        mls.get(PROPERTY)
        mls.get(PROPERTY, headers={"Authorization": "just-a-token"})
        text = mls.get("/_control/log").text
    assert "sandbox-token" not in text
    assert "just-a-token" not in text


def test_a_request_that_got_no_answer_is_logged_without_a_status(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        control(mls, "faults", {"kind": "reset"})
        with pytest.raises(httpx.ReadError):
            mls.get(PROPERTY)
        entry = mls.get("/_control/log").json()["requests"][0]
    assert (entry["status"], entry["fault"]) == (None, "reset")


def test_a_reset_of_the_homes_clears_the_faults(tmp_path: Path) -> None:
    with running(tmp_path) as mls:
        control(mls, "faults", {"kind": "status", "times": None})
        control(mls, "reset")
        assert mls.get(PROPERTY).status_code == 200
