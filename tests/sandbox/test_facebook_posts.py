"""The sandbox Facebook's posts and photos: publish, read, delete, look at, keep."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.serving import serve
from sandbox.social.facebook import PAGES, create_app
from tests.sandbox.facebook_client import PAGE, Client, error_of, picture


@pytest.fixture
def facebook(tmp_path: Path) -> Iterator[Client]:
    with serve(create_app(tmp_path)) as base_url, Client(base_url) as client:
        yield client.link()


@pytest.fixture
def media() -> Iterator[str]:
    """The address of a server of photos: /photo.png is one, /page.jpg is none."""

    async def photo(request: Request) -> Response:
        return Response(picture(kind="PNG"), media_type="image/png")

    async def page(request: Request) -> Response:
        return Response("<html>no photo</html>", media_type="image/jpeg")

    with serve(Starlette(routes=[Route("/photo.png", photo), Route("/page.jpg", page)])) as base_url:
        yield base_url


def test_publish_words_with_a_link(facebook: Client) -> None:
    form = {"message": "Open house", "link": "https://example.com/1", "fields": "id,permalink_url"}
    answer = facebook.post(f"/{PAGE}/feed", data=form)
    assert answer.status_code == 200
    assert answer.json()["id"].startswith(PAGE + "_")
    shown = facebook.http.get(answer.json()["permalink_url"])
    assert "Open house" in shown.text
    assert 'href="https://example.com/1"' in shown.text


def test_without_fields_the_answer_is_the_id(facebook: Client) -> None:
    answer = facebook.post(f"/{PAGE}/feed", json={"message": "As JSON"}).json()
    assert list(answer) == ["id"]
    assert facebook.get(f"/{answer['id']}", fields="message").json() == {
        "message": "As JSON",
        "id": answer["id"],
    }


@pytest.mark.parametrize("form", ["json-text", "numbered", "json-body"])
def test_publish_with_several_photos_in_every_form(facebook: Client, form: str) -> None:
    photos = [{"media_fbid": facebook.stage(color)} for color in ("teal", "navy", "gold")]
    if form == "json-text":
        answer = facebook.post(f"/{PAGE}/feed", data={"message": "m", "attached_media": json.dumps(photos)})
    elif form == "numbered":
        numbered = {f"attached_media[{place}]": json.dumps(photo) for place, photo in enumerate(photos)}
        answer = facebook.post(f"/{PAGE}/feed", data={"message": "m"} | numbered)
    else:
        answer = facebook.post(f"/{PAGE}/feed", json={"message": "m", "attached_media": photos})
    post = facebook.control("/posts")["posts"][0]
    assert post["id"] == answer.json()["id"]
    assert post["photos"] == [photo["media_fbid"] for photo in photos]
    assert facebook.control("/staged")["count"] == 0


def test_publish_with_one_photo_fetched_by_address(facebook: Client, media: str) -> None:
    staged = facebook.post(f"/{PAGE}/photos", data={"url": media + "/photo.png", "published": "false"})
    assert facebook.control("/staged")["photos"][0]["id"] == staged.json()["id"]
    media_list = json.dumps([{"media_fbid": staged.json()["id"]}])
    facebook.post(f"/{PAGE}/feed", data={"attached_media": media_list})
    shown = facebook.http.get(f"/photos/{staged.json()['id']}.jpg")
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.content.startswith(b"\xff\xd8\xff")


def test_a_published_photo_is_a_post(facebook: Client) -> None:
    files = {"source": ("a.jpg", picture(), "image/jpeg")}
    answer = facebook.post(f"/{PAGE}/photos", data={"caption": "One photo"}, files=files).json()
    post = facebook.control("/posts")["posts"][0]
    assert (post["id"], post["message"], post["photos"]) == (answer["post_id"], "One photo", [answer["id"]])


def test_what_is_no_image_is_refused(facebook: Client, media: str) -> None:
    for url, expected in [
        (media + "/page.jpg", (400, 100, 1366046)),
        (media + "/absent.jpg", (400, 324, 2069019)),
        ("http://127.0.0.1:1/refused.jpg", (400, 324, 2069019)),
        ("not a url", (400, 324, 2069019)),
    ]:
        assert error_of(facebook.post(f"/{PAGE}/photos", data={"url": url, "published": "false"})) == expected
    cut = {"source": ("a.jpg", picture()[:300], "image/jpeg")}
    assert error_of(facebook.post(f"/{PAGE}/photos", files=cut)) == (400, 100, 1366046)
    assert error_of(facebook.post(f"/{PAGE}/photos", data={"caption": "none"})) == (400, 324, None)
    assert facebook.control("/staged")["count"] == 0


def test_photos_that_are_unknown_used_or_another_pages_are_refused(facebook: Client) -> None:
    used = facebook.stage()
    media = json.dumps([{"media_fbid": used}])
    assert facebook.post(f"/{PAGE}/feed", data={"attached_media": media}).status_code == 200
    kept = facebook.stage("navy")
    for keys in ([used], ["1"], [kept, kept], [kept, "2"]):
        media = json.dumps([{"media_fbid": key} for key in keys])
        assert error_of(facebook.post(f"/{PAGE}/feed", data={"attached_media": media})) == (400, 100, None)
    accounts = facebook.get("/me/accounts", token=facebook.user_token).json()["data"]
    other = {
        "data": {"attached_media": json.dumps([{"media_fbid": kept}])},
        "token": accounts[1]["access_token"],
    }
    assert error_of(facebook.post(f"/{PAGES[1].id}/feed", **other)) == (400, 100, None)
    assert facebook.control("/staged")["count"] == 1


def test_eleven_photos_are_refused_and_ten_are_not(facebook: Client) -> None:
    photos = [{"media_fbid": facebook.stage()} for _ in range(11)]
    refused = facebook.post(f"/{PAGE}/feed", json={"attached_media": photos})
    assert error_of(refused) == (400, 100, None)
    assert facebook.post(f"/{PAGE}/feed", json={"attached_media": photos[:10]}).status_code == 200


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"message": "  "},
        {"message": "x" * 63_207},
        {"message": "x", "link": "example.com"},
        {"message": "x", "scheduled_publish_time": "1900000000"},
        {"message": "x", "published": "perhaps"},
        {"message": "x", "attached_media": "{"},
        {"message": "x", "attached_media": '{"media_fbid": "1"}'},
    ],
)
def test_wrong_parameters_are_error_100(facebook: Client, form: dict[str, str]) -> None:
    assert error_of(facebook.post(f"/{PAGE}/feed", data=form)) == (400, 100, None)
    assert facebook.control("/posts")["posts"] == []


def test_the_feed_is_newest_first_paged_and_since(facebook: Client) -> None:
    ids = [facebook.publish(f"Post {n}") for n in range(5)]
    first = facebook.get(f"/{PAGE}/feed", fields="id", limit="2").json()
    assert [post["id"] for post in first["data"]] == [ids[4], ids[3]]
    after = first["paging"]["cursors"]["after"]
    second = facebook.get(
        f"/{PAGE}/feed", fields="id,message,created_time,permalink_url", limit="2", after=after
    )
    assert [post["message"] for post in second.json()["data"]] == ["Post 2", "Post 1"]
    bearer = {"Authorization": f"Bearer {facebook.token}"}
    third = facebook.http.get(second.json()["paging"]["next"], headers=bearer).json()
    assert [post["id"] for post in third["data"]] == [ids[0]]
    assert "next" not in third["paging"]
    assert facebook.get(f"/{PAGE}/feed", since="4000000000").json()["data"] == []
    assert len(facebook.get(f"/{PAGE}/feed", since="2020-01-01").json()["data"]) == 5
    for wrong in (
        {"limit": "0"},
        {"limit": "101"},
        {"since": "yesterday"},
        {"after": "??"},
        {"fields": "nonsense"},
    ):
        assert error_of(facebook.get(f"/{PAGE}/feed", **wrong)) == (400, 100, None)


def test_deleting_and_deleting_again(facebook: Client) -> None:
    photo = facebook.stage()
    form = {
        "message": "m",
        "attached_media": json.dumps([{"media_fbid": photo}]),
        "fields": "id,permalink_url",
    }
    post = facebook.post(f"/{PAGE}/feed", data=form).json()
    assert facebook.delete(f"/{post['id']}").json() == {"success": True}
    again = facebook.delete(f"/{post['id']}")
    assert error_of(again) == (400, 100, 33)
    assert "cannot be loaded due to missing permissions" in again.json()["error"]["message"]
    assert again.json()["error"]["type"] == "GraphMethodException"
    assert error_of(facebook.get(f"/{post['id']}")) == (400, 100, 33)
    assert facebook.get(f"/{PAGE}/feed").json()["data"] == []
    assert facebook.http.get(post["permalink_url"]).status_code == 404
    assert facebook.http.get(f"/photos/{photo}.jpg").status_code == 404
    kept = facebook.control("/posts")
    assert kept["counts"] == {"live": 0, "removed": 1}
    assert (kept["posts"][0]["live"], kept["posts"][0]["removed_by"]) == (False, "api")


def test_a_missing_permission_answers_a_delete_as_absence_does(facebook: Client) -> None:
    post = facebook.publish()
    facebook.control("/scopes", {"remove": ["pages_manage_posts"]})
    refused, absent = facebook.delete(f"/{post}"), facebook.delete(f"/{PAGE}_1")
    assert error_of(refused) == error_of(absent) == (400, 100, 33)
    assert refused.json()["error"]["message"].replace(post, f"{PAGE}_1") == absent.json()["error"]["message"]
    assert facebook.get(f"/{post}").status_code == 200
    facebook.control("/scopes", {"remove": ["pages_read_engagement"]})
    assert error_of(facebook.get(f"/{post}")) == (400, 100, 33)
    assert error_of(facebook.get(f"/{PAGE}", fields="id,name")) == (400, 100, 33)
    assert facebook.control("/posts")["counts"]["live"] == 1


def test_scopes_are_needed_to_post_and_to_read(facebook: Client) -> None:
    facebook.control("/scopes", {"remove": ["pages_manage_posts"]})
    assert error_of(facebook.post(f"/{PAGE}/feed", data={"message": "m"})) == (403, 200, None)
    facebook.control("/scopes", {"grant": ["pages_manage_posts"], "remove": ["pages_read_engagement"]})
    assert error_of(facebook.post(f"/{PAGE}/feed", data={"message": "m"})) == (403, 200, None)
    assert error_of(facebook.get(f"/{PAGE}/feed")) == (400, 10, None)
    assert facebook.control("/posts")["posts"] == []


def test_only_a_pages_own_token_posts_and_deletes(facebook: Client) -> None:
    post = facebook.publish()
    other = facebook.get("/me/accounts", token=facebook.user_token).json()["data"][1]["access_token"]
    message = {"message": "m"}
    assert error_of(facebook.post(f"/{PAGE}/feed", data=message, token=other)) == (400, 100, 33)
    assert error_of(facebook.post(f"/{PAGE}/feed", data=message, token=facebook.user_token)) == (
        403,
        200,
        None,
    )
    assert error_of(facebook.delete(f"/{post}", token=other)) == (400, 100, 33)
    assert error_of(facebook.get(f"/{post}", token=other)) == (400, 100, 33)
    assert error_of(facebook.post("/999/feed", data=message)) == (400, 100, 33)


def test_staged_photos_can_be_deleted_and_attached_ones_cannot(facebook: Client) -> None:
    left, taken = facebook.stage(), facebook.stage("navy")
    facebook.post(f"/{PAGE}/feed", json={"attached_media": [{"media_fbid": taken}]})
    assert facebook.delete(f"/{left}").json() == {"success": True}
    assert error_of(facebook.delete(f"/{left}")) == (400, 100, 33)
    assert facebook.delete(f"/{taken}").json() == {"success": False}
    assert facebook.control("/staged")["count"] == 0


def test_an_unpublished_post_is_not_shown(facebook: Client) -> None:
    form = {"message": "hidden", "published": "false", "fields": "permalink_url"}
    post = facebook.post(f"/{PAGE}/feed", data=form).json()
    assert facebook.http.get(post["permalink_url"]).status_code == 404
    assert facebook.get(f"/{PAGE}/feed").json()["data"] == []
    assert facebook.delete(f"/{post['id']}").json() == {"success": True}


def test_removed_by_hand(facebook: Client) -> None:
    post = facebook.publish()
    facebook.control(f"/posts/{post}/remove", {})
    assert error_of(facebook.delete(f"/{post}")) == (400, 100, 33)
    assert facebook.control("/posts")["posts"][0]["removed_by"] == "hand"
    assert facebook.http.post(f"/_control/posts/{post}/remove").status_code == 400


def test_people_can_look_at_it_and_nothing_is_run(facebook: Client) -> None:
    photo = facebook.stage()
    form = {"message": "<script>alert(1)</script>", "attached_media": json.dumps([{"media_fbid": photo}])}
    post = facebook.post(f"/{PAGE}/feed", data=form | {"fields": "permalink_url"}).json()
    page = facebook.http.get(post["permalink_url"]).text
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert f'<img src="/photos/{photo}.jpg" alt="All teal">' in page
    assert "&lt;script&gt;" in facebook.http.get(f"/{PAGE}").text
    assert f'href="/{PAGE}"' in facebook.http.get("/").text


def test_a_restart_keeps_everything(tmp_path: Path) -> None:
    with serve(create_app(tmp_path)) as base_url, Client(base_url) as before:
        before.link()
        post, photo = before.publish("Kept"), before.stage()
        token = before.token
    with serve(create_app(tmp_path)) as base_url, Client(base_url) as after:
        after.token = token
        assert after.get(f"/{post}").json()["message"] == "Kept"
        assert after.control("/staged")["photos"][0]["id"] == photo
        assert after.http.get(f"/photos/{photo}.jpg").content == picture()
        assert after.publish("Next") != post


def test_a_reset_forgets_everything(facebook: Client) -> None:
    facebook.publish()
    facebook.stage()
    facebook.control("/reset", {})
    assert facebook.control("/posts")["posts"] == []
    assert facebook.control("/staged")["count"] == 0
    assert error_of(facebook.get("/me")) == (400, 190, None)


def test_paths_that_are_not_there(facebook: Client) -> None:
    for path in ("/v26.0/a/b/c/d", "/graph/me", "/v26.0/1/nothing"):
        assert error_of(facebook.http.get(path)) == (400, 2500, None)
    answer = facebook.http.get("/v26.0/me/feed", headers={"Authorization": f"Bearer {facebook.token}"})
    assert answer.status_code == 200


def test_answers_tell_the_usage(facebook: Client) -> None:
    answer = facebook.get(f"/{PAGE}/feed")
    assert set(json.loads(answer.headers["x-app-usage"])) == {"call_count", "total_cputime", "total_time"}
    assert "x-page-usage" in answer.headers
    business = json.loads(answer.headers["x-business-use-case-usage"])[PAGE][0]
    assert business["type"] == "pages"
    assert business["estimated_time_to_regain_access"] == 0


def test_insights_of_which_one_name_that_is_not_valid_fails_all(facebook: Client) -> None:
    post = facebook.post(f"/{PAGE}/feed", data={"message": "Open house"}).json()["id"]
    facebook.control(f"/posts/{post}/figures", {"post_media_view": 12, "reactions": 3, "shares": 1})
    facebook.control("/scopes", {"grant": ["read_insights"]})
    answer = facebook.get(f"/{post}/insights", metric="post_media_view,post_reactions_by_type_total").json()
    values = {item["name"]: item["values"] for item in answer["data"]}
    assert values == {
        "post_media_view": [{"value": 12}],
        "post_reactions_by_type_total": [{"value": {"like": 3}}],
    }
    refused = facebook.get(f"/{post}/insights", metric="post_media_view,post_impressions")
    assert error_of(refused) == (400, 100, None)
    shown = facebook.get(f"/{post}", fields="shares,comments.summary(true).limit(0)").json()
    assert shown == {
        "id": post,
        "shares": {"count": 1},
        "comments": {"data": [], "summary": {"total_count": 0}},
    }
