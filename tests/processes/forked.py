"""Processes forked from one that has loaded everything: to load it takes longer than most of them live."""

import multiprocessing
import os
import runpy
import signal
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.processes.loaded"])


class Forked:
    """What `python -m MODULE ARGUMENTS` is once its modules are loaded, in a process of its own.

    Args:
        env: all of its environment.
        output: the file for what it writes.
    """

    def __init__(self, module: str, arguments: Sequence[str], env: Mapping[str, str], output: Path) -> None:
        self._process = _FORKS.Process(target=_become, args=(module, arguments, dict(env), output))
        self._process.start()

    @property
    def pid(self) -> int:
        """Known from the start."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Its status; None while it runs."""
        return self._process.exitcode

    def wait(self, seconds: float | None = None) -> int | None:
        """Its status once it has ended; None if it still runs after so long."""
        self._process.join(seconds)
        return self._process.exitcode

    def send_signal(self, number: signal.Signals) -> None:
        """To this process alone."""
        os.kill(self.pid, number)

    def kill(self) -> None:
        """By SIGKILL; fine if it has ended."""
        self._process.kill()


def _become(module: str, arguments: Sequence[str], env: Mapping[str, str], output: Path) -> None:
    written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(written, stream)
    os.environ.clear()
    os.environ.update(env)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
