"""The commands of the documentation do what its pages say, on a system as a reader starts it."""

import shutil
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, Block, blocks, looks_like, pages
from tests.docs.servers import CRON_SECRET, LOGINS, others, vendors
from tests.docs.shell import Desk
from tests.processes.system import System

TAUGHT = [DOCS / "tutorial.md", *pages(DOCS / "how-to")]
RUN = [page for page in TAUGHT if any(block.mark == "run" for block in blocks(page))]
_HOMES = "3"
"""The fewest among which one may be published."""
OF_A_PAGE = {
    "connect-rets": {"YOUR-USER-NAME": "agent", "YOUR-PASSWORD": "secret"},
    "connect-simplyrets": {"YOUR-KEY": "simplyrets", "YOUR-SECRET": "simplyrets"},
    "connect-csv": {"YOUR-USER-NAME": "office", "YOUR-PASSWORD": "csv-secret"},
}


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One reader for all pages, and one system."""
    for needed in ("bash", "curl", "make"):
        if shutil.which(needed) is None:
            pytest.skip(f"the commands of the pages need {needed}")
    folder = tmp_path_factory.mktemp("docs")
    system = System(folder / "data", DEMO="0", SANDBOX_HOMES=_HOMES, CRON_SECRET=CRON_SECRET)
    system.start()
    try:
        with vendors(folder / "vendors") as addresses:
            system.wait_for("Serving.")
            words = {**addresses, **others(system.port), **LOGINS}
            token = system.command("token", "--user", "demo").stdout.strip()
            desk = Desk(folder / "desk", system.port, words, {"TOKEN": token})
            desk.set_up(system.folder)
            yield desk
    finally:
        system.end()


@pytest.mark.parametrize("page", TAUGHT, ids=lambda page: page.stem)
def test_of_every_command_is_said_whether_it_can_be_run_here(page: Path) -> None:
    found = list(blocks(page))
    assert [str(block) for block in found if not block.language] == []
    assert [str(block) for block in found if block.is_command and not _is_said(block)] == []
    assert [
        str(before) for before, block in pairwise([None, *found]) if _answers_nothing(before, block)
    ] == []
    assert page.read_text().count("```") == 2 * len(found), "a fence that is indented is seen by nobody"


def _is_said(block: Block) -> bool:
    return block.mark is not None and (block.mark == "run" or block.mark.startswith("not here: "))


def _answers_nothing(before: Block | None, block: Block | None) -> bool:
    asked = before is not None and before.mark == "run"
    return block is not None and block.mark == "answer" and not asked


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_commands_do_what_the_page_says(page: Path, desk: Desk) -> None:
    own = desk.knowing(OF_A_PAGE.get(page.stem, {}))
    found = list(blocks(page))
    commands = [block for block in found if block.mark == "run"]
    printed = dict(zip(commands, own.run(commands), strict=True))
    for command, answer in pairwise(found):
        if answer.mark == "answer":
            seen = printed[command]
            assert looks_like(own.read(answer.text), seen), f"{command} printed:\n{seen}"
