"""What was measured, round by round, and how it is shown: the median, with the least and the most beside it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

ROUNDS = 3

Round = Mapping[str, float]
"""What one round measured, by name."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table.

    Attributes:
        what: what was measured, in words.
        value: takes it out of a round.
        unit: of the value, or `%` for a share.
    """

    what: str
    value: Callable[[Round], float]
    unit: str


@dataclass(frozen=True, slots=True)
class Report:
    """A benchmark's outcome."""

    title: str
    lines: Sequence[Line]
    rounds: Sequence[Round]


def measured(name: str) -> Callable[[Round], float]:
    """The value of this name."""
    return lambda measured: measured[name]


def share(part: Callable[[Round], float], whole: Callable[[Round], float]) -> Callable[[Round], float]:
    """One value as a share of another of the same round."""
    return lambda measured: part(measured) / whole(measured)


def show(report: Report) -> None:
    """Print it as a table."""
    table = Table(box=SIMPLE_HEAD)
    table.add_column("")
    for head in ("median", "least", "most"):
        table.add_column(head, justify="right")
    table.add_column("unit")
    for line in report.lines:
        values = [line.value(each) for each in report.rounds]
        shown = (_shown(value, line.unit) for value in (median(values), min(values), max(values)))
        table.add_row(line.what, *shown, line.unit)
    console = Console(highlight=False)
    console.print(report.title)
    console.print(table)


def _shown(value: float, unit: str) -> str:
    if unit == "%":
        return f"{100 * value:.0f}" if value >= 0.1 else f"{100 * value:.1f}"
    return f"{value:,.0f}" if value >= 100 else f"{value:,.1f}"
