"""What a worker does with what is under way when it is asked to end."""

import asyncio

from tasks.worker import let_end


async def test_what_ends_in_time_is_waited_for_and_the_rest_is_broken_off() -> None:
    told: list[str] = []

    async def quick() -> None:
        await asyncio.sleep(0)
        told.append("ended")

    async def endless() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)  # as giving the work back takes a moment
            told.append("given back")

    tasks = {asyncio.create_task(quick()), asyncio.create_task(endless())}
    await let_end(tasks, 0.2)

    assert told == ["ended", "given back"]
    assert sorted(task.cancelled() for task in tasks) == [False, True]


async def test_nothing_under_way_holds_nothing_up() -> None:
    await let_end(set(), 60)
