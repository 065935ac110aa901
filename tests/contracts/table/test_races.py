"""Many at once, in one process and across two, and processes that are killed."""

import asyncio
import json
import sys
from asyncio.subprocess import PIPE, Process
from typing import Any

import pytest

from adapters.tables.table import BASE, Key, Put, Query, Table
from domain.errors import Unavailable
from tests.contracts.table import racers
from tests.contracts.table.engines import Place

PROCESSES = 2


async def start(place: Place, task: str, racer: int, amount: int) -> Process:
    module = ("-m", racers.__name__, place.engine, place.name, task, str(racer), str(amount))
    process = await asyncio.create_subprocess_exec(sys.executable, *module, stdin=PIPE, stdout=PIPE)
    assert await line(process) == "ready"
    return process


async def line(process: Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.readline()).decode().strip()


def go(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.write(b"go\n")


async def together(place: Place, task: str, amount: int) -> list[Any]:
    """What several processes answer that do the same at the same time."""
    processes = await asyncio.gather(*(start(place, task, racer, amount) for racer in range(PROCESSES)))
    for process in processes:
        go(process)
    results = [json.loads(await line(process)) for process in processes]
    assert [await process.wait() for process in processes] == [0] * PROCESSES
    return results


async def check_rounds(table: Table, results: list[list[list[str]]]) -> None:
    for round_ in range(racers.ROUNDS):
        winners = [name for result in results for name in result[round_]]
        assert len(winners) == 1
        item = await table.get(Key(f"ROUND#{round_}", "ROUND"))
        assert item is not None
        assert item["holder"] == winners[0]


async def counted(table: Table) -> tuple[object, object]:
    item = await table.get(racers.COUNTER) or {}
    return item.get("views"), item.get("clicks")


class TestInOneProcess:
    async def test_one_of_fifty_racers_wins(self, table: Table) -> None:
        await check_rounds(table, [await racers.win_rounds(table, 0, 50)])

    async def test_every_event_counts_once(self, table: Table) -> None:
        assert await racers.count_events(table, 0, 3) == racers.EVENTS
        assert await counted(table) == (racers.EVENTS, 2 * racers.EVENTS)

    async def test_every_event_counts_once_all_at_once(self, table: Table) -> None:
        calls = [racers.count(table, number) for _ in range(3) for number in range(racers.EVENTS)]
        assert sum(await asyncio.gather(*calls)) == racers.EVENTS
        assert await counted(table) == (racers.EVENTS, 2 * racers.EVENTS)

    async def test_no_change_of_a_version_is_lost(self, table: Table) -> None:
        key = racers.VERSIONED
        await table.write(Put({"PK": key.pk, "SK": key.sk, "version": 0}))
        await racers.raise_version(table, 0, 100)
        assert (await table.get(key) or {})["version"] == 100

    async def test_two_handles_see_each_other(self, table: Table, place: Place) -> None:
        other = await place.open()
        for number in range(20):
            writer, reader = (table, other) if number % 2 else (other, table)
            await writer.write(Put({"PK": "P", "SK": f"#{number:02}"}))
            assert await reader.get(Key("P", f"#{number:02}")) is not None
            assert len((await reader.query(Query(BASE, "P"))).items) == number + 1
        await other.close()


class TestAcrossProcesses:
    async def test_one_of_fifty_racers_wins(self, table: Table, place: Place) -> None:
        await check_rounds(table, await together(place, "win_rounds", 25))

    async def test_every_event_counts_once(self, table: Table, place: Place) -> None:
        firsts = await together(place, "count_events", 2)
        assert sum(firsts) == racers.EVENTS
        assert await counted(table) == (racers.EVENTS, 2 * racers.EVENTS)

    async def test_no_change_of_a_version_is_lost(self, table: Table, place: Place) -> None:
        key = racers.VERSIONED
        await table.write(Put({"PK": key.pk, "SK": key.sk, "version": 0}))
        assert sum(await together(place, "raise_version", 30)) == 60
        assert (await table.get(key) or {})["version"] == 60


class TestLasting:
    async def test_what_was_answered_survives_a_kill(self, place: Place) -> None:
        answered: list[int] = []
        for _ in range(3):
            process = await start(place, "write_on", 0, 8)
            go(process)
            fresh = [int(await line(process)) for _ in range(200)]
            process.kill()
            assert process.stdout is not None
            # A last line may be cut off: only a whole one says that the write was answered.
            rest = (await process.stdout.read()).decode()
            fresh += [int(text) for text in rest[: rest.rfind("\n") + 1].split()]
            await process.wait()
            answered += fresh
        table = await place.open()
        kept = sorted(set(answered))
        for begin in range(0, len(kept), 1_000):
            keys = [Key(f"KEPT#{number}", "KEPT") for number in kept[begin : begin + 1_000]]
            assert None not in await table.get_many(keys)
        # Every put went with a count: those answered, and at most one more per task and kill.
        count = int((await table.get(racers.COUNTER) or {})["kept"])
        assert len(answered) <= count <= len(answered) + 3 * 8
        await table.close()

    async def test_a_table_opened_again_has_it_all(self, place: Place) -> None:
        first = await place.open()
        puts = [Put({"PK": "P", "SK": f"#{n:03}", "text": "ü" * n}) for n in range(100)]
        await first.put_many(puts)
        await first.close()
        second = await place.open()
        assert (await second.query(Query(BASE, "P"))).items == [put.item for put in puts]
        await second.close()

    async def test_closing_finishes_what_was_asked(self, place: Place) -> None:
        table = await place.open()
        tasks = [asyncio.create_task(table.write(Put({"PK": "P", "SK": f"#{n}"}))) for n in range(50)]
        await asyncio.sleep(0)
        await table.close()
        assert await asyncio.gather(*tasks) == [None] * 50
        again = await place.open()
        assert len((await again.query(Query(BASE, "P"))).items) == 50
        await again.close()

    async def test_after_closing_nothing_is_done(self, place: Place) -> None:
        table = await place.open()
        await table.close()
        await table.close()
        for call in (
            table.get(Key("P", "#1")),
            table.query(Query(BASE, "P")),
            table.write(Put({"PK": "P", "SK": "#1"})),
        ):
            with pytest.raises(Unavailable):
                await call
