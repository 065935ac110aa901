"""Each platform over its sandbox server, linked and ready."""

import io
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

import adapters.social
from adapters.budgets import LocalBudgets
from adapters.http import WebClient
from adapters.social.tools import Tools
from domain.entities.post import Draft
from domain.entities.social_account import FoundAccount
from domain.ports import SocialPlatform
from sandbox.serving import serve
from tests.contracts.social.attempts import Attempt
from tests.contracts.social.sandboxes import MAKES, REDIRECT_URI, VERIFIER, Sandbox


@dataclass
class Clock:
    """The time on both sides; sleeping moves it."""

    time: datetime = datetime(2026, 11, 21, 12, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=sorted(MAKES))
def slug(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def served(slug: str, tmp_path: Path, clock: Clock) -> Iterator[tuple[Sandbox, str]]:
    make = MAKES[slug]

    def seconds() -> float:
        return clock.time.timestamp()

    with serve(make.app(tmp_path / slug, seconds)) as base_url:
        sandbox = Sandbox(make, base_url, seconds)
        yield sandbox, base_url
        sandbox.close()


@pytest.fixture
def sandbox(served: tuple[Sandbox, str]) -> Sandbox:
    return served[0]


@pytest.fixture
def settles_by_sending(sandbox: Sandbox) -> bool:
    """Whether looking for a post of the account sends it again."""
    return sandbox.make.settles_by_sending


@pytest.fixture
async def platform(slug: str, served: tuple[Sandbox, str], clock: Clock) -> AsyncIterator[SocialPlatform]:
    web = WebClient(allow_http=True, allow_loopback=True)
    settings = {slug: MAKES[slug].settings(served[1])}
    budgets = LocalBudgets(lambda: clock.time.timestamp())
    tools = Tools(web=web, budgets=budgets, now=clock.now, sleep=clock.sleep)
    platform = adapters.social.discover(tools, settings)[slug]
    yield platform
    await platform.close()
    await web.aclose()


@pytest.fixture
async def account(platform: SocialPlatform, sandbox: Sandbox) -> FoundAccount:
    """The first account that the platform offers."""
    return (await platform.accounts(sandbox.consent(platform), REDIRECT_URI, VERIFIER))[0]


@pytest.fixture(scope="session")
def photo() -> Callable[[int], bytes]:
    """Makes JPEGs that differ, of a shape that every platform takes."""

    def make(number: int) -> bytes:
        buffer = io.BytesIO()
        Image.new("RGB", (600, 450), (20 * number % 256, 120, 200)).save(buffer, "JPEG")
        return buffer.getvalue()

    return make


@pytest.fixture(scope="session")
def photo_server(photo: Callable[[int], bytes]) -> Iterator[str]:
    """Where platforms that fetch find the photos: each by its number."""

    async def numbered(request: Request) -> Response:
        return Response(photo(request.path_params["number"]), media_type="image/jpeg")

    with serve(Starlette(routes=[Route("/{number:int}.jpg", numbered)])) as base_url:
        yield base_url


@pytest.fixture
def draft(
    platform: SocialPlatform, account: FoundAccount, photo: Callable[[int], bytes], photo_server: str
) -> Callable[..., Draft]:
    """Makes drafts, by default with as few photos as the platform allows."""

    def make(
        text: str = "For sale: 12 Juniper Lane\n\n3 beds, 2 baths #forsale", photos: int | None = None
    ) -> Draft:
        number = platform.limits.photos_min if photos is None else photos
        return Draft(
            account_id=account.remote_id,
            text=text,
            photos=tuple(photo(place) for place in range(number)),
            photo_urls=tuple(f"{photo_server}/{place}.jpg" for place in range(number)),
            alt_texts=tuple(f"Photo {place}" for place in range(number)),
        )

    return make


@pytest.fixture
def attempt(
    platform: SocialPlatform, account: FoundAccount, clock: Clock, draft: Callable[..., Draft]
) -> Callable[..., Attempt]:
    """Begins attempts to publish; without a draft, the plainest one."""

    def make(wanted: Draft | None = None, by: FoundAccount | None = None) -> Attempt:
        return Attempt(platform, by or account, wanted or draft(), clock)

    return make
