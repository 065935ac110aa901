"""The one HTTP client: which addresses it reaches, and what it carries across redirects."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from adapters.http import WebClient
from adapters.http.addresses import may_be_reached
from domain.errors import Rejected, Unavailable
from tests.unit.certificate import certificate
from tests.unit.raw_http_server import Handler, Seen, always, answer, listening
from tests.unit.web_client import Names, at, get


@pytest.fixture
async def local() -> AsyncIterator[WebClient]:
    """A client that may reach loopback by http, as in local development."""
    client = WebClient(allow_http=True, allow_loopback=True)
    yield client
    await client.aclose()


@pytest.fixture
async def strict() -> AsyncIterator[WebClient]:
    """A client that may use http, but reaches public addresses only."""
    client = WebClient(allow_http=True)
    yield client
    await client.aclose()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "localhost",
        "0x7f000001",
        "2130706433",
        "0177.0.0.1",
        "127.1",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[64:ff9b::a9fe:a9fe]",
        "[2002:a9fe:a9fe::]",
        "[2002:7f00:1::]",
        "169.254.169.254",
        "[fd00:ec2::254]",
        "[fe80::1]",
        "10.0.0.1",
    ],
)
async def test_no_form_of_a_local_address_is_reached(strict: WebClient, host: str) -> None:
    async with listening(always(answer()), host="127.0.0.1") as canary:
        with pytest.raises(Rejected):
            await get(strict, f"http://{host}:{canary.port}/")
        assert canary.connections == 0


async def test_no_ipv6_loopback_is_reached(strict: WebClient) -> None:
    async with listening(always(answer()), host="::1") as canary:
        with pytest.raises(Rejected):
            await get(strict, f"http://[::1]:{canary.port}/")
        assert canary.connections == 0


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:220:1::1", True),
        ("100.64.0.1", False),
        ("100.100.100.200", False),
        ("168.63.129.16", False),
        ("192.0.0.192", False),
        ("192.88.99.1", False),
        ("198.18.0.1", False),
        ("203.0.113.9", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("2001:0:7f00:1::", False),
        ("2001:db8::1", False),
        ("64:ff9b:1::1", False),
        ("64:ff9b::808:808", False),
        ("::ffff:8.8.8.8", False),
        ("::8.8.8.8", False),
        ("fec0::1", False),
        ("fc00::1", False),
        ("ff02::1", False),
        ("fe80::1%eth0", False),
        ("nonsense", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    assert may_be_reached(address, allow_loopback=False) is public


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("127.0.0.2", True),
        ("::1", True),
        ("192.168.1.1", True),
        ("169.254.169.254", False),
        ("fd00::1", False),
    ],
)
def test_local_development_opens_loopback_and_private_addresses_only(address: str, allowed: bool) -> None:
    assert may_be_reached(address, allow_loopback=True) is allowed


async def test_one_bad_address_among_good_ones_is_enough() -> None:
    names = Names(mixed_example=[["93.184.215.14", "127.0.0.1"]])
    client = WebClient(allow_http=True, resolve=names)
    async with listening(always(answer())) as canary:
        with pytest.raises(Rejected, match=r"mixed\.example"):
            await get(client, f"http://mixed.example:{canary.port}/")
        assert canary.connections == 0
    await client.aclose()


async def test_a_name_is_looked_up_once_per_connection_and_checked_each_time() -> None:
    names = Names(rebinding_example=[["127.0.0.1"], ["169.254.169.254"]])
    client = WebClient(allow_http=True, allow_loopback=True, resolve=names)
    async with listening(always(answer(connection="close"))) as server:
        url = f"http://rebinding.example:{server.port}/"
        assert (await get(client, url)).status == 200
        assert names.asked == ["rebinding.example"]
        with pytest.raises(Rejected):
            await get(client, url)
        assert server.connections == 1
        assert server.requests[0].headers["host"] == f"rebinding.example:{server.port}"
    await client.aclose()


async def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    async with listening(always(answer(b"here")), host="127.0.0.1") as server:
        client = WebClient(
            allow_http=True, allow_loopback=True, resolve=Names(two_example=[["::1", "127.0.0.1"]])
        )
        assert (await get(client, f"http://two.example:{server.port}/")).body == b"here"
        await client.aclose()


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.com/",
        "file:///etc/passwd",
        "//example.com/",
        "/path",
        "",
        "http://",
        "http://user:secret-word@example.com/",
        "http://user@example.com/",
        "http://exa mple.com/",
        "http://[::1/",
        "http://example.com:99999/",
        "http://" + "a" * 70 + ".example/",
    ],
)
async def test_what_is_no_url_of_ours(strict: WebClient, url: str) -> None:
    with pytest.raises(Rejected) as caught:
        await get(strict, url)
    assert "secret-word" not in str(caught.value)


async def test_http_needs_leave() -> None:
    client = WebClient(allow_loopback=True)
    async with listening(always(answer())) as canary:
        with pytest.raises(Rejected, match="begin with https"):
            await get(client, at(canary))
        assert canary.connections == 0
    await client.aclose()


async def test_proxies_of_the_environment_are_not_used(
    local: WebClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with listening(always(answer(b"proxy"))) as proxy, listening(always(answer(b"direct"))) as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, at(proxy))
        client = WebClient(allow_http=True, allow_loopback=True)
        assert (await get(client, at(server))).body == b"direct"
        await client.aclose()


# Redirects


def redirecting(location: str, status: str = "302 Found") -> Handler:
    return always(answer(status=status, location=location))


async def test_a_redirect_to_loopback_is_not_followed() -> None:
    names = Names(start_example=[["127.0.0.1"]], inner_example=[["169.254.169.254"]])
    client = WebClient(allow_http=True, allow_loopback=True, resolve=names)
    async with listening(redirecting("http://inner.example/latest/meta-data/")) as server:
        with pytest.raises(Rejected, match=r"inner\.example"):
            await get(client, f"http://start.example:{server.port}/")
    await client.aclose()


@pytest.mark.parametrize(
    "location",
    [
        "file:///etc/passwd",
        "http://me:secret-word@127.0.0.1/",
        "http://a b/",
        "http://[::1/",
        "data:text/plain,x",
        "http://xn--localhost/",
    ],
)
async def test_each_hop_is_checked_as_the_first(local: WebClient, location: str) -> None:
    async with listening(redirecting(location)) as server:
        with pytest.raises(Rejected):
            await get(local, at(server))


async def test_a_redirect_that_nobody_follows_is_not_read(local: WebClient) -> None:
    for location in ("http://[::1/", "data:text/plain,x", "http://xn--localhost/", "\xff"):
        async with listening(redirecting(location)) as server:
            assert (await get(local, at(server), redirects=0)).status == 302
            reply = await local.send("POST", at(server), content=b"x", max_bytes=100, seconds=5)
            assert reply.status == 302


async def test_three_redirects_are_followed_and_four_are_not(local: WebClient) -> None:
    async def count(writer: asyncio.StreamWriter, seen: Seen) -> None:
        left = int(seen.path.strip("/"))
        writer.write(answer(b"end") if left == 0 else answer(status="302 Found", location=f"/{left - 1}"))

    async with listening(count) as server:
        reply = await get(local, at(server, "/3"))
        assert (reply.body, reply.url) == (b"end", at(server, "/0"))
        with pytest.raises(Rejected, match="redirected more than 3 times"):
            await get(local, at(server, "/4"))
        assert (await get(local, at(server, "/1"), redirects=0)).status == 302


async def test_only_get_follows(local: WebClient) -> None:
    async with listening(redirecting("/elsewhere", "307 Temporary Redirect")) as server:
        reply = await local.send("POST", at(server), form={"a": "b"}, max_bytes=100, seconds=5)
        assert reply.status == 307
        assert len(server.requests) == 1


async def test_credentials_stay_with_their_origin(local: WebClient) -> None:
    secrets = {"Authorization": "Bearer t", "Cookie": "c=1", "X-Api-Key": "k", "User-Agent": "token"}
    async with listening(always(answer())) as other, listening(redirecting(at(other, "/x"))) as first:
        await get(local, at(first), headers={**secrets, "Accept": "image/jpeg"})
        assert first.requests[0].headers["authorization"] == "Bearer t"
        kept = other.requests[0].headers
        assert not {"authorization", "cookie", "x-api-key"} & set(kept)
        assert (kept["accept"], kept["user-agent"]) == ("image/jpeg", "Yardsign/0.1")
        await get(local, at(first), auth=httpx.BasicAuth("me", "word"))
        assert "authorization" in first.requests[1].headers
        assert "authorization" not in other.requests[1].headers


async def test_credentials_go_along_within_an_origin(local: WebClient) -> None:
    async def once(writer: asyncio.StreamWriter, seen: Seen) -> None:
        writer.write(answer() if seen.path == "/b" else answer(status="301 Moved", location="/b"))

    async with listening(once) as server:
        await get(local, at(server, "/a"), headers={"Authorization": "Bearer t"})
        assert [seen.headers["authorization"] for seen in server.requests] == ["Bearer t", "Bearer t"]


async def test_host_and_sni_are_the_name_though_the_address_is_pinned(tmp_path: Path) -> None:
    server_tls, client_tls = certificate(tmp_path, "photos.example")
    asked: list[str | None] = []

    def note(wire: ssl.SSLObject | ssl.SSLSocket, name: str | None, context: ssl.SSLContext) -> None:
        asked.append(name)

    server_tls.sni_callback = note
    client = WebClient(allow_loopback=True, resolve=Names(), tls=client_tls)
    async with listening(always(answer(b"safe")), tls=server_tls) as server:
        assert (await get(client, f"https://photos.example:{server.port}/")).body == b"safe"
        assert asked == ["photos.example"]
        assert server.requests[0].headers["host"] == f"photos.example:{server.port}"
        with pytest.raises(Unavailable) as caught:
            await get(client, f"https://other.example:{server.port}/")
        assert not caught.value.outcome_unknown
        assert len(server.requests) == 1
    await client.aclose()


async def test_whom_no_authority_vouches_for_hears_nothing(tmp_path: Path) -> None:
    server_tls, _ = certificate(tmp_path, "photos.example")
    client = WebClient(allow_loopback=True, resolve=Names())
    async with listening(always(answer()), tls=server_tls) as server:
        with pytest.raises(Unavailable) as caught:
            await get(client, f"https://photos.example:{server.port}/")
        assert not caught.value.outcome_unknown
        assert server.requests == []
    await client.aclose()


async def test_only_http_1_1_is_offered(tmp_path: Path) -> None:
    server_tls, client_tls = certificate(tmp_path, "photos.example")
    server_tls.set_alpn_protocols(["h2", "http/1.1"])
    agreed: list[str | None] = []

    async def note(writer: asyncio.StreamWriter, seen: Seen) -> None:
        agreed.append(writer.get_extra_info("ssl_object").selected_alpn_protocol())
        writer.write(answer(b"safe"))

    client = WebClient(allow_loopback=True, resolve=Names(), tls=client_tls)
    async with listening(note, tls=server_tls) as server:
        assert (await get(client, f"https://photos.example:{server.port}/")).body == b"safe"
    assert agreed == ["http/1.1"]
    await client.aclose()
