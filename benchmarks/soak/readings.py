"""Memory and processor time of each process, sampled, and what can be said of their course."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from tests.processes.system import System

_PAGE = os.sysconf("SC_PAGE_SIZE")
_TICK = os.sysconf("SC_CLK_TCK")
_MB = 1e6
_WARM_SECONDS = 60.0
_FEWEST = 6

SETTLED = 0.6
"""The part of the time behind which memory is judged: by then every process has met with its hardest work (`plan`)."""

MOST_SLOPE = 1.0
"""MB a minute."""

MOST_GROWTH = 1.1
"""The memory at the end, as a multiple of that at the beginning of what is judged, or a minute after a later start."""

NAMES = {
    "app up": "up",
    "app web": "web",
    "--queues sync": "worker",
    "--queues unpublish": "unpublisher",
    "app clock": "clock",
    "app redis": "redis keeper",
    "app.child sandbox": "sandbox",
}
"""How the processes are called, by a part of their command lines."""

UNJUDGED = frozenset({"sandbox"})
"""It keeps every post and every request of its life: that is what it is for."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A process at a moment.

    Attributes:
        at: seconds since the beginning.
        memory: its resident set in MB.
        spent: processor time of its life in seconds.
    """

    at: float
    name: str
    pid: int
    memory: float
    spent: float


@dataclass
class Readings:
    """All samples."""

    system: System
    samples: list[Sample] = field(default_factory=list)

    def take(self, at: float) -> None:
        """Sample every process that lives."""
        for pid, line in self.system.processes().items():
            self._add(_sample(at, pid, _name(line)))
            if "app redis" in line:
                for child in _children(pid):
                    self._add(_sample(at, child, "redis"))

    def spent(self) -> dict[str, float]:
        """Processor time of all processes of a name that were sampled, in seconds."""
        latest = {sample.pid: sample for sample in self.samples}
        return {
            name: sum(sample.spent for sample in latest.values() if sample.name == name)
            for name in self.names()
        }

    def _add(self, sample: Sample | None) -> None:
        if sample is not None:
            self.samples.append(sample)

    def latest(self, name: str) -> list[Sample]:
        """Of the last process of this name."""
        pid = next((sample.pid for sample in reversed(self.samples) if sample.name == name), None)
        return [sample for sample in self.samples if sample.pid == pid]

    def names(self) -> list[str]:
        """Of all processes, sorted."""
        return sorted({sample.name for sample in self.samples})


@dataclass(frozen=True, slots=True)
class Course:
    """How the memory of a process went.

    Attributes:
        early, late: MB at the beginning of what is judged, and at the end.
        slope: MB a minute between the two.
    """

    name: str
    early: float
    late: float
    slope: float

    @property
    def is_flat(self) -> bool:
        """Within both bounds."""
        return self.slope < MOST_SLOPE and self.late < MOST_GROWTH * self.early


def course(samples: Sequence[Sample], seconds: float) -> Course | None:
    """Of the samples of one process; None if they are too few to say anything."""
    begun = samples[0].at
    warm = begun + _WARM_SECONDS if begun > _WARM_SECONDS else 0.0
    judged = [sample for sample in samples if sample.at >= max(SETTLED * seconds, warm)]
    if len(judged) < _FEWEST:
        return None
    start = fmean(sample.memory for sample in judged[:3])
    end = fmean(sample.memory for sample in judged[-3:])
    return Course(samples[0].name, start, end, _slope(judged))


def _slope(samples: Sequence[Sample]) -> float:
    """MB a minute, by least squares."""
    times = [sample.at / 60 for sample in samples]
    middle, level = fmean(times), fmean(sample.memory for sample in samples)
    spread = sum((time - middle) ** 2 for time in times)
    return (
        sum((time - middle) * (one.memory - level) for time, one in zip(times, samples, strict=True)) / spread
    )


def _name(line: str) -> str:
    return next((name for part, name in NAMES.items() if part in line), line.split(" ")[0].rpartition("/")[2])


def _children(pid: int) -> list[int]:
    """Those that a process has started: a Valkey server writes its title over the environment it is known by."""
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _sample(at: float, pid: int, name: str) -> Sample | None:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        times = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has ended meanwhile
        return None
    spent = (int(times[11]) + int(times[12])) / _TICK
    return Sample(at, name, pid, pages * _PAGE / _MB, spent)
