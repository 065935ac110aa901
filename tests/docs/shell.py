"""Runs the commands of a page as its reader would: in one shell, in their order, at the root of the repository."""

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.docs.pages import ROOT, Block

_SECONDS = 120
_SEPARATOR = "\x1e"
_ADDRESS = re.compile(r"127\.0\.0\.1:(80\d\d)")


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a reader sits: a folder that looks like the repository, with a running system's data.

    Attributes:
        folder: holds links to everything of the repository, so that what commands write stays out of it.
        port: of the running system's graph, which pages call 8000.
        means: what stands for words that a reader replaces, such as YOUR-TOKEN.
        env: what the reader has exported.
    """

    folder: Path
    port: int
    means: Mapping[str, str]
    env: Mapping[str, str]

    def set_up(self, data: Path) -> None:
        """Lay everything out; nothing is installed anew."""
        self.folder.mkdir()
        for entry in ROOT.iterdir():
            if entry.name not in (".venv", ".data", ".git"):
                (self.folder / entry.name).symlink_to(entry)
        (self.folder / ".data").symlink_to(data)
        installed = self.folder / ".venv"
        installed.mkdir()
        for name in ("bin", "lib", "pyvenv.cfg"):
            (installed / name).symlink_to(Path(sys.prefix) / name)
        (installed / "run.stamp").touch()

    def knowing(self, words: Mapping[str, str]) -> "Desk":
        """The same desk with some more words."""
        return replace(self, means={**self.means, **words})

    def read(self, text: str) -> str:
        """A page's text with the addresses and the words of this reader."""
        text = _ADDRESS.sub(lambda found: f"127.0.0.1:{self.port + int(found[1]) - 8000}", text)
        for word, meaning in self.means.items():
            text = text.replace(word, meaning)
        return text

    def run(self, commands: Sequence[Block]) -> list[str]:
        """What each of the commands prints. Raises `AssertionError` that names the first one that fails."""
        script = "".join(f"{self.read(block.text)}\nprintf '{_SEPARATOR}'\n" for block in commands)
        done = subprocess.run(
            ["bash", "-euo", "pipefail"],
            cwd=self.folder,
            env={
                **os.environ,
                "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
                "PORT": str(self.port),
                "YARDSIGN_DATA": str(self.folder / ".data"),
                "GRAPH": f"http://127.0.0.1:{self.port}/graphql",
                **self.env,
            },
            input=script,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_SECONDS,
            check=False,
        )
        *printed, last = done.stdout.split(_SEPARATOR)
        assert done.returncode == 0, f"{commands[len(printed)]} failed:\n{last}"
        return printed
