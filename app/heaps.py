"""How many heaps the C library keeps for the threads of a process."""

import ctypes
import os

ARENAS = 2

_M_ARENA_MAX = -8
"""`malloc.h` of glibc."""


def share_heaps() -> None:
    """Let all threads allocate from two of glibc's arenas; call it before the process works.

    By itself glibc makes up to eight for each processor (mallopt(3), M_ARENA_MAX), fifteen in a worker on two, and
    each may keep the most that ever lay in it. What the environment says goes first. Other C libraries have no such
    thing, and are left alone.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None and not _is_set():
        mallopt(_M_ARENA_MAX, ARENAS)


def _is_set() -> bool:
    tunables = os.environ.get("GLIBC_TUNABLES", "")
    return "MALLOC_ARENA_MAX" in os.environ or "glibc.malloc.arena_max" in tunables
