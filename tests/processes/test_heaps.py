"""A process with many threads keeps few heaps."""

import os
import platform
import subprocess
import sys

import pytest

from app.heaps import ARENAS

_THREADS = """
import ctypes, threading
from pathlib import Path
from tempfile import NamedTemporaryFile
from app.heaps import share_heaps
share_heaps()
libc, started = ctypes.CDLL(None), threading.Barrier(21)

def allocate():
    libc.malloc(100)
    started.wait()

threads = [threading.Thread(target=allocate) for _ in range(20)]
for each in threads:
    each.start()
started.wait()
libc.fopen.restype = ctypes.c_void_p
with NamedTemporaryFile() as file:
    stream = ctypes.c_void_p(libc.fopen(file.name.encode(), b"w"))
    libc.malloc_info(0, stream)
    libc.fclose(stream)
    print(Path(file.name).read_text().count("<heap nr="))
"""

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="arenas are glibc's")


_SETTINGS = ({"MALLOC_ARENA_MAX": "5"}, {"GLIBC_TUNABLES": "glibc.malloc.arena_max=5"})


def _heaps(**setting: str) -> int:
    own = {name for each in _SETTINGS for name in each}
    environment = {name: value for name, value in os.environ.items() if name not in own}
    command = [sys.executable, "-c", _THREADS]
    answer = subprocess.run(command, env=environment | setting, capture_output=True, text=True, check=True)
    return int(answer.stdout)


def test_twenty_threads_share_the_heaps() -> None:
    assert _heaps() == ARENAS


@pytest.mark.parametrize("setting", _SETTINGS)
def test_an_installations_own_number_stands(setting: dict[str, str]) -> None:
    assert _heaps(**setting) == 5
