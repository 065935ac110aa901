"""Many at once, in one process and across two, and processes that are killed."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Iterator
from subprocess import PIPE
from typing import Any

import pytest

from adapters.tables.table import BASE, Key, Put, Query, Table
from domain.errors import Unavailable
from tests.contracts.table import racers
from tests.contracts.table.engines import Place

PROCESSES = 2


class Racer:
    """A process of `racers`; it takes one task after another, on whatever table."""

    def __init__(self) -> None:
        module = [sys.executable, "-m", racers.__name__]
        self.process = subprocess.Popen(module, stdin=PIPE, stdout=PIPE, text=True)

    def begin(self, place: Place, task: str, racer: int, amount: int) -> None:
        """Returns when the table is open."""
        self.say(json.dumps([place.engine, place.name, task, racer, amount]))
        assert self.line() == "ready"

    def go(self) -> None:
        self.say("go")

    def say(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{text}\n")
        self.process.stdin.flush()

    def line(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().rstrip()

    def kill(self) -> str:
        """By SIGKILL; answers what it has still written."""
        assert self.process.stdout is not None
        self.process.kill()
        rest = self.process.stdout.read()
        self.process.wait()
        return rest


@pytest.fixture(scope="module")
def pair() -> Iterator[list[Racer]]:
    """Started once: that takes longer than any of their tasks."""
    made = [Racer() for _ in range(PROCESSES)]
    yield made
    for racer in made:
        racer.kill()


def together(pair: list[Racer], place: Place, task: str, amount: int) -> list[Any]:
    """What several processes answer that do the same at the same time."""
    for number, racer in enumerate(pair):
        racer.begin(place, task, number, amount)
    for racer in pair:
        racer.go()
    return [json.loads(racer.line()) for racer in pair]


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
    async def test_one_of_fifty_racers_wins(self, table: Table, place: Place, pair: list[Racer]) -> None:
        await check_rounds(table, together(pair, place, "win_rounds", 25))

    async def test_every_event_counts_once(self, table: Table, place: Place, pair: list[Racer]) -> None:
        firsts = together(pair, place, "count_events", 2)
        assert sum(firsts) == racers.EVENTS
        assert await counted(table) == (racers.EVENTS, 2 * racers.EVENTS)

    async def test_no_change_of_a_version_is_lost(
        self, table: Table, place: Place, pair: list[Racer]
    ) -> None:
        key = racers.VERSIONED
        await table.write(Put({"PK": key.pk, "SK": key.sk, "version": 0}))
        assert sum(together(pair, place, "raise_version", 30)) == 60
        assert (await table.get(key) or {})["version"] == 60


class TestLasting:
    async def test_what_was_answered_survives_a_kill(self, place: Place) -> None:
        answered: list[int] = []
        for _ in range(3):
            racer = Racer()
            racer.begin(place, "write_on", 0, 8)
            racer.go()
            fresh = [int(racer.line()) for _ in range(200)]
            # A last line may be cut off: only a whole one says that the write was answered.
            rest = racer.kill()
            fresh += [int(text) for text in rest[: rest.rfind("\n") + 1].split()]
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
