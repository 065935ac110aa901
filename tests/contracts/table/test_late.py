"""The table with late indexes: they are late, they catch up, and whatever asks no index notices nothing."""

import random
from collections.abc import AsyncIterator

import pytest

from adapters.tables.table import (
    BASE,
    GSI1,
    GSI3,
    INDEXES,
    SECONDARY,
    Absent,
    Change,
    Delete,
    Item,
    Key,
    Put,
    Query,
    Refused,
    Table,
    Unfit,
)
from tests.contracts.table.engines import Place
from tests.contracts.table.late import SECONDS, LateIndexes
from tests.contracts.table.test_expiry import TestExpired as _Expired
from tests.contracts.table.test_pages import everything
from tests.contracts.table.test_transactions import TestAllOrNothing, TestNeighbours
from tests.contracts.table.test_writes import TestChange, TestConditions, TestDelete, TestPutMany, TestReading

__all__ = [
    "TestAllOrNothing",
    "TestChange",
    "TestConditions",
    "TestDelete",
    "TestNeighbours",
    "TestPutMany",
    "TestReading",
]

KEY = Key("P", "A#1")


@pytest.fixture
async def bare(place: Place) -> AsyncIterator[Table]:
    """The table without the lag."""
    table = await place.open()
    yield table
    await table.close()


@pytest.fixture
def table(bare: Table, place: Place) -> LateIndexes:
    return LateIndexes(bare, place.clock)


def item(n: int, **attributes: int) -> Item:
    return {"PK": "P", "SK": f"A#{n}", "GSI1PK": "G", "GSI1SK": f"A#{n}", **attributes}


async def shown(table: Table) -> list[Item]:
    return (await table.query(Query(GSI1, "G"))).items


class TestLag:
    async def test_a_put_shows_seconds_later(self, table: LateIndexes, place: Place) -> None:
        await table.write(Put(item(1)))
        assert await table.get(KEY) == item(1)
        assert (await table.query(Query(BASE, "P"))).items == [item(1)]
        place.clock.seconds += SECONDS - 0.1
        assert await shown(table) == []
        place.clock.seconds += 0.1
        assert await shown(table) == [item(1)]

    async def test_so_does_what_becomes_of_it(self, table: LateIndexes, place: Place) -> None:
        await table.put_many([Put(item(1, price=1)), Put(item(2, price=1))])
        place.clock.seconds += SECONDS
        await table.transact([Delete(KEY), Change(Key("P", "A#2"), {"price": 2})])
        assert await shown(table) == [item(1, price=1), item(2, price=1)]
        place.clock.seconds += SECONDS
        assert await shown(table) == [item(2, price=2)]

    async def test_what_was_refused_never_shows(self, table: LateIndexes, place: Place) -> None:
        await table.write(Put(item(1, price=1)))
        with pytest.raises(Refused):
            await table.write(Put(item(1, price=2), (Absent(),)))
        with pytest.raises(Unfit):
            await table.write(Put({"PK": "P"}))
        place.clock.seconds += SECONDS
        assert await shown(table) == [item(1, price=1)]

    async def test_a_next_process_knows_as_much(self, table: LateIndexes, bare: Table, place: Place) -> None:
        await table.write(Put(item(1)))
        place.clock.seconds += SECONDS
        again = LateIndexes(bare, place.clock, past=table.past)
        assert await shown(again) == [item(1)]

    async def test_an_end_is_kept(self, table: LateIndexes, place: Place) -> None:
        await table.write(Put(item(1, ExpiresAt=int(place.clock()) + 60)))
        place.clock.seconds += 61
        assert await shown(table) == []


async def test_having_caught_up_it_answers_like_the_table(
    table: LateIndexes, bare: Table, place: Place
) -> None:
    chance = random.Random(9)
    for _ in range(150):
        n = chance.randrange(40)
        row: Item = {"PK": "P", "SK": f"A#{n:02}", "price": chance.randrange(5), "rare": 1}
        for index in chance.sample(SECONDARY, 3):
            row |= {index.pk: chance.choice("GH"), index.sk: f"{chance.randrange(9)}#{n:02}"}
        await (table.write(Put(row)) if chance.random() < 0.8 else table.write(Delete(Key("P", f"A#{n:02}"))))
    place.clock.seconds += SECONDS
    for index in INDEXES.values():
        for pk in "PGH":
            for query in (
                Query(index, pk, limit=7),
                Query(index, pk, limit=7, ascending=False),
                Query(index, pk, limit=3, low="2", high="6"),
                Query(index, pk, prefix="3"),
            ):
                assert await everything(table, query) == await everything(bare, query)
    assert await everything(bare, Query(GSI3, "G"))


class TestExpired:
    test_a_purge_spares_the_living = _Expired.test_a_purge_spares_the_living
    test_they_do_not_shorten_a_page = _Expired.test_they_do_not_shorten_a_page
