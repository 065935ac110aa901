"""The commands of the documentation do what its pages say, on a system as a reader starts it."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, Block, blocks, looks_like, pages
from tests.docs.shell import Desk
from tests.processes.system import System

TAUGHT = [DOCS / "tutorial.md", *pages(DOCS / "how-to")]
RUN = [page for page in TAUGHT if any(block.mark == "run" for block in blocks(page))]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One reader for all pages, and one system."""
    folder = tmp_path_factory.mktemp("docs")
    system = System(folder / "data", DEMO="0")
    system.start()
    try:
        system.wait_for("Serving.")
        desk = Desk(folder / "desk", system.port, {})
        desk.set_up(system.folder)
        yield desk
    finally:
        system.end()


@pytest.mark.parametrize("page", TAUGHT, ids=lambda page: page.stem)
def test_of_every_command_is_said_whether_it_can_be_run_here(page: Path) -> None:
    unsaid = [str(block) for block in blocks(page) if block.is_command and not _is_said(block)]
    assert unsaid == []


def _is_said(block: Block) -> bool:
    return block.mark is not None and (block.mark == "run" or block.mark.startswith("not here: "))


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_commands_do_what_the_page_says(page: Path, desk: Desk) -> None:
    found = list(blocks(page))
    commands = [block for block in found if block.mark == "run"]
    printed = dict(zip(commands, desk.run(commands), strict=True))
    for command, answer in pairwise(found):
        if answer.mark == "answer":
            seen = printed[command]
            assert looks_like(desk.read(answer.text), seen), f"{command} printed:\n{seen}"
