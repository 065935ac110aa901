"""Waiting for what another process does."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE_SECONDS = 120.0
_PAUSE = 0.05


def until(look: Callable[[], T], what: str) -> T:
    """Look until there is something to see, and answer it."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (seen := look()):
        assert time.monotonic() < deadline, f"{what} did not happen"
        time.sleep(_PAUSE)
    return seen


async def eventually(look: Callable[[], Awaitable[T]], what: str) -> T:
    """The same, where looking is asynchronous."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (seen := await look()):
        assert time.monotonic() < deadline, f"{what} did not happen"
        await asyncio.sleep(_PAUSE)
    return seen
