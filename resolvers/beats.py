"""When a subscription looks again: at once, on news, and now and then without any."""

import asyncio
import random
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Hashable
from contextlib import aclosing, asynccontextmanager
from typing import TypeVar

from domain.entities.news import News
from domain.ports import Progress

SAFETY_SECONDS = 3.0
"""News may be lost, when whoever had it to tell dies: after so long a subscription looks anyway."""

LONGEST_SAFETY_SECONDS = 60.0
"""While nothing is heard it looks less and less often, down to this, so that thousands of idle subscriptions
cost next to nothing."""

SPACING_SECONDS = 0.25
"""At most four looks a second, so that a burst is one message."""

T = TypeVar("T")


def slackened(seconds: float) -> float:
    """How long to wait for news after having waited so long in vain."""
    return min(2 * seconds, LONGEST_SAFETY_SECONDS)


@asynccontextmanager
async def beats(
    progress: Progress, topic: str, *, safety: float = SAFETY_SECONDS, spacing: float = SPACING_SECONDS
) -> AsyncIterator[AsyncIterator[News]]:
    """Follow a topic: the first beat comes at once, and what happens after it is not missed."""
    async with progress.follow(topic) as news, aclosing(_beats(news, safety, spacing)) as all_beats:
        yield all_beats


@asynccontextmanager
async def states(
    progress: Progress, topic: str, what: Hashable, read: Callable[[], Awaitable[T]]
) -> AsyncIterator[AsyncIterator[T]]:
    """What `read` answers at each beat of a topic; what news of it tell is read once for all who follow it here.

    Args:
        what: names the reading among those of the topic.
    """
    async with beats(progress, topic) as looks, aclosing(_states(looks, what, read)) as all_states:
        yield all_states


async def _states(
    looks: AsyncIterator[News], what: Hashable, read: Callable[[], Awaitable[T]]
) -> AsyncGenerator[T, None]:
    async for news in looks:
        yield await news.once(what, read)


async def _beats(news: AsyncIterator[News], safety: float, spacing: float) -> AsyncGenerator[News, None]:
    yield News()
    patience = safety
    while True:
        await asyncio.sleep(spacing)
        # Spread, or all that began together would look together for ever.
        heard = await _next(news, patience * random.uniform(0.75, 1))  # noqa: S311 - guards nothing
        patience = safety if heard else slackened(patience)
        yield heard or News()


async def _next(news: AsyncIterator[News], seconds: float) -> News | None:
    """The next news; None if there are none in that time, or never will be any."""
    try:
        async with asyncio.timeout(seconds):
            return await anext(news)
    except TimeoutError:
        return None
    except StopAsyncIteration:
        await asyncio.sleep(seconds)
        return None
