"""The command line: `python -m benchmarks.soak [--small | --minutes N]`; it ends with 1 if anything is wrong."""

import argparse
import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from benchmarks.soak.plan import SMALL, WHOLE
from benchmarks.soak.report import show
from benchmarks.soak.run import soak


def main() -> None:
    """Soak, tell, and say by the exit code whether all was well."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description="Ten minutes of load.")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--small", action="store_true", help="some seconds: memory is not judged")
    length.add_argument("--minutes", type=float, metavar="N", help="10, and 30 to see slower leaks")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where data and logs stay")
    options = parser.parse_args()
    plan = SMALL if options.small else replace(WHOLE, seconds=60 * (options.minutes or WHOLE.seconds / 60))
    console = Console(highlight=False, soft_wrap=True, width=None if sys.stdout.isatty() else 180)
    with TemporaryDirectory() as folder:
        kept = options.keep or Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        outcome = asyncio.run(soak(plan, kept.resolve(), console))
    show(outcome, console)
    sys.exit(1 if outcome.wrong() else 0)


if __name__ == "__main__":
    main()
