"""What every protocol of the room is made with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from adapters.budgets import Budgets
from adapters.downloads import WebDownloads
from adapters.http import WebClient
from domain.ports import Files
from domain.ports.meters import Refreshed


def _unmeasured(outcome: Refreshed) -> None:
    return


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The outside world as an MLS protocol reaches it.

    Attributes:
        downloads: for photos that are plain URLs.
        files: for feeds that are files, sent by the user or kept while they are read.
        budgets: how many requests each token may still make.
        refreshed: told what came of asking an MLS for a token.
    """

    web: WebClient
    downloads: WebDownloads
    files: Files
    budgets: Budgets
    now: Callable[[], datetime]
    sleep: Callable[[float], Awaitable[None]]
    random: Callable[[], float]
    refreshed: Callable[[Refreshed], None] = _unmeasured
