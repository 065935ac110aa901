"""Publishing by the graph: templates, previews, and all that stands against a post at once."""

from typing import Any

import pytest

from domain.entities.common import Failure
from domain.ports import Ports
from schema.errors import UserError
from tests.graph import seeds
from tests.graph.client import Client
from tests.graph.seeds import seed_all

PREVIEW = """query($input: PublishPostInput!) { previewPost(input: $input) {
    platform text account { id name } photos { id } problems { field message code reason } } }"""


@pytest.fixture
def wish(alice: Client) -> dict[str, Any]:
    """A home and an account of hers."""
    seed_all(alice.server, alice.user)
    data = alice.ask("{ listings { nodes { id } } socialAccounts { id } }")
    return {
        "listingId": data["listings"]["nodes"][0]["id"],
        "accountIds": [data["socialAccounts"][0]["id"]],
    }


def posts_of(client: Client) -> int:
    return len(client.ask("{ posts { nodes { id } } }")["posts"]["nodes"])


def photos_of(client: Client, listing: str) -> list[str]:
    data = client.ask("query($id: ID!) { listing(id: $id) { photos { id } } }", id=listing)
    return [photo["id"] for photo in data["listing"]["photos"]]


def test_a_template_is_previewed_and_then_published_as_it_was_shown(
    alice: Client, wish: dict[str, Any]
) -> None:
    template = "{{ listing.address }}: {{ listing.price | money }} on {{ platform }}"
    wish = {**wish, "template": template, "hashtags": ["#JustListed", "justlisted"]}
    before = posts_of(alice)
    [preview] = alice.ask(PREVIEW, input=wish)["previewPost"]
    text = "1 Elm Street, Salem, OR 97301: $525,000 on facebook"
    assert preview == {
        "platform": "facebook",
        "text": f"{text}\n\n#JustListed",
        "account": {"id": wish["accountIds"][0], "name": "Elm Realty"},
        "photos": [{"id": photos_of(alice, wish["listingId"])[0]}],
        "problems": [],
    }
    assert posts_of(alice) == before
    [post] = alice.done("publishPost", "posts { text hashtags photos { id } }", **wish)["posts"]
    assert post == {"text": text, "hashtags": ["JustListed"], "photos": preview["photos"]}
    assert posts_of(alice) == before + 1


def test_all_that_stands_against_a_post_is_told_at_once_and_nothing_is_stored(
    alice: Client, wish: dict[str, Any]
) -> None:
    async def second(ports: Ports) -> None:
        await seeds.account(ports, alice.user)

    alice.server.do(second)
    accounts = alice.ask("{ socialAccounts { id } }")["socialAccounts"]
    wish = {
        **wish,
        "accountIds": [account["id"] for account in accounts],
        "template": "{{ listing.__class__ }}",
        "hashtags": ["two words"],
        "photoIds": photos_of(alice, wish["listingId"]),
        "publishAt": "2020-01-01T00:00:00Z",
    }
    before = posts_of(alice)
    payload = alice.mutate("publishPost", "posts { id }", **wish)
    assert payload["posts"] is None
    assert [(error["field"], error["code"]) for error in payload["userErrors"]] == [
        (["publishAt"], "INVALID"),
        (["hashtags"], "INVALID"),
        (["template"], "INVALID"),
        (["photoIds"], "INVALID"),
    ]
    assert "listing.__class__" in payload["userErrors"][2]["message"]
    assert payload["userErrors"][3]["message"].startswith("Elm Realty (Facebook): photo 2 ")
    previews = alice.ask(PREVIEW, input=wish)["previewPost"]
    assert len(previews) == 2
    for preview in previews:
        assert preview["text"] == ""
        assert len(preview["photos"]) == 1
        fields = [problem["field"] for problem in preview["problems"]]
        assert fields == [["publishAt"], ["hashtags"], ["template"], ["photoIds"]]
        assert preview["problems"][3]["reason"] == "PHOTO_NOT_STORED"
    assert posts_of(alice) == before


def test_what_is_somebody_elses_can_be_neither_published_nor_previewed(
    alice: Client, bob: Client, wish: dict[str, Any]
) -> None:
    seed_all(bob.server, bob.user)
    theirs = bob.ask("{ listings { nodes { id photos { id } } } socialAccounts { id } }")
    listing, account = theirs["listings"]["nodes"][0], theirs["socialAccounts"][0]
    for field, wrong in (
        ("listingId", listing["id"]),
        ("accountIds", [account["id"]]),
        ("photoIds", [listing["photos"][0]["id"]]),
    ):
        payload = alice.mutate("publishPost", "posts { id }", **{**wish, field: wrong})
        assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [
            ("NOT_FOUND", [field])
        ]
        assert alice.refused(PREVIEW, input={**wish, field: wrong}) == "BAD_USER_INPUT"
    assert posts_of(alice) == 1


@pytest.mark.parametrize(
    ("stored", "code", "reason"),
    [
        ("UNAVAILABLE", "UNAVAILABLE", None),
        ("THROTTLED", "UNAVAILABLE", "THROTTLED"),
        ("OUTCOME_UNKNOWN", "UNAVAILABLE", "OUTCOME_UNKNOWN"),
        ("OUTCOME_NOT_FOUND", "UNAVAILABLE", "OUTCOME_NOT_FOUND"),
        ("RECONNECT", "ACTION_REQUIRED", "RECONNECT"),
        ("REMOVE_BY_HAND", "ACTION_REQUIRED", "REMOVE_BY_HAND"),
        ("OFF_MARKET", "REJECTED", "OFF_MARKET"),
    ],
)
def test_why_a_post_waits_or_failed_says_what_to_do(stored: str, code: str, reason: str | None) -> None:
    shown = UserError.of_failure(Failure(stored, "Why."))
    assert shown is not None
    assert (shown.code.value, shown.reason, shown.message) == (code, reason, "Why.")
