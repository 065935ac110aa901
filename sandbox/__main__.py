"""Serves the sandbox: `python -m sandbox FOLDER FIRST_PORT`; each server at its own distance from that port.

The environment's `SANDBOX_HOMES` is how many homes a new MLS has (60). All MLSs show the same homes, each
with a state of its own.
"""

import os
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from starlette.types import ASGIApp

from sandbox.csv_feed import server as csv_feed
from sandbox.mls import reso
from sandbox.rets import server as rets
from sandbox.serving import serve
from sandbox.simplyrets import server as simplyrets
from sandbox.social import facebook, linkedin


def applications(folder: Path, homes: int) -> Mapping[int, ASGIApp]:
    """Every server of the sandbox, by its port's distance from the first one; 2 is left to others."""
    return {
        0: reso.create_app(folder / "mls", homes=homes),
        1: facebook.create_app(folder / "facebook"),
        3: rets.create_app(folder / "rets", homes=homes),
        4: simplyrets.create_app(folder / "simplyrets", homes=homes),
        5: csv_feed.create_app(folder / "csv", homes=homes),
        6: linkedin.create_app(folder / "linkedin", partner=True),
    }


def main(folder: Path, first_port: int, homes: int) -> None:
    """Serve until SIGTERM or SIGINT."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with ExitStack() as stack:
        for distance, app in applications(folder, homes).items():
            stack.enter_context(serve(app, port=first_port + distance))
        stop.wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(os.environ.get("SANDBOX_HOMES") or 60))
