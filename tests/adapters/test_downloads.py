"""Photos fetched over HTTP from a real server on loopback."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from adapters.downloads import MAX_BYTES, WebDownloads
from adapters.http import WebClient
from domain.errors import Rejected, Unavailable
from sandbox.serving import serve

PHOTO = b"\xff\xd8\xff photo"


@dataclass
class PhotoServer:
    """Answers what the test put into `answers`, one by one, the last one for ever."""

    answers: list[Response] = field(default_factory=lambda: [Response(PHOTO, media_type="image/jpeg")])
    requests: list[Request] = field(default_factory=list)
    url: str = ""

    async def answer(self, request: Request) -> Response:
        self.requests.append(request)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
def server() -> Iterator[PhotoServer]:
    server = PhotoServer()
    with serve(Starlette(routes=[Route("/{path:path}", server.answer)])) as base_url:
        server.url = f"{base_url}/photo.jpg?token=secret"
        yield server


@pytest.fixture
async def downloads() -> AsyncIterator[WebDownloads]:
    web = WebClient(allow_http=True, allow_loopback=True)
    yield WebDownloads(web, now=lambda: datetime(2026, 11, 21, 12, tzinfo=UTC))
    await web.aclose()


async def test_a_photo(server: PhotoServer, downloads: WebDownloads) -> None:
    assert await downloads.photo(server.url) == PHOTO
    (request,) = server.requests
    assert request.method == "GET"
    assert request.headers["accept-encoding"] == "identity"
    assert request.query_params["token"] == "secret"


async def test_whatever_it_is_it_is_left_to_the_decoder(server: PhotoServer, downloads: WebDownloads) -> None:
    server.answers = [Response("<html>Log in</html>", media_type="text/html")]
    assert await downloads.photo(server.url) == b"<html>Log in</html>"


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451, 204, 304])
async def test_refusals(server: PhotoServer, downloads: WebDownloads, status: int) -> None:
    server.answers = [Response(status_code=status)]
    with pytest.raises(Rejected, match=str(status)) as caught:
        await downloads.photo(server.url)
    assert "127.0.0.1" in caught.value.message
    assert "secret" not in caught.value.message
    assert "photo.jpg" not in caught.value.message
    assert len(server.requests) == 1


async def test_an_empty_body_is_no_photo(server: PhotoServer, downloads: WebDownloads) -> None:
    server.answers = [Response(b"")]
    with pytest.raises(Rejected):
        await downloads.photo(server.url)


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
async def test_a_passing_failure_is_left_to_the_caller_to_try_again(
    server: PhotoServer, downloads: WebDownloads, status: int
) -> None:
    server.answers = [Response(status_code=status), Response(PHOTO)]
    with pytest.raises(Unavailable, match=str(status)) as caught:
        await downloads.photo(server.url)
    assert caught.value.retry_after is None
    assert "secret" not in caught.value.message
    assert len(server.requests) == 1
    assert await downloads.photo(server.url) == PHOTO


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120.0),
        ("Sat, 21 Nov 2026 12:01:00 GMT", 60.0),
        ("Sat, 21 Nov 2026 11:00:00 GMT", 0.0),
        ("9" * 400, 3600.0),
        ("Sat, 21 Nov 2027 11:00:00 GMT", 3600.0),
    ],
)
async def test_who_says_when_to_come_again_is_heeded(
    server: PhotoServer, downloads: WebDownloads, text: str, seconds: float
) -> None:
    server.answers = [Response(status_code=429, headers={"retry-after": text})]
    with pytest.raises(Unavailable) as caught:
        await downloads.photo(server.url)
    assert caught.value.retry_after == seconds
    assert len(server.requests) == 1


@pytest.mark.parametrize("text", ["soon", "-1", "", "²"])
async def test_an_odd_retry_after_is_passed_over(
    server: PhotoServer, downloads: WebDownloads, text: str
) -> None:
    server.answers = [Response(status_code=429, headers={"retry-after": text})]
    with pytest.raises(Unavailable) as caught:
        await downloads.photo(server.url)
    assert caught.value.retry_after is None


async def test_redirects_are_followed_three_times(server: PhotoServer, downloads: WebDownloads) -> None:
    server.answers = [*(RedirectResponse(f"/{hop}") for hop in range(3)), Response(PHOTO)]
    assert await downloads.photo(server.url) == PHOTO
    server.answers = [RedirectResponse("/again")]
    with pytest.raises(Rejected, match="redirected"):
        await downloads.photo(server.url)


async def test_a_photo_too_large(server: PhotoServer, downloads: WebDownloads) -> None:
    server.answers = [Response(bytes(MAX_BYTES))]
    assert len(await downloads.photo(server.url)) == MAX_BYTES
    server.answers = [Response(bytes(MAX_BYTES + 1))]
    with pytest.raises(Rejected, match="larger"):
        await downloads.photo(server.url)


@pytest.mark.parametrize("url", ["", "photo.jpg", "file:///etc/passwd", "ftp://x/y", "http://"])
async def test_what_is_no_web_address(downloads: WebDownloads, url: str) -> None:
    with pytest.raises(Rejected):
        await downloads.photo(url)


async def test_nobody_listens(downloads: WebDownloads) -> None:
    with serve(Starlette()) as base_url:
        pass
    with pytest.raises(Unavailable):
        await downloads.photo(f"{base_url}/photo.jpg")
