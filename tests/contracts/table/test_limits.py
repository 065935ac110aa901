"""What no engine takes: each limit is refused before anything is read or written, and says which it is."""

from collections.abc import Awaitable
from typing import Any

import pytest

from adapters.tables.table import (
    BASE,
    GSI1,
    GSI2,
    GSI3,
    Absent,
    Below,
    Between,
    Change,
    Check,
    Contains,
    Delete,
    Equals,
    Filter,
    In,
    Index,
    Item,
    Key,
    Present,
    Put,
    Query,
    Table,
    Unfit,
    cursor,
)
from tests.contracts.table.engines import Place

KEY = Key("P", "A#1")


def item(**attributes: Any) -> Item:
    return {"PK": "P", "SK": "A#1", **attributes}


def filtered(wanted: Filter) -> Query:
    return Query(GSI3, "P", filters=(wanted,))


def changes(count: int) -> dict[str, int]:
    return {f"n{number}": 1 for number in range(count)}


async def refused(doing: Awaitable[object], words: str) -> None:
    with pytest.raises(Unfit, match=words):
        await doing


class TestKeys:
    async def test_everywhere(self, table: Table) -> None:
        for key, words in [
            (Key("", "A#1"), "PK of 0 bytes"),
            (Key("P", ""), "SK of 0 bytes"),
            (Key("p" * 2049, "A#1"), "PK of 2049 bytes.*limit is 1 to 2048"),
            (Key("P", "é" * 513), "SK of 1026 bytes.*limit is 1 to 1024"),
            (Key("P\0", "A#1"), "PK holds.*NUL"),
            (Key("P", "\ud800#1"), "SK holds.*surrogate"),
        ]:
            put = Put({"PK": key.pk, "SK": key.sk})
            await refused(table.get(key), words)
            await refused(table.get_many([KEY, key]), words)
            await refused(table.write(put), words)
            await refused(table.write(Change(key, {"n": 1})), words)
            await refused(table.write(Delete(key)), words)
            await refused(table.transact([Check(key, (Present(),))]), words)
            await refused(table.put_many([Put(item()), put]), words)
            assert await table.get(KEY) is None

    async def test_the_longest_are_taken(self, table: Table) -> None:
        key = Key("é" * 1024, "𝒞" * 256)
        longest: Item = {"PK": key.pk, "SK": key.sk, "GSI1PK": key.pk, "GSI1SK": key.sk}
        await table.write(Put(longest))
        assert await table.get(key) == longest
        assert (await table.query(Query(GSI1, key.pk, prefix=key.sk))).items == [longest]

    async def test_an_item_without_keys(self, table: Table) -> None:
        await refused(table.write(Put({"PK": "P"})), "PK and SK")
        await refused(table.write(Put({"PK": "P", "SK": 1})), "PK and SK")

    async def test_of_an_index(self, table: Table) -> None:
        cases: list[tuple[Item, str]] = [
            ({"GSI1PK": "P"}, "GSI1PK and GSI1SK go together"),
            ({"GSI5SK": "A#1"}, "GSI5PK and GSI5SK go together"),
            ({"GSI1PK": "", "GSI1SK": "A#1"}, "GSI1PK of 0 bytes"),
            ({"GSI1PK": "P", "GSI1SK": "x" * 1025}, "GSI1SK of 1025 bytes"),
            ({"GSI2PK": "P", "GSI2SK": 5}, "GSI2SK"),
        ]
        for keys, words in cases:
            await refused(table.write(Put(item(**keys))), words)
            await refused(table.write(Change(KEY, keys)), words)
            assert await table.get(KEY) is None

    async def test_a_key_never_changes(self, table: Table) -> None:
        for name in ("PK", "SK"):
            await refused(table.write(Change(KEY, {name: "x"})), f"names {name}")
            await refused(table.transact([Change(KEY, add={name: 1})]), f"names {name}")


class TestValues:
    async def test_what_is_not_stored(self, table: Table) -> None:
        cases: list[tuple[Any, str]] = [
            (True, "bool"),
            (1.5, "float"),
            (None, "NoneType"),
            (b"x", "bytes"),
            ({"a": 1}, "dict"),
            (["a"], "list"),
            ("a\0b", "NUL"),
            ("a\udfffb", "surrogate"),
            (2**63, "int64"),
            (-(2**63) - 1, "int64"),
        ]
        for value, words in cases:
            await refused(table.write(Put(item(odd=value))), f"attribute odd.*{words}")
            await refused(table.write(Change(KEY, {"odd": value})), f"attribute odd.*{words}")
            await refused(table.write(Delete(KEY, (Equals("odd", value),))), f"attribute odd.*{words}")
            await refused(table.query(filtered(In("odd", (value,)))), f"attribute odd.*{words}")
            assert await table.get(KEY) is None

    async def test_names(self, table: Table) -> None:
        for name in ["", "x" * 256, "a\0", "\ud800", "WriteId"]:
            await refused(table.write(Put({**item(), name: "x"})), "attribute name")

    async def test_what_is_not_added(self, table: Table) -> None:
        odd: list[Any] = [1.5, True, "1"]
        for by in odd:
            await refused(table.transact([Change(KEY, add={"n": by})]), "attribute n")

    async def test_one_type_per_name(self, table: Table) -> None:
        await table.write(Put(item(price=5)))
        for doing in (
            table.write(Put(item(price="5"))),
            table.write(Change(KEY, {"price": "5"})),
            table.write(Delete(KEY, (Below("price", "5"),))),
            table.query(filtered(Contains("price", "5"))),
            table.query(filtered(Between("price", 1, "5"))),
        ):
            await refused(doing, "price holds int, not str")
        assert await table.get(KEY) == item(price=5)

    async def test_a_declared_type(self, place: Place) -> None:
        table = await place.open({"price": int})
        await refused(table.write(Put(item(price="5"))), "price holds int, not str")
        await table.close()

    async def test_a_refused_item_teaches_no_type(self, table: Table) -> None:
        odd: Any = 1.5
        await refused(table.write(Put(item(price="5", odd=odd))), "odd")
        await table.write(Put(item(price=5)))

    async def test_the_end_is_a_number(self, table: Table) -> None:
        await refused(table.write(Put(item(ExpiresAt="2030-01-01"))), "ExpiresAt holds int")


class TestSizes:
    async def test_an_item_of_400_kb_and_no_more(self, table: Table) -> None:
        room = 400 * 1024 - len("PK" + "P" + "SK" + "A#1" + "Data")
        await refused(table.write(Put(item(Data="x" * (room + 1)))), "P / A#1 has 409601 bytes.*409600")
        await refused(table.write(Change(KEY, {"Data": "é" * 210_000})), "420004 bytes.*409568")
        assert await table.get(KEY) is None
        await table.write(Put(item(Data="x" * room)))
        assert len(str((await table.get(KEY) or {})["Data"])) == room

    async def test_numbers_count_by_digits(self, table: Table) -> None:
        room = 400 * 1024 - len("PK" + "P" + "SK" + "A#1" + "Data" + "n") - 4
        await table.write(Put(item(Data="x" * room, n=123456)))
        await refused(table.write(Put(item(Data="x" * room, n=1234567))), "409601 bytes")

    async def test_a_transaction_of_4_mb(self, table: Table) -> None:
        puts = [Put({"PK": "P", "SK": f"A#{n:02}", "Data": "x" * 390_000}) for n in range(11)]
        await refused(table.transact(puts), "transaction of 42901.. bytes.*4194304")
        assert await table.get(Key("P", "A#00")) is None
        await table.transact(puts[:10])
        assert await table.get(Key("P", "A#09")) is not None


class TestCounts:
    async def test_writes_of_a_transaction(self, table: Table) -> None:
        await refused(table.transact([]), "transaction of 0 writes.*1 to 100")
        puts = [Put({"PK": "P", "SK": f"A#{n}"}) for n in range(101)]
        await refused(table.transact(puts), "transaction of 101 writes.*1 to 100")

    async def test_no_item_twice(self, table: Table) -> None:
        await refused(table.transact([Put(item()), Check(KEY, (Present(),))]), "two writes to P / A#1")
        await refused(table.put_many([Put(item()), Put(item(n=1))]), "two writes to P / A#1")

    async def test_many(self, table: Table) -> None:
        await refused(table.get_many([KEY] * 1_001), "1001 keys.*1000")
        await refused(table.query_many([Query(BASE, "P")] * 1_001), "1001 queries.*1000")
        puts = [Put({"PK": "P", "SK": f"A#{n}"}) for n in range(1_001)]
        await refused(table.put_many(puts), "1001 puts.*1000")

    async def test_items_of_a_page(self, table: Table) -> None:
        for limit in (0, -1, 1_001):
            await refused(table.query(Query(BASE, "P", limit=limit)), f"page of {limit} items.*1 to 1000")

    async def test_terms(self, table: Table) -> None:
        await refused(table.write(Delete(KEY, (Present(),) * 26)), "26 conditions.*25")
        await refused(table.query(Query(BASE, "P", filters=(In("n", (1,)),) * 26)), "26 filters.*25")

    async def test_attributes_of_a_change(self, table: Table) -> None:
        await refused(table.write(Change(KEY)), "change of 0 attributes.*1 to 200")
        await refused(table.write(Change(KEY, changes(201))), "change of 201 attributes.*1 to 200")
        await table.write(Change(KEY, changes(200)))
        assert len(await table.get(KEY) or {}) == 202


class TestSense:
    async def test_a_lone_counter_needs_a_condition(self, table: Table) -> None:
        await refused(table.write(Change(KEY, add={"n": 1})), "without a condition")
        assert await table.write(Change(KEY, add={"n": 1}, when=(Absent(),))) == item(n=1)

    async def test_a_check_of_nothing(self, table: Table) -> None:
        await refused(table.transact([Check(KEY, ())]), "check of P / A#1 without a condition")

    async def test_set_and_add_of_one_attribute(self, table: Table) -> None:
        await refused(table.transact([Change(KEY, {"n": 1}, {"n": 1})]), "both sets n and adds")

    async def test_queries(self, table: Table) -> None:
        for query, words in [
            (Query(GSI1, ""), "GSI1PK of 0 bytes"),
            (Query(BASE, "P", prefix=""), "SK of 0 bytes"),
            (Query(BASE, "P", prefix="A", low="A"), "prefix or bounds"),
            (Query(BASE, "P", low="B", high="A"), "from high to low"),
            (Query(BASE, "P", low="x" * 1025), "SK of 1025 bytes"),
            (Query(Index("GSI6", "GSI6PK", "GSI6SK"), "P"), "no index"),
            (filtered(In("GSI3SK", ("a",))), "filter on GSI3SK"),
            (filtered(Contains("GSI3PK", "a")), "filter on GSI3PK"),
            (Query(GSI1, "P", filters=(Contains("Data", "a"),)), "filter on Data.*GSI1 does not carry"),
            (Query(GSI2, "P", filters=(In("GSI1SK", ("a",)),)), "filter on GSI1SK.*GSI2 does not carry"),
            (
                Query(BASE, "P", filters=tuple(In(f"n{n}", tuple(range(100))) for n in range(6))),
                "600 values in the filters of a query.*500",
            ),
            (filtered(In("kind", ())), "filter on kind with 0 values"),
            (filtered(In("kind", ("a",) * 101)), "filter on kind with 101 values.*1 to 100"),
            (filtered(Between("n", 2, 1)), "filter on n from high to low"),
            (filtered(Contains("kind", "")), "filter on kind for a text that is empty"),
        ]:
            await refused(table.query(query), words)
            await refused(table.query_many([Query(BASE, "P"), query]), words)

    def test_no_cursor_without_a_place(self) -> None:
        with pytest.raises(Unfit, match="GSI1SK"):
            cursor(GSI1, item())
