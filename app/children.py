"""Child processes in sessions of their own: started, watched, started again when they die, and stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.child import STOP_SECONDS

RESTART_SECONDS = 1.0
LONGEST_RESTART_SECONDS = 60.0
"""Between a death and the next start: the first time, and at most; each death soon after a start doubles it."""

STEADY_SECONDS = 60.0
"""Who has lived so long begins anew."""


@dataclass(slots=True)
class Child:
    """One process of the system.

    Attributes:
        name: also that of its log file.
        module: what it runs, as behind `python -m`.
        pause: seconds between its death and its next start.
    """

    name: str
    module: str
    arguments: Sequence[str]
    env: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    died_at: float = 0.0
    pause: float = 0.0


class Children:
    """The processes that this one has started; it stops them all, in the opposite order.

    Each is a session of its own, so that Ctrl-C in the terminal reaches this process alone, which then lets
    the others end their work in good order. If this process is killed they end by themselves.
    """

    def __init__(self, logs: Path, now: Callable[[], float] = time.monotonic) -> None:
        self._logs = logs
        self._now = now
        self._children: list[Child] = []
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, module: str, arguments: Sequence[str], env: Mapping[str, str]) -> None:
        """Start a process whose output goes to a log file named after it."""
        child = Child(name, module, arguments, env)
        self._children.append(child)
        self._spawn(child)

    def keep_alive(self) -> list[str]:
        """Start what has died again, a second after its death, later if it dies again and again; answers the names
        of those that died.
        """
        died = []
        for child in self._children:
            if child.process is None or child.process.poll() is None:
                continue
            if not child.died_at:
                self._has_died(child)
                _kill_session(child.process)  # what it has started itself must not stay behind
                died.append(child.name)
            elif self._now() - child.died_at >= child.pause:
                self._spawn(child)
        return died

    def stop(self) -> None:
        """Ask each to end, wait, and kill the session of whatever does not."""
        deadline = time.monotonic() + STOP_SECONDS
        for child in reversed(self._children):
            if child.process is not None and child.name != "redis":  # the others still talk to it
                child.process.terminate()
        for child in reversed(self._children):
            if child.process is not None:
                _end(child.process, deadline)

    def log_of(self, name: str) -> Path:
        """Where a process writes."""
        return self._logs / f"{name}.log"

    def _has_died(self, child: Child) -> None:
        child.died_at = self._now()
        steady = child.died_at - child.started_at >= STEADY_SECONDS
        longer = RESTART_SECONDS if steady else max(RESTART_SECONDS, child.pause * 2)
        child.pause = min(longer, LONGEST_RESTART_SECONDS)

    def _spawn(self, child: Child) -> None:
        with self.log_of(child.name).open("ab") as log:
            child.process = subprocess.Popen(  # noqa: S603  # our own command lines
                [sys.executable, "-m", "app.child", child.module, *child.arguments],
                env=dict(child.env),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        child.started_at, child.died_at = self._now(), 0.0


def _end(process: subprocess.Popen[bytes], deadline: float) -> None:
    process.terminate()  # nothing, if it has ended
    with suppress(subprocess.TimeoutExpired):
        process.wait(max(1.0, deadline - time.monotonic()))
    _kill_session(process)
    process.wait()
    if process.stdin is not None:
        process.stdin.close()


def _kill_session(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
