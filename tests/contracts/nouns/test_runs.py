"""Runs, their errors and the trail of listings."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from ulid import ULID

from adapters.tables import keys
from adapters.tables.repositories import Repositories
from adapters.tables.table import Put, Table
from domain.entities.common import Failure, PageRequest
from domain.entities.sync_run import Checkpoint, RunCounters, SweepProgress, SyncRunKind, SyncRunState
from domain.errors import Conflict, Invalid, Overtaken
from domain.ports import ListingSave
from tests.contracts.nouns.conftest import Now
from tests.contracts.nouns.make import AT, a_change, a_fence, a_listing, a_run, an_error, passed


async def test_a_run_comes_back_as_it_was_written(nouns: Repositories) -> None:
    given = a_run(
        keys=("k1",),
        numbers=(),
        total_listings=7,
        checkpoint=Checkpoint(
            position="p",
            done=("a", "b"),
            high_water="2026-10-01T00:00:00+00:00",
            cursors={"Deleted": "17"},
            answered=("k1",),
            defects=("0123456789ab",),
        ),
        sweep=SweepProgress(pages=2, keys=7, listed=True, after="p.q", held=5, missing=1),
        failure=Failure("BAD", "It is bad."),
        started_at=AT + timedelta(microseconds=1),
    )
    saved = await nouns.runs.save(given)
    assert saved == replace(given, version=1, sequence=1)
    assert await nouns.runs.get("alice", "R1") == saved
    assert await nouns.runs.get_many("alice", ["R2", "R1"]) == [None, saved]


async def test_counters_move_by_additions_alone(nouns: Repositories) -> None:
    run = await nouns.runs.save(a_run(), add=RunCounters(skipped=1))
    run = await nouns.runs.save(run, add=RunCounters(processed=2, photos_failed=3))
    run = await nouns.runs.save(replace(run, counters=RunCounters(processed=50)))
    assert run.counters == RunCounters(processed=2, photos_failed=3, skipped=1)
    assert (run.version, run.sequence) == (3, 3)


async def test_a_run_is_written_only_from_its_present_state(nouns: Repositories) -> None:
    run = await nouns.runs.save(a_run())
    with pytest.raises(Conflict):
        await nouns.runs.save(a_run())
    cancelled = await nouns.runs.save(replace(run, cancel_requested=True))
    with pytest.raises(Conflict):
        await nouns.runs.save(replace(run, attempts=1), errors=[an_error("e1")])
    assert await nouns.runs.get("alice", "R1") == cancelled
    assert (await nouns.runs.errors("alice", PageRequest())).items == []
    fence = await a_fence(nouns)
    with pytest.raises(Overtaken):
        await nouns.runs.save(cancelled, fence=passed(fence))


async def test_a_hundred_writers_of_a_run_lose_nothing(nouns: Repositories) -> None:
    await nouns.runs.save(a_run())

    async def one_more() -> None:
        while True:
            run = await nouns.runs.get("alice", "R1")
            assert run is not None
            try:
                await nouns.runs.save(replace(run, attempts=run.attempts + 1), add=RunCounters(processed=1))
                return
            except Conflict:
                await asyncio.sleep(0)

    await asyncio.gather(*[one_more() for _ in range(100)])
    run = await nouns.runs.get("alice", "R1")
    assert run is not None
    assert (run.version, run.attempts, run.counters.processed) == (101, 100, 100)


async def test_runs_are_listed_newest_first(nouns: Repositories) -> None:
    for n in range(6):
        state = SyncRunState.FAILED if n % 3 == 0 else SyncRunState.SUCCEEDED
        await nouns.runs.save(a_run(f"R{n}", connection_id=f"c{n % 2}", state=state))
    await nouns.runs.save(a_run("R9", "bob", connection_id="c1"))

    async def listed(**more: object) -> list[str]:
        page = await nouns.runs.page("alice", PageRequest(), **more)  # type: ignore[arg-type]
        return [run.id for run in page.items]

    assert await listed() == ["R5", "R4", "R3", "R2", "R1", "R0"]
    assert await listed(state=SyncRunState.FAILED) == ["R3", "R0"]
    assert await listed(connection_id="c0") == ["R4", "R2", "R0"]
    assert await listed(connection_id="c0", state=SyncRunState.FAILED) == ["R0"]
    first = await nouns.runs.page("alice", PageRequest(first=4))
    rest = await nouns.runs.page("alice", PageRequest(first=4, after=first.end))
    assert [run.id for run in rest.items] == ["R1", "R0"]
    with pytest.raises(Invalid):
        await nouns.runs.page("alice", PageRequest(after=first.end), connection_id="c0")


async def test_runs_of_others_are_as_if_they_were_absent(nouns: Repositories) -> None:
    for n in range(3):
        await nouns.runs.save(
            a_run(f"R{n}", "bob", connection_id="cb"), errors=[an_error(f"e{n}", f"R{n}", "bob")]
        )
    page = PageRequest(first=1)
    assert await nouns.runs.get("alice", "R1") is None
    absent = await nouns.runs.page("alice", page, connection_id="absent")
    assert await nouns.runs.page("alice", page, connection_id="cb") == absent
    no_errors = await nouns.runs.errors("alice", page, connection_id="absent")
    assert await nouns.runs.errors("alice", page, connection_id="c1") == no_errors
    assert await nouns.runs.errors("alice", page, run_id="R1") == no_errors


async def test_a_partition_full_of_anothers_things_looks_empty(nouns: Repositories, table: Table) -> None:
    """More than a page may examine: that there are more must not be told either."""
    await nouns.runs.save(a_run("R0", "bob", connection_id="cb"))
    item = await table.get(keys.run("bob", "R0"))
    assert item is not None
    for start in range(0, 2_500, 500):
        copies = [{**item, "SK": f"RUN#{n}", "GSI1SK": f"RUN#{n}"} for n in range(start, start + 500)]
        await table.put_many([Put(copy) for copy in copies])
    for state in (None, SyncRunState.FAILED):
        page = await nouns.runs.page("alice", PageRequest(), connection_id="cb", state=state)
        assert (page.items, page.more, page.end) == ([], False, None)
    hers = await nouns.runs.page("bob", PageRequest(), connection_id="cb", state=SyncRunState.FAILED)
    assert (hers.items, hers.more) == ([], True)
    mine = a_run("S1", connection_id="cb")
    await nouns.runs.save(mine)
    assert [run.id for run in (await nouns.runs.page("alice", PageRequest(), connection_id="cb")).items] == [
        "S1"
    ]


async def test_runs_are_found_by_kind_and_by_the_time_they_were_made(nouns: Repositories) -> None:
    def minute(number: int) -> datetime:
        return AT + timedelta(minutes=number)

    ids = []
    for n in range(8):
        kind = SyncRunKind.SWEEP if n % 4 == 0 else SyncRunKind.SYNC
        ids.append(str(ULID.from_datetime(minute(n))))
        run = a_run(ids[n], kind=kind, connection_id=f"c{n % 2}", created_at=minute(n))
        await nouns.runs.save(run)

    async def listed(**more: Any) -> list[int]:
        page = await nouns.runs.page("alice", PageRequest(), **more)
        return [ids.index(run.id) for run in page.items]

    assert await listed(kind=SyncRunKind.SWEEP) == [4, 0]
    assert await listed(since=minute(6)) == [7, 6]
    assert await listed(until=minute(2)) == [1, 0]
    assert await listed(since=minute(2), until=minute(5)) == [4, 3, 2]
    assert await listed(since=minute(2), until=minute(5), kind=SyncRunKind.SWEEP, connection_id="c0") == [4]
    assert await listed(since=minute(2), until=minute(5), connection_id="c1") == [3]
    assert await listed(since=minute(5), until=minute(5)) == []
    far = datetime.max.replace(tzinfo=UTC)
    assert len(await listed(since=datetime.min.replace(tzinfo=UTC), until=far)) == 8
    first = await nouns.runs.page("alice", PageRequest(first=1), since=minute(2))
    rest = await nouns.runs.page("alice", PageRequest(after=first.end), since=minute(2))
    assert [ids.index(run.id) for run in rest.items] == [6, 5, 4, 3, 2]
    others: tuple[dict[str, Any], ...] = (
        {},
        {
            "since": minute(
                2,
            )
            + timedelta(seconds=1)
        },
        {"kind": SyncRunKind.SYNC},
    )
    for other in others:
        with pytest.raises(Invalid):
            await nouns.runs.page("alice", PageRequest(after=first.end), **other)


async def test_errors_are_listed_by_run_and_by_connection(nouns: Repositories, now: Now) -> None:
    def late(minutes: int) -> datetime:
        return AT + timedelta(minutes=minutes)

    await nouns.runs.save(a_run("R1"), errors=[an_error("b", at=late(1)), an_error("a", at=late(2))])
    await nouns.runs.save(a_run("R10"), errors=[an_error("c", "R10", at=late(0))])
    run = await nouns.runs.get("alice", "R1")
    assert run is not None
    await nouns.runs.save(run, errors=[an_error("a", at=late(2), attempts=4)])

    of_run = (await nouns.runs.errors("alice", PageRequest(), run_id="R1")).items
    assert [(error.id, error.attempts) for error in of_run] == [("a", 4), ("b", 3)]
    of_connection = (await nouns.runs.errors("alice", PageRequest(), connection_id="c1")).items
    assert [error.id for error in of_connection] == ["a", "b", "c"]
    everything = (await nouns.runs.errors("alice", PageRequest())).items
    assert [error.id for error in everything] == ["a", "b", "c"]
    now.pass_by(days=91)
    assert (await nouns.runs.errors("alice", PageRequest())).items == []
    assert await nouns.runs.get("alice", "R1") is None


async def test_errors_are_found_by_their_code(nouns: Repositories) -> None:
    codes = ["PHOTO", "UNREADABLE", "PHOTO"]
    at = [AT + timedelta(minutes=n) for n in range(3)]
    errors = [an_error(f"e{n}", code=code, at=at[n]) for n, code in enumerate(codes)]
    await nouns.runs.save(a_run("R1"), errors=errors)
    places: tuple[dict[str, str], ...] = ({}, {"run_id": "R1"}, {"connection_id": "c1"})
    for place in places:
        page = await nouns.runs.errors("alice", PageRequest(), code="PHOTO", **place)
        assert [error.id for error in page.items] == ["e2", "e0"]
        assert (await nouns.runs.errors("alice", PageRequest(), code="NONE", **place)).items == []
        first = await nouns.runs.errors("alice", PageRequest(first=1), **place)
        with pytest.raises(Invalid):
            await nouns.runs.errors("alice", PageRequest(after=first.end), code="PHOTO", **place)


async def test_more_errors_than_a_transaction_takes(nouns: Repositories) -> None:
    errors = [an_error(f"e{n:03d}") for n in range(200)]
    await nouns.runs.save(a_run(), errors=[*errors, *errors])
    page = await nouns.runs.errors("alice", PageRequest(first=100), run_id="R1")
    rest = await nouns.runs.errors("alice", PageRequest(first=100, after=page.end), run_id="R1")
    assert [*page.items, *rest.items] == errors[::-1]


async def test_the_trail_is_listed_newest_first(nouns: Repositories, now: Now) -> None:
    changes = tuple(a_change(f"C{n}", "mls-1", at=AT + timedelta(seconds=n)) for n in range(5))
    await nouns.listings.create(ListingSave(listing=a_listing("mls-1"), changes=changes))
    other = a_change("C9", "mls-10")
    await nouns.listings.create(ListingSave(listing=a_listing("mls-10"), changes=(other,)))

    first = await nouns.changes.of_listing("alice", "mls-1", PageRequest(first=3))
    rest = await nouns.changes.of_listing("alice", "mls-1", PageRequest(first=3, after=first.end))
    assert [*first.items, *rest.items] == [replace(one, written_at=now()) for one in reversed(changes)]
    both = await nouns.changes.of_listings("alice", ["mls-10", "absent", "mls-1"], PageRequest(first=3))
    assert [list(page.items) for page in both] == [[replace(other, written_at=now())], [], list(first.items)]
    assert (await nouns.changes.of_listing("bob", "mls-1", PageRequest())).items == []
    with pytest.raises(Invalid):
        await nouns.changes.of_listing("alice", "mls-10", PageRequest(after=first.end))
