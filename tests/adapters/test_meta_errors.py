"""What errors of Meta's Graph API mean."""

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.social.meta_errors import GraphFault, Kind, fault_of
from domain.errors import ActionRequired, Rejected, Unavailable

OBSERVED = Path(__file__).parents[3] / "shared/facts/observed-bodies"

MEANINGS = {
    "error envelope sample (expired/changed password)": Kind.RECONNECT,
    "malformed token on v26.0": Kind.RECONNECT,
    "DELETE of an object that is gone / not visible / not deletable (indistinguishable)": Kind.GONE,
    "DELETE answered 200 but refused": None,
    "page rate limit with usage header": Kind.THROTTLED,
    "temporary posting-rate block": Kind.THROTTLED,
    "500 although the post WAS published": Kind.TRANSIENT,
    "retired insights metric": Kind.REJECTED,
    "delete ok": None,
    "delete ok (Facebook Login only)": None,
    "delete refused: media type": Kind.REJECTED,
    "delete broken on Meta side through July 2026": Kind.REJECTED,
    "publish before container is ready": Kind.NOT_READY,
    "media fetch failed on container creation (one of six in a carousel; retry worked)": Kind.TRANSIENT,
    "app limit / action blocked, post may still be live": Kind.AMBIGUOUS,
    "image too large": Kind.REJECTED,
}
"""Of every answer that was observed; None: it tells of no error."""


def envelope(code: object, subcode: object = None, **more: object) -> dict[str, Any]:
    """An error as Meta sends it, with the type that says nothing."""
    error = {
        "message": "They said something",
        "type": "OAuthException",
        "code": code,
        "fbtrace_id": "A1",
    } | more
    return {"error": error | ({"error_subcode": subcode} if subcode is not None else {})}


def fault(status: int, body: object, headers: dict[str, str] | None = None) -> GraphFault:
    found = fault_of(status, headers or {}, body)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("status", "code", "subcode", "kind"),
    [
        *((400, 190, subcode, Kind.RECONNECT) for subcode in (None, 458, 459, 460, 463, 464, 467)),
        (401, 190, 460, Kind.RECONNECT),
        (400, 102, None, Kind.RECONNECT),
        *((403, code, None, Kind.PERMISSION) for code in (10, 200, 210, 299)),
        *((400, code, None, Kind.THROTTLED) for code in (4, 17, 32, 341, 613, 80001, 80002)),
        (403, 4, None, Kind.THROTTLED),
        (400, 368, 1390008, Kind.THROTTLED),
        (500, 1, None, Kind.TRANSIENT),
        (500, 2, None, Kind.TRANSIENT),
        (400, 2, None, Kind.TRANSIENT),
        (503, 999, None, Kind.TRANSIENT),
        (400, 506, None, Kind.AMBIGUOUS),
        (400, 100, 33, Kind.GONE),
        (404, 803, None, Kind.GONE),
        (400, 100, None, Kind.REJECTED),
        (400, 100, 1366046, Kind.REJECTED),
        (400, 324, 2069019, Kind.REJECTED),
        (400, 300, None, Kind.REJECTED),
        (400, None, None, Kind.REJECTED),
        (400, "190", None, Kind.REJECTED),
        (429, 999, None, Kind.THROTTLED),
        (200, 190, None, Kind.RECONNECT),
        *((400, -1, subcode, Kind.TRANSIENT) for subcode in (2207001, 2207032, 2207053)),
        (400, -2, 2207003, Kind.TRANSIENT),
        (400, 24, 2207008, Kind.TRANSIENT),
        (400, 24, 2207006, Kind.NOT_READY),
        (400, -2, 2207020, Kind.NOT_READY),
        (400, 9, 2207042, Kind.THROTTLED),
        (400, 25, 2207050, Kind.PERMISSION),
        (400, 36001, 2207005, Kind.REJECTED),
        (400, 36003, 2207009, Kind.REJECTED),
        (400, 36004, 2207010, Kind.REJECTED),
        (400, 100, 2207028, Kind.REJECTED),
        (500, 1, 2207057, Kind.TRANSIENT),
    ],
)
def test_the_code_decides(status: int, code: object, subcode: object, kind: Kind) -> None:
    assert fault(status, envelope(code, subcode)).kind == kind


@pytest.mark.parametrize("kind", ["OAuthException", "GraphMethodException", "Anything", None])
@pytest.mark.parametrize("message", ["access token expired", "rate limit", "permission", ""])
def test_neither_type_nor_text_decides(kind: str | None, message: str) -> None:
    assert fault(400, envelope(32, type=kind, message=message)).kind == Kind.THROTTLED
    assert fault(400, envelope(100, type=kind, message=message)).kind == Kind.REJECTED


def test_an_unknown_code_that_says_it_passes_passes() -> None:
    assert fault(400, envelope(4711, is_transient=True)).kind == Kind.TRANSIENT
    assert fault(400, envelope(4711, is_transient="true")).kind == Kind.REJECTED


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, None, Kind.AMBIGUOUS),
        (200, [1], Kind.AMBIGUOUS),
        (302, None, Kind.REJECTED),
        (400, None, Kind.REJECTED),
        (401, None, Kind.RECONNECT),
        (404, None, Kind.GONE),
        (429, None, Kind.THROTTLED),
        (500, {"error": "text"}, Kind.TRANSIENT),
        (502, None, Kind.TRANSIENT),
    ],
)
def test_answers_without_the_envelope(status: int, body: object, kind: Kind) -> None:
    assert fault(status, body).kind == kind


@pytest.mark.parametrize("body", [{"id": "1"}, {"success": False}, {}])
def test_no_error(body: object) -> None:
    assert fault_of(200, {}, body) is None


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (Kind.RECONNECT, ActionRequired),
        (Kind.PERMISSION, ActionRequired),
        (Kind.GONE, ActionRequired),
        (Kind.REJECTED, Rejected),
        (Kind.THROTTLED, Unavailable),
        (Kind.NOT_READY, Unavailable),
        (Kind.TRANSIENT, Unavailable),
        (Kind.AMBIGUOUS, Unavailable),
    ],
)
def test_in_the_domains_words(kind: Kind, error: type[Exception]) -> None:
    made = GraphFault(kind, "A sentence.").as_error()
    assert type(made) is error
    assert made.message == "A sentence."
    if isinstance(made, Unavailable):
        assert made.outcome_unknown == (kind == Kind.AMBIGUOUS)


def business(*minutes: float) -> str:
    use_cases = [{"type": "pages", "call_count": 100, "estimated_time_to_regain_access": m} for m in minutes]
    return json.dumps({"100200300400501": use_cases})


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, 900),
        ({"x-business-use-case-usage": business(7)}, 420),
        ({"x-business-use-case-usage": business(0, 12, 3)}, 720),
        ({"x-business-use-case-usage": business(0)}, 900),
        ({"x-business-use-case-usage": "{"}, 900),
        ({"x-business-use-case-usage": '[1, null, {"estimated_time_to_regain_access": "soon"}]'}, 900),
        ({"x-app-usage": '{"call_count": 28, "total_time": 25, "total_cputime": 25}'}, 900),
    ],
)
def test_when_to_come_again(headers: dict[str, str], seconds: float) -> None:
    assert fault(400, envelope(80001), headers).retry_after == seconds
    assert fault(500, envelope(2), headers).retry_after is None


def test_some_take_their_own_time() -> None:
    assert fault(400, envelope(368)).retry_after == 3600
    assert fault(400, envelope(9007, 2207027)).retry_after == 60
    assert fault(400, envelope(9, 2207042)).retry_after == 21_600


def test_messages_say_the_reason_and_no_token() -> None:
    said = fault(400, envelope(100, 1366046, error_user_msg="Your photo\nis too small.")).message
    assert said == "Facebook refused: Your photo is too small (code 100/1366046)."
    token = "EAAG" + "x0" * 40
    for code in (100, 190, 368):
        assert token not in fault(400, envelope(code, message=f"Malformed access token {token}")).message
    assert len(fault(400, envelope(100, message="word " * 1000)).message) < 400


@pytest.mark.skipif(not OBSERVED.exists(), reason="the observed bodies lie outside of the repository")
@pytest.mark.parametrize("name", ["facebook", "instagram"])
def test_every_observed_body(name: str) -> None:
    for case in json.loads((OBSERVED / f"{name}.json").read_text()):
        found = fault_of(case["http"], case.get("headers", {}), case["body"])
        assert (found.kind if found else None) == MEANINGS[case["case"]], case["case"]
