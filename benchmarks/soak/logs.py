"""What the processes have written into their logs that is no expected answer to faults from outside."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

EXPECTED: dict[str, str] = {}
"""Errors and lines that are right in a soak, as regular expressions, with the reason."""

WITHOUT_REDIS: dict[str, str] = {
    r"^dramatiq\.worker\.ConsumerThread\(.*connection error": "dramatiq says so, and connects again",
}
"""The same, while Redis is away."""

_LOUD = frozenset({"error", "critical"})
_LATE_SECONDS = 10.0


def defects(folder: Path, outages: Sequence[tuple[float, float]]) -> Counter[str]:
    """Whatever is loud, a traceback, or no line of ours, and not expected, with how often it came.

    Args:
        folder: of the logs, in the format `json`.
        outages: when Redis was away, in seconds since 1970.
    """
    found: Counter[str] = Counter()
    for log in sorted(folder.glob("*.log")):
        at = 0.0
        for line in log.read_text(errors="replace").splitlines():
            at, said = _read(line, at)
            if said is not None and not _is_expected(said, at, outages):
                found[f"{log.stem}: {said[:300]}"] += 1
    return found


def _read(line: str, before: float) -> tuple[float, str | None]:
    """When a line was written, and what is to be looked at in it; what is no JSON belongs to the line before."""
    try:
        event = json.loads(line)
        at = datetime.fromisoformat(event["timestamp"]).timestamp()
    except (ValueError, TypeError, KeyError):
        return before, line if line.strip() else None
    if event.get("level") not in _LOUD and "exception" not in event:
        return at, None
    last = str(event.get("exception", "")).strip().rpartition("\n")[2]
    return at, f"{event.get('logger')}: {event.get('event')} {event.get('error', '')} {last}"


def _is_expected(said: str, at: float, outages: Sequence[tuple[float, float]]) -> bool:
    away = any(begun - 1 <= at <= ended + _LATE_SECONDS for begun, ended in outages)
    patterns = [*EXPECTED, *(WITHOUT_REDIS if away else ())]
    return any(re.search(pattern, said) for pattern in patterns)
