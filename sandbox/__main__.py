"""Serves the sandbox: `python -m sandbox FOLDER FIRST_PORT`; the MLS first, the platforms behind it.

The environment's `SANDBOX_HOMES` is how many homes a new MLS has (60).
"""

import os
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path

from sandbox.mls import reso
from sandbox.serving import serve
from sandbox.social import facebook


def main(folder: Path, first_port: int, homes: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    apps = [reso.create_app(folder / "mls", homes=homes), facebook.create_app(folder / "facebook")]
    with ExitStack() as stack:
        for place, app in enumerate(apps):
            stack.enter_context(serve(app, port=first_port + place))
        stop.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(os.environ.get("SANDBOX_HOMES") or 60))
