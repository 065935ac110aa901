"""The soak of `make soak`, scaled down: everything but memory is looked at, in seconds instead of minutes."""

from pathlib import Path

import pytest
from rich.console import Console

from benchmarks.soak.plan import SMALL
from benchmarks.soak.report import show
from benchmarks.soak.run import soak


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to find the processes")
async def test_load_and_faults_leave_nothing_wrong(tmp_path: Path) -> None:
    """Without the tour; a worker and Redis are killed on the way, and started again."""
    with (tmp_path / "report").open("w") as report:
        console = Console(file=report, width=180)
        outcome = await soak(SMALL, tmp_path, console)
        show(outcome, console)

    assert outcome.wrong() == [], (tmp_path / "report").read_text()
    assert "Nothing is wrong." in (tmp_path / "report").read_text()
    done = outcome.diary.counts
    assert done["processes killed"] == done["Redis killed"] == 1
    assert "✓" not in outcome.terminal
    untouched = [name for name in _ALWAYS if not done[name]]
    assert untouched == []


_ALWAYS = (
    "newcomers",
    "publishPost",
    "updateListing",
    "syncMlsStatus",
    "subscriptions",
    "visitors",
    "events",
    "faults",
)
"""What even a short soak does."""
