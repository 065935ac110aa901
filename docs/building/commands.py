"""The page on the command line: what every command says of itself."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def page() -> str:
    """The page, in Markdown, written by typer.

    Raises:
        subprocess.CalledProcessError: the command line cannot be loaded.
    """
    command = [
        "typer",
        "app/__main__.py",
        "utils",
        "docs",
        "--name",
        "python -m app",
        "--title",
        "Command line",
    ]
    done = subprocess.run(  # noqa: S603  nothing in it comes from elsewhere
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout
