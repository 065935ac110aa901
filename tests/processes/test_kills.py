"""An import whose workers are killed again and again, at moments drawn from a seed."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from domain.entities.listing import Listing, PhotoState
from domain.entities.sync_run import RunCounters, SyncRunState
from domain.rules.photos import files_of
from tests.processes.forked import Forked
from tests.processes.gated_mls import PAGE, PHOTOS, Gate, gated_mls
from tests.processes.installation import Installation
from tests.processes.waiting import PATIENCE_SECONDS, eventually, until

HOMES = 120
KILLS = 25
WORKERS = 2
SEED = 20261005
LONGEST_BREATH = 0.1
"""Seconds for which workers go on with what they have got before one of them is killed."""


@pytest.fixture
async def gated(tmp_path: Path) -> AsyncIterator[tuple[Installation, Gate]]:
    """With a lease of a second: whoever is killed is not waited for."""
    with gated_mls(tmp_path / "sandbox", HOMES) as (sandboxes, gate):
        async with Installation.open(tmp_path, sandboxes, WORKER_LEASE_SECONDS="1") as opened:
            yield opened, gate


def _has_started(installation: Installation, worker: Forked) -> bool:
    return "worker.started" in installation.log_of(worker)


def _kill(installation: Installation, worker: Forked) -> None:
    """Once it is at work: who dies at its start takes no work along."""
    until(lambda: _has_started(installation, worker), "a worker's start")
    worker.kill()
    worker.wait()


def _kill_at(installation: Installation, gate: Gate, moments: list[int], chance: random.Random) -> int:
    """Kill a worker each time that so many requests have come; the longest alive first."""
    workers = [installation.start("worker") for _ in range(WORKERS)]
    killed = 0
    for moment in moments:
        gate.open_until(moment)
        if not gate.wait_until_full(PATIENCE_SECONDS):
            break
        asyncio.run(asyncio.sleep(chance.uniform(0, LONGEST_BREATH)))
        _kill(installation, workers.pop(0))
        workers.append(installation.start("worker"))
        killed += 1
    gate.open_until(None)
    return killed


async def _stored(installation: Installation) -> tuple[list[Listing], set[str], set[str]]:
    """The listings, the files that they name, and the files that there are."""
    listings = await installation.listings()
    photos = [photo for listing in listings for photo in listing.photos]
    named = {key for photo in photos for key in files_of(photo)}
    there = {key async for key in installation.ports.files.list("")}
    return listings, named, there


async def test_an_import_survives_25_kills_exact_to_the_photo(gated: tuple[Installation, Gate]) -> None:
    installation, gate = gated
    chance = random.Random(SEED)
    requests = HOMES // PAGE + HOMES * PHOTOS
    moments = sorted(chance.sample(range(1, requests), KILLS))
    connection = await installation.connect()
    seen = gate.passed
    installation.start("clock")
    run = await installation.import_of(connection)

    killed = await asyncio.to_thread(_kill_at, installation, gate, [seen + at for at in moments], chance)
    await eventually(lambda: installation.is_complete(run), "the import's end")

    assert killed == KILLS
    listings, named, there = await _stored(installation)
    states = [photo.state for listing in listings for photo in listing.photos]
    assert len(listings) == HOMES
    assert states == [PhotoState.STORED] * (HOMES * PHOTOS)
    assert named == there
    assert len(there) == HOMES * PHOTOS * 4
    ended = await installation.run(run)
    assert ended.counters == RunCounters(
        processed=HOMES, successful_imports=HOMES, photos_stored=HOMES * PHOTOS
    )
    assert (await installation.errors(run)) == []

    again = await installation.import_of(connection)

    async def ends() -> bool:
        return (await installation.run(again)).state is SyncRunState.SUCCEEDED

    await eventually(ends, "the second import's end")
    assert (await installation.run(again)).counters == RunCounters(processed=HOMES, unchanged=HOMES)
    assert await _stored(installation) == (listings, named, there)
