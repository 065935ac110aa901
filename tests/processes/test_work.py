"""Carrying out an intent, on the real table: taken once, renewed, broken off, put off, buried."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial

import pytest

from domain.entities.intent import Dead, Done, Intent, IntentKind, Later, Outcome
from domain.errors import Conflict, Overtaken, Unavailable
from domain.use_cases.work import Work
from tasks.work import Limits, carry_out
from tests.processes.owed import KIND, asked, work_that
from tests.processes.waiting import eventually
from tests.world import World

QUICK = Limits(lease_seconds=20, renew_seconds=0.02)


def _failing(error: Exception) -> Mapping[IntentKind, Work]:
    async def fail(intent: Intent) -> Outcome:
        raise error

    return work_that(fail)


async def _intent(world: World, kind: IntentKind = KIND) -> Intent:
    found = await world.ports.intents.get(kind, "a")
    assert found is not None
    return found


async def _is_due_after(world: World, moment: datetime) -> bool:
    return (await _intent(world)).due > moment


async def test_work_that_is_done_is_owed_no_more_and_a_second_message_does_nothing(world: World) -> None:
    await asked(world, "a")
    worked = []

    async def does(intent: Intent) -> Outcome:
        worked.append(intent.target)
        return Done()

    for _ in range(3):
        await carry_out(world.ports, KIND, "a", work=work_that(does))

    assert worked == ["a"]
    assert await world.ports.intents.get(KIND, "a") is None


async def test_of_many_messages_at_once_one_is_worked_on(world: World) -> None:
    await asked(world, "a")
    worked = []

    async def does(intent: Intent) -> Outcome:
        worked.append(intent.holder)
        await asyncio.sleep(0.05)
        return Done()

    await asyncio.gather(*(carry_out(world.ports, KIND, "a", work=work_that(does)) for _ in range(20)))

    assert len(worked) == 1


@pytest.mark.parametrize("error", [RuntimeError("surprise"), Unavailable("away"), Conflict("moved")])
async def test_a_failure_is_tried_again_later_and_later(world: World, error: Exception) -> None:
    await asked(world, "a")
    waits = []

    for _ in range(4):
        await carry_out(world.ports, KIND, "a", work=_failing(error))
        intent = await _intent(world)
        waits.append((intent.due - world.clock.now()).total_seconds())
        world.clock.move(waits[-1] + 0.01)

    assert [int(wait + 0.5) >= 2**n for n, wait in enumerate(waits)] == [True] * 4
    assert waits == sorted(waits)
    assert (intent.attempts, intent.holder, intent.dead) == (4, "", False)
    assert intent.failure is not None
    assert "surprise" not in intent.failure  # may hold anything: it is logged, not shown


async def test_what_nobody_foresaw_is_buried_after_the_last_attempt(world: World) -> None:
    await asked(world, "a")

    for _ in range(3):
        await carry_out(
            world.ports, KIND, "a", work=_failing(ValueError("surprise")), limits=Limits(most_attempts=3)
        )
        world.clock.move(60)

    intent = await _intent(world)
    assert (intent.dead, intent.failure) == (True, "An unforeseen failure: ValueError.")


@pytest.mark.parametrize(
    ("kind", "error"), [(KIND, Unavailable("away")), (IntentKind.SYNC, ValueError("surprise"))]
)
async def test_an_outage_and_a_standing_poll_are_never_buried(
    world: World, kind: IntentKind, error: Exception
) -> None:
    await asked(world, "a", kind=kind)

    for _ in range(3):
        await carry_out(world.ports, kind, "a", work=_failing(error), limits=Limits(most_attempts=1))
        world.clock.move(60)

    assert not (await _intent(world, kind)).dead


async def test_work_that_hangs_is_broken_off_and_tried_again(world: World) -> None:
    await asked(world, "a")

    async def hang(intent: Intent) -> Outcome:
        await asyncio.Event().wait()
        return Done()

    await carry_out(world.ports, KIND, "a", work=work_that(hang), limits=Limits(hang_seconds=0.05))

    intent = await _intent(world)
    assert (intent.holder, intent.failure) == ("", "An unforeseen failure: TimeoutError.")


async def test_a_lease_is_renewed_for_as_long_as_the_work_takes(world: World) -> None:
    await asked(world, "a")
    taken_by_another = []

    async def does(intent: Intent) -> Outcome:
        for _ in range(3):
            world.clock.move(15)  # three times make more than two leases
            await eventually(partial(_is_due_after, world, (await _intent(world)).due), "the renewal")
            taken_by_another.append(await world.ports.intents.take(KIND, "a", "other", 20))
        return Done()

    await carry_out(world.ports, KIND, "a", work=work_that(does), limits=QUICK)

    assert taken_by_another == [None] * 3
    assert await world.ports.intents.get(KIND, "a") is None


async def test_whoever_is_overtaken_is_broken_off_and_writes_nothing(world: World) -> None:
    await asked(world, "a")
    broken_off = asyncio.Event()
    refused = []

    async def does(intent: Intent) -> Outcome:
        world.clock.move(30)  # as if this process had been stopped for so long
        assert await world.ports.intents.take(KIND, "a", "other", 20)
        try:
            await asyncio.Event().wait()
        finally:
            broken_off.set()
            with pytest.raises(Overtaken):
                await world.ports.intents.settle(intent, Done())
            refused.append(True)
        return Done()

    await carry_out(world.ports, KIND, "a", work=work_that(does), limits=QUICK)

    intent = await _intent(world)
    assert broken_off.is_set()
    assert refused == [True]
    assert (intent.holder, intent.fence) == ("other", 2)


async def test_an_outcome_that_comes_too_late_changes_nothing(world: World) -> None:
    await asked(world, "a")

    async def does(intent: Intent) -> Outcome:
        world.clock.move(30)
        assert await world.ports.intents.take(KIND, "a", "other", 20)
        return Dead("too late")

    await carry_out(world.ports, KIND, "a", work=work_that(does))

    intent = await _intent(world)
    assert (intent.holder, intent.dead) == ("other", False)


async def test_work_that_goes_on_at_once_rings_again_and_work_for_later_does_not(world: World) -> None:
    await asked(world, "a", "b")

    async def does(intent: Intent) -> Outcome:
        wait = timedelta() if intent.target == "a" else timedelta(seconds=5)
        return Later(world.clock.now() + wait, progress=True)

    world.bell.rung.clear()
    for target in ("a", "b"):
        await carry_out(world.ports, KIND, target, work=work_that(does))

    assert world.bell.rung == [(KIND, "a")]
    assert (await _intent(world)).attempts == 0


async def test_what_is_wished_for_while_it_is_worked_on_rings_again(world: World) -> None:
    await asked(world, "a")

    async def does(intent: Intent) -> Outcome:
        await asked(world, "a")
        return Done()

    world.bell.rung.clear()
    await carry_out(world.ports, KIND, "a", work=work_that(does))

    assert world.bell.rung == [(KIND, "a")]
    assert (await _intent(world)).attempts == 0


async def test_work_that_is_cancelled_is_given_back_at_once(world: World) -> None:
    await asked(world, "a")
    begun = asyncio.Event()

    async def does(intent: Intent) -> Outcome:
        begun.set()
        await asyncio.Event().wait()
        return Done()

    world.bell.rung.clear()
    working = asyncio.create_task(carry_out(world.ports, KIND, "a", work=work_that(does)))
    await begun.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working

    intent = await _intent(world)
    assert (intent.holder, intent.due <= world.clock.now()) == ("", True)
    assert world.bell.rung == [(KIND, "a")]
