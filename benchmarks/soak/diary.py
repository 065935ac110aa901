"""What the clients of a soak have seen: how long answers took, what was told, and what should not have been."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Diary:
    """Kept by all clients together.

    Attributes:
        began: on the monotonic clock, as all times here.
        queries: when each query was sent, and how many seconds it took.
        counts: how often what was done, by name.
        wrong: what is a defect of ours, each kind with an example.
        away: whether Redis is away, or was until just now.
    """

    began: float = field(default_factory=time.monotonic)
    queries: list[tuple[float, float]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    wrong: Counter[str] = field(default_factory=Counter)
    away: bool = False
    outages: list[tuple[float, float]] = field(default_factory=list)

    @property
    def age(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.began

    def count(self, name: str, number: int = 1) -> None:
        """It was done."""
        self.counts[name] += number

    def defect(self, what: str) -> None:
        """Something that must not happen, whatever the outside does."""
        self.wrong[what[:300]] += 1

    @contextmanager
    def timed(self) -> Iterator[None]:
        """Around a query."""
        begun = time.monotonic()
        yield
        self.queries.append((begun - self.began, time.monotonic() - begun))

    @contextmanager
    def without_redis(self) -> Iterator[None]:
        """While it is away, 503 is the right answer."""
        self.away, begun = True, time.time()
        yield
        self.away = False
        self.outages.append((begun, time.time()))
