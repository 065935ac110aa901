"""One write at a time: what is stored, under which conditions, and what is answered."""

import pytest

from adapters.tables.table import (
    BASE,
    GSI1,
    GSI2,
    GSI3,
    Absent,
    Below,
    Change,
    Condition,
    Delete,
    Equals,
    Index,
    Item,
    Key,
    Present,
    Put,
    Query,
    Refused,
    Table,
    Unfit,
    Value,
)
from tests.contracts.table.engines import Place

HOME = Key("USER#u", "LISTING#1")
STORED: Item = {"PK": "USER#u", "SK": "LISTING#1", "status": "active", "price": 500, "empty": ""}


def item(**attributes: Value) -> Item:
    return {"PK": HOME.pk, "SK": HOME.sk, **attributes}


async def found(table: Table, index: Index, pk: str) -> list[Value]:
    """The sort keys in a partition of an index."""
    return [item[index.sk] for item in (await table.query(Query(index, pk))).items]


class TestReading:
    async def test_an_absent_item_is_none(self, table: Table) -> None:
        assert await table.get(HOME) is None

    async def test_values_come_back_as_they_were(self, table: Table) -> None:
        stored = item(text="Ünï𝒞ødé ' \" \\ % _ \n", empty="", zero=0, low=-(2**63), high=2**63 - 1)
        assert await table.write(Put(stored)) is None
        assert await table.get(HOME) == stored

    async def test_get_many_keeps_the_order_and_the_gaps(self, table: Table) -> None:
        one, two = Key("USER#u", "A#1"), Key("USER#v", "A#1")
        await table.put_many([Put({"PK": key.pk, "SK": key.sk, "name": key.pk}) for key in (one, two)])
        items = await table.get_many([two, HOME, one, two])
        assert [item and item["name"] for item in items] == ["USER#v", None, "USER#u", "USER#v"]

    async def test_get_many_of_nothing_is_nothing(self, table: Table) -> None:
        assert await table.get_many([]) == []

    async def test_more_keys_than_one_request_of_an_engine_carries(self, table: Table) -> None:
        keys = [Key("P", f"A#{number:03}") for number in range(250)]
        await table.put_many([Put({"PK": key.pk, "SK": key.sk}) for key in keys])
        assert [item and item["SK"] for item in await table.get_many(keys)] == [key.sk for key in keys]


class TestPut:
    async def test_it_replaces_the_whole_item(self, table: Table) -> None:
        await table.write(Put(item(status="active", price=1)))
        await table.write(Put(item(status="sold")))
        assert await table.get(HOME) == item(status="sold")

    async def test_keys_differ_by_case_and_by_trailing_space(self, table: Table) -> None:
        for sk in ("a#1", "A#1", "a#1 "):
            await table.write(Put({"PK": "P", "SK": sk}))
        assert await found(table, BASE, "P") == ["A#1", "a#1", "a#1 "]


class TestChange:
    async def test_it_sets_and_adds_and_leaves_the_rest(self, table: Table) -> None:
        await table.write(Put(STORED))
        change = Change(HOME, {"status": "sold", "fresh": "x"}, {"price": -100, "views": 2}, (Present(),))
        expected = {**STORED, "status": "sold", "fresh": "x", "price": 400, "views": 2}
        assert await table.write(change) == expected
        assert await table.get(HOME) == expected

    async def test_it_creates_what_is_absent(self, table: Table) -> None:
        assert await table.write(Change(HOME, {"status": "active"})) == item(status="active")
        assert await table.get(HOME) == item(status="active")

    async def test_adding_to_a_string_writes_nothing(self, table: Table, place: Place) -> None:
        await table.write(Put(STORED))
        add = Change(HOME, {"price": 1}, {"status": 1}, (Present(),))
        with pytest.raises(Unfit, match="status"):
            await table.write(add)
        newcomer = await place.open()  # has not seen yet that `status` is a string
        with pytest.raises(Unfit, match=r"status|string"):
            await newcomer.write(add)
        await newcomer.close()
        assert await table.get(HOME) == STORED

    async def test_it_cannot_make_an_item_too_large(self, table: Table) -> None:
        await table.write(Put(item(one="x" * 300_000)))
        with pytest.raises(Unfit, match=r"limit|size"):
            await table.write(Change(HOME, {"two": "x" * 150_000}))
        assert await table.get(HOME) == item(one="x" * 300_000)


class TestDelete:
    async def test_it_removes(self, table: Table) -> None:
        await table.write(Put(STORED))
        assert await table.write(Delete(HOME)) is None
        assert await table.get(HOME) is None

    async def test_an_absent_item_is_no_error(self, table: Table) -> None:
        assert await table.write(Delete(HOME)) is None


class TestConditions:
    async def test_each(self, table: Table) -> None:
        cases: list[tuple[Condition, bool, bool]] = [
            (Absent(), False, True),
            (Absent(), True, False),
            (Present(), False, False),
            (Present(), True, True),
            (Equals("price", 500), True, True),
            (Equals("price", 501), True, False),
            (Equals("price", 500), False, False),
            (Equals("status", "active"), True, True),
            (Equals("status", "Active"), True, False),
            (Equals("empty", ""), True, True),
            (Equals("missing", ""), True, False),
            (Below("price", 501), True, True),
            (Below("price", 500), True, False),
            (Below("price", 9), True, False),
            (Below("no_number", 1), True, True),
            (Below("price", 1), False, True),
            (Below("status", "b"), True, True),
            (Below("status", "active"), True, False),
            (Below("status", "Z"), True, False),
        ]
        for condition, stored, expected in cases:
            await table.write(Put(STORED) if stored else Delete(HOME))
            before = await table.get(HOME)
            change = Change(HOME, {"touched": 1}, when=(condition,))
            if expected:
                assert (await table.write(change) or {})["touched"] == 1
            else:
                with pytest.raises(Refused) as refused:
                    await table.write(change)
                assert refused.value.reasons == [before or {}]
                assert await table.get(HOME) == before

    async def test_all_of_several_must_hold(self, table: Table) -> None:
        await table.write(Put(STORED))
        with pytest.raises(Refused) as refused:
            await table.write(Delete(HOME, (Equals("price", 500), Equals("status", "sold"))))
        assert refused.value.reasons == [STORED]
        await table.write(Delete(HOME, (Equals("price", 500), Equals("status", "active"))))
        assert await table.get(HOME) is None

    async def test_strings_and_numbers_are_never_compared(self, table: Table, place: Place) -> None:
        await table.write(Put(item(mixed="text")))
        newcomer = await place.open()  # takes `mixed` for a number
        for condition in (Below("mixed", 5), Equals("mixed", 5)):
            with pytest.raises(Refused):
                await newcomer.write(Delete(HOME, (condition,)))
        await newcomer.close()

    async def test_an_expired_item_is_still_seen(self, table: Table, place: Place) -> None:
        ended = int(place.clock()) - 10
        await table.write(Put(item(ExpiresAt=ended)))
        with pytest.raises(Refused) as refused:
            await table.write(Put(item(status="new"), (Absent(),)))
        assert refused.value.reasons == [item(ExpiresAt=ended)]
        await table.write(Put(item(status="new"), (Below("ExpiresAt", int(place.clock())),)))
        assert await table.get(HOME) == item(status="new")


class TestIndexes:
    async def test_an_item_moves_with_its_attributes(self, table: Table) -> None:
        await table.write(Put(item(GSI2PK="DUE#1", GSI2SK="09#1")))
        await table.write(Change(HOME, {"GSI2PK": "DUE#1", "GSI2SK": "10#1"}))
        assert await found(table, GSI2, "DUE#1") == ["10#1"]
        await table.write(Change(HOME, {"GSI2PK": "DEAD#1", "GSI2SK": "10#1"}))
        assert await found(table, GSI2, "DUE#1") == []
        assert await found(table, GSI2, "DEAD#1") == ["10#1"]

    async def test_a_change_of_something_else_leaves_it_there(self, table: Table) -> None:
        await table.write(Put(item(GSI2PK="DUE#1", GSI2SK="09#1")))
        await table.write(Change(HOME, {"status": "sold"}))
        (only,) = (await table.query(Query(GSI2, "DUE#1"))).items
        assert only == item(GSI2PK="DUE#1", GSI2SK="09#1", status="sold")

    async def test_a_put_without_them_takes_it_out(self, table: Table) -> None:
        await table.write(Put(item(GSI2PK="DUE#1", GSI2SK="09#1")))
        await table.write(Put(item(status="active")))
        assert await found(table, GSI2, "DUE#1") == []

    async def test_a_delete_takes_it_out(self, table: Table) -> None:
        await table.write(Put(item(GSI2PK="DUE#1", GSI2SK="09#1")))
        await table.write(Delete(HOME))
        assert await found(table, GSI2, "DUE#1") == []

    async def test_the_first_two_carry_what_is_flat_and_declared(self, table: Table) -> None:
        large: Item = {"Data": "{}", "Photos": "[]"}
        one, two, three = ({f"{index.name}PK": "P", f"{index.name}SK": "S#1"} for index in (GSI1, GSI2, GSI3))
        stored = item(status="active", rare=1, **large, **one, **two, **three)
        await table.write(Put(stored))
        assert (await table.query(Query(GSI1, "P"))).items == [item(status="active", **one)]
        assert (await table.query(Query(GSI2, "P"))).items == [item(status="active", **two)]
        assert (await table.query(Query(GSI3, "P"))).items == [stored]
        assert await table.get(HOME) == stored


class TestPutMany:
    async def test_an_outcome_per_put(self, table: Table) -> None:
        await table.write(Put(STORED))
        other: Item = {"PK": "USER#v", "SK": "LISTING#1"}
        third: Item = {"PK": "USER#w", "SK": "LISTING#1"}
        outcomes = await table.put_many(
            [
                Put(item(price=1), (Below("price", 400),)),
                Put(other, (Present(),)),
                Put(third, (Absent(),)),
            ]
        )
        assert outcomes == [STORED, {}, None]
        keys = [HOME, Key("USER#v", "LISTING#1"), Key("USER#w", "LISTING#1")]
        assert await table.get_many(keys) == [STORED, None, third]

    async def test_nothing_is_nothing(self, table: Table) -> None:
        assert await table.put_many([]) == []

    async def test_many_at_once(self, table: Table) -> None:
        puts = [Put({"PK": "P", "SK": f"A#{number:04}"}) for number in range(1_000)]
        assert await table.put_many(puts) == [None] * 1_000
        page = await table.query(Query(BASE, "P", limit=1_000))
        assert [item["SK"] for item in page.items] == [put.item["SK"] for put in puts]
        assert not page.more
