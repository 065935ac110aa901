"""Neither redirects nor links in answers lead inside, and no credential goes along to another origin."""

import asyncio
import ssl
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

from adapters.http import WebClient
from domain.entities.listing import Media
from domain.entities.mls import MlsQuery
from domain.errors import YardsignError
from tests.adapters.egress_canary import OTHER_PUBLIC, PUBLIC, Canary, Resolver, Wire, listening_canary
from tests.adapters.egress_entries import ENTRIES, SECRETS, TOKEN, Outgoing, by_password, outgoing, source
from tests.unit.certificate import certificate
from tests.unit.raw_http_server import Handler, Seen, Server, always, answer, listening

ROOT = "https://public.example"
STATUSES = ("301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect", "308 Permanent Redirect")
INSIDE = (
    "https://127.0.0.1:{port}/",
    "http://127.0.0.1:{port}/",
    "//127.0.0.1:{port}/",
    "https://127.1:{port}/",
    "https://2130706433:{port}/",
    "https://[::1]:{port}/",
    "https://[::ffff:127.0.0.1]:{port}/",
    "https://0.0.0.0:{port}/",
    "https://localhost:{port}/",
    "https://localtest.me:{port}/",
    "https://mixed.example:{port}/",
    "https://169.254.169.254/latest/meta-data/",
    "https://user:word@127.0.0.1:{port}/",
    "https://user@public.example/",
    "https://public.example@127.0.0.1:{port}/",
    "https://public.example\\@127.0.0.1:{port}/",
    "http://public.example/",
    "file:///etc/passwd",
    "ftp://127.0.0.1:{port}/",
    "gopher://127.0.0.1:{port}/_x",
    "data:text/plain,x",
    "javascript:x",
    "https://[::1/",
    "https://xn--localhost:{port}/",
)
"""Where answers point."""


@pytest.fixture(params=ENTRIES)
def entry(request: pytest.FixtureRequest) -> Any:
    return ENTRIES[request.param]


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    async with listening_canary() as canary:
        yield canary


@dataclass
class Public:
    """A server at public names, those who ask it as production does, and what they dialled."""

    out: Outgoing
    server: Server
    wire: Wire


@cache
def _tls() -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Of the server and of those who ask it; made once, because that takes longer than most tests."""
    with tempfile.TemporaryDirectory() as folder:
        return certificate(Path(folder), "public.example", "other.example")


@asynccontextmanager
async def public(folder: Path, handle: Handler) -> AsyncIterator[Public]:
    server_tls, client_tls = _tls()
    resolver = Resolver(public=[[PUBLIC]], other=[[OTHER_PUBLIC]], mixed=[[PUBLIC, "127.0.0.1"]])
    async with listening(handle, tls=server_tls) as server:
        wire = Wire(server.port)
        web = WebClient(resolve=resolver, network=wire, tls=client_tls)
        try:
            yield Public(outgoing(web, folder / "files"), server, wire)
        finally:
            await web.aclose()


@dataclass
class Pointing:
    """Answers everything with a redirect to the same place, `hops` hops of its own before that.

    Attributes:
        target: the place.
    """

    target: str = ""
    status: str = STATUSES[0]
    hops: int = 0

    async def __call__(self, writer: asyncio.StreamWriter, seen: Seen) -> None:
        done = int(seen.path.rpartition("hop")[2]) if "hop" in seen.path else 0
        location = self.target if done >= self.hops else f"{ROOT}/hop{done + 1}"
        writer.write(answer(status=self.status, location=location))


@pytest.mark.parametrize("hops", [0, 2])
async def test_no_redirect_leads_inside(entry: Any, hops: int, canary: Canary, tmp_path: Path) -> None:
    pointing = Pointing(hops=hops)
    async with public(tmp_path, pointing) as there:
        for number, target in enumerate(INSIDE):
            pointing.target = target.format(port=canary.port)
            pointing.status = STATUSES[number % len(STATUSES)]
            with pytest.raises(YardsignError) as caught:
                await entry(there.out, f"{ROOT}/feed")
            assert not [secret for secret in SECRETS if secret in str(caught.value)]
            assert (target, canary.connections) == (target, 0)
    assert set(there.wire.dialled) == {PUBLIC}
    assert len(there.server.requests) >= len(INSIDE)


@pytest.mark.parametrize("status", STATUSES)
async def test_no_credential_goes_along_to_another_origin(entry: Any, status: str, tmp_path: Path) -> None:
    async with public(tmp_path, Pointing("https://other.example/hop9", status)) as there:
        with suppress(YardsignError):
            await entry(there.out, f"{ROOT}/feed?key=secret-word")
    for seen in there.server.requests:
        if seen.headers["host"] == "other.example":
            assert set(seen.headers) <= {"host", "accept", "accept-encoding", "connection", "user-agent"}
            assert not [secret for secret in SECRETS if secret in f"{seen}"]


async def test_who_follows_to_another_origin(tmp_path: Path) -> None:
    """So that the test above is known to see something."""
    follow = set()
    for name, call in ENTRIES.items():
        folder = tmp_path / str(len(name))
        folder.mkdir(exist_ok=True)
        async with public(folder, Pointing("https://other.example/hop9")) as there:
            with suppress(YardsignError):
                await call(there.out, f"{ROOT}/feed")
        if any(seen.headers["host"] == "other.example" for seen in there.server.requests):
            follow.add(name)
    assert follow == {
        "a photo",
        "a photo of a RESO row",
        "a photo of a CSV line",
        "a photo of SimplyRETS",
        "a photo by RETS's Location",
        "a CSV file",
        "a CSV file by password",
        "an issuer's keys",
        "an issuer",
    }


# Links in answers


def linking(target: str) -> Handler:
    """Answers everything with JSON that links to the same place in every way anybody reads."""
    row = {"ListingKey": "1", "ListingId": "N1", "mlsId": 1, "StandardStatus": "Active"}
    links = {
        "@odata.nextLink": target,
        "issuer": f"{ROOT}/feed",
        "jwks_uri": target,
        "paging": {"next": target, "cursors": {"after": "a"}},
    }
    body = orjson.dumps({**row, "value": [row], "data": [], "access_token": "t", **links})
    headers = {"link": f'<{target}>; rel="next"', "content_location": target, "refresh": f"0; url={target}"}
    return always(answer(body, location=target, **headers))


async def _pages(mls: Any, account: Any) -> None:
    position: str | None = None
    for _ in range(3):
        page = await mls.fetch(account, MlsQuery(), position)
        position = page.position
        if position is None:
            return


async def _reso(out: Outgoing, root: str) -> None:
    await _pages(out.mls["reso-web-api"], source(root))


async def _reso_by_header(out: Outgoing, root: str) -> None:
    await _pages(out.mls["reso-web-api"], source(root, "bridge"))


async def _simplyrets(out: Outgoing, root: str) -> None:
    await _pages(out.mls["simplyrets"], by_password(root, "simplyrets"))


LINKS: dict[str, Callable[[Outgoing, str], Awaitable[None]]] = {
    "RESO's pages": _reso,
    "RESO's pages by a header": _reso_by_header,
    "SimplyRETS's pages": _simplyrets,
    "an issuer": ENTRIES["an issuer"],
    "a platform": ENTRIES["a platform"],
}


@pytest.mark.parametrize("name", LINKS)
async def test_no_link_in_an_answer_leads_inside(name: str, canary: Canary, tmp_path: Path) -> None:
    for number, target in enumerate(INSIDE):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with public(folder, linking(target.format(port=canary.port))) as there:
            with suppress(YardsignError):
                await LINKS[name](there.out, f"{ROOT}/feed")
            assert set(there.wire.dialled) == {PUBLIC}
            assert (target, canary.connections) == (target, 0)


@pytest.mark.parametrize("name", sorted(set(LINKS) - {"a platform"}))
async def test_links_within_an_origin_are_followed(name: str, tmp_path: Path) -> None:
    """So that the test above is known to see something. A platform's are not: only their cursors are."""
    async with public(tmp_path, linking(f"{ROOT}/linked")) as there:
        with suppress(YardsignError):
            await LINKS[name](there.out, f"{ROOT}/feed")
    assert "/linked" in [seen.path for seen in there.server.requests]


def login(*capabilities: str) -> bytes:
    text = "\n".join(capabilities)
    return answer(
        f'<RETS ReplyCode="0" ReplyText="OK"><RETS-RESPONSE>\n{text}\n</RETS-RESPONSE></RETS>'.encode()
    )


@pytest.mark.parametrize("target", INSIDE)
async def test_no_capability_of_rets_leads_inside(target: str, canary: Canary, tmp_path: Path) -> None:
    target = target.format(port=canary.port)
    names = ("Search", "GetObject", "GetMetadata", "Logout", "Action", "Login")
    async with public(tmp_path, always(login(*(f"{name}={target}" for name in names)))) as there:
        rets, account = there.out.mls["rets"], by_password(f"{ROOT}/login")
        photo = Media(key="1", url="rets:Photo/1/1")
        for call in (rets.check(account), rets.sample(account), rets.photo(account, photo)):
            with pytest.raises(YardsignError):
                await call
        await rets.close()
    assert set(there.wire.dialled) == {PUBLIC}
    assert canary.connections == 0


async def test_capabilities_of_the_same_host_are_used(tmp_path: Path) -> None:
    async with public(tmp_path, always(login("Search=/search"))) as there:
        with suppress(YardsignError):
            await there.out.mls["rets"].check(by_password(f"{ROOT}/login"))
    assert any(seen.path.startswith("/search") for seen in there.server.requests)


async def test_a_token_goes_to_no_address_that_an_answer_named(tmp_path: Path) -> None:
    async with public(tmp_path, linking("https://other.example/feed")) as there:
        for call in LINKS.values():
            with suppress(YardsignError):
                await call(there.out, f"{ROOT}/feed")
    elsewhere = [seen for seen in there.server.requests if seen.headers["host"] != "public.example"]
    # The keys of an issuer may lie anywhere, and nothing secret is needed to read them.
    assert elsewhere
    assert not [seen for seen in elsewhere if TOKEN in f"{seen}" or "authorization" in seen.headers]
