"""`python -m app up` as a user starts it, and every process that belongs to it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.canaries import look_into
from tests.processes.waiting import PATIENCE_SECONDS, until
from tests.redis_server import free_ports

ROOT = Path(__file__).parents[2]
HOMES = 8
"""The fewest with which the tour finds a home to publish, twice."""


class System:
    """One data folder, and what runs on it."""

    def __init__(self, folder: Path, port: int | None = None, **env: str) -> None:
        self.folder = folder
        self.port = port or free_ports(11)
        self.url = f"http://127.0.0.1:{self.port}"
        self.env = {
            **{name: value for name, value in os.environ.items() if name != "REDIS_URL"},
            "PORT": str(self.port),
            "YARDSIGN_DATA": str(folder),
            "SANDBOX_HOMES": str(HOMES),
            **env,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._starts = 0

    @property
    def _output(self) -> Path:
        return self.folder.parent / f"{self.folder.name}.{self._starts}.output"

    @property
    def text(self) -> str:
        """What the terminal of the last start shows."""
        return self._output.read_text()

    def start(self) -> None:
        """Without a terminal and without an input; returns at once."""
        self._starts += 1
        with self._output.open("wb") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "app", "up"],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )

    def wait_for(self, text: str) -> None:
        """Until the terminal shows it."""
        until(lambda: text in self.text or self._has_ended, f"{text!r} in the terminal")
        assert text in self.text, self.text

    def signal(self, number: signal.Signals) -> int:
        """Send it to the process that was started, alone; its status, once it has ended."""
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(PATIENCE_SECONDS)

    def status(self) -> int:
        """The status with which it ends by itself."""
        assert self._process is not None
        return self._process.wait(PATIENCE_SECONDS)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another command on the same folder."""
        return subprocess.run(
            [sys.executable, "-m", "app", *arguments],
            cwd=ROOT,
            env=self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def endpoints(self) -> dict[str, Any]:
        """What it says that listens."""
        found: dict[str, Any] = json.loads((self.folder / "endpoints.json").read_text())
        return found

    def processes(self) -> dict[int, str]:
        """Every living process of this folder, whoever started it: pid → command line."""
        mark = f"YARDSIGN_DATA={self.folder}".encode()
        found = {}
        for place in Path("/proc").glob("[0-9]*"):
            try:
                if mark in (place / "environ").read_bytes().split(b"\0"):
                    line = (place / "cmdline").read_bytes().replace(b"\0", b" ")
                    found[int(place.name)] = line.decode(errors="replace")
            except OSError:  # ended meanwhile, or somebody else's
                continue
        return found

    def pid_of(self, part: str) -> int:
        """The one process whose command line has this in it."""
        (pid,) = (pid for pid, line in self.processes().items() if part in line)
        return pid

    def end(self) -> None:
        """End what a failed test left."""
        if self._process is not None and self._process.poll() is None:
            self.signal(signal.SIGTERM)
        for pid in self.processes():
            os.kill(pid, signal.SIGKILL)
        logs = (log for log in self.folder.glob("logs/*.log") if log.name != "sandbox.log")
        look_into([*logs, *self.folder.parent.glob(f"{self.folder.name}.*.output")])

    @property
    def _has_ended(self) -> bool:
        return self._process is not None and self._process.poll() is not None
