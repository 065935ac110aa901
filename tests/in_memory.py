"""Temporary files in memory, where the machine has room for them.

The tests make and remove some hundred thousand small files, and wait for the disk most of their time.
"""

import os
import shutil
import tempfile
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")
ENOUGH = 4 * 1024**3
"""Bytes."""


def keep_temporary_files_in_memory() -> None:
    """Let this process and its children make temporary files in memory, unless `TMPDIR` says where."""
    if "TMPDIR" in os.environ or not os.access(SHARED_MEMORY, os.W_OK):
        return
    if shutil.disk_usage(SHARED_MEMORY).free < ENOUGH:
        return
    folder = SHARED_MEMORY / f"yardsign-tests-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
