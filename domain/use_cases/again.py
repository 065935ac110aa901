"""Read, change and write again until no other writer was faster."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from domain.errors import Conflict
from domain.ports import Ports

T = TypeVar("T")
ROUNDS = 120


async def until_unchallenged(ports: Ports, attempt: Callable[[], Awaitable[T]]) -> T:
    """Call `attempt`, which reads, changes and writes, until it does not lose a race.

    Every round has a winner, who leaves one contender fewer: a hundred writers at once take a hundred rounds
    at the worst, and far fewer when their waits differ.

    Raises:
        Conflict: after `ROUNDS` lost races.
    """
    for round_number in range(ROUNDS - 1):
        try:
            return await attempt()
        except Conflict:
            await ports.sleep(ports.random() * 0.005 * min(round_number + 1, 10))
    return await attempt()
