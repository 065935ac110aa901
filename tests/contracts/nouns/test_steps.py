"""Steps of a run: many listings, the run's checkpoint and its counters, each row exactly once."""

from dataclasses import replace

import pytest

from adapters.tables.repositories import Repositories
from domain.entities.common import PageRequest
from domain.entities.intent import Ask, IntentKind
from domain.entities.listing import Listing, ListingStatus
from domain.entities.sync_run import Checkpoint, RunCounters, SyncRun, SyncRunState
from domain.errors import Conflict, Overtaken
from domain.ports import ListingSave
from tests.contracts.nouns.make import a_change, a_fence, a_listing, a_photo, a_run, created, passed

ONE = RunCounters(processed=1, successful_imports=1)


def save(listing: Listing, **more: object) -> ListingSave:
    return ListingSave(listing=listing, row_key=f"row-{listing.id}", counters=ONE, **more)  # type: ignore[arg-type]


async def begun(nouns: Repositories) -> SyncRun:
    return await nouns.runs.save(a_run(checkpoint=Checkpoint(position="p1", done=("row-before",))))


async def test_a_step_of_many_transactions(nouns: Repositories) -> None:
    run, fence = await begun(nouns), await a_fence(nouns)
    saves = [
        save(
            a_listing(f"h{n:03d}"),
            changes=(a_change(f"C{n}", f"h{n:03d}"),),
            ask=(Ask(kind=IntentKind.PHOTOS, user_id="alice", target=f"h{n:03d}"),),
        )
        for n in range(100)
    ]
    given = replace(run, total_listings=500, checkpoint=replace(run.checkpoint, high_water="2026"))
    after, beaten = await nouns.listings.save_step(saves, given, fence=fence)
    assert beaten == []
    assert after.counters == RunCounters(processed=100, successful_imports=100)
    assert after.checkpoint == Checkpoint(
        position="p1",
        done=("row-before", *(f"row-h{n:03d}" for n in range(100))),
        high_water="2026",
    )
    assert (after.total_listings, after.version) == (500, after.sequence)
    assert await nouns.runs.get("alice", "R1") == after
    found = await nouns.listings.get_many("alice", [one.listing.id for one in saves])
    assert [one.version if one else None for one in found] == [1] * 100
    assert (await nouns.intents.get(IntentKind.PHOTOS, "h099")) is not None
    assert len((await nouns.changes.of_listing("alice", "h050", PageRequest())).items) == 1


async def test_of_several_listings_of_a_home_in_a_step_the_last_is_its_latest(nouns: Repositories) -> None:
    run, fence = await begun(nouns), await a_fence(nouns)
    saves = [save(a_listing(f"h{n:03d}"), home_key=f"home-{n % 3}") for n in range(100)]
    _, beaten = await nouns.listings.save_step(saves, run, fence=fence)
    assert beaten == []
    latest = await nouns.listings.latest_of_homes("alice", ["home-0", "home-1", "home-2"])
    assert latest == ["h099", "h097", "h098"]


async def test_a_listing_that_was_not_written_is_nobodys_latest(nouns: Repositories) -> None:
    run, fence = await begun(nouns), await a_fence(nouns)
    await created(nouns, a_listing("h1"))
    saves = [save(a_listing("h0"), home_key="home"), save(a_listing("h1"), home_key="home")]
    _, beaten = await nouns.listings.save_step(saves, run, fence=fence)
    assert beaten == ["h1"]
    assert await nouns.listings.latest_of_homes("alice", ["home"]) == ["h0"]


async def test_a_step_of_large_listings_stays_below_the_limit_of_a_transaction(nouns: Repositories) -> None:
    run, fence = await begun(nouns), await a_fence(nouns)
    saves = [save(a_listing(f"h{n}", description="d" * 150_000)) for n in range(40)]
    after, beaten = await nouns.listings.save_step(saves, run, fence=fence)
    assert (beaten, after.counters.processed, len(after.checkpoint.done)) == ([], 40, 41)


async def test_without_saves_the_checkpoint_alone_is_written(nouns: Repositories) -> None:
    run, fence = await begun(nouns), await a_fence(nouns)
    counted = replace(run, counters=RunCounters(processed=99), checkpoint=Checkpoint(position="p2"))
    after, beaten = await nouns.listings.save_step([], counted, fence=fence)
    assert (after.checkpoint, after.counters, beaten) == (Checkpoint(position="p2"), RunCounters(), [])


async def test_listings_that_another_was_faster_with_are_left_out(nouns: Repositories) -> None:
    run, fence = await begun(nouns), await a_fence(nouns)
    known = await created(nouns, *[a_listing(f"h{n}") for n in range(4)])
    newer = await nouns.listings.update(ListingSave(listing=replace(known[1], status=ListingStatus.SOLD)))
    ask = Ask(kind=IntentKind.PHOTOS, user_id="alice", target="h1")
    saves = [
        save(known[0]),
        save(known[1], changes=(a_change("C1", "h1"),), ask=(ask,)),
        save(known[2]),
        save(a_listing("h3")),
        save(a_listing("h4")),
    ]
    after, beaten = await nouns.listings.save_step(saves, run, fence=fence)
    assert beaten == ["h1", "h3"]
    assert after.counters.processed == 3
    assert after.checkpoint.done == ("row-before", "row-h0", "row-h2", "row-h4")
    assert await nouns.listings.get("alice", "h1") == newer
    assert (await nouns.changes.of_listing("alice", "h1", PageRequest())).items == []
    assert await nouns.intents.get(IntentKind.PHOTOS, "h1") is None


async def test_a_step_in_which_all_were_beaten_still_checkpoints(nouns: Repositories) -> None:
    run, fence = await begun(nouns), await a_fence(nouns)
    await created(nouns, a_listing("h1"))
    moved = replace(run, checkpoint=Checkpoint(position="p2"))
    after, beaten = await nouns.listings.save_step([save(a_listing("h1"))], moved, fence=fence)
    assert (beaten, after.checkpoint, after.counters) == (["h1"], Checkpoint(position="p2"), RunCounters())


async def test_a_listing_twice_in_a_step_is_written_once(nouns: Repositories) -> None:
    run, fence = await begun(nouns), await a_fence(nouns)
    saves = [save(a_listing("h1", bedrooms=1)), save(a_listing("h1", bedrooms=2)), save(a_listing("h2"))]
    after, beaten = await nouns.listings.save_step(saves, run, fence=fence)
    assert (beaten, after.counters.processed) == (["h1"], 2)
    found = await nouns.listings.get("alice", "h1")
    assert found is not None
    assert found.facts.bedrooms == 1


async def test_a_step_keeps_photos_that_it_is_not_about(nouns: Repositories) -> None:
    run, fence = await begun(nouns), await a_fence(nouns)
    (known,) = await created(nouns, a_listing("h1", photos=(a_photo("m1"),)))
    await nouns.listings.save_step([save(replace(known, photos=()))], run, fence=fence)
    found = await nouns.listings.get("alice", "h1")
    assert found is not None
    assert (len(found.photos), found.version, found.photos_version) == (1, 2, 1)


async def test_a_run_that_was_written_meanwhile_is_not_written_over(nouns: Repositories) -> None:
    run, fence = await begun(nouns), await a_fence(nouns)
    cancelled = await nouns.runs.save(replace(run, cancel_requested=True))
    with pytest.raises(Conflict):
        await nouns.listings.save_step([save(a_listing("h1"))], run, fence=fence)
    assert await nouns.runs.get("alice", "R1") == cancelled
    assert await nouns.listings.get("alice", "h1") is None


async def test_a_run_that_was_taken_over_writes_nothing(nouns: Repositories) -> None:
    run, fence = await begun(nouns), await a_fence(nouns)
    for saves in ([save(a_listing("h1"))], []):
        with pytest.raises(Overtaken):
            await nouns.listings.save_step(saves, run, fence=passed(fence))
    assert await nouns.listings.get("alice", "h1") is None
    assert await nouns.runs.get("alice", "R1") == run


async def test_work_may_wish_for_itself(nouns: Repositories) -> None:
    fence = await a_fence(nouns)
    connection_ask = Ask(kind=IntentKind.SYNC, user_id="alice", target="c1", payload={"again": 1})
    (known,) = await created(nouns, a_listing("h1"))
    await nouns.listings.update(ListingSave(listing=known, ask=(connection_ask,)), fence=fence)
    intent = await nouns.intents.get(IntentKind.SYNC, "c1")
    assert intent is not None
    assert (intent.asked, intent.holder, intent.payload) == (2, fence.holder, {"again": 1})
    with pytest.raises(Overtaken):
        await nouns.listings.update(
            ListingSave(listing=replace(known, version=2), ask=(connection_ask,)), fence=passed(fence)
        )
    gone = replace(fence, target="c9")
    with pytest.raises(Overtaken):
        await nouns.listings.update(
            ListingSave(listing=known, ask=(replace(connection_ask, target="c9"),)), fence=gone
        )


async def test_a_finished_run_keeps_its_counters(nouns: Repositories) -> None:
    run, fence = await begun(nouns), await a_fence(nouns)
    run, _ = await nouns.listings.save_step([save(a_listing("h1"))], run, fence=fence)
    ended = await nouns.runs.save(replace(run, state=SyncRunState.SUCCEEDED), fence=fence)
    assert ended.counters == ONE
