"""What every platform of the room is made with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from adapters.budgets import Budgets
from adapters.http import WebClient


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The outside world as a platform reaches it.

    Attributes:
        budgets: remembers for all workers who must not be asked until when.
        sleep: waits for seconds between two attempts to read.
    """

    web: WebClient
    budgets: Budgets
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
