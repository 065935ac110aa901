"""The pages of `docs/`: which there are, and the commands in them, each with what is to be done with it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
_MARK = re.compile(r"<!-- (?P<mark>run|answer|not here: .+?) -->$")
_FENCE = re.compile(r"(?P<ticks>`{3,})(?P<language>\w*)$")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page.

    Attributes:
        mark: of the comment above it: `run`, `answer`, `not here: ` and a reason; None if there is none.
        line: where it begins in its page.
    """

    page: Path
    line: int
    language: str
    mark: str | None
    text: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def is_command(self) -> bool:
        """Whether a reader is to type it."""
        return self.language in ("sh", "bash", "shell", "console")


def pages(folder: Path = DOCS) -> list[Path]:
    """Every page of the documentation that is written by hand, or by `make reference`."""
    return sorted(folder.rglob("*.md"))


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page, in their order."""
    mark: str | None = None
    lines = enumerate(page.read_text().splitlines(), 1)
    for number, line in lines:
        if found := _MARK.match(line):
            mark = found["mark"]
        elif fence := _FENCE.match(line):
            inside = []
            for _, inner in lines:
                if inner == fence["ticks"]:
                    break
                inside.append(inner)
            yield Block(page, number, fence["language"], mark, "\n".join(inside))
            mark = None
        elif line:
            mark = None


def looks_like(shown: str, seen: str) -> bool:
    """Whether what a page shows is what was seen: `…` stands for anything, and white space does not matter."""
    parts = ("".join(part.split()) for part in shown.split("…"))
    return re.fullmatch(".*".join(map(re.escape, parts)), "".join(seen.split()), re.DOTALL) is not None
