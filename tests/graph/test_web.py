"""Everything beside the graph: health, photos, consent."""

from collections.abc import Iterator
from html import unescape

import httpx
import pytest
from graphql import FieldNode, OperationDefinitionNode, parse
from graphql.utilities import value_from_ast_untyped

from domain.ports import Ports
from tests.graph.server import GraphServer


@pytest.fixture
def http(graph: GraphServer) -> Iterator[httpx.Client]:
    """Nobody in particular."""
    with httpx.Client(base_url=graph.url, trust_env=False) as client:
        yield client


def test_health_touches_nothing(http: httpx.Client, graph: GraphServer) -> None:
    graph.calls.clear()
    assert http.get("/healthz").text == "ok"
    assert not graph.calls


def test_readiness_gives_its_reasons(http: httpx.Client, graph: GraphServer) -> None:
    assert http.get("/readyz").status_code == 200
    graph.not_ready = {"broker": "away"}
    response = http.get("/readyz")
    graph.not_ready = {}
    assert (response.status_code, response.json()["reasons"]) == (503, {"broker": "away"})


def put(graph: GraphServer, key: str, data: bytes, kind: str) -> str:
    """Store a file and answer the path and query of its URL."""

    async def work(ports: Ports) -> str:
        await ports.files.put(key, data, content_type=kind)
        return ports.files.url(key)

    return graph.do(work).removeprefix(graph.url)


def test_a_photo_is_served_to_whoever_has_its_url(http: httpx.Client, graph: GraphServer) -> None:
    url = put(graph, "listings/auth0|a b/l/photo0-ü.jpg", b"jpeg", "image/jpeg")
    response = http.get(url)
    assert (response.status_code, response.content) == (200, b"jpeg")
    assert response.headers["content-type"] == "image/jpeg"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["cache-control"].startswith("private, max-age=")
    again = http.get(url, headers={"If-None-Match": response.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert http.head(url).status_code == 200


def test_parts_of_a_photo_are_served(http: httpx.Client, graph: GraphServer) -> None:
    url = put(graph, "listings/u/l/original/photo0-a.jpg", b"0123456789", "image/jpeg")
    whole = http.get(url)
    assert (whole.headers["accept-ranges"], whole.headers["content-length"]) == ("bytes", "10")
    for wanted, part, place in [("2-4", b"234", "2-4"), ("7-", b"789", "7-9"), ("-2", b"89", "8-9")]:
        answer = http.get(url, headers={"Range": f"bytes={wanted}"})
        assert (answer.status_code, answer.content) == (206, part)
        assert answer.headers["content-range"] == f"bytes {place}/10"
        assert answer.headers["etag"] == whole.headers["etag"]
    beyond = http.get(url, headers={"Range": "bytes=10-"})
    assert (beyond.status_code, beyond.headers["content-range"]) == (416, "bytes */10")
    for held, status in [(whole.headers["etag"], 206), ('"another"', 200)]:
        assert http.get(url, headers={"Range": "bytes=0-1", "If-Range": held}).status_code == status


def test_a_photo_that_is_held_is_not_sent_again(http: httpx.Client, graph: GraphServer) -> None:
    url = put(graph, "listings/u/l/original/photo1-b.jpg", b"jpeg", "image/jpeg")
    tag = http.get(url).headers["etag"]
    for held in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        answer = http.get(url, headers={"If-None-Match": held})
        assert (answer.status_code, answer.headers["etag"]) == (304, tag)
        assert "immutable" in answer.headers["cache-control"]
    assert http.get(url, headers={"If-None-Match": '"x"'}).status_code == 200


def test_head_tells_the_size_and_sends_nothing(http: httpx.Client, graph: GraphServer) -> None:
    url = put(graph, "listings/u/l/original/photo2-c.webp", b"webp!", "image/webp")
    answer = http.head(url)
    assert (answer.status_code, answer.content) == (200, b"")
    assert (answer.headers["content-length"], answer.headers["content-type"]) == ("5", "image/webp")


@pytest.mark.parametrize(
    "change",
    [
        lambda url: url.split("?")[0],
        lambda url: url.replace("photo1", "photo2"),
        lambda url: url.replace("expires=", "expires=9"),
        lambda url: url + "x",
        lambda url: url.replace("/media/", "/media/../"),
        lambda url: url.replace("/media/listings", "/media/%2e%2e/%2e%2e/etc"),
    ],
)
def test_a_changed_url_opens_nothing(http: httpx.Client, graph: GraphServer, change: object) -> None:
    assert callable(change)
    url = put(graph, "listings/u/l/photo1.jpg", b"jpeg", "image/jpeg")
    assert http.get(change(url)).status_code in (403, 404)


def test_a_good_signature_of_nothing_is_a_404(http: httpx.Client, graph: GraphServer) -> None:
    async def work(ports: Ports) -> str:
        return ports.files.url("listings/u/l/none.jpg")

    assert http.get(graph.do(work).removeprefix(graph.url)).status_code == 404


def test_the_consent_page_shows_what_came_back_and_runs_nothing(http: httpx.Client) -> None:
    code = "<script>alert(1)</script>"
    page = http.get("/oauth/callback/facebook", params={"code": code, "state": "s&t"})
    assert page.status_code == 200
    assert "&lt;script&gt;" in page.text
    assert "<script" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer"
    data = http.get(
        "/oauth/callback/facebook",
        params={"code": code, "state": "s&t"},
        headers={"Accept": "application/json"},
    )
    assert data.json() == {"platform": "facebook", "code": code, "state": "s&t"}


@pytest.mark.parametrize(
    ("error", "said"), [("access_denied", "You did not agree"), ("server_error", "It did not work")]
)
def test_a_refusal_of_consent_is_said(http: httpx.Client, error: str, said: str) -> None:
    came = {"error": error, "error_description": "No <b>", "state": "s"}
    page = http.get("/oauth/callback/x", params=came)
    assert page.status_code == 400
    assert said in page.text
    assert "No &lt;b&gt;" in page.text
    data = http.get("/oauth/callback/x", params=came, headers={"Accept": "application/json"})
    assert (data.status_code, data.json()["error"], data.json()["state"]) == (400, error, "s")


def test_a_callback_without_a_code_or_a_state_is_none(http: httpx.Client) -> None:
    for came in ({}, {"code": "c"}, {"state": "s"}):
        assert http.get("/oauth/callback/facebook", params=came).status_code == 400


def test_the_consent_page_gives_the_mutation_that_completes(http: httpx.Client) -> None:
    code = 'a"b\\c}<i>'
    page = http.get("/oauth/callback/facebook", params={"code": code, "state": "s"}).text
    shown = unescape(page.partition('<pre id="mutation">')[2].partition("</pre>")[0])
    (operation,) = parse(shown).definitions
    assert isinstance(operation, OperationDefinitionNode)
    (field,) = operation.selection_set.selections
    assert isinstance(field, FieldNode)
    (argument,) = field.arguments or ()
    given = value_from_ast_untyped(argument.value)
    assert given == {"platform": "facebook", "code": code, "state": "s"}
