"""How much of Meta's limits is used, as every answer tells it: calls pause before a limit is hit.

Meta counts the calls of an app and of a token in the last hour and tells per cents, never a moment. Removals go on
to the end; everything else stops a little earlier and leaves them the rest. Source:
https://developers.facebook.com/docs/graph-api/overview/rate-limiting
"""

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from adapters.budgets import Budgets

NEARLY, FULL = 90.0, 100.0
"""Per cent of a limit from which on calls pause, and removals too."""

NEARLY_SECONDS = 900.0
"""The window is an hour that moves along: after a quarter of it, there is room again or another pause."""

FULL_SECONDS = 300.0
_ACCOUNT_HEADERS = ("x-page-usage", "x-business-use-case-usage")
_PER_CENTS = ("call_count", "total_time", "total_cputime")


class Usage:
    """What one app has used, known to all workers.

    Args:
        app_id: an app's calls are counted together, whatever they are about.
        name: of the platform: a token's calls are counted for each by itself.
    """

    def __init__(self, budgets: Budgets, *, app_id: str, name: str) -> None:
        self._budgets = budgets
        self._app = f"meta app {app_id}"
        self._name = name

    async def wait(self, token: str | None, *, urgent: bool) -> float:
        """Seconds until a call may be made; 0.0 for now."""
        names = [self._app] if token is None else [self._app, self._account(token)]
        waits = [await self._budgets.take(_paused(name, urgent), []) for name in names]
        return max(waits)

    async def note(self, token: str | None, headers: Mapping[str, str]) -> None:
        """Learn from the headers of an answer; their names are in lower case, or the case does not matter."""
        await self._note(self._app, list(_figures(headers.get("x-app-usage", ""))))
        if token is not None:
            told = [figure for name in _ACCOUNT_HEADERS for figure in _figures(headers.get(name, ""))]
            await self._note(self._account(token), told)

    async def pause(self, token: str | None, seconds: float) -> None:
        """Nobody calls for so long: Meta has refused."""
        name = self._app if token is None else self._account(token)
        for urgent in (False, True):
            await self._budgets.pause(_paused(name, urgent), seconds)

    async def _note(self, name: str, told: list[tuple[float, float]]) -> None:
        """Pause by per cents and the seconds until calls are answered again, 0.0 if Meta does not say."""
        used = max((per_cent for per_cent, _ in told), default=0.0)
        regain = max((seconds for _, seconds in told), default=0.0)
        if used >= NEARLY:
            await self._budgets.pause(_paused(name, urgent=False), regain or NEARLY_SECONDS)
        if used >= FULL:
            await self._budgets.pause(_paused(name, urgent=True), regain or FULL_SECONDS)

    def _account(self, token: str) -> str:
        return f"meta {self._name} {token}"


def _paused(name: str, urgent: bool) -> str:
    return f"{name} {'full' if urgent else 'nearly full'}"


def _figures(header: str) -> Iterator[tuple[float, float]]:
    """Each object in a header, however deep: its largest per cent, and the seconds that Meta asks for."""
    try:
        waiting: list[Any] = [orjson.loads(header)]
    except ValueError:
        return
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, dict):
            used = [_number(item.get(name)) for name in _PER_CENTS]
            yield max(used), _number(item.get("estimated_time_to_regain_access")) * 60
            waiting.extend(item.values())


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
