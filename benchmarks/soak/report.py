"""What a soak has shown: a table by minute, what is wrong, and the verdict."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from benchmarks.soak.diary import Diary
from benchmarks.soak.ending import Check
from benchmarks.soak.plan import Plan
from benchmarks.soak.readings import MOST_GROWTH, MOST_SLOPE, SETTLED, UNJUDGED, Course, Readings, course

_MINUTE = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Everything that is known at the end.

    Attributes:
        rested: whether all work came to rest in time.
        logged: what stands in the logs and should not.
        terminal: what `make run` has shown.
    """

    plan: Plan
    diary: Diary
    readings: Readings
    rested: bool
    checks: Sequence[Check]
    logged: Counter[str]
    terminal: str

    def courses(self) -> list[Course]:
        """The memory of each process, as far as anything can be said of it."""
        found = [self.readings.latest(name) for name in self.readings.names()]
        return [each for each in (course(samples, self.plan.seconds) for samples in found) if each]

    def wrong(self) -> list[str]:
        """Everything that speaks against it; nothing if all is well."""
        found = [f"{what} ({times} times)" for what, times in (self.diary.wrong + self.logged).items()]
        found += [] if self.rested else [f"the work did not come to rest within {self.plan.rest:.0f} s"]
        found += [str(check) for check in self.checks if check.wrong]
        judged = [each for each in self.courses() if each.name not in UNJUDGED] if self.plan.memory else []
        return found + [f"memory of {each.name}: {_told(each)}" for each in judged if not each.is_flat]


def show(outcome: Outcome, console: Console) -> None:
    """Print it."""
    console.print(_by_minute(outcome))
    counts = ", ".join(f"{name} {number:,}" for name, number in sorted(outcome.diary.counts.items()))
    console.print(f"Done: {counts}")
    spent = ", ".join(f"{name} {seconds:.0f}" for name, seconds in outcome.readings.spent().items())
    console.print(f"Seconds of processor time: {spent}")
    for each in outcome.courses():
        console.print(f"Memory of {each.name}: {_told(each)}{' (not judged)' * (each.name in UNJUDGED)}")
    for check in outcome.checks:
        console.print(f"End: {check}")
    wrong = outcome.wrong()
    for what in wrong:
        console.print(f"[red]WRONG[/] {what}", markup=True)
    console.print(f"{len(wrong)} things are wrong." if wrong else "Nothing is wrong.")


def _told(each: Course) -> str:
    return (
        f"{each.early:.0f} MB after {SETTLED:.0%} of the time, {each.late:.0f} at the end (bound: {MOST_GROWTH} times), "
        f"{each.slope:+.2f} MB a minute (bound: {MOST_SLOPE})"
    )


def _by_minute(outcome: Outcome) -> Table:
    names = outcome.readings.names()
    table = Table(box=SIMPLE_HEAD, title="By minute: answers in ms, memory in MB")
    for head in ("minute", "queries", "p50", "p95", "p99", "most", *names):
        table.add_column(head, justify="right")
    minutes = int(max((at for at, _ in outcome.diary.queries), default=0) // _MINUTE) + 1
    for minute in range(minutes):
        first, last = minute * _MINUTE, (minute + 1) * _MINUTE
        took = [1_000 * each for at, each in outcome.diary.queries if first <= at < last]
        memory = [_memory(outcome.readings, name, first, last) for name in names]
        table.add_row(str(minute + 1), *_percentiles(took), *memory)
    return table


def _percentiles(took: list[float]) -> list[str]:
    if len(took) < 2:
        return [str(len(took)), "", "", "", ""]
    cuts = quantiles(took, n=100)
    return [str(len(took)), *(f"{value:.0f}" for value in (cuts[49], cuts[94], cuts[98], max(took)))]


def _memory(readings: Readings, name: str, first: float, last: float) -> str:
    seen = [one.memory for one in readings.samples if one.name == name and first <= one.at < last]
    return f"{seen[-1]:.0f}" if seen else ""
