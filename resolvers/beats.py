"""When a subscription looks again: at once, on news, and from time to time without any."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from domain.ports import Progress

SAFETY_SECONDS = 3.0
"""News may be lost while the messenger is away: after so long a subscription looks anyway."""

SPACING_SECONDS = 0.25
"""At most four looks a second, so that a burst is one message."""


@asynccontextmanager
async def beats(
    progress: Progress, topic: str, *, safety: float = SAFETY_SECONDS, spacing: float = SPACING_SECONDS
) -> AsyncIterator[AsyncIterator[None]]:
    """Follow a topic: the first beat comes at once, and what happens after it is not missed."""
    async with progress.follow(topic) as news, aclosing(_beats(news, safety, spacing)) as all_beats:
        yield all_beats


async def _beats(news: AsyncIterator[None], safety: float, spacing: float) -> AsyncGenerator[None, None]:
    heard: asyncio.Future[None] | None = None
    ended = False
    try:
        yield None
        while True:
            await asyncio.sleep(spacing)
            if ended:
                await asyncio.sleep(safety)
            elif heard is None:
                heard = asyncio.ensure_future(anext(news))
            if heard is not None:
                # The wait for news outlives a beat without any: cancelling it could end the iterator.
                await asyncio.wait({heard}, timeout=safety)
                if heard.done():
                    ended = isinstance(heard.exception(), StopAsyncIteration)
                    heard = None
            yield None
    finally:
        if heard is not None:
            heard.cancel()
