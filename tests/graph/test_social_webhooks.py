"""Where platforms tell what happened: registered by who knows the token, and nothing said to anybody else."""

import hmac
import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import httpx
import pytest

from app.bodies import LARGEST_BODY
from domain.entities.intent import IntentKind
from domain.entities.post import PostState
from domain.entities.social_account import AccountState
from sandbox.social.facebook import APP_SECRET, PAGES
from tasks.work import carry_out
from tests.contracts.nouns.make import a_post
from tests.graph.server import WEBHOOK_TOKEN, GraphServer
from tests.world.steps import link_pages
from tests.world.world import USER, Sandboxes

REFUSED = (401, "Not allowed.")
ASKED = {"hub.mode": "subscribe", "hub.verify_token": WEBHOOK_TOKEN, "hub.challenge": "4711"}
POST = f"{PAGES[0].id}_1"
BODY = json.dumps(
    {
        "object": "page",
        "entry": [
            {
                "id": PAGES[0].id,
                "changes": [{"field": "feed", "value": {"item": "post", "verb": "remove", "post_id": POST}}],
            }
        ],
    }
).encode()


@pytest.fixture(scope="module")
def server(
    tmp_path_factory: pytest.TempPathFactory, served_sandboxes: Sandboxes, redis_url: str
) -> Iterator[GraphServer]:
    made = GraphServer(tmp_path_factory.mktemp("news"), served_sandboxes, redis_url).start()
    yield made
    made.stop()


@pytest.fixture
def http(server: GraphServer) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"{server.url}/webhooks/social/", trust_env=False) as client:
        yield client


def signed(body: bytes, secret: str = APP_SECRET) -> dict[str, str]:
    return {"X-Hub-Signature-256": f"sha256={hmac.new(secret.encode(), body, sha256).hexdigest()}"}


def seen(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.text


@pytest.mark.parametrize("platform", ["facebook", "instagram"])
def test_the_challenge_is_answered_to_who_knows_the_token(http: httpx.Client, platform: str) -> None:
    answer = http.get(platform, params=ASKED)
    assert seen(answer) == (200, "4711")
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    ("platform", "params"),
    [
        ("facebook", {}),
        ("facebook", ASKED | {"hub.verify_token": "guessed"}),
        ("facebook", ASKED | {"hub.mode": "unsubscribe"}),
        ("friendster", ASKED),
        ("FACEBOOK", ASKED),
    ],
)
def test_and_to_nobody_else(http: httpx.Client, platform: str, params: dict[str, str]) -> None:
    assert seen(http.get(platform, params=params)) == REFUSED


@pytest.mark.parametrize(
    ("platform", "headers"),
    [
        ("facebook", {}),
        ("facebook", signed(BODY, "another secret")),
        ("facebook", signed(BODY + b" ")),
        ("facebook", {"X-Hub-Signature-256": "sha256="}),
        ("friendster", signed(BODY)),
    ],
)
def test_refusals_say_nothing_and_do_nothing(
    server: GraphServer, http: httpx.Client, platform: str, headers: dict[str, str]
) -> None:
    server.calls.clear()
    assert seen(http.post(platform, content=BODY, headers=headers)) == REFUSED
    assert not server.calls


def test_what_is_too_large_is_not_read(http: httpx.Client) -> None:
    body = b" " * (LARGEST_BODY + 1)
    assert http.post("facebook", content=body, headers=signed(body)).status_code == 413


def test_what_is_signed_is_taken_whether_or_not_it_concerns_anybody(http: httpx.Client) -> None:
    for body in (BODY, b"{}", b"no json", b""):
        assert seen(http.post("facebook", content=body, headers=signed(body))) == (200, "ok")


def test_from_facebook_to_the_post_and_the_account(server: GraphServer, sandboxes: Sandboxes) -> None:
    """Facebook checks our address, is asked to tell, tells, tells again, and tells that the app was removed."""

    def control(call: str, **body: Any) -> httpx.Response:
        return sandboxes.http.post(f"{sandboxes.facebook}/_control/{call}", json=body)

    def answers() -> list[list[int]]:
        told = sandboxes.http.get(f"{sandboxes.facebook}/_control/webhook").json()["deliveries"]
        return [one["answers"] for one in told]

    def worked(kind: IntentKind, target: str) -> None:
        server.do(lambda ports: carry_out(ports, kind, target))

    url = f"{server.url}/webhooks/social/facebook"
    assert control("webhook", url=url, verify_token="guessed").status_code == 400
    assert control("webhook", url=url, verify_token=WEBHOOK_TOKEN).status_code == 200
    account, *_ = server.do(lambda ports: link_pages(ports, sandboxes))
    worked(IntentKind.LISTEN, f"{USER}/{account.id}")
    tokens = server.do(lambda ports: ports.social_accounts.tokens(USER, account.id))
    page = f"{sandboxes.facebook}/v26.0/{account.remote_id}/feed"
    bearer = {"Authorization": f"Bearer {tokens.access_token}"}
    up = sandboxes.http.post(page, data={"message": "For sale"}, headers=bearer).json()["id"]
    post = a_post("P1", USER, account_id=account.id, state=PostState.PUBLISHED, platform_post_id=up)
    server.do(lambda ports: ports.posts.create([post]))

    control(f"posts/{up}/remove")
    control("webhook/redeliver")
    assert answers() == [[200, 200]]
    worked(IntentKind.NEWS, "P1")
    gone = server.do(lambda ports: ports.posts.get(USER, "P1"))
    assert gone is not None
    assert gone.state is PostState.UNPUBLISHED

    control("deauthorize")
    assert answers() == [[200, 200], [200]]
    worked(IntentKind.NEWS, f"{USER}/{account.id}")
    left = server.do(lambda ports: ports.social_accounts.get(USER, account.id))
    assert left is not None
    assert left.state is AccountState.NEEDS_RECONNECT
