"""What runs came to by day: counted once, in the transactions that end runs and count for them."""

import asyncio
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from adapters.tables.repositories import Repositories, repositories
from adapters.tables.table import Table
from adapters.vault import Vault
from domain.entities.intent import IntentKind
from domain.entities.listing import PhotoSet
from domain.entities.post import PostState
from domain.entities.statistics import SyncTotals
from domain.entities.sync_run import RunCounters, SyncRun, SyncRunState
from domain.errors import Conflict, Unavailable
from domain.rules.durations import bucket
from tests.contracts.nouns.conftest import Now
from tests.contracts.nouns.make import (
    AT,
    CREDENTIALS,
    a_connection,
    a_fence,
    a_listing,
    a_photo,
    a_post,
    a_run,
    created,
)
from tests.contracts.nouns.test_lost_replies import LosesReplies

DAY = AT.date()


async def ended(
    nouns: Repositories,
    id: str,
    user_id: str = "alice",
    state: SyncRunState = SyncRunState.SUCCEEDED,
    add: RunCounters | None = None,
    **more: Any,
) -> SyncRun:
    """A run that has begun, and then ends after half a minute unless something else is said."""
    given: dict[str, Any] = {"finished_at": AT + timedelta(seconds=30), "started_at": AT, **more}
    end = given.pop("finished_at")
    run = await nouns.runs.save(a_run(id, user_id, **given), add=add)
    return await nouns.runs.save(replace(run, state=state, finished_at=end))


async def one(
    nouns: Repositories, connection_id: str = "c1", first: date = DAY, last: date = DAY
) -> SyncTotals:
    return await nouns.statistics.of_connection("alice", connection_id, first, last)


async def test_a_run_is_counted_with_all_it_did_when_it_ends(nouns: Repositories) -> None:
    counters = RunCounters(
        processed=9, successful_imports=4, unchanged=2, skipped=1, failed_imports=2, status_changes=3
    )
    run = await nouns.runs.save(a_run(started_at=AT), add=counters)
    assert await one(nouns) == SyncTotals()
    end = AT + timedelta(seconds=61, milliseconds=500)
    failed = replace(run, state=SyncRunState.FAILED, finished_at=end)
    run = await nouns.runs.save(failed, add=RunCounters(processed=1, status_changes=1))
    expected = SyncTotals(
        runs=1,
        failed_runs=1,
        processed=10,
        failed_imports=2,
        listings=4,
        status_changes=4,
        durations={bucket(61_500): 1},
        longest_ms=61_500,
    )
    assert await one(nouns) == expected
    assert await nouns.statistics.of_user("alice", DAY, DAY) == expected
    assert await nouns.statistics.of_all(DAY, DAY) == expected
    with pytest.raises(Conflict):
        await nouns.runs.save(replace(run, state=SyncRunState.SUCCEEDED))
    assert await one(nouns) == expected


async def test_days_are_those_on_which_runs_end(nouns: Repositories) -> None:
    midnight = datetime.combine(DAY + timedelta(days=1), datetime.min.time(), AT.tzinfo)
    await ended(nouns, "R1", finished_at=midnight - timedelta(milliseconds=1))
    await ended(nouns, "R2", finished_at=midnight, state=SyncRunState.CANCELLED)
    tomorrow = DAY + timedelta(days=1)
    assert [(await one(nouns, first=day, last=day)).runs for day in (DAY, tomorrow)] == [1, 1]
    assert (await one(nouns, last=tomorrow)).runs == 2
    assert (await one(nouns, last=tomorrow)).failed_runs == 0
    far = DAY + timedelta(days=365)
    for reader in (nouns.statistics.of_user("alice", DAY, far), nouns.statistics.of_all(DAY, far)):
        assert (await reader).runs == 2
    assert (await one(nouns, first=tomorrow, last=far)).last_success_at is None


async def test_everybody_sees_their_own_and_the_installation_all(nouns: Repositories) -> None:
    await ended(nouns, "R1")
    await ended(nouns, "R2", connection_id="c2")
    await ended(nouns, "R3", connection_id="c20")
    await ended(nouns, "R4", "bob", connection_id="c1")
    assert (await one(nouns)).runs == (await one(nouns, "c2")).runs == 1
    assert (await nouns.statistics.of_user("alice", DAY, DAY)).runs == 3
    assert (await nouns.statistics.of_user("bob", DAY, DAY)).runs == 1
    assert (await nouns.statistics.of_user("bo", DAY, DAY)) == SyncTotals()
    assert (await nouns.statistics.of_all(DAY, DAY)).runs == 4


async def test_the_longest_and_the_latest_stay_whatever_comes_after(nouns: Repositories) -> None:
    for n, seconds in enumerate((20, 600, 5)):
        begin = AT - timedelta(hours=n)  # the later they end, the earlier they were
        await ended(nouns, f"R{n}", started_at=begin, finished_at=begin + timedelta(seconds=seconds))
    await ended(nouns, "R9", state=SyncRunState.FAILED, started_at=None, finished_at=AT + timedelta(hours=1))
    totals = await one(nouns)
    assert (totals.longest_ms, totals.last_success_at) == (600_000, AT + timedelta(seconds=20))
    assert totals.durations == {bucket(5_000): 1, bucket(20_000): 1, bucket(600_000): 1}
    assert (await nouns.statistics.of_all(DAY, DAY)) == totals


async def test_many_runs_that_end_at_once_are_all_counted(nouns: Repositories) -> None:
    async def end(n: int) -> None:
        await ended(nouns, f"R{n:02d}", add=RunCounters(processed=n), finished_at=AT + timedelta(seconds=n))

    await asyncio.gather(*[end(n) for n in range(20)])
    totals = await one(nouns)
    assert (totals.runs, totals.processed, totals.longest_ms) == (20, 190, 19_000)
    assert totals.last_success_at == AT + timedelta(seconds=19)
    assert sum(totals.durations.values()) == 20


async def test_runs_that_end_with_their_connection_are_counted_together(nouns: Repositories) -> None:
    connection = await nouns.mls_connections.create(a_connection(), CREDENTIALS)
    waiting = [a_run(f"R{n}", state=SyncRunState.QUEUED) for n in range(3)]
    connection = await nouns.mls_connections.save(connection, runs=waiting)
    assert await one(nouns) == SyncTotals()
    stored = await nouns.runs.get_many("alice", [run.id for run in waiting])
    cancelled = [
        replace(run, state=SyncRunState.CANCELLED, finished_at=AT) for run in stored if run is not None
    ]
    await nouns.mls_connections.save(connection, runs=cancelled)
    assert await one(nouns) == SyncTotals(runs=3)
    with pytest.raises(Conflict):
        await nouns.mls_connections.save(connection, runs=cancelled)
    assert await one(nouns) == SyncTotals(runs=3)


async def test_photos_and_removals_are_counted_on_the_day_they_are_done(
    nouns: Repositories, now: Now
) -> None:
    run = await ended(nouns, "R1")
    now.pass_by(days=1)
    today = now().date()
    (listing,) = await created(nouns, a_listing(connection_id="c-other"))
    fence = await a_fence(nouns, IntentKind.PHOTOS, "mls-1")
    counters = RunCounters(photos_stored=2, photos_failed=1)
    await nouns.listings.save_photos(
        listing, PhotoSet((a_photo("m1"),)), run_id=run.id, counters=counters, fence=fence
    )
    (post,) = await nouns.posts.create([a_post()])
    down = replace(post, state=PostState.UNPUBLISHED)
    post = await nouns.posts.save(down, count_unpublished_in=run.id)
    with pytest.raises(Conflict):
        await nouns.posts.save(down, count_unpublished_in=run.id)
    await nouns.posts.save(post, count_unpublished_in="R-gone")
    expected = SyncTotals(photos_stored=2, posts_unpublished=1)
    assert await one(nouns, first=today, last=today) == expected
    assert await nouns.statistics.of_all(today, today) == expected
    assert (await one(nouns)).photos_stored == 0


async def test_lost_replies_count_nothing_twice(table: Table, vault: Vault, now: Now) -> None:
    losing = LosesReplies(table)
    nouns = repositories(losing, vault, now)
    for n in range(40):
        run = await patiently(nouns, a_run(f"R{n:02d}", started_at=AT))
        await patiently(nouns, replace(run, state=SyncRunState.SUCCEEDED, finished_at=AT))
    totals = await one(nouns)
    assert losing.lost > 5
    assert (totals.runs, sum(totals.durations.values())) == (40, 40)
    assert await nouns.statistics.of_all(DAY, DAY) == totals


async def patiently(nouns: Repositories, run: SyncRun) -> SyncRun:
    """Save it; where no reply comes, as a worker does: read it again, and save it unless that was done."""
    while True:
        try:
            return await nouns.runs.save(run)
        except Unavailable:
            known = await nouns.runs.get(run.user_id, run.id)
            if known is not None and known.state is run.state:
                return known
