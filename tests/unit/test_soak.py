"""What the soak takes for flat memory, and for a line of a log that should not be there."""

import json
from pathlib import Path

from benchmarks.soak.logs import defects
from benchmarks.soak.readings import Sample, course

_AT = 1_790_000_000.0
_SAID = "2026-09-21T14:13:20Z"


def _samples(start: float, rise: float, first: int = 0, last: int = 600) -> list[Sample]:
    """Every five seconds of a process whose memory is `start` MB and rises by `rise` MB a minute."""
    return [Sample(at, "clock", 1, start + rise * at / 60, 0.0) for at in range(first, last, 5)]


def test_memory_that_stays_is_flat() -> None:
    found = course(_samples(100, 0.1), 600)
    assert found is not None
    assert found.is_flat
    assert abs(found.slope - 0.1) < 1e-6


def test_memory_that_rises_is_not_flat() -> None:
    found = course(_samples(100, 1.5), 600)
    assert found is not None
    assert not found.is_flat


def test_memory_that_jumped_in_the_end_is_not_flat() -> None:
    jumped = [*_samples(100, 0)[:110], *_samples(140, 0)[110:]]
    found = course(jumped, 600)
    assert found is not None
    assert not found.is_flat


def test_a_process_that_was_started_again_is_given_a_minute() -> None:
    warming = [Sample(at, "clock", 1, 60.0, 0.0) for at in range(240, 290, 5)]
    found = course([*warming, *_samples(100, 0, first=290)], 600)
    assert found is not None
    assert found.is_flat


def test_of_few_samples_nothing_is_said() -> None:
    assert course(_samples(100, 5, first=580), 600) is None


def _line(level: str, event: str, **further: str) -> str:
    said = {"level": level, "event": event, "logger": "tasks.work", "timestamp": _SAID}
    return json.dumps(said | further)


def test_errors_tracebacks_and_foreign_lines_are_defects(tmp_path: Path) -> None:
    lines = [
        _line("info", "all is well"),
        _line("warning", "an MLS is away"),
        _line("error", "broken"),
        _line("warning", "swallowed", exception="Traceback\n  somewhere\nKeyError: 'x'"),
        "Fatal Python error",
    ]
    (tmp_path / "worker.log").write_text("\n".join(lines))
    found = defects(tmp_path, [])
    assert len(found) == 3
    assert [word for word in ("broken", "KeyError", "Fatal") if not any(word in one for one in found)] == []


def test_what_is_right_while_redis_is_away_is_wrong_at_other_times(tmp_path: Path) -> None:
    line = _line("error", "Consumer encountered a connection error: Error 111")
    (tmp_path / "worker.log").write_text(line.replace("tasks.work", "dramatiq.worker.ConsumerThread(sync)"))
    assert defects(tmp_path, [(_AT - 5, _AT + 5)]) == {}
    assert len(defects(tmp_path, [(_AT - 500, _AT - 400)])) == 1
