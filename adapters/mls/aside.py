"""Keeps long work off the event loop, and short work on it."""

import asyncio
from collections.abc import Callable
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")

SHORT_BYTES = 64_000
"""An answer of so many is read in less time than another thread takes to begin."""


async def aside(size: int, work: Callable[P, T], *args: P.args, **named: P.kwargs) -> T:
    """Do the work: in a thread, if it has more than `SHORT_BYTES` to read."""
    if size <= SHORT_BYTES:
        return work(*args, **named)
    return await asyncio.to_thread(work, *args, **named)
