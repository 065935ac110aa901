"""The one HTTP client: what it sends and takes, and its limits of size and time."""

import asyncio
import gzip
import logging
import socket
import struct
import threading
import tracemalloc
import zlib
from collections.abc import AsyncIterator, Sequence
from typing import Any

import httpx
import pytest

from adapters.http import WebClient
from domain.errors import Rejected, Unavailable
from tests.unit.raw_http_server import Seen, always, answer, listening
from tests.unit.web_client import at, get


@pytest.fixture
async def local() -> AsyncIterator[WebClient]:
    """A client that may reach loopback by http, as in local development."""
    client = WebClient(allow_http=True, allow_loopback=True)
    yield client
    await client.aclose()


# What is sent and what comes back


async def test_a_status_is_an_answer(local: WebClient) -> None:
    async with listening(always(answer(b'{"a": [1]}', status="503 Later", retry_after="7"))) as server:
        reply = await get(local, at(server), params={"b": "c d"})
    assert (reply.status, reply.headers["retry-after"], reply.json()) == (503, "7", {"a": [1]})
    assert server.requests[0].line == "GET /?b=c+d HTTP/1.1"
    assert server.requests[0].headers["user-agent"] == "Yardsign/0.1"


async def test_what_is_not_json_is_a_value_error(local: WebClient) -> None:
    for body in (b"<html>", b"", b"[" * 100_000):
        async with listening(always(answer(body))) as server:
            reply = await get(local, at(server), max_bytes=200_000)
        with pytest.raises(ValueError, match=r".+"):
            reply.json()


async def test_a_signed_query_is_sent_as_it_is(local: WebClient) -> None:
    async with listening(always(answer())) as server:
        await get(local, at(server, "/p?sig=a%2Fb%20c+d&x"))
        await get(local, at(server, "/p?a=1"), params={"b": "2"})
    assert [seen.path for seen in server.requests] == ["/p?sig=a%2Fb%20c+d&x", "/p?a=1&b=2"]


async def test_json_form_files_and_content_are_sent(local: WebClient) -> None:
    async with listening(always(answer())) as server:
        bodies: list[dict[str, Any]] = [
            {"json": {"a": 1}},
            {"form": {"a": "b c"}},
            {"form": {"a": "b"}, "files": {"source": ("p.jpg", b"\xff\xd8", "image/jpeg")}},
            {"content": b"raw"},
        ]
        for body in bodies:
            await local.send("POST", at(server), max_bytes=100, seconds=5, **body)
    json_body, form, multipart, raw = (seen.body for seen in server.requests)
    assert (json_body, form, raw) == (b'{"a":1}', b"a=b+c", b"raw")
    assert b'name="source"; filename="p.jpg"' in multipart
    assert server.connections == 1


async def test_a_challenge_is_answered(local: WebClient) -> None:
    async def guarded(writer: asyncio.StreamWriter, seen: Seen) -> None:
        challenge = 'Digest realm="r", nonce="n", qop="auth"'
        if "authorization" in seen.headers:
            writer.write(answer(b"in"))
        else:
            writer.write(answer(b"x" * 50_000, status="401 No", www_authenticate=challenge))

    async with listening(guarded) as server:
        assert (await get(local, at(server), auth=httpx.DigestAuth("me", "word"))).body == b"in"
        assert server.requests[1].headers["authorization"].startswith('Digest username="me"')


async def test_cookies_are_not_kept(local: WebClient) -> None:
    async with listening(always(answer(set_cookie="session=of-somebody; Path=/"))) as server:
        assert "session" in (await get(local, at(server))).headers["set-cookie"]
        await get(local, at(server))
        assert "cookie" not in server.requests[1].headers


async def test_a_header_that_breaks_the_line_is_rejected(local: WebClient) -> None:
    async with listening(always(answer())) as server:
        for value in ("a\r\nX-Other: b", "ключ"):
            with pytest.raises(Rejected):
                await get(local, at(server), headers={"Authorization": value})
        assert server.requests == []


async def test_urls_are_not_logged(local: WebClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    async with listening(always(answer())) as server:
        await get(local, at(server, "/?access_token=secret-word"))
    assert "secret-word" not in caplog.text


# Limits of size


async def test_a_body_at_the_limit_and_one_beyond(local: WebClient) -> None:
    async def chunked(writer: asyncio.StreamWriter, seen: Seen) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        writer.write(b"64\r\n" + b"x" * 100 + b"\r\n0\r\n\r\n")

    for handle in (always(answer(b"x" * 100)), chunked):
        async with listening(handle) as server:
            assert len((await get(local, at(server), max_bytes=100)).body) == 100
            with pytest.raises(Rejected, match="larger than 99 bytes"):
                await get(local, at(server), max_bytes=99)


@pytest.mark.parametrize("coding", ["gzip", "deflate", "raw deflate", "two members"])
async def test_packed_answers_are_unpacked(local: WebClient, coding: str) -> None:
    text = b"a home by the lake " * 50
    raw = zlib.compressobj(wbits=-15)
    packed = {
        "gzip": gzip.compress(text),
        "deflate": zlib.compress(text),
        "raw deflate": raw.compress(text) + raw.flush(),
        "two members": gzip.compress(text[:100]) + gzip.compress(text[100:]),
    }[coding]
    name = "deflate" if "deflate" in coding else "gzip"
    async with listening(always(answer(packed, content_encoding=name))) as server:
        assert (await get(local, at(server), max_bytes=len(text))).body == text
        assert server.requests[0].headers["accept-encoding"] == "gzip, deflate"
        with pytest.raises(Rejected, match="larger than"):
            await get(local, at(server), max_bytes=len(text) - 1)


async def test_a_gzip_bomb_is_counted_unpacked_and_never_unpacked_whole(local: WebClient) -> None:
    bomb = gzip.compress(bytes(200 << 20))
    assert len(bomb) < 210_000
    async with listening(always(answer(bomb, content_encoding="gzip"))) as server:
        tracemalloc.start()
        with pytest.raises(Rejected, match="larger than 20000000 bytes"):
            await get(local, at(server), max_bytes=20_000_000, seconds=60)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < 35_000_000


async def test_a_body_of_empty_members_ends_early(local: WebClient) -> None:
    empty = gzip.compress(b"")
    async with listening(always(answer(empty * 1001, content_encoding="gzip"))) as server:
        with pytest.raises(Rejected, match="more than 1000 members"):
            await get(local, at(server), max_bytes=1_000_000)
    async with listening(
        always(answer(empty * 999 + gzip.compress(b"end"), content_encoding="gzip"))
    ) as server:
        assert (await get(local, at(server), max_bytes=1_000_000)).body == b"end"


@pytest.mark.parametrize("size", [999_999, 1_000_000, 1_000_001, 3_000_000])
async def test_what_unpacks_to_whole_steps_comes_whole(local: WebClient, size: int) -> None:
    packed = gzip.compress(bytes(size)) + gzip.compress(b"end")
    for body in (packed, packed + gzip.compress(b"")):
        async with listening(always(answer(body, content_encoding="gzip"))) as server:
            assert (await get(local, at(server), max_bytes=4_000_000)).body == bytes(size) + b"end"


@pytest.mark.parametrize(
    "head",
    [
        b"HTTP/1.1 200 OK\r\n" + b"".join(b"X-%d: y\r\n" % number for number in range(20_000)) + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 2_000_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + b"y" * 2_000_000 + b"\r\nx\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: " + b"y" * 2_000_000 + b"\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\n" * 2_000_000,
    ],
    ids=["many headers", "a long header", "a long chunk extension", "a long trailer", "endless hints"],
)
async def test_a_header_bomb_ends_with_an_error(local: WebClient, head: bytes) -> None:
    async with listening(always(head)) as server:
        with pytest.raises(Unavailable):
            await get(local, at(server), seconds=1)


async def test_cut_corrupt_and_unknown_packing(local: WebClient) -> None:
    packed = gzip.compress(b"text" * 100)
    for body, coding, error in [
        (packed[:-9], "gzip", Unavailable),
        (b"not gzip", "gzip", Unavailable),
        (packed, "br", Rejected),
        (packed, "gzip, gzip", Rejected),
    ]:
        async with listening(always(answer(body, content_encoding=coding))) as server:
            with pytest.raises(error):
                await get(local, at(server))


async def test_photos_are_asked_for_unpacked(local: WebClient) -> None:
    async with listening(always(answer())) as server:
        await get(local, at(server), identity=True)
        assert server.requests[0].headers["accept-encoding"] == "identity"


# Limits of time, and connections that break


async def test_a_slow_drip_hits_the_total_deadline(local: WebClient) -> None:
    async def drip(writer: asyncio.StreamWriter, seen: Seen) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        for _ in range(1000):
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with listening(drip) as server:
        with pytest.raises(Unavailable, match="did not answer within") as caught:
            await get(local, at(server), seconds=0.2)
    assert caught.value.outcome_unknown


async def test_the_deadline_covers_look_up_and_redirects_together() -> None:
    async def never(host: str, port: int) -> Sequence[str]:
        await asyncio.Event().wait()
        return []

    client = WebClient(allow_http=True, resolve=never)
    with pytest.raises(Unavailable) as caught:
        await get(client, "http://slow.example/", seconds=0.1)
    assert not caught.value.outcome_unknown
    await client.aclose()


async def test_a_look_up_does_not_wait_for_other_work_in_threads(local: WebClient) -> None:
    busy = threading.Event()
    loop = asyncio.get_running_loop()
    # More than asyncio has threads of its own.
    work = [loop.run_in_executor(None, busy.wait) for _ in range(40)]
    try:
        async with listening(always(answer(b"x"))) as server:
            assert (await get(local, f"http://localhost:{server.port}/")).body == b"x"
    finally:
        busy.set()
        await asyncio.gather(*work)


async def test_a_reset_after_the_request_leaves_the_outcome_unknown(local: WebClient) -> None:
    async def reset(writer: asyncio.StreamWriter, seen: Seen) -> None:
        wire = writer.get_extra_info("socket")
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    async def hang_up(writer: asyncio.StreamWriter, seen: Seen) -> None:
        writer.close()

    async def cut(writer: asyncio.StreamWriter, seen: Seen) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\nhalf")
        writer.close()

    for handle in (reset, hang_up, cut, always(b"SSH-2.0-nonsense\r\n\r\n")):
        async with listening(handle) as server:
            with pytest.raises(Unavailable) as caught:
                await local.send("POST", at(server), form={"a": "b"}, max_bytes=100, seconds=5)
            assert caught.value.outcome_unknown


async def test_no_connection_means_nothing_was_sent(local: WebClient) -> None:
    for url in ("http://127.0.0.1:1/", "http://nowhere.invalid/"):
        with pytest.raises(Unavailable) as caught:
            await get(local, url)
        assert not caught.value.outcome_unknown


async def test_connections_are_used_again_and_given_back(local: WebClient) -> None:
    async with listening(always(answer(b"x"))) as server:
        for _ in range(5):
            await get(local, at(server))
        assert server.connections == 1
    client = WebClient(allow_http=True, allow_loopback=True, connections=2)
    async with listening(always(answer(b"x" * 100))) as server:
        for _ in range(5):
            with pytest.raises(Rejected):
                await get(client, at(server), max_bytes=10)
        replies = await asyncio.gather(*(get(client, at(server)) for _ in range(10)))
        assert [reply.status for reply in replies] == [200] * 10
    await client.aclose()
