"""The stored form of an intent, and what a wish makes of it.

Everything of an intent is flat: conditions compare it, changes add to it, and the index that lists due work
answers all of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from adapters.tables import key_indexes, keys
from adapters.tables.codec import number, stamped, text
from adapters.tables.table import Absent, Change, Condition, Equals, Item, Put, Value
from adapters.traces import traceparent
from domain.entities.intent import Ask, Fence, Intent, IntentKind
from domain.errors import Overtaken

_TRACE = "traceparent"
"""Kept in the payload, so that no item gets larger where traces are off."""


def intent_of(item: Mapping[str, Value]) -> Intent:
    """The intent of an item, from the table or its index."""
    payload: dict[str, Any] = orjson.loads(text(item, "payload") or "{}")
    trace = str(payload.pop(_TRACE, ""))
    return Intent(
        kind=IntentKind(text(item, "kind")),
        user_id=text(item, "userId"),
        target=text(item, "target"),
        due=keys.moment(number(item, "due")),
        asked=number(item, "asked"),
        attempts=number(item, "attempts"),
        fence=number(item, "fence"),
        holder=text(item, "holder"),
        dead=number(item, "dead") == 1,
        payload=payload,
        failure=text(item, "failure") or None,
        trace=trace,
        created_at=keys.moment(number(item, "CreatedAt")),
    )


def held(fence: Fence) -> tuple[Condition, ...]:
    """The conditions that the work has not been taken over."""
    return (Equals("holder", fence.holder), Equals("fence", fence.number))


def holds(item: Mapping[str, Value], fence: Fence) -> bool:
    """The same, of an item that was read."""
    return item.get("holder") == fence.holder and item.get("fence") == fence.number


def due_at(kind: str, target: str, due: datetime, now: datetime, *, dead: bool = False) -> dict[str, Value]:
    """The attributes that say when work is due, in its item and in the index."""
    millis = keys.millis(due)
    return {
        "due": millis,
        "dead": int(dead),
        "UpdatedAt": keys.millis(now),
        **key_indexes.intent_indexes(kind, target, millis, is_dead=dead),
    }


def merged(asks: Sequence[Ask]) -> list[Ask]:
    """One wish for each kind and target: the earliest due time, the latest payload of each name."""
    found: dict[tuple[str, str], Ask] = {}
    for ask in asks:
        before = found.get((ask.kind, ask.target))
        if before is not None:
            due = None if before.due is None or ask.due is None else min(before.due, ask.due)
            ask = replace(ask, due=due, payload={**before.payload, **ask.payload})
        found[(ask.kind, ask.target)] = ask
    return list(found.values())


def wish(ask: Ask, item: Item | None, now: datetime, fence: Fence | None) -> Put | Change:
    """The write that adds a wish to the intent as it was read, if it has not moved since.

    Work that is held keeps its lease and learns at its end that it was wished for again; work that waits
    becomes due at the earlier time; dead work lives again. The work that holds `fence` may wish for itself:
    the write then checks the fence too. Raises `Overtaken` if that work is gone.
    """
    own = fence is not None and (fence.kind, fence.target) == (ask.kind, ask.target)
    if item is None:
        if own:
            raise Overtaken("Somebody else has taken over this work.")
        return Put(_new(ask, now), when=(Absent(),))
    leased = number(item, "due") > keys.millis(now) and text(item, "holder") != ""
    known = intent_of(item)
    changes: dict[str, Value] = {"payload": stored_payload({**known.payload, **ask.payload}, known.trace)}
    if number(item, "dead"):
        changes |= {"attempts": 0, "failure": "", **due_at(ask.kind, ask.target, ask.due or now, now)}
    elif not leased:
        due = min(ask.due or now, keys.moment(number(item, "due")))
        changes |= due_at(ask.kind, ask.target, due, now)
    return Change(
        keys.intent(ask.kind, ask.target),
        set=changes,
        add={"asked": 1, "version": 1},
        when=(Equals("version", number(item, "version")), *(held(fence) if own and fence else ())),
    )


def blind_wish(ask: Ask, now: datetime) -> Change:
    """The write that adds a wish to an intent that was not read, for wishes that many writers have at once.

    It holds whatever the intent is and belongs into a transaction. Its due time is set as it is, also over a lease,
    which is then free to be taken; so all wishes for the work name the same one.
    """
    whole = _new(ask, now)
    counted = {"asked": 1, "version": 1, "attempts": 0, "fence": 0}
    left = {"PK", "SK", "holder", *counted}
    plain = {name: value for name, value in whole.items() if name not in left}
    return Change(keys.intent(ask.kind, ask.target), set=plain, add=counted)


def _new(ask: Ask, now: datetime) -> Item:
    key = keys.intent(ask.kind, ask.target)
    return {
        **stamped(key, "Intent", created=now, now=now, version=1),
        "kind": ask.kind.value,
        "target": ask.target,
        "userId": ask.user_id,
        "asked": 1,
        "attempts": 0,
        "fence": 0,
        "holder": "",
        "failure": "",
        "payload": stored_payload(ask.payload),
        **due_at(ask.kind, ask.target, ask.due or now, now),
    }


def payload_without_trace(payload: dict[str, Any]) -> str:
    """The payload as it is stored where no trace goes on."""
    return orjson.dumps(payload).decode()


def stored_payload(payload: dict[str, Any], trace: str = "") -> str:
    """The payload with what names the trace that is under way, or else the given one."""
    found = traceparent() or trace
    return orjson.dumps({**payload, _TRACE: found} if found else payload).decode()
