"""The one HTTP client's connections: used again, never too many, and given back whatever happens."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

import pytest

from domain.errors import Rejected, Unavailable
from tests.unit.raw_http_server import Seen, always, answer, listening
from tests.unit.web_client import Names, at, get, opened


async def until(holds: Callable[[], bool]) -> None:
    for _ in range(5000):
        if holds():
            return
        await asyncio.sleep(0.001)
    raise AssertionError("it never came to hold")


async def closed_by_server(writer: asyncio.StreamWriter, seen: Seen) -> None:
    """Answers, and hangs up though it did not say so."""
    writer.write(answer(b"x"))
    await writer.drain()
    writer.close()


async def test_a_connection_is_used_again_and_not_for_another_origin() -> None:
    async with (
        opened(allow_loopback=True, resolve=Names()) as client,
        listening(always(answer(b"x"))) as one,
        listening(always(answer(b"y"))) as other,
    ):
        for _ in range(3):
            assert (await get(client, at(one))).body == b"x"
            assert (await get(client, at(other))).body == b"y"
        assert (one.connections, other.connections) == (1, 1)
        # The same address under another name is another origin, whose addresses are checked for themselves.
        assert (await get(client, f"http://one.example:{one.port}/")).body == b"x"
        assert one.connections == 2


async def test_a_connection_that_the_server_closed_is_not_used_again() -> None:
    async with (
        opened(allow_loopback=True) as client,
        listening(closed_by_server) as server,
    ):
        for number in range(1, 4):
            assert (await get(client, at(server))).body == b"x"
            await until(lambda: server.open == 0)
            assert server.connections == number


async def test_idle_connections_make_room_for_new_ones() -> None:
    async with opened(allow_loopback=True, connections=3) as client, AsyncExitStack() as stack:
        servers = [await stack.enter_async_context(listening(always(answer(b"x")))) for _ in range(8)]
        for server in servers:
            await get(client, at(server))
            await until(lambda: sum(server.open for server in servers) <= 3)
        assert [server.open for server in servers] == [0] * 5 + [1] * 3
        for server in reversed(servers[-3:]):
            await get(client, at(server))
        assert [server.connections for server in servers] == [1] * 8
    await until(lambda: not any(server.open for server in servers))


async def test_no_more_than_allowed_are_open_and_none_is_lost() -> None:
    async def hurried(writer: asyncio.StreamWriter, seen: Seen) -> None:
        if seen.path == "/slow":
            await asyncio.sleep(0.05)
        writer.write(answer(b"x" * (200 if seen.path == "/large" else 10)))

    chance = random.Random(7)
    async with (
        opened(allow_loopback=True, connections=4) as client,
        listening(hurried) as one,
        listening(hurried) as other,
    ):

        def ask() -> Awaitable[object]:
            url = at(chance.choice([one, other]), chance.choice(["/", "/slow", "/large"]))
            return get(client, url, max_bytes=100, seconds=chance.choice([0.01, 0.03, 5.0]))

        outcomes = await asyncio.gather(*(ask() for _ in range(200)), return_exceptions=True)
        kinds = {type(outcome) for outcome in outcomes if isinstance(outcome, Exception)}
        assert kinds == {Unavailable, Rejected}
        # Closing takes a moment, in which the next one may be open already.
        await until(lambda: one.open + other.open <= 4)
        replies = await asyncio.gather(*(get(client, at(one)) for _ in range(20)))
        assert [reply.status for reply in replies] == [200] * 20
        assert max(one.most_open, other.most_open) <= 8


async def test_refusals_leave_room() -> None:
    names = Names(inner_example=[["10.0.0.1"]], nowhere_example=[[]])
    async with (
        opened(resolve=names, connections=1) as client,
        opened(allow_loopback=True, connections=1) as local,
        listening(always(answer(b"x"))) as server,
    ):
        for _ in range(3):
            with pytest.raises(Rejected):
                await get(client, "http://inner.example/")
            with pytest.raises(Unavailable):
                await get(client, "http://nowhere.example/")
            with pytest.raises(Unavailable):
                await get(local, "http://127.0.0.1:1/")
            await get(local, at(server))
