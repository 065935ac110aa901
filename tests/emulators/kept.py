"""Runs a command until standard input ends: `python -m tests.emulators.kept COMMAND ...`.

Standard input ends with the process that holds the other end, however it dies; so an emulator never outlives
the tests that started it.
"""

import contextlib
import subprocess
import sys
import threading

if __name__ == "__main__":
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)

    def kill_at_the_end() -> None:
        with contextlib.suppress(OSError):
            sys.stdin.buffer.read()
        child.kill()

    threading.Thread(target=kill_at_the_end, daemon=True).start()
    sys.exit(child.wait())
