"""The crash-point tool: counts the calls that leave the system, and lets one of them go wrong.

Every call to the store, the files, the network, the queue and the progress channel passes here. A scenario
is first run undisturbed, which counts its calls; then, for each call k, again with k going wrong in one of
three ways; the end must be the same.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, TypeVar, cast

from domain.errors import Unavailable
from domain.ports import Files, StoredFile

T = TypeVar("T")


class Mode(Enum):
    """How call k goes wrong."""

    DIE_BEFORE = "the process dies before the call"
    DIE_AFTER = "the process dies after the call took effect"
    LOSE_ANSWER = "the call takes effect, and its answer is lost"


class Died(BaseException):
    """The process is dead: no `except Exception` stops this, and no call has an effect any more."""


@dataclass
class Crash:
    """One misfortune, or none.

    Attributes:
        at: which call, counted from 0; None for none.
        calls: the names of the calls so far.
    """

    at: int | None = None
    mode: Mode = Mode.DIE_BEFORE
    calls: list[str] = field(default_factory=list)
    dead: bool = False

    async def call(self, name: str, effect: Callable[[], Awaitable[T]], *, can_lose: bool) -> T:
        """Let the call through, or go wrong."""
        if self.dead:
            raise Died
        self.calls.append(name)
        if len(self.calls) - 1 != self.at:
            return await effect()
        if self.mode is Mode.DIE_BEFORE:
            self.dead = True
            raise Died
        result = await effect()
        if self.mode is Mode.DIE_AFTER:
            self.dead = True
            raise Died
        if can_lose:
            raise Unavailable("The answer was lost.", outcome_unknown=True)
        return result


class _Watched:
    def __init__(self, target: object, crash: Crash, names: frozenset[str], can_lose: bool) -> None:
        self._target = target
        self._crash = crash
        self._names = names
        self._can_lose = can_lose

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._target, name)
        if name == "counted_as":  # the same client, by another name
            return lambda *args: _Watched(method(*args), self._crash, self._names, self._can_lose)
        if name not in self._names:
            return method

        async def watched(*args: Any, **kwargs: Any) -> Any:
            label = f"{type(self._target).__name__}.{name}"
            return await self._crash.call(label, lambda: method(*args, **kwargs), can_lose=self._can_lose)

        return watched


def watched(target: T, crash: Crash, *names: str, can_lose: bool = True) -> T:
    """The same thing, its methods `names` passing through `crash`.

    Args:
        can_lose: False for what promises never to raise.
    """
    return cast(T, _Watched(target, crash, frozenset(names), can_lose))


class OneByOne:
    """A store of files whose `put_all` may be cut short between any two of them, the original being the last."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def __getattr__(self, name: str) -> Any:
        return getattr(self._files, name)

    async def put_all(self, files: Sequence[StoredFile]) -> None:
        for file in files:
            await self._files.put(file.key, file.data, content_type=file.content_type, metadata=file.metadata)
