"""Items with an end: readers take them as absent from then on, whether or not they are deleted yet."""

from adapters.tables.table import BASE, GSI1, Change, Item, Key, Page, Present, Put, Query, Table
from tests.contracts.table.engines import Place

KEY = Key("P", "STATE#1")


def ending(at: int) -> Item:
    return {"PK": "P", "SK": "STATE#1", "GSI1PK": "G", "GSI1SK": "STATE#1", "ExpiresAt": at}


class TestExpired:
    async def test_they_are_hidden_from_every_read(self, table: Table, place: Place) -> None:
        end = int(place.clock()) + 60
        await table.write(Put(ending(end)))
        queries = [Query(BASE, "P"), Query(GSI1, "G")]

        place.clock.seconds = end - 1
        assert await table.get(KEY) == ending(end)
        assert [page.items for page in await table.query_many(queries)] == [[ending(end)]] * 2

        place.clock.seconds = end
        assert await table.get(KEY) is None
        assert await table.get_many([KEY]) == [None]
        assert [await table.query(query) for query in queries] == [Page([], False, None)] * 2

    async def test_they_do_not_shorten_a_page(self, table: Table, place: Place) -> None:
        ended = int(place.clock()) - 1
        rows: list[Item] = [{"PK": "P", "SK": f"#{n:02}"} for n in range(20)]
        for row in rows[::2]:
            row["ExpiresAt"] = ended
        await table.put_many([Put(row) for row in rows])
        page = await table.query(Query(BASE, "P", limit=10))
        assert page.items == rows[1::2]

    async def test_an_end_can_be_moved(self, table: Table, place: Place) -> None:
        await table.write(Put(ending(int(place.clock()) - 1)))
        later = int(place.clock()) + 100
        assert await table.write(Change(KEY, {"ExpiresAt": later}, when=(Present(),))) == ending(later)
        assert await table.get(KEY) == ending(later)
        await table.purge(later - 1)
        assert await table.get(KEY) == ending(later)

    async def test_a_purge_spares_the_living(self, table: Table, place: Place) -> None:
        now = int(place.clock())
        rows: list[Item] = [{"PK": "P", "SK": f"#{n}", "ExpiresAt": now + n} for n in range(-3, 4)]
        rows.append({"PK": "P", "SK": "#for ever"})
        await table.put_many([Put(row) for row in rows])
        await table.purge(now)
        page = await table.query(Query(BASE, "P"))
        assert sorted(str(item["SK"]) for item in page.items) == ["#1", "#2", "#3", "#for ever"]
