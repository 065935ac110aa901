"""The thread that writes: who is answered when callers go away, the disk is full, or the end comes."""

import asyncio
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.tables.checks import Checks
from adapters.tables.sqlite_writer import Writer
from adapters.tables.sqlite_writes import transaction
from adapters.tables.table import Item, Put
from domain.errors import Unavailable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.db"


@pytest.fixture
def writer(path: Path) -> Iterator[Writer]:
    writer = Writer(path, patience=30)
    yield writer
    writer.close()


class Held:
    """Work that has begun and goes on when it is told to."""

    def __init__(self) -> None:
        self._begun = threading.Event()
        self._end = threading.Event()

    def __call__(self, connection: sqlite3.Connection) -> str:
        self._begun.set()
        self._end.wait(30)
        return "done"

    async def begun(self) -> None:
        await asyncio.to_thread(self._begun.wait, 30)

    def end(self) -> None:
        self._end.set()


class TestCallersThatGoAway:
    async def test_before_their_turn_and_in_the_middle(self, writer: Writer) -> None:
        held, done = Held(), list[str]()
        first = asyncio.create_task(writer.do(held))
        await held.begun()
        second = asyncio.create_task(writer.do(lambda _: done.append("second")))
        third = asyncio.create_task(writer.do(lambda _: done.append("third")))
        await asyncio.sleep(0)
        first.cancel()
        second.cancel()
        await asyncio.sleep(0)
        held.end()
        await third
        assert (first.cancelled(), second.cancelled(), done) == (True, True, ["third"])

    async def test_from_among_those_of_one_commit(self, writer: Writer) -> None:
        before, held = Held(), Held()
        begin = asyncio.create_task(writer.do(before))
        await before.begun()
        group = [asyncio.create_task(writer.do(work)) for work in (lambda _: "one", held, lambda _: "three")]
        await asyncio.sleep(0)
        before.end()
        await held.begun()
        group[0].cancel()
        held.end()
        assert await asyncio.gather(begin, *group[1:]) == ["done", "done", "three"]

    def test_with_their_event_loop(self, writer: Writer) -> None:
        held = Held()
        loop = asyncio.new_event_loop()
        task = loop.create_task(writer.do(held))
        loop.run_until_complete(held.begun())
        task.cancel()
        loop.run_until_complete(asyncio.wait([task]))
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
        held.end()
        assert asyncio.run(writer.do(lambda _: "still here")) == "still here"


class TestTheEnd:
    async def test_it_comes_after_what_was_queued(self, path: Path) -> None:
        writer, held = Writer(path, patience=30), Held()
        (thread,) = [thread for thread in threading.enumerate() if thread.name == "writer of table.db"]
        asked = [asyncio.create_task(writer.do(held))]
        await held.begun()
        end = asyncio.create_task(asyncio.to_thread(writer.close))
        while not asked[-1].done():  # until one is told that it is too late
            asked.append(asyncio.create_task(writer.do(lambda _: "done")))
            await asyncio.sleep(0)
        held.end()
        assert await asyncio.gather(*asked[:-1]) == ["done"] * (len(asked) - 1)
        with pytest.raises(Unavailable, match="closed"):
            await asked[-1]
        await end
        assert not thread.is_alive()


class TestDisk:
    async def test_every_commit_waits_for_the_disk(self, writer: Writer, path: Path) -> None:
        with closing(sqlite3.connect(path)) as other:
            assert other.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        level = await writer.do(lambda connection: connection.execute("PRAGMA synchronous").fetchone()[0])
        assert level == 2  # FULL: https://www.sqlite.org/pragma.html#pragma_synchronous

    async def test_a_full_disk(self, writer: Writer, path: Path) -> None:
        """A disk that has room for small items only: those are kept, whoever shared their commit."""
        await writer.do(
            lambda connection: connection.execute("PRAGMA max_page_count = 60"), own_transaction=False
        )
        items: list[Item] = [{"PK": "P", "SK": f"#{n:04}"} for n in range(6)]
        items[3]["Data"] = "x" * 390_000
        calls = [writer.do(transaction([Put(item)], Checks({}))) for item in items]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert [n for n in range(6) if isinstance(outcomes[n], Unavailable)] == [3]
        assert "full" in str(outcomes[3])
        with closing(sqlite3.connect(path)) as other:
            kept = other.execute("SELECT sk FROM items ORDER BY sk").fetchall()
        assert kept == [(f"#{n:04}",) for n in (0, 1, 2, 4, 5)]
