"""Workers and clocks as real processes, and what becomes of work when they or Redis die in the middle."""

import asyncio
import signal
import subprocess
import sys

import redis.asyncio

from domain.entities.intent import IntentKind
from domain.entities.sync_run import SyncRun, SyncRunState
from tests.processes.installation import Installation
from tests.processes.system import ROOT
from tests.processes.waiting import PATIENCE_SECONDS, eventually

SECONDS_OF_A_BELL = 3
"""A bell that cannot be rung is given up after one; the rest is for a busy machine."""

SECONDS_TO_BEGIN = 30


async def _hanging_import(installation: Installation) -> SyncRun:
    """An import whose MLS says nothing any more after the first page, and a worker that waits for it."""
    connection = await installation.connect()
    before = await installation.requests()
    installation.sandboxes.mls_fault(match="odata", kind="slow", seconds=200, after=1, times=None)
    run = await installation.import_of(connection)

    async def hangs() -> bool:
        return await installation.requests() >= before + 2

    await eventually(hangs, "the second request for homes")
    assert (await installation.run(run)).state is SyncRunState.RUNNING
    return run


def _clear_faults(installation: Installation) -> None:
    url = f"{installation.sandboxes.mls}/_control/faults"
    installation.sandboxes.http.delete(url).raise_for_status()


async def _ends_complete(installation: Installation, run: SyncRun) -> None:
    async def complete() -> bool:
        return await installation.is_complete(run)

    await eventually(complete, "the import's end")
    counters = (await installation.run(run)).counters
    listings = await installation.listings()
    assert counters.processed == len(installation.sandboxes.homes())
    assert counters.successful_imports == len(listings) > 0
    assert counters.photos_stored == sum(len(listing.photos) for listing in listings) > 0


async def test_a_worker_that_is_killed_costs_time_and_no_work(installation: Installation) -> None:
    """Redis is emptied as well: nobody knows of the work but the store."""
    installation.start("clock")
    worker = installation.start("worker")
    run = await _hanging_import(installation)

    worker.kill()
    worker.wait()
    async with redis.asyncio.Redis.from_url(installation.redis.url) as client:
        await client.flushall()
    _clear_faults(installation)
    installation.start("worker")

    await _ends_complete(installation, run)


async def test_a_worker_that_is_asked_to_end_gives_its_work_back(installation: Installation) -> None:
    worker = installation.start("worker")
    run = await _hanging_import(installation)

    worker.send_signal(signal.SIGTERM)
    status = await asyncio.to_thread(worker.wait, PATIENCE_SECONDS)

    intent = await installation.ports.intents.get(IntentKind.SYNC, run.connection_id)
    assert status == 0
    assert intent is not None
    assert intent.holder == ""
    assert intent.due <= installation.ports.now()
    _clear_faults(installation)
    installation.start("worker")
    installation.start("clock")
    await _ends_complete(installation, run)


async def test_what_is_asked_for_while_redis_is_dead_is_done_when_it_is_back(
    installation: Installation,
) -> None:
    installation.redis.kill()
    installation.start("worker")
    installation.start("clock")
    connection = await installation.connect()

    async with asyncio.timeout(SECONDS_OF_A_BELL):
        run = await installation.import_of(connection)
    assert (await installation.run(run)).state is SyncRunState.QUEUED

    async def has_begun() -> bool:
        return (await installation.run(run)).state is not SyncRunState.QUEUED

    installation.redis.start()
    async with asyncio.timeout(SECONDS_TO_BEGIN):
        await eventually(has_begun, "the beginning")
    await _ends_complete(installation, run)


async def test_two_clocks_and_two_workers_do_no_more_than_one(installation: Installation) -> None:
    """The bell is lost, so that both clocks ring for everything that is overdue."""
    run = await installation.import_of(await installation.connect())
    async with redis.asyncio.Redis.from_url(installation.redis.url) as client:
        await client.flushall()
    clocks = [installation.start("clock") for _ in range(2)]
    for _ in range(2):
        installation.start("worker")

    await _ends_complete(installation, run)
    assert [clock.poll() for clock in clocks] == [None, None]
    for clock in clocks:
        clock.send_signal(signal.SIGTERM)
    assert [await asyncio.to_thread(clock.wait, PATIENCE_SECONDS) for clock in clocks] == [0, 0]
    assert [clock for clock in clocks if "Traceback" in installation.log_of(clock)] == []


async def test_a_redis_emptied_again_and_again_loses_nothing(installation: Installation) -> None:
    installation.start("worker")
    installation.start("clock")
    run = await installation.import_of(await installation.connect())
    seen, flushes = -1, 0

    async with redis.asyncio.Redis.from_url(installation.redis.url) as client:

        async def complete() -> bool:
            nonlocal seen, flushes
            counters = (await installation.run(run)).counters
            if counters.processed + counters.photos_stored != seen:
                seen, flushes = counters.processed + counters.photos_stored, flushes + 1
                await client.flushall()
            return await installation.is_complete(run)

        await eventually(complete, "the import's end")
    assert flushes > 2
    await _ends_complete(installation, run)


def test_a_worker_of_an_unknown_queue_does_not_start() -> None:
    argv = [sys.executable, "-m", "app", "worker", "--queues", "sync,nonsense"]
    refused = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, check=False)

    assert refused.returncode != 0
    assert (
        refused.stderr == "yardsign: the queues are engagement, notify, photos, publish, sync, unpublish.\n"
    )
