"""What is peculiar to the SQLite engine: its file, its lock, its log, and what goes wrong with them."""

import asyncio
import fcntl
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from adapters.tables.sqlite import SqliteTable
from adapters.tables.sqlite_sql import select
from adapters.tables.table import (
    BASE,
    EXPIRES_AT,
    GSI3,
    Absent,
    Change,
    Item,
    Key,
    Present,
    Put,
    Query,
    Refused,
    Unfit,
    cursor,
)
from domain.errors import Unavailable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.db"


@pytest.fixture
async def table(path: Path) -> AsyncIterator[SqliteTable]:
    table = SqliteTable(path)
    yield table
    await table.close()


def put(number: int, pk: str = "P") -> Put:
    return Put({"PK": pk, "SK": f"#{number:04}"})


async def numbers(table: SqliteTable, pk: str = "P") -> list[int]:
    return [int(str(item["SK"])[1:]) for item in (await table.query(Query(BASE, pk, limit=1_000))).items]


def damage(path: Path) -> None:
    """Overwrite all pages but the first."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (size - 4096))


@contextmanager
def connected(path: Path) -> Iterator[sqlite3.Connection]:
    """Another program that looks into the file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


class TestGroups:
    async def test_a_statement_that_fails_harms_no_neighbour(self, table: SqliteTable, path: Path) -> None:
        with connected(path) as other:
            other.execute(
                "CREATE TRIGGER fails BEFORE INSERT ON items WHEN NEW.pk = 'BAD' "
                "BEGIN SELECT RAISE(ABORT, 'no room for this one'); END"
            )
        units = [[put(n), put(n, "BAD")] if n % 10 == 4 else [put(n), put(n, "Q")] for n in range(100)]
        outcomes = await asyncio.gather(*map(table.transact, units), return_exceptions=True)
        failed = [n for n in range(100) if isinstance(outcomes[n], Unavailable)]
        assert failed == [n for n in range(100) if n % 10 == 4]
        assert await numbers(table) == await numbers(table, "Q") == sorted(set(range(100)) - set(failed))

    async def test_even_if_it_ends_the_transaction(self, table: SqliteTable, path: Path) -> None:
        with connected(path) as other:
            other.execute(
                "CREATE TRIGGER fails BEFORE INSERT ON items WHEN NEW.pk = 'BAD' "
                "BEGIN SELECT RAISE(ROLLBACK, 'no room for anyone'); END"
            )
        calls = [table.write(put(n, "BAD" if n == 20 else "P")) for n in range(50)]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
        assert [n for n in range(50) if outcomes[n] is not None] == [20]
        assert await numbers(table) == sorted(set(range(50)) - {20})

    async def test_units_see_what_those_before_them_wrote(self, table: SqliteTable) -> None:
        key = Key("P", "#0000")
        outcomes = await asyncio.gather(
            table.write(Put({"PK": "P", "SK": "#0000"}, (Absent(),))),
            table.write(Put({"PK": "P", "SK": "#0000"}, (Absent(),))),
            *(table.write(Change(key, add={"n": 1}, when=(Present(),))) for _ in range(10)),
            return_exceptions=True,
        )
        assert outcomes[0] is None
        assert isinstance(outcomes[1], Refused)
        assert [item["n"] for item in outcomes[2:] if isinstance(item, dict)] == list(range(1, 11))

    async def test_a_counter_stays_within_64_bits(self, table: SqliteTable) -> None:
        await table.write(Put({"PK": "P", "SK": "#1", "n": 2**63 - 1}))
        with pytest.raises(Unfit, match=r"attribute n.*int64"):
            await table.transact([put(2), Change(Key("P", "#1"), add={"n": 1})])
        assert await table.get(Key("P", "#0002")) is None


class TestFile:
    async def test_it_is_its_owners_alone(self, table: SqliteTable, path: Path) -> None:
        await table.write(put(1))
        files = sorted(path.parent.iterdir())
        assert {file.name for file in files} >= {"table.db", "table.db-wal", "table.db.lock"}
        assert [oct(file.stat().st_mode & 0o777) for file in files] == ["0o600"] * len(files)

    @pytest.mark.parametrize(
        "content", [b"this is no database at all, " * 100, b"SQLite format 3\0" + b"\xff" * 4096]
    )
    def test_what_is_no_database(self, path: Path, content: bytes) -> None:
        path.write_bytes(content)
        with pytest.raises(Unavailable, match="damaged"):
            SqliteTable(path)
        assert path.read_bytes() == content

    async def test_a_folder_that_is_missing(self, path: Path) -> None:
        with pytest.raises(Unavailable, match="No such file"):
            SqliteTable(path.parent / "missing" / "table.db")

    async def test_a_newer_file_is_left_alone(self, path: Path) -> None:
        with connected(path) as other:
            other.execute("PRAGMA user_version = 99")
        with pytest.raises(Unavailable, match="newer"):
            SqliteTable(path)

    async def test_damage_found_later(self, path: Path) -> None:
        table = SqliteTable(path)
        for number in range(20):
            await table.write(Put({"PK": "P", "SK": f"#{number}", "Data": "x" * 10_000}))
        await table.close()
        damage(path)
        table = SqliteTable(path)
        for call in (table.get(Key("P", "#1")), table.query(Query(BASE, "P")), table.write(put(1))):
            with pytest.raises(Unavailable, match="damaged"):
                await call
        await table.close()


class TestCompany:
    async def test_another_program_holds_the_database(self, path: Path) -> None:
        table = SqliteTable(path, patience=0.4)
        with connected(path) as other:
            other.execute("BEGIN IMMEDIATE")
            with pytest.raises(Unavailable, match="locked by another program"):
                await table.write(put(1))
            assert await numbers(table) == []
            other.execute("ROLLBACK")
        await table.write(put(2))
        assert await numbers(table) == [2]
        await table.close()

    async def test_a_process_that_keeps_the_lock(self, path: Path) -> None:
        table = SqliteTable(path, patience=0.2)
        lock = path.with_name("table.db.lock")
        with lock.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            outcomes = await asyncio.gather(*(table.write(put(n)) for n in range(3)), return_exceptions=True)
            assert all(isinstance(outcome, Unavailable) and outcome.outcome_unknown for outcome in outcomes)
            assert await numbers(table) == []
        await table.write(put(4))
        assert 4 in await numbers(table)
        await table.close()


class TestUpkeep:
    async def test_the_log_is_emptied(self, table: SqliteTable, path: Path) -> None:
        log = path.with_name("table.db-wal")
        await table.put_many([Put({"PK": "P", "SK": f"#{n}", "Data": "x" * 5_000}) for n in range(500)])
        await table.query(Query(BASE, "P", limit=1))  # a page read by half must not hold the log
        await table.get(Key("P", "#1"))
        assert log.stat().st_size > 0
        assert await table.truncate_wal()
        assert log.stat().st_size == 0

    async def test_a_reader_in_the_way(self, table: SqliteTable, path: Path) -> None:
        with connected(path) as other:
            other.execute("BEGIN")
            other.execute("SELECT * FROM items").fetchall()
            await table.write(put(1))
            assert not await table.truncate_wal()
            other.execute("COMMIT")
        assert await table.truncate_wal()

    async def test_a_purge_is_bounded_and_counts(self, table: SqliteTable, path: Path) -> None:
        now = int(time.time())
        for start in range(0, 2_500, 500):
            rows: list[Item] = [
                {"PK": "P", "SK": f"#{n}", EXPIRES_AT: now - 5} for n in range(start, start + 500)
            ]
            await table.put_many([Put(row) for row in rows])
        await table.write(Put({"PK": "P", "SK": "#for ever"}))
        assert [await table.purge(now) for _ in range(4)] == [1_000, 1_000, 500, 0]
        with connected(path) as other:
            assert other.execute("SELECT sk FROM items").fetchall() == [("#for ever",)]


class TestPlans:
    async def test_a_page_is_read_from_its_index_alone(self, table: SqliteTable, path: Path) -> None:
        """A deep page costs what the first costs: the range is searched, nothing is sorted or scanned."""
        after = cursor(GSI3, {"GSI3SK": "A#5"})
        for index, name in ((BASE, "sqlite_autoindex_items_1"), (GSI3, "gsi3")):
            for ascending, bound in ((True, ">?"), (False, "<?")):
                statement, values = select(
                    Query(index, "P", prefix="A#", ascending=ascending, after=after), 10
                )
                with connected(path) as other:
                    plan = other.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall()
                assert [row[3].startswith(f"SEARCH items USING INDEX {name} ") for row in plan] == [True]
                assert bound in plan[0][3]
