"""Several writes at once: all of them or none, and why not."""

import asyncio

import pytest

from adapters.tables.table import (
    Absent,
    Change,
    Check,
    Delete,
    Equals,
    Item,
    Key,
    Present,
    Put,
    Refused,
    Table,
    Unfit,
    Write,
)

ONE, TWO, THREE, FOUR = (Key(f"USER#{name}", "X#1") for name in ("one", "two", "three", "four"))


def at(key: Key, **attributes: str | int) -> Item:
    return {"PK": key.pk, "SK": key.sk, **attributes}


class TestAllOrNothing:
    async def test_every_kind_of_write(self, table: Table) -> None:
        await table.put_many([Put(at(TWO, n=1)), Put(at(THREE)), Put(at(FOUR, fence=7))])
        await table.transact(
            [
                Put(at(ONE, n=5), (Absent(),)),
                Change(TWO, {"status": "x"}, {"n": 2}),
                Delete(THREE, (Present(),)),
                Check(FOUR, (Equals("fence", 7),)),
            ]
        )
        expected = [at(ONE, n=5), at(TWO, n=3, status="x"), None, at(FOUR, fence=7)]
        assert await table.get_many([ONE, TWO, THREE, FOUR]) == expected

    async def test_one_refusal_refuses_all_and_says_which(self, table: Table) -> None:
        await table.put_many([Put(at(TWO, n=1)), Put(at(FOUR, fence=8))])
        with pytest.raises(Refused) as refused:
            await table.transact(
                [
                    Put(at(ONE)),
                    Change(TWO, {"status": "x"}),
                    Delete(THREE, (Present(),)),
                    Check(FOUR, (Equals("fence", 7),)),
                ]
            )
        assert refused.value.reasons == [None, None, {}, at(FOUR, fence=8)]
        assert await table.get_many([ONE, TWO, THREE, FOUR]) == [None, at(TWO, n=1), None, at(FOUR, fence=8)]

    async def test_a_write_that_cannot_be_done_stops_the_others(self, table: Table) -> None:
        await table.write(Put(at(TWO, n="text")))
        with pytest.raises(Unfit, match="n "):
            await table.transact([Put(at(ONE)), Change(TWO, add={"n": 1})])
        assert await table.get_many([ONE, TWO]) == [None, at(TWO, n="text")]

    async def test_a_hundred_writes(self, table: Table) -> None:
        keys = [Key("P", f"A#{number}") for number in range(100)]
        await table.transact([Put(at(key)) for key in keys])
        assert await table.get_many(keys) == [at(key) for key in keys]

    async def test_a_counter_needs_no_condition_here(self, table: Table) -> None:
        for _ in range(3):
            await table.transact([Change(ONE, add={"views": 2, "clicks": -1})])
        assert await table.get(ONE) == at(ONE, views=6, clicks=-3)


class TestNeighbours:
    """Units that arrive together may share a commit, but never a fate."""

    async def test_a_refused_one_harms_nobody(self, table: Table) -> None:
        await table.write(Put(at(FOUR, n="text")))

        def unit(number: int) -> list[Write]:
            mine: Write = Put(at(Key("P", f"A#{number:02}")))
            if number % 10 == 3:
                return [mine, Delete(THREE, (Present(),))]
            if number % 10 == 7:
                return [mine, Change(FOUR, add={"n": 1})]
            return [mine, Change(ONE, add={"done": 1})]

        outcomes = await asyncio.gather(*(table.transact(unit(n)) for n in range(50)), return_exceptions=True)
        assert {n % 10 for n in range(50) if isinstance(outcomes[n], Refused)} == {3}
        assert {n % 10 for n in range(50) if isinstance(outcomes[n], Unfit)} == {7}
        done = [n for n in range(50) if outcomes[n] is None]
        assert len(done) == 40
        stored = await table.get_many([Key("P", f"A#{n:02}") for n in range(50)])
        assert [n for n in range(50) if stored[n] is not None] == done
        assert await table.get(ONE) == at(ONE, done=40)

    async def test_a_caller_that_goes_away_harms_nobody(self, table: Table) -> None:
        tasks = [
            asyncio.create_task(table.transact([Put(at(Key("P", f"A#{n}"))), Put(at(Key("P", f"B#{n}")))]))
            for n in range(60)
        ]
        await asyncio.sleep(0)
        for task in tasks[::2]:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(outcome is None for outcome in outcomes[1::2])
        assert all(outcome is None or isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
        # One that went away has happened or has not, but never by half.
        first = await table.get_many([Key("P", f"A#{n}") for n in range(60)])
        second = await table.get_many([Key("P", f"B#{n}") for n in range(60)])
        assert [item is None for item in first] == [item is None for item in second]
        assert all(first[n] is not None for n in range(60) if outcomes[n] is None)
        await table.write(Put(at(ONE)))
        assert await table.get(ONE) == at(ONE)
