"""Queries: order, ranges, filters, and pages by cursor, on the base table and on every index."""

import itertools
import random
from dataclasses import replace

import pytest

from adapters.tables.checks import EXAMINED
from adapters.tables.table import (
    BASE,
    GSI1,
    INDEXES,
    BadCursor,
    Between,
    Contains,
    Filter,
    In,
    Index,
    Item,
    Page,
    Put,
    Query,
    Table,
    Value,
    Within,
    cursor,
)
from tests.contracts.table.engines import Place

CITIES = ("Springfield", "Shelbyville", "springfield", "Ogdenville %_", "Århus")
# UTF-16 order would put the last one before the one ahead of it.
LETTERS = ("", "#", "A", "Z", "a", "z", "é", "中", "\ufffd", "\U0001d4b3", "\U0010ffff")


def homes() -> list[Item]:
    """Homes in one partition of every index, in another order in each, and some in neighbouring ones."""
    order = random.Random(7)
    items: list[Item] = []
    for number in range(66):
        item: Item = {"price": number % 7, "city": CITIES[number % 5]}
        if number % 3:
            item["rooms"] = number % 4
        for index in INDEXES.values():
            item[index.pk] = "P" if number < 60 else ("O", "P#", "Q")[number % 3]
            item[index.sk] = f"{order.randrange(5):02}{LETTERS[number % 11]}#{number:02}"
        items.append(item)
    return items


def visible(index: Index, item: Item) -> Item:
    return {name: value for name, value in item.items() if index.carries is None or name in index.carries}


def by_sort_key(index: Index, items: list[Item], *, ascending: bool = True) -> list[Item]:
    chosen = [visible(index, item) for item in items if item[index.pk] == "P"]
    return sorted(chosen, key=lambda item: str(item[index.sk]).encode(), reverse=not ascending)


async def pages(table: Table, query: Query) -> list[Page]:
    """All pages of a query, each by the cursor of the one before."""
    found = [await table.query(query)]
    while found[-1].more:
        assert found[-1].cursor is not None
        assert len(found) < 100, "the pages do not end"
        found.append(await table.query(replace(query, after=found[-1].cursor)))
    assert found[-1].cursor is None
    return found


async def everything(table: Table, query: Query) -> list[Item]:
    return [item for page in await pages(table, query) for item in page.items]


@pytest.fixture
async def stored(table: Table) -> list[Item]:
    items = homes()
    await table.put_many([Put(item) for item in items])
    return items


EVERY = [(index, ascending) for index in INDEXES.values() for ascending in (True, False)]


class TestEveryIndex:
    """In both directions; one table serves them all, because it is only read."""

    async def test_pages_lose_nothing_and_repeat_nothing(self, table: Table, stored: list[Item]) -> None:
        for index, ascending in EVERY:
            expected = by_sort_key(index, stored, ascending=ascending)
            for limit in (3, 7, 60, 61):
                found = await pages(table, Query(index, "P", ascending=ascending, limit=limit))
                assert [item for page in found for item in page.items] == expected
                assert [len(page.items) for page in found[:-1]] == [limit] * (len(found) - 1)
                assert found[-1].items, "more was promised, and nothing came"

    async def test_filters_on_the_way(self, table: Table, stored: list[Item]) -> None:
        filters = (Between("price", 2, 5), Contains("city", "field"))
        for index, ascending in EVERY:
            expected = [
                item
                for item in by_sort_key(index, stored, ascending=ascending)
                if 2 <= int(item["price"]) <= 5 and "field" in str(item["city"])
            ]
            assert 5 < len(expected) < 40
            for limit in (1, 4, 60):
                query = Query(index, "P", ascending=ascending, limit=limit, filters=filters)
                assert await everything(table, query) == expected

    async def test_a_position_can_be_taken_from_any_item(self, table: Table, stored: list[Item]) -> None:
        for index, ascending in EVERY:
            expected = by_sort_key(index, stored, ascending=ascending)
            for place in (0, 17, 59):
                after = cursor(index, expected[place])
                page = await table.query(Query(index, "P", ascending=ascending, after=after))
                assert page.items == expected[place + 1 :]

    async def test_random_ranges_agree_with_a_plain_reading(self, table: Table, stored: list[Item]) -> None:
        for index, ascending in EVERY:
            chance = random.Random(index.name + str(ascending))
            keys = [str(item[index.sk]) for item in stored] + ["00", "02\U0010ffff", "03#", "99"]
            for _ in range(10):
                after = chance.choice(keys)
                anywhere = Query(index, "P", ascending=ascending, after=cursor(index, {index.sk: after}))
                for query in random_ranges(anywhere, keys, chance):
                    expected = [
                        item
                        for item in by_sort_key(index, stored, ascending=ascending)
                        if within(query, item)
                        and (str(item[index.sk]) > after if ascending else str(item[index.sk]) < after)
                    ]
                    assert (await table.query(query)).items == expected


def random_ranges(anywhere: Query, keys: list[str], chance: random.Random) -> list[Query]:
    """The query within a range of each kind."""
    low, high = sorted(chance.sample(keys, 2), key=str.encode)
    prefix = chance.choice(keys)[: chance.randrange(1, 4)]
    return [
        replace(anywhere, low=low, high=high),
        replace(anywhere, low=low),
        replace(anywhere, high=high),
        replace(anywhere, prefix=prefix),
    ]


def within(query: Query, item: Item) -> bool:
    key = str(item[query.index.sk])
    below = query.high is None or key <= query.high
    return (query.low or "") <= key and below and key.startswith(query.prefix or "")


class TestRanges:
    async def test_a_prefix_is_taken_literally(self, table: Table) -> None:
        keys = ("A%#1", "A*#1", "A_#1", "AB#1", "A", "a%#1", "A%", "A&")
        await table.put_many([Put({"PK": "P", "SK": key}) for key in keys])
        for prefix, expected in (("A%", ["A%", "A%#1"]), ("A_", ["A_#1"]), ("A*", ["A*#1"]), ("B", [])):
            page = await table.query(Query(BASE, "P", prefix=prefix))
            assert [item["SK"] for item in page.items] == expected

    async def test_bounds_are_included(self, table: Table) -> None:
        await table.put_many([Put({"PK": "P", "SK": f"DAY#{day:02}"}) for day in range(1, 10)])
        page = await table.query(Query(BASE, "P", low="DAY#03", high="DAY#05"))
        assert [item["SK"] for item in page.items] == ["DAY#03", "DAY#04", "DAY#05"]

    async def test_a_prefix_of_last_characters(self, table: Table) -> None:
        keys = ("\U0010ffff", "\U0010ffff#1", "\ud7ff#1", "\ue000#1", "z")
        await table.put_many([Put({"PK": "P", "SK": key}) for key in keys])
        for prefix in ("\U0010ffff", "\ud7ff"):
            page = await table.query(Query(BASE, "P", prefix=prefix))
            assert [item["SK"] for item in page.items] == [key for key in keys if key.startswith(prefix)]

    async def test_an_empty_partition(self, table: Table) -> None:
        assert await table.query(Query(GSI1, "nobody")) == Page([], False, None)


FILTERS: list[tuple[Filter, list[int]]] = [
    (In("kind", ("a", "b")), [1, 2]),
    (In("n", (5,)), [1]),
    (In("missing", ("a",)), []),
    (Between("n", 5, 6), [1, 2]),
    (Between("n", 6, 100), [2, 3]),
    (Between("kind", "a", "b"), [1, 2]),
    (Between("kind", "B", "Z"), []),
    (Within("n", ((5, 5), (7, 100))), [1, 3]),
    (Within("kind", (("A", "Z"), ("b", "bz"))), [2]),
    (Within("no_number", ((0, 9), (10, 19))), []),
    (Contains("text", "100%"), [1]),
    (Contains("text", "_"), [2]),
    (Contains("text", "lake"), [3]),
    (Contains("text", "Lake"), []),
    (Contains("missing", "x"), []),
]
"""Filters, and which of the rows they let through."""


class TestFilters:
    async def test_each(self, table: Table) -> None:
        rows: list[dict[str, Value]] = [
            {"kind": "a", "n": 5, "text": "is 100% new"},
            {"kind": "b", "n": 6, "text": "a_b"},
            {"kind": "c", "n": 10, "text": "on the lake"},
            {},
        ]
        await table.put_many([Put({"PK": "P", "SK": f"#{n}", **row}) for n, row in enumerate(rows, 1)])
        for wanted, expected in FILTERS:
            page = await table.query(Query(BASE, "P", filters=(wanted,)))
            assert [item["SK"] for item in page.items] == [f"#{n}" for n in expected], wanted

    async def test_strings_and_numbers_never_match(self, table: Table, place: Place) -> None:
        await table.write(Put({"PK": "P", "SK": "#1", "digits": "5"}))
        newcomer = await place.open()  # takes `digits` for a number
        for wanted in (In("digits", (5,)), Between("digits", 1, 9)):
            assert (await newcomer.query(Query(BASE, "P", filters=(wanted,)))).items == []
        await newcomer.close()

    async def test_a_page_looks_at_so_many_and_no_more(self, table: Table) -> None:
        total = EXAMINED + 100
        items: list[Item] = [{"PK": "P", "SK": f"#{n:05}", "n": n} for n in range(total)]
        for start in range(0, total, 1_000):
            await table.put_many([Put(item) for item in items[start : start + 1_000]])
        for ascending, rare in ((True, total - 5), (False, 4)):
            query = Query(BASE, "P", ascending=ascending, filters=(In("n", (rare,)),))
            assert [len(page.items) for page in await pages(table, query)] == [0, 1]


class TestMore:
    async def test_it_is_exact_without_filters(self, table: Table) -> None:
        await table.put_many([Put({"PK": "P", "SK": f"#{n}"}) for n in range(5)])
        assert [len(page.items) for page in await pages(table, Query(BASE, "P", limit=1))] == [1] * 5
        assert (await table.query(Query(BASE, "P", limit=4))).more
        for limit in (5, 6):
            page = await table.query(Query(BASE, "P", limit=limit))
            assert (page.more, page.cursor) == (False, None)

    async def test_large_items_fill_a_page_too(self, table: Table) -> None:
        """DynamoDB answers 1 MB at a time; a page is not cut by that."""
        for n in range(5):
            await table.write(Put({"PK": "P", "SK": f"#{n}", "Data": "x" * 300_000}))
        page = await table.query(Query(BASE, "P", limit=5))
        assert ([item["SK"] for item in page.items], page.more) == ([f"#{n}" for n in range(5)], False)


class TestManyQueries:
    async def test_a_page_for_each_in_their_order(self, table: Table, stored: list[Item]) -> None:
        wanted = [Query(index, pk, limit=3) for pk in ("P", "nobody", "Q") for index in INDEXES.values()]
        assert await table.query_many(wanted) == [await table.query(query) for query in wanted]

    async def test_fifty_partitions(self, table: Table) -> None:
        await table.put_many([Put({"PK": f"P{n}", "SK": f"#{n}"}) for n in range(50)])
        found = await table.query_many([Query(BASE, f"P{n}") for n in reversed(range(50))])
        assert [page.items[0]["SK"] for page in found] == [f"#{n}" for n in reversed(range(50))]

    async def test_none_is_none(self, table: Table) -> None:
        assert await table.query_many([]) == []


class TestForgedCursors:
    async def test_what_is_no_cursor(self, table: Table) -> None:
        for text in ("", "!", "a", "====", "é", "AA", "_w", "LISTING#1", "x" * 3_000):
            for index in INDEXES.values():
                with pytest.raises(BadCursor):
                    await table.query(Query(index, "P", after=text))
            with pytest.raises(BadCursor):
                await table.query_many([Query(BASE, "P"), Query(BASE, "P", after=text)])

    async def test_they_reach_into_no_other_partition(self, table: Table, stored: list[Item]) -> None:
        strangers = [item for item in stored if item["PK"] != "P"]
        for (index, ascending), stranger in itertools.product(EVERY, strangers):
            after = cursor(index, stranger)
            for query in (
                Query(index, "P", ascending=ascending, after=after),
                Query(index, "P", prefix="02", ascending=ascending, after=after),
                Query(index, "P", low="01", high="03", ascending=ascending, after=after),
            ):
                for item in await everything(table, query):
                    assert item[index.pk] == "P"
                    assert within(query, item)

    async def test_they_hold_the_position_alone(self, stored: list[Item]) -> None:
        one: Item = {"PK": "USER#alice", "SK": "A#1", "GSI1PK": "SECRET", "GSI1SK": "B#1"}
        other: Item = {"PK": "USER#bob", "SK": "A#2", "GSI1PK": "OTHER", "GSI1SK": "B#1"}
        assert cursor(GSI1, one) == cursor(GSI1, other)
