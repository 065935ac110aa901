"""Everything in a table that belongs to one user: found wherever it lies, and removed."""

from collections.abc import AsyncIterator, Sequence

import orjson

from adapters.tables import keys
from adapters.tables.table import SECONDARY, Delete, Item, Key, key_of
from adapters.tables.whole import WholeTable

_TOGETHER = 100
"""Writes of one transaction."""


async def remove(table: WholeTable, user_id: str) -> int:
    """Remove all items of the user that there are by now, and say how many; broken off, it is called again.

    An item is the user's if it lies in one of the user's partitions, or is work that is owed to the user.
    """
    removed = 0
    async for items in _slices(table):
        doomed = [key_of(item) for item in items if _is_of(item, user_id)]
        for start in range(0, len(doomed), _TOGETHER):
            await table.transact([Delete(key) for key in doomed[start : start + _TOGETHER]])
        removed += len(doomed)
    return removed


async def traces(table: WholeTable, user_id: str) -> list[Key]:
    """The keys of all items that are the user's or name the user in a key or as an owner: after a removal, none."""
    return [
        key_of(item)
        async for items in _slices(table)
        for item in items
        if _is_of(item, user_id) or _names(item, user_id)
    ]


async def _slices(table: WholeTable) -> AsyncIterator[Sequence[Item]]:
    after: Key | None = None
    while True:
        part = await table.everything(after)
        yield part.items
        if part.after is None:
            return
        after = part.after


def _is_of(item: Item, user_id: str) -> bool:
    own, events = keys.user(user_id), keys.joined("EVENT", user_id) + "#"
    partition = str(item["PK"])
    return partition == own or partition.startswith((own + "#", events)) or item.get("userId") == user_id


def _names(item: Item, user_id: str) -> bool:
    """More than `_is_of` sees: the places at which the items of today do not name a user alone."""
    own = keys.user(user_id)
    partitions = [str(item.get(index.pk, "")) for index in SECONDARY]
    if any(one in (own, keys.live(user_id)) or one.startswith(own + "#") for one in partitions):
        return True
    return f'"user_id":{orjson.dumps(user_id).decode()}' in str(item.get("Data", ""))
