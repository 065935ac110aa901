"""A table read from its one end to its other."""

from adapters.tables.table import EXPIRES_AT, Change, Equals, Item, Key, Put, key_of
from adapters.tables.whole import WholeTable
from tests.contracts.table.engines import Place


async def test_every_item_is_in_one_slice_as_it_is_stored(place: Place) -> None:
    table: WholeTable = await place.open()  # type: ignore[assignment]  # every engine is one
    assert (await table.everything()).items == []
    items: list[Item] = [
        {
            "PK": f"U#{number % 5}",
            "SK": f"é{number:03d}",
            "Data": "x" * 40_000,
            "GSI2PK": "d",
            "GSI2SK": str(number),
        }
        for number in range(60)
    ]
    items[7][EXPIRES_AT] = 1
    await table.put_many([Put(item) for item in items])
    # A change under a condition leaves a mark of the engine's own, which is nobody else's business.
    changed = {**items[0], "Data": "new"}
    await table.write(Change(key_of(items[0]), {"Data": "new"}, when=(Equals("GSI2PK", "d"),)))
    found: list[Item] = []
    after: Key | None = None
    slices = 0
    while slices == 0 or after is not None:
        part = await table.everything(after)
        found += part.items
        after = part.after
        slices += 1
    assert slices > 1 or place.engine == "ministack"  # which scans everything at once
    assert sorted(found, key=key_of) == sorted([changed, *items[1:]], key=key_of)
    first = (await table.everything()).items
    behind = (await table.everything(key_of(first[0]))).items
    assert behind[: len(first) - 1] == first[1:]
    await table.close()
