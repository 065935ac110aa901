"""Media types of requests and responses, the statuses that go with them, and what browsers may send."""

from typing import Any

import httpx
import pytest

from app.media_types import EVENTS, GRAPHQL_JSON, JSON, answered_as, is_json
from tests.graph.client import Client

GOOD = "{ viewer { userId } }"
UTF_8 = "; charset=utf-8"


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("", JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        (JSON, JSON),
        ("Application/JSON", JSON),
        (GRAPHQL_JSON, GRAPHQL_JSON),
        (f"{GRAPHQL_JSON}; charset=utf-8, {JSON}; charset=utf-8", GRAPHQL_JSON),
        (f"{JSON}, {GRAPHQL_JSON}", JSON),
        (f"{GRAPHQL_JSON},{JSON};q=0.9", GRAPHQL_JSON),
        (f"{GRAPHQL_JSON};q=0.1,{JSON};q=0.9", JSON),
        (f"{GRAPHQL_JSON}, */*", GRAPHQL_JSON),
        (f"*/*, {GRAPHQL_JSON}", GRAPHQL_JSON),
        (f"{JSON};q=0.5, */*", GRAPHQL_JSON),
        (f"{JSON};q=0, */*;q=0.1", GRAPHQL_JSON),
        (f"{JSON};q=0, */*;q=0", None),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", JSON),
        (f"{JSON}; charset=utf-16", None),
        (f"{JSON}; charset=utf-16, {GRAPHQL_JSON};q=0.1", GRAPHQL_JSON),
        ("text/html", None),
        ("text/*", None),
        ("image/png, application/xml", None),
        ("nonsense", None),
        (f"{JSON};q=nan, {GRAPHQL_JSON};q=2", None),
        (JSON + ";" * 2_000, None),
        (f"{JSON};q=x", None),
        (",,", None),
        (EVENTS, EVENTS),
        ("text/event-stream, multipart/mixed", EVENTS),
        (f"{EVENTS}, {JSON};q=0.9", EVENTS),
        (f"{EVENTS}, */*;q=0.1", EVENTS),
        (f"{EVENTS}, {JSON}", JSON),
        (f"{EVENTS}, */*", JSON),
        (f"{EVENTS}, {GRAPHQL_JSON}", GRAPHQL_JSON),
        (f"{EVENTS};q=0.5, {JSON}", JSON),
        (f"{EVENTS};q=0", None),
        (f"{GRAPHQL_JSON}, application/graphql+json, {JSON}, {EVENTS}, multipart/mixed", GRAPHQL_JSON),
    ],
)
def test_the_best_media_type_is_answered(accept: str, kind: str | None) -> None:
    assert answered_as(accept) == kind


def test_a_type_that_is_longer_than_any_is_not_read() -> None:
    assert is_json(JSON + ";" * 1_000)
    assert not is_json(JSON + ";" * 2_000)


@pytest.mark.parametrize("kind", [JSON, GRAPHQL_JSON])
def test_the_answer_says_its_type_and_encoding(alice: Client, kind: str) -> None:
    response = alice.http.post("/graphql", json={"query": GOOD}, headers={"Accept": kind})
    assert (response.status_code, response.headers["content-type"]) == (200, kind + UTF_8)
    refused = alice.http.post("/graphql", content=b"{", headers={"Accept": kind, "Content-Type": JSON})
    assert (refused.status_code, refused.headers["content-type"]) == (400, kind + UTF_8)
    stranger = alice.http.post(
        "/graphql", json={"query": GOOD}, headers={"Accept": kind, "Authorization": ""}
    )
    assert (stranger.status_code, stranger.headers["content-type"]) == (401, kind + UTF_8)


@pytest.mark.parametrize(
    "asked",
    [
        {"query": "{ nothing }"},
        {"query": "{"},
        {"query": "query($id: ID!) { listing(id: $id) { id } }", "variables": {"id": None}},
        {"query": GOOD, "operationName": "Other"},
        {"query": "query A { __typename } query B { __typename }"},
    ],
    ids=["invalid", "syntax", "variables", "unknown operation", "two operations"],
)
def test_what_was_never_executed_is_a_400_but_not_to_legacy_clients(
    alice: Client, asked: dict[str, Any]
) -> None:
    for kind, status in ((GRAPHQL_JSON, 400), (JSON, 200)):
        response = alice.http.post("/graphql", json=asked, headers={"Accept": kind})
        assert (response.status_code, "data" in response.json()) == (status, False)
        assert {e["extensions"]["code"] for e in response.json()["errors"]} == {"BAD_USER_INPUT"}


def test_an_empty_operation_name_is_none(alice: Client) -> None:
    asked = {"query": GOOD, "operationName": ""}
    assert alice.http.get("/graphql", params=asked).json()["data"]
    assert alice.http.post("/graphql", json=asked).json()["data"]


def test_only_who_names_html_gets_the_explorer_and_others_are_told_what_is_missing(alice: Client) -> None:
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    page = alice.http.get("/graphql", headers={"Accept": browser, "Authorization": ""})
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    for accept in ("*/*", JSON, GRAPHQL_JSON, EVENTS):
        missing = alice.http.get("/graphql", headers={"Accept": accept})
        assert '"code":"BAD_USER_INPUT"' in missing.text
        assert missing.status_code == (200 if accept == EVENTS else 400)


def test_what_cannot_be_answered_in_any_type_is_a_406_and_changes_nothing(alice: Client) -> None:
    asked = {"query": "mutation { createListing(input: {}) { listing { id } } }"}
    for accept in ("text/html", "application/xml", f"{JSON};q=0"):
        response = alice.http.post("/graphql", json=asked, headers={"Accept": accept})
        assert response.status_code == 406
        assert response.json()["errors"][0]["extensions"] == {"code": "BAD_USER_INPUT"}
    assert alice.ask("{ listings { nodes { id } } }") == {"listings": {"nodes": []}}


def test_several_accept_headers_are_one(alice: Client) -> None:
    headers = [("Accept", "text/html"), ("Accept", GRAPHQL_JSON), ("Authorization", f"Bearer {alice.token}")]
    with httpx.Client(base_url=alice.server.url, trust_env=False) as http:
        response = http.get("/graphql", params={"query": GOOD}, headers=headers)
    assert response.headers["content-type"] == GRAPHQL_JSON + UTF_8


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("application/json", 200),
        ("application/json;charset=UTF-8", 200),
        ('Application/JSON; charset="utf-8"', 200),
        ("application/json; charset=utf-16", 415),
        ("application/jsonx", 415),
        ("application/graphql", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data; boundary=x", 415),
        ("", 415),
        (None, 415),
    ],
)
def test_a_body_is_json_and_says_so(alice: Client, kind: str | None, status: int) -> None:
    body = b'{"query": "{ viewer { userId } }"}'
    headers = {} if kind is None else {"Content-Type": kind}
    response = alice.http.post("/graphql", content=body, headers=headers)
    assert response.status_code == status
    assert ("data" in response.json()) == (status == 200)


@pytest.mark.parametrize("kind", [JSON, GRAPHQL_JSON])
def test_a_subscription_is_not_answered_as_json(alice: Client, kind: str) -> None:
    asked = {"query": "subscription { notificationAdded { id } }"}
    for response in (
        alice.http.post("/graphql", json=asked, headers={"Accept": kind}),
        alice.http.get("/graphql", params=asked, headers={"Accept": kind}),
    ):
        assert response.status_code == 406
        assert EVENTS in response.json()["errors"][0]["message"]


def test_other_methods_are_refused_with_those_that_are_not(alice: Client) -> None:
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        response = alice.http.request(method, "/graphql")
        assert response.status_code == 405
        assert {"GET", "POST"} <= set(response.headers["allow"].split(", "))


@pytest.mark.parametrize(
    "sent",
    [
        "authorization,content-type",
        "apollo-require-preflight,authorization,x-apollo-operation-name",
        "apollographql-client-name,apollographql-client-version,content-type",
        "graphql-client-name,graphql-client-version,graphql-require-preflight",
        "accept,content-type,traceparent,x-requested-with",
    ],
)
def test_a_browser_on_another_origin_may_ask_with_what_clients_send(alice: Client, sent: str) -> None:
    headers = {
        "Origin": "https://app.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": sent,
    }
    response = alice.http.options("/graphql", headers=headers)
    assert (response.status_code, response.headers["access-control-allow-origin"]) == (200, "*")
    unknown = alice.http.options(
        "/graphql", headers={**headers, "Access-Control-Request-Headers": "x-unknown"}
    )
    assert unknown.status_code == 400
