"""The npm packages of the sides that are JavaScript: installed when they are first needed, outside of the repository."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).parent / "node"
_FOLDER = Path(__file__).resolve().parents[2] / ".venv" / "node" / "benchmarks"
_FILES = ("package.json", "package-lock.json")
_LONGEST = 600  # seconds: better-sqlite3 is compiled where there is no finished one to be had


@dataclass(frozen=True, slots=True)
class Packages:
    """Node and where the packages are."""

    node: str
    folder: Path

    def command(self, script: str, settings: Mapping[str, object]) -> list[str]:
        """To run a script; it reads its settings from its argument."""
        return [self.node, str(SCRIPTS / script), json.dumps(settings)]

    @property
    def environment(self) -> dict[str, str]:
        """With which the scripts find the packages."""
        return {"NODE_PATH": str(self.folder / "node_modules"), "NODE_ENV": "production"}


def installed() -> Packages | str:
    """The packages, or why there are none."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return "there is no Node"
    wanted = [(SCRIPTS / name).read_bytes() for name in _FILES]
    done = _FOLDER / "done"
    if not done.exists() or done.read_bytes() != b"".join(wanted):
        _FOLDER.mkdir(parents=True, exist_ok=True)
        for name, content in zip(_FILES, wanted, strict=True):
            (_FOLDER / name).write_bytes(content)
        if not _install(npm, Path(node)):
            return "the npm packages cannot be installed"
        done.write_bytes(b"".join(wanted))
    return Packages(node, _FOLDER)


def _install(npm: str, node: Path) -> bool:
    headers = node.resolve().parents[1]
    # Else node-gyp downloads what lies beside most Nodes already.
    local = {"npm_config_nodedir": str(headers)} if (headers / "include" / "node" / "node.h").exists() else {}
    command = [npm, "ci", "--no-audit", "--no-fund", "--prefix", str(_FOLDER)]
    try:
        subprocess.run(
            command,
            check=True,
            capture_output=True,
            timeout=_LONGEST,
            cwd=_FOLDER,
            env={**os.environ, **local},
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return True
