"""Child processes in sessions of their own: started, watched, started again when they die, and stopped."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from app.child import STOP_SECONDS

RESTART_SECONDS = 1.0


@dataclass(slots=True)
class Child:
    """One process of the system.

    Attributes:
        name: also that of its log file.
        module: what it runs, as behind `python -m`.
    """

    name: str
    module: str
    arguments: Sequence[str]
    env: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = None
    died_at: float = field(default=0.0)


class Children:
    """The processes that this one has started; it stops them all, in the opposite order.

    Each is a session of its own, so that Ctrl-C in the terminal reaches this process alone, which then lets
    the others end their work in good order. If this process is killed they end by themselves.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._children: list[Child] = []
        logs.mkdir(parents=True, exist_ok=True)

    def start(self, name: str, module: str, arguments: Sequence[str], env: Mapping[str, str]) -> None:
        """Start a process whose output goes to a log file named after it."""
        child = Child(name, module, arguments, env)
        self._children.append(child)
        self._spawn(child)

    def keep_alive(self) -> list[str]:
        """Start what has died again, a second after its death; answers the names of those that died."""
        died = []
        for child in self._children:
            if child.process is None or child.process.poll() is None:
                continue
            if not child.died_at:
                child.died_at = time.monotonic()
                _kill_session(child.process)  # what it has started itself must not stay behind
                died.append(child.name)
            elif time.monotonic() - child.died_at >= RESTART_SECONDS:
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
        child.died_at = 0.0


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
