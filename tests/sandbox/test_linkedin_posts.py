"""The sandbox LinkedIn's posts, images, figures and limits."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from sandbox.serving import serve
from sandbox.social.linkedin import MEMBER, ORGANIZATIONS, create_app
from tests.sandbox.linkedin_client import ORGANIZATION, Client, error_of, picture

NOON = 1_795_262_400.0


@pytest.fixture
def linkedin(tmp_path: Path) -> Iterator[Client]:
    with serve(create_app(tmp_path, now=lambda: NOON)) as base_url, Client(base_url) as client:
        yield client.link()


def posts(linkedin: Client) -> list[dict[str, object]]:
    return [post for post in linkedin.control("/posts")["posts"] if post["live"]]


def test_only_the_header_names_the_post(linkedin: Client) -> None:
    answer = linkedin.publish("Home \\(new\\) {hashtag|\\#|forsale}")
    assert (answer.status_code, answer.content) == (201, b"")
    (post,) = posts(linkedin)
    assert answer.headers["x-restli-id"] == post["id"]
    assert (post["message"], post["hashtags"]) == ("Home (new) #forsale", ["forsale"])


def test_text_that_is_not_escaped_is_cut_without_a_word(linkedin: Client) -> None:
    assert linkedin.publish("Three beds (two baths) and a view").status_code == 201
    assert [post["message"] for post in posts(linkedin)] == ["Three beds "]


def test_people_see_the_post_until_it_is_gone(linkedin: Client) -> None:
    image = linkedin.image()
    urn = linkedin.publish("A \\<b\\>", content={"media": {"id": image, "altText": "The garden"}}).headers[
        "x-restli-id"
    ]
    page = linkedin.http.get(f"/feed/update/{urn}/")
    assert "A &lt;b&gt;" in page.text
    assert 'alt="The garden"' in page.text
    assert linkedin.http.get(f"/images/{image}").content == picture()
    assert "A &lt;b&gt;" in linkedin.http.get("/").text
    assert linkedin.post("DELETE", urn).status_code == 204
    assert linkedin.http.get(f"/feed/update/{urn}/").status_code == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"commentary": "x" * 3_001},
        {"commentary": " "},
        {"commentary": None},
        {"visibility": "NOBODY"},
        {"lifecycleState": "DRAFT"},
        {"distribution": None},
        {"content": {"article": {}}},
        {"content": {"multiImage": {"images": [{"id": "urn:li:image:1"}]}}},
        {"content": {"multiImage": {"images": [{"id": "urn:li:image:1"}] * 21}}},
    ],
)
def test_refused_posts(linkedin: Client, changes: dict[str, Any]) -> None:
    assert linkedin.publish(**changes).status_code == 422
    assert posts(linkedin) == []


def test_the_same_content_of_an_author_is_a_duplicate_while_it_is_up(linkedin: Client) -> None:
    first = linkedin.publish().headers["x-restli-id"]
    again = linkedin.publish()
    assert error_of(again) == (422, None, "DUPLICATE_POST")
    assert again.json()["message"] == f"Content is a duplicate of {first}"
    assert linkedin.publish(author=ORGANIZATION).status_code == 201
    assert linkedin.publish(content={"media": {"id": linkedin.image()}}).status_code == 201
    linkedin.post("DELETE", first)
    assert linkedin.publish().status_code == 201


def test_images_belong_to_their_owner_and_have_to_be_there(linkedin: Client) -> None:
    own = [linkedin.image() for _ in range(2)]
    of_another, broken = linkedin.image(owner=ORGANIZATION), linkedin.image(raw=b"no image")
    assert linkedin.control("/staged")["count"] == 3
    for images, status in (
        ([own[0], of_another], 403),
        ([own[0], broken], 400),
        (["urn:li:image:x"] * 2, 400),
    ):
        content = {"multiImage": {"images": [{"id": image} for image in images]}}
        assert linkedin.publish(content=content).status_code == status
    content = {"multiImage": {"images": [{"id": image} for image in own]}}
    assert linkedin.publish(content=content).status_code == 201
    assert linkedin.control("/staged")["count"] == 1


@pytest.mark.parametrize("author", ["urn:li:person:other", ORGANIZATIONS[2].urn, "urn:li:organization:1"])
def test_nobody_posts_for_others(linkedin: Client, author: str) -> None:
    assert error_of(linkedin.publish(author=author)) == (403, 100, "ACCESS_DENIED")


@pytest.mark.parametrize(
    ("author", "scope"), [(MEMBER, "w_member_social"), (ORGANIZATION, "w_organization_social")]
)
def test_the_scope_of_the_author(linkedin: Client, author: str, scope: str) -> None:
    urn = linkedin.publish(author=author).headers["x-restli-id"]
    linkedin.control("/scopes", {"remove": [scope]})
    assert error_of(linkedin.publish("More", author=author)) == (403, 100, "ACCESS_DENIED")
    assert error_of(linkedin.post("DELETE", urn)) == (403, 100, "ACCESS_DENIED")
    linkedin.control("/scopes", {"grant": [scope]})
    for _ in range(2):
        assert linkedin.post("DELETE", urn).status_code == 204
    assert posts(linkedin) == []


def test_the_posts_of_an_organization_can_be_read_and_those_of_a_member_not(linkedin: Client) -> None:
    first, second = (
        linkedin.publish(text, author=ORGANIZATION).headers["x-restli-id"] for text in ("a\\_b", "c")
    )
    urn = linkedin.publish().headers["x-restli-id"]
    listed = linkedin.send("GET", "/rest/posts", params={"q": "author", "author": ORGANIZATION}).json()
    assert [post["id"] for post in listed["elements"]] == [second, first]
    assert listed["elements"][1]["commentary"] == "a\\_b"
    paged = {"q": "author", "author": ORGANIZATION, "start": "1", "count": "1"}
    assert [post["id"] for post in linkedin.send("GET", "/rest/posts", params=paged).json()["elements"]] == [
        first
    ]
    refused = linkedin.send("GET", "/rest/posts", params={"q": "author", "author": MEMBER})
    assert error_of(refused) == (403, 100, "ACCESS_DENIED")
    assert error_of(linkedin.post("GET", urn)) == (403, 100, "ACCESS_DENIED")
    assert linkedin.post("GET", first).json()["author"] == ORGANIZATION
    linkedin.control(f"/posts/{first}/remove", {})
    assert linkedin.post("GET", first).status_code == 404


def test_figures(linkedin: Client) -> None:
    first, second = (linkedin.publish(text, author=ORGANIZATION).headers["x-restli-id"] for text in "ab")
    linkedin.control(f"/posts/{first}/figures", {"impressionCount": 7, "likeCount": 2})
    linkedin.control(f"/posts/{second}/figures", {"likeCount": 1, "commentCount": 4})
    path = f"/rest/organizationalEntityShareStatistics?q=organizationalEntity&organizationalEntity={quote(ORGANIZATION)}"
    (one,) = linkedin.send("GET", f"{path}&shares=List({quote(first, safe='')})").json()["elements"]
    assert one["share"] == first
    assert (one["totalShareStatistics"]["impressionCount"], one["totalShareStatistics"]["likeCount"]) == (
        7,
        2,
    )
    (total,) = linkedin.send("GET", path).json()["elements"]
    assert total["totalShareStatistics"]["likeCount"] == 3
    actions = linkedin.send("GET", f"/rest/socialActions/{quote(second, safe='')}").json()
    assert actions["likesSummary"]["totalLikes"] == 1
    assert actions["commentsSummary"]["aggregatedTotalComments"] == 4
    assert linkedin.send("GET", f"{path}&shares={first}").status_code == 400


def test_the_limit_of_the_day_comes_without_a_time(linkedin: Client) -> None:
    linkedin.control("/app", {"day_limit": 1})
    assert linkedin.publish().status_code == 201
    refused = linkedin.publish("More")
    assert error_of(refused) == (429, 101, "TOO_MANY_REQUESTS")
    assert "retry-after" not in refused.headers


def test_faults_in_linkedins_words(linkedin: Client) -> None:
    for code, error in (
        (65_601, (401, 65_601, "REVOKED_ACCESS_TOKEN")),
        (101, (429, 101, "TOO_MANY_REQUESTS")),
    ):
        linkedin.control("/faults", {"kind": "error", "code": code, "match": "/posts$"})
        assert error_of(linkedin.publish()) == error
    linkedin.control("/faults", {"kind": "error_after", "match": "/posts$"})
    assert linkedin.publish().status_code == 500
    assert len(posts(linkedin)) == 1
    assert linkedin.http.post("/_control/faults", json={"kind": "unheard of"}).status_code == 400
    assert [entry["status"] for entry in linkedin.control("/log")["requests"]][-3:] == [401, 429, 500]


def test_state_survives_a_restart_and_ends_with_a_reset(tmp_path: Path) -> None:
    with serve(create_app(tmp_path)) as base_url, Client(base_url) as linkedin:
        urn, token = linkedin.link().publish().headers["x-restli-id"], linkedin.token
    with serve(create_app(tmp_path)) as base_url, Client(base_url) as linkedin:
        linkedin.token = token
        assert linkedin.publish().json()["message"].endswith(urn)
        linkedin.control("/app", {"day_limit": 0, "partner": True})
        linkedin.control("/reset", {})
        assert linkedin.control("/app") == {
            "partner": False,
            "rotates": False,
            "day_limit": 10_000,
            "versions": ["202511", "202612"],
        }
        assert linkedin.link().publish().headers["x-restli-id"] != urn


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("scopes", {}),
        ("scopes", {"remove": ["everything"]}),
        ("tokens/expire", {"only": "some"}),
        ("app", {"version": "1"}),
        ("posts/urn:li:share:1/remove", {}),
        ("posts/urn:li:share:1/figures", {"likeCount": 1}),
    ],
)
def test_control_calls_that_make_no_sense(linkedin: Client, path: str, body: dict[str, object]) -> None:
    assert linkedin.http.post(f"/_control/{path}", json=body).status_code == 400
