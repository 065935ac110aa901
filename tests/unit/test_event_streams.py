"""A stream of server-sent events, between what makes the events and a client that takes or does not take them."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from starlette.types import Message

from app.event_streams import EventStream

_SEVERAL = 5


class Recorded:
    """The other side of an ASGI application, which stays until it is told to go."""

    def __init__(self) -> None:
        self.parts: list[bytes] = []
        self.several = asyncio.Event()
        self.gone = asyncio.Event()
        self.takes = asyncio.Event()
        self.takes.set()

    async def receive(self) -> Message:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        await self.takes.wait()
        self.parts.append(message.get("body", b""))
        if len(self.parts) > _SEVERAL:
            self.several.set()


class Endless:
    """Events without end, counted."""

    def __init__(self, pause: float = 0) -> None:
        self.made = 0
        self.closed = False
        self._pause = pause

    async def __call__(self) -> AsyncGenerator[str, None]:
        try:
            while True:
                await asyncio.sleep(self._pause)
                self.made += 1
                yield "event"
        finally:
            await asyncio.sleep(0)
            self.closed = True


def opened(made: Endless, client: Recorded, **settings: Any) -> asyncio.Task[None]:
    """A stream that is being sent."""
    kinds = {"closing": asyncio.Event(), "seconds": 60.0, "heartbeat": 60.0, **settings}
    stream = EventStream(made, headers={}, **kinds)
    return asyncio.create_task(stream({"type": "http"}, client.receive, client.send))


async def test_silence_is_broken_by_heartbeats() -> None:
    client = Recorded()
    stream = opened(Endless(pause=60), client, heartbeat=0.001)
    await client.several.wait()
    client.gone.set()
    await stream
    assert set(client.parts[1:-1]) == {b":\n\n"}


async def test_who_reads_slowly_is_sent_nothing_more_and_makes_nothing_pile_up() -> None:
    client, made = Recorded(), Endless()
    stream = opened(made, client)
    await client.several.wait()
    client.takes.clear()
    for _ in range(50):
        await asyncio.sleep(0)
    before = made.made
    for _ in range(50):
        await asyncio.sleep(0)
    assert made.made == before
    client.gone.set()
    client.takes.set()
    await stream
    assert made.closed


async def test_who_takes_nothing_any_more_is_given_up() -> None:
    client, made = Recorded(), Endless()
    stream = opened(made, client, taken=0.01)
    await client.several.wait()
    client.takes.clear()
    await stream
    assert made.closed
    assert client.parts[-1] == b"event"


@pytest.mark.parametrize("end", ["gone", "closing", "expired", "cancelled"])
async def test_whatever_ends_a_stream_what_made_its_events_is_closed_before(end: str) -> None:
    client, made, closing = Recorded(), Endless(), asyncio.Event()
    stream = opened(made, client, closing=closing, seconds=0.05 if end == "expired" else 60)
    await client.several.wait()
    if end == "gone":
        client.gone.set()
    elif end == "closing":
        closing.set()
    elif end == "cancelled":
        stream.cancel()
    await asyncio.wait([stream])
    assert made.closed
    assert stream.cancelled() == (end == "cancelled")
    assert (client.parts[-1] == b"") == (end != "cancelled")


async def test_a_fault_breaks_the_stream_off_and_is_raised() -> None:
    async def failing() -> AsyncGenerator[str, None]:
        yield "event"
        raise RuntimeError("a bug")

    client = Recorded()
    stream = EventStream(failing, headers={}, closing=asyncio.Event(), seconds=60)
    with pytest.raises(RuntimeError, match="a bug"):
        await stream({"type": "http"}, client.receive, client.send)
    assert client.parts[-1] == b"event"
