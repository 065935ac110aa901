"""Everything that takes an address from others, each as a call with that address."""

import base64
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import adapters.social
from adapters.budgets import Budget
from adapters.deliveries import SignedDeliveries
from adapters.downloads import WebDownloads
from adapters.files.local import LocalFiles
from adapters.http import WebClient
from adapters.identity import Identity, jwks_at, jwks_of
from adapters.mls import discover
from adapters.mls.reso_places import Place as ResoPlace
from adapters.mls.simplyrets_requests import Place as SimplyRetsPlace
from adapters.mls.tools import Tools
from adapters.social.linkedin_api import LinkedInApi, certain
from adapters.social.tools import Tools as SocialTools
from domain.entities.listing import Media
from domain.entities.mls import MlsQuery
from domain.entities.mls_connection import MlsCredentials, MlsSource
from domain.ports import Mls

TOKEN, PASSWORD, WEBHOOK_SECRET = "token-secret-word", "password-secret-word", "whsec_c2VjcmV0LXdvcmQ="
SECRETS = (TOKEN, PASSWORD, "secret-word", base64.b64encode(f"me:{PASSWORD}".encode()).decode())
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


class NoLimits:
    """Implements `adapters.budgets.Budgets` without any."""

    async def take(self, name: str, budgets: Sequence[Budget]) -> float:
        return 0.0

    async def spend(self, name: str, budgets: Sequence[Budget], amount: int) -> None:
        return

    async def pause(self, name: str, seconds: float) -> None:
        return


@dataclass(frozen=True)
class Outgoing:
    """The adapters that ask others, over one client."""

    web: WebClient
    downloads: WebDownloads
    mls: Mapping[str, Mls]


async def _at_once(seconds: float) -> None:
    return


def outgoing(web: WebClient, folder: Path) -> Outgoing:
    """They never wait between attempts."""
    downloads = WebDownloads(web, now=lambda: NOW)
    tools = Tools(
        web=web,
        downloads=downloads,
        files=LocalFiles(folder, base_url="http://127.0.0.1:1", signing_key=b"k" * 32, now=lambda: NOW),
        budgets=NoLimits(),
        now=lambda: NOW,
        sleep=_at_once,
        random=lambda: 0.5,
    )
    return Outgoing(web, downloads, discover(tools))


def source(url: str, vendor: str = "generic", **credentials: str) -> MlsSource:
    """An account; by a token unless other credentials are given."""
    return MlsSource(
        connection_id="C1",
        url=url,
        vendor=vendor,
        settings={"originatingSystemName": "one", "classes": "A"},
        credentials=MlsCredentials(**(credentials or {"token": TOKEN})),
    )


def by_password(url: str, vendor: str = "generic") -> MlsSource:
    return source(url, vendor, username="me", password=PASSWORD)


async def _csv_photo(out: Outgoing, url: str) -> None:
    await out.mls["csv"].photo(source("upload:"), Media(key="1", url=url))


async def _photo(out: Outgoing, url: str) -> None:
    await out.downloads.photo(url)


async def _reso_photo(out: Outgoing, url: str) -> None:
    mls = source("https://mls.example/odata")
    await out.mls["reso-web-api"].photo(mls, Media(key="1", url=url))


async def _reso_photo_with_token(out: Outgoing, url: str) -> None:
    await out.mls["reso-web-api"].photo(source(url, "mls-grid"), Media(key="1", url=url))


async def _reso_root(out: Outgoing, url: str) -> None:
    await out.mls["reso-web-api"].check(source(url))


async def _reso_rows(out: Outgoing, url: str) -> None:
    await out.mls["reso-web-api"].fetch(source(url), MlsQuery(), None)


async def _reso_metadata(out: Outgoing, url: str) -> None:
    await out.mls["reso-web-api"].sample(by_password(url))


async def _reso_next_link(out: Outgoing, url: str) -> None:
    await out.mls["reso-web-api"].fetch(source(url), MlsQuery(), ResoPlace(next=url).text())


async def _token_url(out: Outgoing, url: str) -> None:
    login = {"client_id": "me", "client_secret": PASSWORD, "token_url": url}
    await out.mls["reso-web-api"].check(source("https://mls.example/odata", **login))


async def _csv_file(out: Outgoing, url: str) -> None:
    await out.mls["csv"].check(source(url, "url"))


async def _csv_file_by_password(out: Outgoing, url: str) -> None:
    await out.mls["csv"].fetch(by_password(url, "url"), MlsQuery(), None)


async def _rets_login(out: Outgoing, url: str) -> None:
    await out.mls["rets"].check(by_password(url))


async def _rets_location(out: Outgoing, url: str) -> None:
    await out.mls["rets"].photo(by_password("https://mls.example/rets/login"), Media(key="1", url=url))


async def _simplyrets(out: Outgoing, url: str) -> None:
    await out.mls["simplyrets"].check(by_password(url, "simplyrets"))


async def _simplyrets_next(out: Outgoing, url: str) -> None:
    place = SimplyRetsPlace(next=url, last=1).text()
    await out.mls["simplyrets"].fetch(by_password(url, "simplyrets"), MlsQuery(), place)


async def _simplyrets_photo(out: Outgoing, url: str) -> None:
    mls = by_password("https://mls.example/properties", "simplyrets")
    await out.mls["simplyrets"].photo(mls, Media(key="1", url=url))


async def _jwks(out: Outgoing, url: str) -> None:
    identity = Identity(issuer="i", audiences=["a"], jwks=jwks_at(out.web, url), now=lambda: NOW)
    await identity.viewer(_signed())


async def _discovery(out: Outgoing, url: str) -> None:
    identity = Identity(issuer=url, audiences=["a"], jwks=jwks_of(out.web, url), now=lambda: NOW)
    await identity.viewer(_signed())


def _signed() -> str:
    """A token that only the issuer's keys can tell from a good one."""
    parts = ({"alg": "RS256", "kid": "1"}, {"sub": "alice"})
    head, body = (base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
    return f"{head}.{body}.c2ln"


async def _webhook(out: Outgoing, url: str) -> None:
    deliveries = SignedDeliveries(out.web, now=lambda: NOW)
    await deliveries.post(url, WEBHOOK_SECRET, id="1", at=NOW, body=b"{}")


async def _webhook_checked_first(out: Outgoing, url: str) -> None:
    deliveries = SignedDeliveries(out.web, now=lambda: NOW)
    await deliveries.check(url)
    await deliveries.post(url, WEBHOOK_SECRET, id="1", at=NOW, body=b"{}")


async def _facebook(out: Outgoing, url: str) -> None:
    app = {"facebook": {"app_id": "1", "app_secret": PASSWORD, "graph_url": url}}
    platform = adapters.social.discover(
        SocialTools(web=out.web, budgets=NoLimits(), now=lambda: NOW, sleep=_at_once), app
    )["facebook"]
    await platform.accounts("code", "https://yardsign.example/callback", "verifier")


async def _linkedin_upload(out: Outgoing, url: str) -> None:
    tools = SocialTools(web=out.web, budgets=NoLimits(), now=lambda: NOW, sleep=_at_once)
    linkedin = LinkedInApi(
        tools, client_id="1", client_secret=PASSWORD, api_url=url, oauth_url=url, version="202607"
    )
    with certain():
        await linkedin.upload(url, PASSWORD, b"")


ENTRIES: dict[str, Callable[[Outgoing, str], Awaitable[None]]] = {
    "a photo": _photo,
    "a photo of a RESO row": _reso_photo,
    "a photo that is shown the token": _reso_photo_with_token,
    "a photo of a CSV line": _csv_photo,
    "a photo of SimplyRETS": _simplyrets_photo,
    "a photo by RETS's Location": _rets_location,
    "a RESO root": _reso_root,
    "RESO's rows": _reso_rows,
    "RESO's metadata": _reso_metadata,
    "a RESO nextLink": _reso_next_link,
    "a token URL": _token_url,
    "a CSV file": _csv_file,
    "a CSV file by password": _csv_file_by_password,
    "a RETS login": _rets_login,
    "a SimplyRETS feed": _simplyrets,
    "SimplyRETS's next page": _simplyrets_next,
    "an issuer's keys": _jwks,
    "an issuer": _discovery,
    "a webhook": _webhook,
    "a webhook that was checked first": _webhook_checked_first,
    "a platform": _facebook,
    "where LinkedIn wants a photo": _linkedin_upload,
}
"""By what they are for."""
