"""Read, change and write again until no other writer was faster."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from domain.errors import Conflict
from domain.ports import Ports

T = TypeVar("T")
ROUNDS = 40


async def until_unchallenged(ports: Ports, attempt: Callable[[], Awaitable[T]]) -> T:
    """Call `attempt`, which reads, changes and writes, until it does not lose a race.

    Every winner leaves one contender fewer, so a few dozen rounds carry a hundred writers.

    Raises:
        Conflict: after `ROUNDS` lost races.
    """
    for round_number in range(ROUNDS - 1):
        try:
            return await attempt()
        except Conflict:
            await ports.sleep(ports.random() * 0.005 * min(round_number + 1, 10))
    return await attempt()
