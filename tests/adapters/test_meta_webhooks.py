"""What Meta tells by itself: believed if it is signed, and read as far as it matters."""

import base64
import hmac
import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

import pytest

from adapters.social.meta_webhooks import MetaWebhooks
from domain.entities.engagement import NewsKind, PlatformNews
from domain.errors import Rejected

SECRET = "app-secret"
WEBHOOKS = MetaWebhooks(app_secret=SECRET, verify_token="tökén")
AT = 1_795_000_000
ASKED = {"hub.mode": "subscribe", "hub.verify_token": "tökén", "hub.challenge": "4711"}


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"x-hub-signature-256": f"sha256={hmac.new(secret.encode(), body, sha256).hexdigest()}"}


def told(body: Any) -> list[PlatformNews]:
    text = json.dumps(body).encode()
    return WEBHOOKS.news(signed(text), text)


def feed(**value: Any) -> dict[str, Any]:
    usual = {"item": "post", "verb": "remove", "post_id": "42_7", "created_time": AT}
    change = {"field": "feed", "value": usual | value}
    return {"object": "page", "entry": [{"id": "42", "time": AT, "changes": [change]}]}


def encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def request(payload: Any, secret: str = SECRET) -> bytes:
    text = encoded(json.dumps(payload).encode())
    signature = encoded(hmac.new(secret.encode(), text.encode(), sha256).digest())
    return urlencode({"signed_request": f"{signature}.{text}"}).encode()


LEFT = {"algorithm": "HMAC-SHA256", "issued_at": AT, "user_id": "10001"}


def test_the_challenge_is_answered_to_who_knows_the_token() -> None:
    assert WEBHOOKS.challenge(ASKED) == "4711"


@pytest.mark.parametrize(
    "change",
    [
        {"hub.mode": "unsubscribe"},
        {"hub.mode": ""},
        {"hub.verify_token": "token"},
        {"hub.verify_token": ""},
        {"hub.verify_token": "tökén "},
    ],
)
def test_and_to_nobody_else(change: dict[str, str]) -> None:
    assert WEBHOOKS.challenge(ASKED | change) is None
    assert WEBHOOKS.challenge({}) is None


def test_without_a_token_nobody_registers() -> None:
    closed = MetaWebhooks(app_secret=SECRET, verify_token="")
    assert closed.challenge(ASKED | {"hub.verify_token": ""}) is None
    assert closed.challenge({"hub.mode": "subscribe", "hub.challenge": "4711"}) is None


@pytest.mark.parametrize("item", ["post", "status", "photo", "share"])
def test_a_removed_post(item: str) -> None:
    news = PlatformNews(kind=NewsKind.POST_REMOVED, account_id="42", platform_post_id="42_7")
    assert told(feed(item=item)) == [news]


@pytest.mark.parametrize(
    "body",
    [
        feed(item="comment", comment_id="42_7_1"),
        feed(item="reaction"),
        feed(verb="add"),
        feed(verb="hide"),
        feed(post_id=7),
        feed(post_id=None),
        {**feed(), "object": "instagram"},
        {"object": "page", "entry": [{"id": "42", "changes": [{"field": "mention", "value": {}}]}]},
        {"object": "page", "entry": {"id": "42"}},
        {"object": "page", "entry": [None, {"changes": [7]}, {"id": "42", "changes": [{"field": "feed"}]}]},
        {"object": "page"},
        [],
        None,
        5,
    ],
)
def test_what_does_not_matter_is_nothing(body: Any) -> None:
    assert told(body) == []


def test_what_is_signed_and_no_json_is_nothing() -> None:
    for body in (b"", b"{", b"[" * 100_000):
        assert WEBHOOKS.news(signed(body), body) == []


def test_several_at_once() -> None:
    body = {"object": "page", "entry": [feed()["entry"][0], feed(post_id="42_8")["entry"][0]]}
    assert [news.platform_post_id for news in told(body)] == ["42_7", "42_8"]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(b"other"),
        signed(json.dumps(feed()).encode(), "another-secret"),
        {"x-hub-signature-256": "sha256="},
        {"x-hub-signature-256": "é"},
        {"x-hub-signature": "sha1=00"},
    ],
)
def test_what_is_not_signed_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(Rejected, match="Not allowed"):
        WEBHOOKS.news(headers, json.dumps(feed()).encode())


def test_a_person_who_removed_the_app() -> None:
    left = PlatformNews(kind=NewsKind.DEAUTHORIZED, login_id="10001", at=datetime.fromtimestamp(AT, UTC))
    assert WEBHOOKS.news({}, request(LEFT)) == [left]
    assert WEBHOOKS.news({}, request(LEFT | {"user_id": 10001})) == [left]


@pytest.mark.parametrize(
    "body",
    [
        request(LEFT, "another-secret"),
        request({**LEFT, "user_id": None}),
        request({**LEFT, "issued_at": "yesterday"}),
        request({**LEFT, "issued_at": 10**30}),
        request([1]),
        b"signed_request=",
        b"signed_request=.",
        b"signed_request=a.b.c",
        b"signed_request=%ff.%ff",
        b"other=1",
        b"&" * 1_000,
        b"a=1&" * 1_000,
        b"",
    ],
)
def test_a_request_that_is_not_signed_or_says_nothing_is_refused(body: bytes) -> None:
    with pytest.raises(Rejected, match="Not allowed"):
        WEBHOOKS.news({}, body)
