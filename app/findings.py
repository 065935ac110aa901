"""What a look at the installation brings up."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How bad it is."""

    OK = "ok"
    WARNING = "warning"
    """it works, and will not for ever"""
    FAILURE = "failure"
    """it does not work"""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        what: how it is, as a sentence.
        do: what to do about it, as a sentence; empty if there is nothing to do.
    """

    level: Level
    what: str
    do: str = ""

    def __str__(self) -> str:
        return f"{self.level:8} {self.what} {self.do}".rstrip()
