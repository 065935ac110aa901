"""Everything in a table that a vault has sealed: found, and sealed again with the vault's current key."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson

from adapters.tables import keys
from adapters.tables.semantics import expired
from adapters.tables.table import Change, Equals, Item, Key, Refused, Table, key_of
from adapters.tables.whole import WholeTable
from adapters.vault import Vault, key_id_of
from domain.errors import YardsignError

TRIES = 5

_SEALED = re.compile(r'(?:^|")(v1\.[A-Za-z0-9_-]{1,64}\.[A-Za-z0-9_-]{16}\.[A-Za-z0-9_-]+)(?:"|$)')


@dataclass(frozen=True, slots=True)
class _Beside:
    """Sealed in an item of its own, for the thing that lies beside it."""

    sort_key: str
    field: str


_BESIDE = {
    "MlsCredentials": _Beside("MLS_CONNECTION", "credentials"),
    "SocialTokens": _Beside("SOCIAL", "tokens"),
    "WebhookSecret": _Beside("WEBHOOK", "secret"),
}


@dataclass
class Tally:
    """What is sealed.

    Attributes:
        by_key: how many things, by the id of their key.
        stuck: why what could not be sealed anew could not.
    """

    by_key: Counter[str] = field(default_factory=Counter)
    stuck: list[str] = field(default_factory=list)


async def reseal(table: WholeTable, vault: Vault, *, now: Callable[[], float], write: bool) -> Tally:
    """Seal all anew that another key than the current one has sealed.

    A secret that somebody changes meanwhile is left as it is changed. Broken off, the next call finds what is left;
    what the processes seal meanwhile counts if they have the same current key.

    Args:
        write: False only counts.
    """
    tally = Tally()
    after: Key | None = None
    while True:
        part = await table.everything(after)
        for item in part.items:
            if sealed_in(item) is not None and not expired(item, now()):
                await _take(table, vault, item, tally, write=write)
        if part.after is None:
            return tally
        after = part.after


def sealed_in(item: Item) -> str | None:
    """What is sealed in an item; whatever kind it is of."""
    found = _SEALED.search(str(item.get("Data", "")))
    return found[1] if found else None


async def _take(table: WholeTable, vault: Vault, item: Item, tally: Tally, *, write: bool) -> None:
    """Count an item, once it is sealed anew if that is wanted."""
    for _ in range(TRIES):
        sealed = sealed_in(item)
        if sealed is None:
            return
        if not write or key_id_of(sealed) == vault.current:
            tally.by_key[key_id_of(sealed)] += 1
            return
        try:
            new = await _sealed_anew(table, vault, item, sealed)
        except YardsignError as error:
            tally.stuck.append(f"{item['PK']} {item['SK']}: {error.message}")
            tally.by_key[key_id_of(sealed)] += 1
            return
        if new is None:  # gone, with what it belonged to
            return
        old = str(item["Data"])
        change = Change(key_of(item), set={"Data": old.replace(sealed, new)}, when=(Equals("Data", old),))
        try:
            await table.write(change)
        except Refused as refused:
            item = refused.reasons[0] or {}
        else:
            tally.by_key[vault.current] += 1
            return
    tally.stuck.append(f"{item['PK']} {item['SK']}: it changes all the time.")
    tally.by_key[key_id_of(str(sealed_in(item)))] += 1


async def _sealed_anew(table: Table, vault: Vault, item: Item, sealed: str) -> str | None:
    """None if the thing it belongs to is gone; raises YardsignError if it cannot be opened."""
    bound = await _bound(table, item)
    if bound is None:
        if await table.get(key_of(item)) is None:
            return None
        raise YardsignError("nothing tells what it was sealed for.")
    owner, thing, name = bound
    plain = vault.open(sealed, owner=owner, thing=thing, field=name)
    return vault.seal(plain, owner=owner, thing=thing, field=name)


async def _bound(table: Table, item: Item) -> tuple[str, str, str] | None:
    """For which owner, thing and field it was sealed."""
    kind = str(item.get("EntityType", ""))
    if kind == "Inquiry":
        inquiry = orjson.loads(str(item["Data"]))["inquiry"]
        return inquiry["user_id"], inquiry["id"], "contact details"
    if kind == "LinkState":
        owner, state = keys.texts(str(item["PK"]))[1:], keys.texts(str(item["SK"]))[1:]
        return (owner[0] or "", state[0] or "", "link") if owner[0] and state[0] else None
    if kind not in _BESIDE:
        return None
    beside = _BESIDE[kind]
    rest = str(item["SK"]).partition("#")[2]
    found = await table.get(Key(str(item["PK"]), f"{beside.sort_key}#{rest}"))
    if found is None:
        return None
    thing = orjson.loads(str(found["Data"]))
    return thing["user_id"], thing["id"], beside.field
