"""A process that works on tables beside others: `python -m tests.contracts.table.racers`.

It reads lines of JSON: an engine, a place, a task, the racer's number and an amount. For each it opens the table,
says `ready`, waits for another line, does the task, and prints what came of it as a line of JSON.
"""

import asyncio
import json
import random
import sys
from collections.abc import Awaitable, Callable

from adapters.tables.table import (
    Absent,
    Change,
    Equals,
    Item,
    Key,
    Put,
    Refused,
    Table,
)
from tests.contracts.table.engines import Place

ROUNDS = 5
EVENTS = 100
COUNTER = Key("USER#u", "METRICS#l#2026-01-01")
VERSIONED = Key("USER#u", "LISTING#1")


async def win(table: Table, round_: int, name: str) -> str | None:
    """Try to be the first to put an item; the winner answers its name."""
    try:
        await table.write(Put({"PK": f"ROUND#{round_}", "SK": "ROUND", "holder": name}, (Absent(),)))
    except Refused:
        return None
    return name


async def win_rounds(table: Table, racer: int, racers: int) -> list[list[str]]:
    """The winners of each round among so many racers."""
    names = [f"{racer}.{number}" for number in range(racers)]
    rounds = []
    for round_ in range(ROUNDS):
        winners = await asyncio.gather(*(win(table, round_, name) for name in names))
        rounds.append([name for name in winners if name is not None])
    return rounds


async def count(table: Table, number: int) -> bool:
    """Count an event unless it has been counted; says whether it was."""
    event: Item = {"PK": f"EVENT#u#{number}", "SK": "EVENT"}
    try:
        await table.transact([Put(event, (Absent(),)), Change(COUNTER, add={"views": 1, "clicks": 2})])
    except Refused as refused:
        if refused.reasons != [event, None]:
            raise
        return False
    return True


async def count_events(table: Table, racer: int, copies: int) -> int:
    """Count every event so many times, shuffled, 16 at a time; answers how many it was the first for."""
    numbers = [number for number in range(EVENTS) for _ in range(copies)]
    random.Random(racer).shuffle(numbers)
    left = iter(numbers)

    async def some() -> int:
        return sum([await count(table, number) for number in left])

    return sum(await asyncio.gather(*(some() for _ in range(16))))


async def raise_version(table: Table, racer: int, times: int) -> int:
    """Raise the version so often, each time by one against the others, until it has worked."""

    async def once() -> None:
        while True:
            item = await table.get(VERSIONED) or {}
            version = int(item["version"])
            try:
                await table.write(
                    Change(VERSIONED, {"version": version + 1}, when=(Equals("version", version),))
                )
            except Refused:
                await asyncio.sleep(random.uniform(0, 0.01))
            else:
                return

    await asyncio.gather(*(once() for _ in range(times)))
    return times


async def write_on(table: Table, racer: int, tasks: int) -> None:
    """Write until killed, and print the number of each write that was answered."""

    async def some(task: int) -> None:
        number = task
        while True:
            key = Key(f"KEPT#{number}", "KEPT")
            await table.transact([Put({"PK": key.pk, "SK": key.sk}), Change(COUNTER, add={"kept": 1})])
            print(number, flush=True)
            number += tasks

    await asyncio.gather(*(some(task) for task in range(tasks)))


TASKS: dict[str, Callable[[Table, int, int], Awaitable[object]]] = {
    task.__name__: task for task in (win_rounds, count_events, raise_version, write_on)
}


async def do(engine: str, name: str, task: str, racer: int, amount: int) -> None:
    """What one line asks for."""
    table = await Place(engine, name).open()
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    result = await TASKS[task](table, racer, amount)
    await table.close()
    print(json.dumps(result), flush=True)


if __name__ == "__main__":
    for line in sys.stdin:
        asyncio.run(do(*json.loads(line)))
