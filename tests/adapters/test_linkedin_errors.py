"""What errors of LinkedIn's API mean."""

import json
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from adapters.social.linkedin_errors import Kind, LinkedInFault, fault_of, seconds_to_midnight
from domain.errors import ActionRequired, Rejected, Unavailable

OBSERVED = Path(__file__).parents[3] / "shared/facts/observed-bodies/linkedin.json"
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SHARE = "urn:li:share:7429862475279511552"

CASES: list[tuple[str, int, Any, Kind | None]] = [
    (
        "sunset version header",
        426,
        {"code": "NONEXISTENT_VERSION", "message": "Requested version 20250101 is not active"},
        Kind.SUNSET,
    ),
    ("invalid token", 401, {"serviceErrorCode": 65600, "code": "INVALID_ACCESS_TOKEN"}, Kind.RECONNECT),
    ("revoked token", 401, {"serviceErrorCode": 65601, "code": "REVOKED_ACCESS_TOKEN"}, Kind.RECONNECT),
    ("expired token", 401, {"serviceErrorCode": 65600, "code": "EXPIRED_ACCESS_TOKEN"}, Kind.RECONNECT),
    ("missing permission", 403, {"serviceErrorCode": 100, "code": "ACCESS_DENIED"}, Kind.PERMISSION),
    (
        "throttled (decoration sample)",
        429,
        {"serviceErrorCode": 101, "message": "Resource level throttle limit is reached."},
        Kind.THROTTLED,
    ),
    (
        "throttled APPLICATION DAY",
        429,
        {"message": "Resource level throttle APPLICATION DAY limit for calls to this resource is reached."},
        Kind.THROTTLED,
    ),
    (
        "duplicate content: names the post that is already live",
        422,
        {"message": f"Content is a duplicate of {SHARE}", "code": "DUPLICATE_POST"},
        Kind.DUPLICATE,
    ),
    ("create ok", 201, None, None),
    ("delete ok and delete of an already deleted post", 204, None, None),
]
"""Own copies of the answers that were observed; None: they tell of no error."""


def fault(status: int, body: object = None) -> LinkedInFault:
    found = fault_of(status, body, NOON)
    assert found is not None
    return found


@pytest.mark.parametrize(("status", "body", "kind"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_what_was_seen(status: int, body: object, kind: Kind | None) -> None:
    found = fault_of(status, body, NOON)
    assert (found.kind if found else None) == kind


@pytest.mark.skipif(not OBSERVED.exists(), reason="the observed bodies lie outside of the repository")
def test_every_observed_body() -> None:
    meanings = {name: kind for name, _, _, kind in CASES}
    for case in json.loads(OBSERVED.read_text()):
        found = fault_of(case["http"], case["body"], NOON)
        assert (found.kind if found else None) == meanings[case["case"]], case["case"]


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {"serviceErrorCode": 65602}, Kind.RECONNECT),
        (401, None, Kind.RECONNECT),
        (400, {"serviceErrorCode": 100}, Kind.PERMISSION),
        (403, None, Kind.PERMISSION),
        (400, {"serviceErrorCode": 101}, Kind.THROTTLED),
        (426, None, Kind.SUNSET),
        (404, {"code": "NOT_FOUND"}, Kind.GONE),
        (410, None, Kind.GONE),
        (408, None, Kind.TRANSIENT),
        (500, {"code": "INTERNAL_SERVER_ERROR"}, Kind.TRANSIENT),
        (502, None, Kind.TRANSIENT),
        (400, {"code": "VALIDATION_ERROR"}, Kind.REJECTED),
        (422, {"code": "UNPROCESSABLE_ENTITY"}, Kind.REJECTED),
        (422, {"code": "DUPLICATE_POST"}, Kind.AMBIGUOUS),
        (302, None, Kind.REJECTED),
        (400, [1], Kind.REJECTED),
        (400, {"message": f"Content is a duplicate of {SHARE}"}, Kind.REJECTED),
    ],
)
def test_status_and_code_decide(status: int, body: object, kind: Kind) -> None:
    assert fault(status, body).kind == kind


@pytest.mark.parametrize("message", ["access token expired", "throttle limit", "Not enough permissions", ""])
def test_the_text_does_not(message: str) -> None:
    assert fault(400, {"message": message}).kind == Kind.REJECTED
    assert fault(401, {"message": message}).kind == Kind.RECONNECT


def test_the_post_that_a_duplicate_is_one_of() -> None:
    nested = {
        "message": "com.linkedin.content.common.exception.BadRequestResponseException: Content is a duplicate of"
        " urn:li:ugcPost:7141138937766391808",
        "errorDetails": {"inputErrors": [{"input": {}, "code": "DUPLICATE_POST"}]},
        "status": 422,
    }
    assert fault(422, nested).duplicate_of == "urn:li:ugcPost:7141138937766391808"
    assert fault(422, {"message": f"Content is a duplicate of {SHARE}"}).duplicate_of == SHARE
    nested["message"] = "Duplicate post is detected"
    assert fault(422, nested).kind == Kind.AMBIGUOUS
    assert fault(422, {"message": "a duplicate of urn:li:share:x/../y"}).duplicate_of is None


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (Kind.RECONNECT, ActionRequired),
        (Kind.PERMISSION, ActionRequired),
        (Kind.REJECTED, Rejected),
        (Kind.GONE, Rejected),
        (Kind.DUPLICATE, Rejected),
        (Kind.THROTTLED, Unavailable),
        (Kind.TRANSIENT, Unavailable),
        (Kind.SUNSET, Unavailable),
        (Kind.AMBIGUOUS, Unavailable),
    ],
)
def test_in_the_domains_words(kind: Kind, error: type[Exception]) -> None:
    made = LinkedInFault(kind, "A sentence.").as_error()
    assert type(made) is error
    assert made.message == "A sentence."
    if isinstance(made, Unavailable):
        assert made.outcome_unknown == (kind == Kind.AMBIGUOUS)


def test_throttled_until_midnight_of_utc() -> None:
    assert fault(429).retry_after == 12 * 3_600
    assert fault(500).retry_after is None
    midnight = datetime(2026, 11, 21, tzinfo=UTC)
    assert seconds_to_midnight(midnight) == 86_400
    assert seconds_to_midnight(midnight - timedelta(seconds=1)) == 1
    assert seconds_to_midnight(NOON.astimezone(timezone(timedelta(hours=-11)))) == 12 * 3_600


def test_messages_say_the_reason_and_no_token() -> None:
    said = fault(422, {"message": "ERROR ::\n/commentary is too long."}).message
    assert said == "LinkedIn refused: ERROR :: /commentary is too long (status 422)."
    token = "AQ" + "x0" * 40
    for status in (400, 401, 403):
        assert token not in fault(status, {"message": f"Malformed access token {token}"}).message
    assert len(fault(400, {"message": "word " * 1_000}).message) < 400
