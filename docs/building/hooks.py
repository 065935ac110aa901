"""Gives MkDocs the pages that are made of the code, each time the documentation is built."""

import sys
from collections.abc import Callable
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))  # MkDocs loads a hook as a file, not as a module

from docs.building import commands, examples, graph  # noqa: E402  it can be found only now

PAGES: dict[str, Callable[[], str]] = {
    "reference/graph.md": graph.page,
    "reference/examples.md": examples.page,
    "reference/command-line.md": commands.page,
}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add them; called by MkDocs (https://www.mkdocs.org/user-guide/configuration/#hooks)."""
    for name, page in PAGES.items():
        files.append(File.generated(config, name, content=page()))
    return files
