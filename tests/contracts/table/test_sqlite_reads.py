"""Reads of the SQLite engine: rows that are as they were are not parsed again, and what is long leaves the loop."""

import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.tables.sqlite import SqliteTable
from adapters.tables.sqlite_reads import Rows
from adapters.tables.table import BASE, GSI1, In, Item, Key, Put, Query


@pytest.fixture
async def table(tmp_path: Path) -> AsyncIterator[SqliteTable]:
    table = SqliteTable(tmp_path / "table.db")
    yield table
    await table.close()


def test_a_row_is_parsed_when_its_text_is_new() -> None:
    rows, text = Rows(), '{"PK":"P","SK":"S","Data":"first"}'
    first = rows.item("P", "S", text)
    assert rows.item("P", "S", text) is first
    assert rows.item("P", "S", text.replace("first", "second"))["Data"] == "second"


def test_what_is_read_in_passing_is_not_remembered() -> None:
    rows, text = Rows(), '{"PK":"P","SK":"S","Data":"first"}'
    passing = rows.item("P", "S", text, keep=False)
    assert rows.item("P", "S", text) is not passing


async def test_an_item_is_its_readers_own(table: SqliteTable) -> None:
    await table.write(Put({"PK": "P", "SK": "S", "Data": "x"}))
    for _ in range(2):
        [found] = (await table.query(Query(BASE, "P"))).items
        assert found == {"PK": "P", "SK": "S", "Data": "x"}
        found["Data"] = "spoilt"
    again = await table.get(Key("P", "S"))
    assert again is not None
    assert again["Data"] == "x"


async def test_an_item_is_entire_only_where_that_is_asked_for(table: SqliteTable) -> None:
    item: Item = {"PK": "P", "SK": "S", "GSI1PK": "G", "GSI1SK": "T", "Data": "x"}
    await table.write(Put(item))
    carried = await table.query(Query(GSI1, "G"))
    entire = await table.query(Query(GSI1, "G", entire=True))
    assert (carried.entire, carried.items) == (False, [{"PK": "P", "SK": "S", "GSI1PK": "G", "GSI1SK": "T"}])
    assert (entire.entire, entire.items) == (True, [item])


async def test_short_queries_stay_on_the_loop_and_long_ones_go_to_a_thread(table: SqliteTable) -> None:
    puts = [
        Put({"PK": "P", "SK": f"#{n:03}", "kind": f"k{n % 2}", "Data": f"{n} {'x' * 5_000}"})
        for n in range(300)
    ]
    await table.put_many(puts)
    short = await table.query(Query(BASE, "P", limit=50))
    assert [item["SK"] for item in short.items] == [f"#{n:03}" for n in range(50)]
    assert not _readers()
    filtered = await table.query(Query(BASE, "P", limit=200, filters=(In("kind", ("k1",)),)))
    assert [item["SK"] for item in filtered.items] == [f"#{n:03}" for n in range(1, 300, 2)]
    assert _readers()
    both = await table.query_many(
        [Query(BASE, "P", limit=250), Query(BASE, "P", limit=1, after=short.cursor)]
    )
    assert [len(page.items) for page in both] == [250, 1]
    assert both[1].items[0]["Data"] == puts[50].item["Data"]


def _readers() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("reader of table.db")]
