"""Work that is owed: asked for once or often, taken by one, never lost."""

import asyncio
from datetime import timedelta

import pytest

from adapters.tables import keys
from adapters.tables.repositories import Repositories
from adapters.tables.table import Table
from domain.entities.common import PageRequest
from domain.entities.intent import LANES, Ask, Dead, Done, Intent, IntentKind, Later
from domain.errors import Invalid, Overtaken
from tests.contracts.nouns.conftest import Now

KIND = IntentKind.UNPUBLISH
SHARD = int(keys.shard(KIND, "p1"))


def ask(**more: object) -> Ask:
    return Ask(kind=KIND, user_id="alice", target="p1", **more)  # type: ignore[arg-type]


async def taken(nouns: Repositories, holder: str = "h1", lease: float = 20) -> Intent:
    intent = await nouns.intents.take(KIND, "p1", holder, lease)
    assert intent is not None
    return intent


async def stored(nouns: Repositories) -> Intent:
    intent = await nouns.intents.get(KIND, "p1")
    assert intent is not None
    return intent


async def test_a_wish_becomes_an_intent(nouns: Repositories, now: Now) -> None:
    await nouns.intents.ask(ask(payload={"why": "sold", "n": 1}))
    assert await stored(nouns) == Intent(
        kind=KIND, user_id="alice", target="p1", due=now(), payload={"why": "sold", "n": 1}, created_at=now()
    )
    assert await nouns.intents.get(KIND, "p2") is None
    assert await nouns.intents.get(IntentKind.PUBLISH, "p1") is None


async def test_a_second_wish_merges_with_one_that_waits(nouns: Repositories, now: Now) -> None:
    await nouns.intents.ask(ask(due=now() + timedelta(hours=2), payload={"a": 1, "b": 1}))
    await nouns.intents.ask(ask(due=now() + timedelta(hours=1), payload={"b": 2}))
    await nouns.intents.ask(ask(due=now() + timedelta(hours=3)))
    intent = await stored(nouns)
    assert intent.due == now() + timedelta(hours=1)
    assert intent.asked == 3
    assert intent.payload == {"a": 1, "b": 2}


async def test_wishes_of_one_call_merge_too(nouns: Repositories, now: Now) -> None:
    later = now() + timedelta(hours=2)
    await nouns.intents.ask(ask(due=later, payload={"a": 1}), ask(due=later - timedelta(hours=1)))
    intent = await stored(nouns)
    assert (intent.due, intent.payload) == (now() + timedelta(hours=1), {"a": 1})


async def test_more_wishes_than_a_transaction_takes(nouns: Repositories) -> None:
    await nouns.intents.ask(*[Ask(kind=KIND, user_id="alice", target=f"t{n}") for n in range(130)])
    assert await nouns.intents.get(KIND, "t129") is not None


async def test_a_wish_leaves_the_lease_of_work_that_is_held(nouns: Repositories, now: Now) -> None:
    await nouns.intents.ask(ask())
    held = await taken(nouns)
    await nouns.intents.ask(ask(payload={"run": "r2"}))
    intent = await stored(nouns)
    assert (intent.due, intent.holder, intent.fence) == (held.due, "h1", 1)
    assert (intent.asked, intent.payload) == (2, {"run": "r2"})


async def test_a_wish_after_the_lease_has_ended_leaves_it_due(nouns: Repositories, now: Now) -> None:
    await nouns.intents.ask(ask())
    held = await taken(nouns)
    now.pass_by(seconds=21)
    await nouns.intents.ask(ask())
    assert (await stored(nouns)).due == held.due
    assert (await taken(nouns, "h2")).fence == 2


async def test_dead_work_that_is_wished_for_lives_again(nouns: Repositories, now: Now) -> None:
    await nouns.intents.ask(ask())
    await nouns.intents.settle(await taken(nouns), Dead("the account is gone"))
    dead = await stored(nouns)
    assert (dead.dead, dead.failure, dead.holder) == (True, "the account is gone", "")
    assert await nouns.intents.take(KIND, "p1", "h2", 20) is None
    assert await nouns.intents.due(LANES[KIND], SHARD, now() + timedelta(days=1), 10) == []
    assert (await nouns.intents.dead(SHARD, PageRequest())).items == [dead]

    now.pass_by(days=3)
    await nouns.intents.ask(ask())
    alive = await stored(nouns)
    assert (alive.dead, alive.due, alive.attempts, alive.failure) == (False, now(), 0, None)
    assert (await nouns.intents.dead(SHARD, PageRequest())).items == []
    assert (await taken(nouns, "h3")).fence == 2


async def test_work_is_taken_when_it_is_due_and_not_before(nouns: Repositories, now: Now) -> None:
    await nouns.intents.ask(ask(due=now() + timedelta(seconds=10)))
    now.pass_by(seconds=9.9)
    assert await nouns.intents.take(KIND, "p1", "h1", 20) is None
    now.pass_by(seconds=0.1)
    intent = await taken(nouns)
    assert (intent.holder, intent.fence, intent.attempts) == ("h1", 1, 1)
    assert intent.due == now() + timedelta(seconds=20)
    assert await nouns.intents.take(KIND, "p1", "h2", 20) is None
    assert await nouns.intents.take(KIND, "absent", "h2", 20) is None
    assert await nouns.intents.get(KIND, "absent") is None


async def test_a_taking_that_is_sent_twice_is_one(nouns: Repositories) -> None:
    await nouns.intents.ask(ask())
    first, second = await taken(nouns, "h1"), await taken(nouns, "h1")
    assert first == second
    assert second.fence == 1


async def test_of_fifty_racers_for_a_sync_one_takes(nouns: Repositories, now: Now) -> None:
    await nouns.intents.ask(Ask(kind=IntentKind.SYNC, user_id="alice", target="c1"))
    for round_number in range(1, 21):
        racers = [nouns.intents.take(IntentKind.SYNC, "c1", f"{round_number}/{n}", 20) for n in range(50)]
        winners = [intent for intent in await asyncio.gather(*racers) if intent is not None]
        assert [intent.fence for intent in winners] == [round_number]
        now.pass_by(seconds=20)


async def test_a_lease_is_renewed_until_it_is_overtaken(nouns: Repositories, now: Now) -> None:
    await nouns.intents.ask(ask())
    old = await taken(nouns)
    now.pass_by(seconds=15)
    await nouns.intents.renew(old.as_fence, 20)
    now.pass_by(seconds=15)
    assert await nouns.intents.take(KIND, "p1", "h2", 20) is None
    now.pass_by(seconds=5)
    new = await taken(nouns, "h2")
    with pytest.raises(Overtaken):
        await nouns.intents.renew(old.as_fence, 20)
    for outcome in (Done(), Later(now()), Dead("x")):
        with pytest.raises(Overtaken):
            await nouns.intents.settle(old, outcome)
    assert await stored(nouns) == new


async def test_complete_work_goes(nouns: Repositories) -> None:
    await nouns.intents.ask(ask())
    intent = await taken(nouns)
    await nouns.intents.settle(intent, Done())
    assert await nouns.intents.get(KIND, "p1") is None
    await nouns.intents.settle(intent, Done())
    with pytest.raises(Overtaken):
        await nouns.intents.renew(intent.as_fence, 20)


async def test_work_that_is_asked_for_anew_has_another_fence_in_effect(nouns: Repositories) -> None:
    await nouns.intents.ask(ask())
    old = await taken(nouns, "h1")
    await nouns.intents.settle(old, Done())
    await nouns.intents.ask(ask())
    await taken(nouns, "h2")
    with pytest.raises(Overtaken):
        await nouns.intents.renew(old.as_fence, 20)


@pytest.mark.parametrize("outcome", [Done(), Dead("broken"), "later"])
async def test_work_that_was_wished_for_meanwhile_is_due_at_once(
    nouns: Repositories, now: Now, outcome: Done | Dead | str
) -> None:
    await nouns.intents.ask(ask())
    intent = await taken(nouns)
    await nouns.intents.ask(ask(payload={"again": True}))
    now.pass_by(seconds=1)
    end = Later(now() + timedelta(hours=1)) if isinstance(outcome, str) else outcome
    await nouns.intents.settle(intent, end)
    after = await stored(nouns)
    assert (after.due, after.holder, after.dead) == (now(), "", False)
    assert after.payload == {"again": True}
    again = await taken(nouns, "h2")
    assert (again.fence, again.asked) == (2, 2)
    await nouns.intents.settle(again, Done())
    assert await nouns.intents.get(KIND, "p1") is None


async def test_work_that_is_put_off_waits(nouns: Repositories, now: Now) -> None:
    await nouns.intents.ask(ask())
    due = now() + timedelta(minutes=5)
    await nouns.intents.settle(await taken(nouns), Later(due, failure="the platform is down"))
    intent = await stored(nouns)
    assert (intent.due, intent.holder, intent.attempts) == (due, "", 1)
    assert intent.failure == "the platform is down"
    assert await nouns.intents.take(KIND, "p1", "h2", 20) is None
    now.pass_by(minutes=5)
    second = await taken(nouns, "h2")
    assert second.attempts == 2
    await nouns.intents.settle(second, Later(due, progress=True))
    assert ((await stored(nouns)).attempts, (await stored(nouns)).failure) == (0, None)


async def test_an_end_that_is_stored_twice_is_one(nouns: Repositories, now: Now) -> None:
    await nouns.intents.ask(ask())
    intent = await taken(nouns)
    due = now() + timedelta(minutes=5)
    await nouns.intents.settle(intent, Later(due))
    await nouns.intents.settle(intent, Later(due))
    assert (await stored(nouns)).due == due


async def test_wishes_are_counted_all_under_contention(nouns: Repositories) -> None:
    await asyncio.gather(*[nouns.intents.ask(ask()) for _ in range(30)])
    assert (await stored(nouns)).asked == 30


async def test_wishing_and_working_at_once_loses_no_wish(nouns: Repositories, now: Now) -> None:
    """Whoever wished is served by a taking that begins after the wish."""
    served = 0
    wished = 0

    async def work() -> None:
        nonlocal served
        for n in range(40):
            intent = await nouns.intents.take(KIND, "p1", f"w{n}", 20)
            if intent is not None:
                seen = wished
                await asyncio.sleep(0)
                await nouns.intents.settle(intent, Done())
                served = max(served, seen)
            await asyncio.sleep(0.001)

    async def wish() -> None:
        nonlocal wished
        for _ in range(30):
            await nouns.intents.ask(ask())
            wished += 1
            await asyncio.sleep(0)

    await asyncio.gather(work(), wish())
    left = await nouns.intents.get(KIND, "p1")
    assert served == 30 or (left is not None and left.due <= now())


async def test_due_work_is_listed_by_shard_the_most_overdue_first(nouns: Repositories, now: Now) -> None:
    start = now()
    asks = [
        Ask(kind=KIND, user_id="alice", target=f"t{n}", due=start + timedelta(seconds=100 - n))
        for n in range(60)
    ]
    await nouns.intents.ask(*asks)
    before = start + timedelta(seconds=70)
    found = []
    for shard in range(16):
        listed = await nouns.intents.due(LANES[KIND], shard, before, 100)
        assert [intent.due for intent in listed] == sorted(intent.due for intent in listed)
        found += [intent.target for intent in listed]
        assert len(await nouns.intents.due(LANES[KIND], shard, before, 1)) == min(1, len(listed))
    assert sorted(found) == sorted(f"t{n}" for n in range(30, 60))


async def test_a_forged_cursor_of_the_dead_is_refused(nouns: Repositories) -> None:
    with pytest.raises(Invalid) as raised:
        await nouns.intents.dead(SHARD, PageRequest(after="AAAA"))
    assert raised.value.field == ("after",)


async def test_it_is_found_under_its_key(nouns: Repositories, table: Table) -> None:
    await nouns.intents.ask(ask())
    item = await table.get(keys.intent("UNPUBLISH", "p1"))
    assert item is not None
    assert item["EntityType"] == "Intent"
    assert item["GSI2PK"] == f"DUE#{LANES[KIND]}#{SHARD:02d}"
