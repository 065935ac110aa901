"""Installs the npm packages that a test needs, once for each lock file, beside the packages of Python."""

import fcntl
import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent


def installed(name: str) -> Path:
    """A copy of the folder `tests/clients/NAME` with its packages in it.

    The test is skipped if Node is not on this machine, or the packages cannot be fetched.
    """
    if shutil.which("npm") is None:
        pytest.skip("npm is not installed")
    source, target = HERE / name, Path(sys.prefix) / "node" / name
    target.mkdir(parents=True, exist_ok=True)
    with (target.parent / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install(source, target)
    return target


def _install(source: Path, target: Path) -> None:
    stamp = target / "node_modules" / ".yardsign"
    wanted = hashlib.sha256((source / "package-lock.json").read_bytes()).hexdigest()
    for file in source.iterdir():
        copy = target / file.name
        # What is there already may be running, in a test beside this one.
        if file.is_file() and not (copy.exists() and copy.read_bytes() == file.read_bytes()):
            shutil.copy2(file, copy)
    if stamp.exists() and stamp.read_text() == wanted:
        return
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run(command, cwd=target, capture_output=True, text=True, timeout=300)
    if done.returncode:
        pytest.skip(f"the packages of tests/clients/{source.name} cannot be fetched: {done.stderr[-500:]}")
    stamp.write_text(wanted)
