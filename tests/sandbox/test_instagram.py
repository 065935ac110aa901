"""The sandbox Instagram: containers, quota, publishing, media, removal, figures."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.serving import serve
from sandbox.social.facebook import PAGES, create_app
from sandbox.social.instagram_media import METRICS
from sandbox.social.instagram_site import ACCOUNTS, CONTAINER_SECONDS
from tests.sandbox.facebook_client import SCOPES, Client, error_of

IG = ACCOUNTS[0].id
ALL = (
    f"{SCOPES},instagram_basic,instagram_content_publish,instagram_manage_contents,instagram_manage_insights"
)


@dataclass
class Clock:
    """Seconds that move only when told to."""

    seconds: float = 1_800_000_000

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def instagram(tmp_path: Path, clock: Clock) -> Iterator[Client]:
    with serve(create_app(tmp_path, now=clock)) as base_url, Client(base_url) as client:
        yield client.link(scope=ALL)


def picture(width: int = 600, height: int = 450, kind: str = "JPEG") -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, kind)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def photos() -> Iterator[str]:
    """The address of a server of photos, good and bad."""
    served = {
        "good.jpg": picture(),
        "tall.jpg": picture(400, 520),
        "wide.jpg": picture(800, 400),
        "other.png": picture(kind="PNG"),
        "page.html": b"<html></html>",
        "large.jpg": picture() + bytes(8 * 1024 * 1024),
    }

    async def photo(request: Request) -> Response:
        found = served.get(request.path_params["name"])
        return Response(found or b"", status_code=200 if found else 404)

    with serve(Starlette(routes=[Route("/{name}", photo)])) as base_url:
        yield base_url


@pytest.fixture
def contain(instagram: Client, photos: str) -> Any:
    """Makes containers of one photo; answers their ids."""

    def make(caption: str = "For sale", **more: str) -> str:
        form = {"image_url": f"{photos}/good.jpg", "caption": caption} | more
        answer = instagram.post(f"/{IG}/media", data=form)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    return make


def status(instagram: Client, container: str) -> str:
    return str(instagram.get(f"/{container}", fields="status_code").json()["status_code"])


def publish(instagram: Client, container: str) -> str:
    answer = instagram.post(f"/{IG}/media_publish", data={"creation_id": container})
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def refusal(instagram: Client, container: str) -> tuple[int, int, int | None]:
    return error_of(instagram.post(f"/{IG}/media_publish", data={"creation_id": container}))


def test_the_account_stands_with_its_page(instagram: Client) -> None:
    fields = "id,instagram_business_account{id,username}"
    pages = instagram.get("/me/accounts", token=instagram.user_token, fields=fields).json()["data"]
    account = {"id": IG, "username": "juniper.vale.realty"}
    assert pages == [
        {"id": PAGES[0].id, "instagram_business_account": account},
        {"id": PAGES[1].id},
    ]
    assert instagram.get(f"/{IG}", fields="username,media_count").json() == {
        "username": "juniper.vale.realty",
        "media_count": 0,
        "id": IG,
    }


def test_one_photo_from_container_to_page(instagram: Client, contain: Any) -> None:
    container = contain("Open <house>", alt_text="A porch")
    assert instagram.get(f"/{container}", fields="status,status_code").json() == {
        "status": "Finished: Media has been uploaded and it is ready to be published.",
        "status_code": "FINISHED",
        "id": container,
    }
    assert instagram.control("/instagram/staged")["photos"][0]["alt_text"] == "A porch"
    media = publish(instagram, container)
    assert media != container
    assert status(instagram, container) == "PUBLISHED"
    assert instagram.control("/instagram/staged")["count"] == 0
    shown = instagram.get(f"/{media}", fields="caption,permalink,timestamp,media_type,media_url").json()
    assert (shown["caption"], shown["media_type"]) == ("Open <house>", "IMAGE")
    assert shown["timestamp"] == "2027-01-15T08:00:00+0000"
    page = instagram.http.get(shown["permalink"])
    assert "Open &lt;house&gt;" in page.text
    assert 'alt="A porch"' in page.text
    assert instagram.http.get(shown["media_url"]).content == picture()
    assert "Open &lt;house&gt;" in instagram.http.get("/instagram/juniper.vale.realty").text
    assert "juniper.vale.realty" in instagram.http.get("/").text


def test_a_carousel(instagram: Client, contain: Any) -> None:
    parts = [contain(is_carousel_item="true") for _ in range(3)]
    form = {"media_type": "CAROUSEL", "children": ",".join(parts), "caption": "Three"}
    whole = instagram.post(f"/{IG}/media", data=form).json()["id"]
    assert error_of(instagram.post(f"/{IG}/media_publish", data={"creation_id": parts[0]})) == (
        400,
        100,
        None,
    )
    publish(instagram, whole)
    post = instagram.control("/instagram/posts")["posts"][0]
    assert (post["message"], post["photos"]) == ("Three", parts)
    assert status(instagram, parts[0]) == "PUBLISHED"


def test_carousels_that_are_none(instagram: Client, contain: Any) -> None:
    parts = [contain(is_carousel_item="true") for _ in range(11)]
    whole = contain()
    for children in ([], parts[:1], parts, [parts[0], parts[0]], [parts[0], whole], [parts[0], "1"]):
        form = {"media_type": "CAROUSEL", "children": ",".join(children)}
        assert error_of(instagram.post(f"/{IG}/media", data=form)) == (400, 100, 2207028)
    assert error_of(instagram.post(f"/{IG}/media", data={"media_type": "REELS"})) == (400, 100, 2207023)
    assert error_of(instagram.post(f"/{IG}/media", data={"caption": "no photo"})) == (400, 100, None)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("other.png", (400, 36001, 2207005)),
        ("large.jpg", (400, 36000, 2207004)),
        ("tall.jpg", (400, 36003, 2207009)),
        ("wide.jpg", (400, 36003, 2207009)),
        ("page.html", (400, 9004, 2207052)),
        ("absent.jpg", (400, 9004, 2207052)),
    ],
)
def test_photos_that_are_not_taken(
    instagram: Client, photos: str, name: str, expected: tuple[int, int, int]
) -> None:
    answer = instagram.post(f"/{IG}/media", data={"image_url": f"{photos}/{name}"})
    assert error_of(answer) == expected
    assert instagram.control("/instagram/containers")["containers"] == []


@pytest.mark.parametrize(
    ("caption", "good"),
    [
        ("x" * 2_200, True),
        ("x" * 2_201, False),
        (" #a" * 30, True),
        (" #a" * 31, False),
        (" @a" * 20, True),
        (" @a" * 21, False),
        ("x@example.com " * 21, True),
    ],
)
def test_captions(instagram: Client, photos: str, caption: str, good: bool) -> None:
    form = {"image_url": f"{photos}/good.jpg", "caption": caption}
    answer = instagram.post(f"/{IG}/media", data=form)
    assert answer.status_code == 200 if good else error_of(answer) == (400, 36004, 2207010)


def test_in_progress_for_seconds_or_for_polls(instagram: Client, contain: Any, clock: Clock) -> None:
    instagram.control("/instagram/settings", {"seconds": 90})
    slow = contain()
    assert status(instagram, slow) == "IN_PROGRESS"
    assert refusal(instagram, slow) == (400, 9007, 2207027)
    clock.seconds += 90
    assert status(instagram, slow) == "FINISHED"
    instagram.control("/instagram/settings", {"seconds": 0, "polls": 2})
    asked = contain()
    assert [status(instagram, asked) for _ in range(3)] == ["IN_PROGRESS", "IN_PROGRESS", "FINISHED"]


def test_a_carousel_waits_for_its_parts_and_fails_with_them(
    instagram: Client, contain: Any, clock: Clock
) -> None:
    instagram.control("/instagram/settings", {"seconds": 90, "error": 2207053})
    parts = [contain(is_carousel_item="true") for _ in range(2)]
    instagram.control("/instagram/settings", {"seconds": 0, "error": None})
    form = {"media_type": "CAROUSEL", "children": ",".join(parts)}
    whole = instagram.post(f"/{IG}/media", data=form).json()["id"]
    assert status(instagram, whole) == "IN_PROGRESS"
    clock.seconds += 90
    assert status(instagram, whole) == "ERROR"
    told = instagram.get(f"/{parts[0]}", fields="status").json()["status"]
    assert told == "Error: Media upload has failed with error code 2207053"
    assert refusal(instagram, whole) == (400, 9007, 2207027)


def test_a_container_lives_for_a_day(instagram: Client, contain: Any, clock: Clock) -> None:
    late, used = contain(), contain()
    publish(instagram, used)
    clock.seconds += CONTAINER_SECONDS
    assert (status(instagram, late), status(instagram, used)) == ("EXPIRED", "PUBLISHED")
    assert refusal(instagram, late) == (400, -2, 2207020)
    assert instagram.control("/instagram/staged")["count"] == 0


def test_a_container_is_published_once(instagram: Client, contain: Any) -> None:
    container = contain()
    publish(instagram, container)
    assert refusal(instagram, container) == (400, 9007, 2207027)
    assert refusal(instagram, "1") == (400, 24, 2207006)
    assert instagram.control("/instagram/posts")["counts"] == {"live": 1, "removed": 0}


def test_the_day_has_room_for_so_many_posts(instagram: Client, contain: Any, clock: Clock) -> None:
    instagram.control("/instagram/settings", {"quota": 2})

    def limit() -> Any:
        return instagram.get(f"/{IG}/content_publishing_limit", fields="quota_usage,config").json()["data"]

    config = {"quota_total": 2, "quota_duration": 86_400}
    media = publish(instagram, contain())
    publish(instagram, contain())
    instagram.delete(f"/{media}")
    assert limit() == [{"quota_usage": 2, "config": config}]
    third = contain()
    assert refusal(instagram, third) == (400, 9, 2207042)
    clock.seconds += 86_399
    assert refusal(instagram, third) == (400, 9, 2207042)
    clock.seconds += 1
    assert limit() == [{"quota_usage": 0, "config": config}]
    publish(instagram, contain())


def test_media_are_listed_newest_first_and_paged(instagram: Client, contain: Any) -> None:
    made = [publish(instagram, contain(f"Number {number}")) for number in range(5)]
    instagram.control(f"/instagram/posts/{made[1]}/remove", {})
    first = instagram.get(f"/{IG}/media", fields="id,caption", limit="2").json()
    assert [one["caption"] for one in first["data"]] == ["Number 4", "Number 3"]
    after = first["paging"]["cursors"]["after"]
    second = instagram.get(f"/{IG}/media", limit="2", after=after).json()
    assert [one["id"] for one in second["data"]] == [made[2], made[0]]
    assert "next" not in second["paging"]


def test_removal(instagram: Client, contain: Any) -> None:
    media = publish(instagram, contain())
    permalink = instagram.get(f"/{media}", fields="permalink").json()["permalink"]
    assert instagram.delete(f"/{media}").json() == {"success": True, "deleted_id": media}
    assert error_of(instagram.delete(f"/{media}")) == (400, 100, 33)
    assert error_of(instagram.get(f"/{media}")) == (400, 100, 33)
    assert instagram.http.get(permalink).status_code == 404
    container = contain()
    assert error_of(instagram.delete(f"/{container}")) == (400, 100, 33)


@pytest.mark.parametrize("subcode", [2207073, 2207085])
def test_removal_refused(instagram: Client, contain: Any, subcode: int) -> None:
    media = publish(instagram, contain())
    instagram.fault("error", match="delete", code=-1, subcode=subcode)
    answer = instagram.delete(f"/{media}")
    assert error_of(answer) == (400, -1, subcode)
    assert answer.json()["error"]["message"] == "Fatal"


def test_scopes(instagram: Client, contain: Any) -> None:
    media = publish(instagram, contain())
    instagram.control("/scopes", {"remove": ["instagram_manage_contents", "instagram_manage_insights"]})
    assert error_of(instagram.delete(f"/{media}")) == (400, 10, None)
    assert error_of(instagram.get(f"/{media}/insights", metric="views")) == (400, 10, None)
    instagram.control("/scopes", {"remove": ["instagram_content_publish"]})
    assert error_of(instagram.post(f"/{IG}/media", data={"image_url": "http://x"})) == (400, 10, None)
    instagram.control("/scopes", {"remove": ["instagram_basic"]})
    for path in (f"/{IG}", f"/{IG}/media", f"/{media}", "/17841400000000999/media"):
        assert error_of(instagram.get(path)) == (400, 100, 33)


def test_another_pages_token_sees_nothing(instagram: Client, contain: Any) -> None:
    media = publish(instagram, contain())
    accounts = instagram.get("/me/accounts", token=instagram.user_token).json()["data"]
    other = accounts[1]["access_token"]
    assert error_of(instagram.get(f"/{IG}", token=other)) == (400, 100, 33)
    assert error_of(instagram.delete(f"/{media}", token=other)) == (400, 100, 33)
    assert error_of(instagram.get(f"/{media}", token="made up")) == (400, 190, None)


def test_figures(instagram: Client, contain: Any) -> None:
    media = publish(instagram, contain())
    instagram.control(f"/instagram/posts/{media}/figures", {"views": 12, "likes": 3, "saved": 1})
    data = instagram.get(f"/{media}/insights", metric=",".join(METRICS)).json()["data"]
    assert {one["name"]: one["values"][0]["value"] for one in data} == {
        "views": 12,
        "reach": 0,
        "likes": 3,
        "comments": 0,
        "saved": 1,
        "shares": 0,
        "total_interactions": 4,
    }
    for metric in ("views,impressions", "views,clicks", ""):
        assert error_of(instagram.get(f"/{media}/insights", metric=metric)) == (400, 100, None)


def test_it_remembers_over_a_restart(tmp_path: Path, clock: Clock, photos: str) -> None:
    with serve(create_app(tmp_path, now=clock)) as base_url, Client(base_url) as client:
        token = client.link(scope=ALL).token
        made = client.post(f"/{IG}/media", data={"image_url": f"{photos}/good.jpg"}).json()["id"]
    with serve(create_app(tmp_path, now=clock)) as base_url, Client(base_url) as client:
        client.token = token
        media = publish(client, made)
        assert client.get(f"/{media}", fields="id").json() == {"id": media}


def test_usage_is_told_by_account(instagram: Client) -> None:
    headers = instagram.get(f"/{IG}").headers
    assert '"type": "instagram"' in headers["x-business-use-case-usage"]
    assert IG in headers["x-business-use-case-usage"]


def test_control_calls_that_make_no_sense(instagram: Client, contain: Any) -> None:
    media = publish(instagram, contain())
    for path, body in [
        ("/instagram/settings", {"seconds": -1}),
        ("/instagram/settings", {"colour": "red"}),
        ("/instagram/posts/1/remove", {}),
        (f"/instagram/posts/{media}/figures", {"claps": 1}),
        (f"/instagram/posts/{media}/figures", {"views": "many"}),
    ]:
        assert instagram.http.post(f"/_control{path}", json=body).status_code == 400
