"""Where LinkedIn's token goes, and where not."""

import asyncio
from datetime import UTC, datetime

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from adapters.budgets import LocalBudgets
from adapters.http import WebClient
from adapters.social.linkedin_api import LinkedInApi, list_of
from adapters.social.tools import Tools
from sandbox.serving import serve


class Listener:
    """Answers 201 to everything and keeps what came."""

    def __init__(self) -> None:
        self.requests: list[Request] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.requests.append(Request(scope))
            await Response(status_code=201)(scope, receive, send)


@pytest.mark.parametrize("ours", ["api_url", "oauth_url", None])
async def test_a_photo_goes_with_the_token_to_linkedin_only(ours: str | None) -> None:
    listener = Listener()
    web = WebClient(allow_http=True, allow_loopback=True)
    tools = Tools(web=web, budgets=LocalBudgets(), now=lambda: datetime.now(UTC), sleep=asyncio.sleep)
    with serve(listener) as url:
        places = {"api_url": "https://api.example", "oauth_url": "https://www.example"} | (
            {ours: url} if ours else {}
        )
        api = LinkedInApi(tools, client_id="1", client_secret="2", version="202607", **places)
        await api.upload(f"{url}/dms-uploads/1", "the-token", b"photo")
        await web.aclose()
    (request,) = listener.requests
    assert (request.method, request.headers["content-type"]) == ("PUT", "image/jpeg")
    assert ("authorization" in request.headers) == (ours is not None)
    assert "the-token" not in str(request.url)


def test_lists_keep_their_brackets() -> None:
    assert list_of("urn:li:share:1", "urn:li:share:2") == "List(urn%3Ali%3Ashare%3A1,urn%3Ali%3Ashare%3A2)"
