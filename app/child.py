"""Runs a module as a child that ends when its parent is gone: `python -m app.child MODULE ARGUMENTS …`.

The parent holds the other end of the child's standard input and never writes to it. However the parent dies,
by SIGKILL too, the kernel closes that end.
"""

import os
import runpy
import signal
import sys
import threading
import time

STOP_SECONDS = 14.0
"""What a process of the system gets to end in good order."""


def main() -> None:
    """Become the module."""
    threading.Thread(target=_end_with_parent, name="parent watch", daemon=True).start()
    module, *arguments = sys.argv[1:]
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _end_with_parent() -> None:
    while os.read(0, 1):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    main()
