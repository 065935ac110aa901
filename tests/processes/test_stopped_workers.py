"""A worker that is stopped for longer than its lease, as by a machine that sleeps, and goes on afterwards."""

import asyncio
import signal
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.entities.intent import IntentKind
from domain.entities.sync_run import RunCounters
from tests.processes.gated_mls import PHOTOS, Gate, gated_mls
from tests.processes.installation import Installation
from tests.processes.waiting import eventually, until

HOMES = 12


@pytest.fixture
async def gated(tmp_path: Path) -> AsyncIterator[tuple[Installation, Gate]]:
    with gated_mls(tmp_path / "sandbox", HOMES) as (sandboxes, gate):
        async with Installation.open(tmp_path, sandboxes, WORKER_LEASE_SECONDS="1") as opened:
            yield opened, gate


def _rows(installation: Installation) -> list[tuple[str, ...]]:
    """Everything that is stored, but for what the clock alone moves."""
    with sqlite3.connect(installation.folder / "data" / "table.sqlite") as table:
        return table.execute("SELECT pk, sk, item FROM items ORDER BY pk, sk").fetchall()


async def test_a_worker_stopped_past_its_lease_writes_nothing_more(gated: tuple[Installation, Gate]) -> None:
    """It is stopped while it waits for the second page, and gets that page when all is done."""
    installation, gate = gated
    connection = await installation.connect()
    first_page = gate.passed + 1
    gate.open_until(first_page)
    stopped = installation.start("worker", "--queues", "sync")
    run = await installation.import_of(connection)
    assert await asyncio.to_thread(gate.wait_until_full, 60)

    async def waits_for_the_second_page() -> bool:
        return (await installation.run(run)).counters.processed > 0 and gate.waiting > 0

    await eventually(waits_for_the_second_page, "the second request")
    stopped.send_signal(signal.SIGSTOP)
    held = await installation.ports.intents.get(IntentKind.SYNC, connection.id)
    gate.open_until(None)
    installation.start("worker")
    installation.start("clock")
    await eventually(lambda: installation.is_complete(run), "the import's end by another worker")
    intent = await installation.ports.intents.get(IntentKind.SYNC, connection.id)
    assert held is not None
    assert intent is not None
    assert intent.fence > held.fence
    at_the_end = _rows(installation)

    stopped.send_signal(signal.SIGCONT)
    until(lambda: "work.overtaken" in installation.log_of(stopped), "the stopped worker's refusal")

    assert _rows(installation) == at_the_end
    assert (await installation.run(run)).counters == RunCounters(
        processed=HOMES, successful_imports=HOMES, photos_stored=HOMES * PHOTOS
    )
