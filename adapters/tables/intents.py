"""Work that is owed, in the table."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from adapters.tables import keys
from adapters.tables.codec import text
from adapters.tables.pages import read_page
from adapters.tables.table import GSI2, Below, Change, Condition, Delete, Equals, Item, Query, Refused, Table
from adapters.tables.transaction import Now, commit
from adapters.tables.wishes import due_at, held, holds, intent_of, payload_without_trace
from domain.entities.common import Page, PageRequest
from domain.entities.intent import (
    STANDING,
    Ask,
    Dead,
    Done,
    Fence,
    Intent,
    IntentKind,
    Lane,
    Later,
    Outcome,
)
from domain.errors import Overtaken

_ASKS_TOGETHER = 50


class Intents:
    """`domain.ports.Intents` over a table."""

    def __init__(self, table: Table, now: Now) -> None:
        self._table = table
        self._now = now

    async def get(self, kind: IntentKind, target: str) -> Intent | None:
        item = await self._table.get(keys.intent(kind, target))
        return None if item is None else intent_of(item)

    async def ask(self, *asks: Ask) -> None:
        """Wishes beyond 50 go in further transactions."""
        for start in range(0, len(asks), _ASKS_TOGETHER):
            await commit(self._table, self._now, [], ask=asks[start : start + _ASKS_TOGETHER])

    async def take(self, kind: IntentKind, target: str, holder: str, lease_seconds: float) -> Intent | None:
        """Holders must be unique for each taking: a client that sends its request twice by itself is refused
        by its own first copy, and recognizes it by the holder."""
        now = self._now()
        change = Change(
            keys.intent(kind, target),
            set={"holder": holder, **due_at(kind, target, _after(now, lease_seconds), now)},
            add={"fence": 1, "attempts": 1, "version": 1},
            when=(Equals("dead", 0), Below("due", keys.millis(now) + 1)),
        )
        try:
            item = await self._table.write(change)
        except Refused as refused:
            item = refused.reasons[0]
            if not item or text(item, "holder") != holder:
                return None
        return None if item is None else intent_of(item)

    async def renew(self, fence: Fence, lease_seconds: float) -> None:
        now = self._now()
        change = Change(
            keys.intent(fence.kind, fence.target),
            set=due_at(fence.kind, fence.target, _after(now, lease_seconds), now),
            add={"version": 1},
            when=held(fence),
        )
        try:
            await self._table.write(change)
        except Refused as refused:
            raise _overtaken() from refused

    async def settle(self, intent: Intent, outcome: Outcome) -> bool:
        fence = intent.as_fence
        unasked = (*held(fence), Equals("asked", intent.asked))
        write = _at_rest(intent, outcome, _settled(fence, outcome, self._now(), unasked), self._now())
        found = await self._refused(write)
        if found is None or _settled_already(found, fence, outcome):
            return isinstance(outcome, Later) and outcome.due <= self._now()
        if not holds(found, fence):
            raise _overtaken()
        again = _asked_again(fence, outcome, self._now())
        found = await self._refused(again)
        if found is not None and not _settled_already(found, fence, outcome):
            raise _overtaken()
        return True

    async def due(self, lane: Lane, shard: int, before: datetime, limit: int) -> list[Intent]:
        partition = keys.due(lane, f"{shard:02d}")
        query = Query(GSI2, partition, high=keys.padded(keys.millis(before) + 1), limit=limit)
        return [intent_of(item) for item in (await self._table.query(query)).items]

    async def dead(self, shard: int, page: PageRequest) -> Page[Intent]:
        """The longest dead first."""

        def decode(item: Item) -> Intent | None:
            intent = intent_of(item)
            return intent if intent.dead else None

        return await read_page(self._table, Query(GSI2, keys.dead(f"{shard:02d}")), page, decode)

    async def _refused(self, write: Change | Delete) -> Item | None:
        """Do the write; None, or the item that it was refused for."""
        try:
            await self._table.write(write)
        except Refused as refused:
            return refused.reasons[0] or {}
        return None


def _settled(fence: Fence, outcome: Outcome, now: datetime, when: Sequence[Condition]) -> Change | Delete:
    key = keys.intent(fence.kind, fence.target)
    match outcome:
        case Done():
            return Delete(key, tuple(when))
        case Later(due, progress, failure):
            return _put_off(fence, due, now, when, failure=failure, progress=progress)
        case Dead(failure):
            return _put_off(fence, now, now, when, failure=failure, dead=True)


def _at_rest(intent: Intent, outcome: Outcome, write: Change | Delete, now: datetime) -> Change | Delete:
    """The write with which standing work leaves the trace that woke it, until its own time comes again."""
    rests = isinstance(outcome, Later) and outcome.failure is None and outcome.due > now
    if isinstance(write, Delete) or not (rests and intent.trace and intent.kind in STANDING):
        return write
    return replace(write, set={**write.set, "payload": payload_without_trace(intent.payload)})


def _asked_again(fence: Fence, outcome: Outcome, now: datetime) -> Change:
    """The end of a taking during which the work was wished for once more: it is due at once."""
    match outcome:
        case Done():
            return _put_off(fence, now, now, held(fence), progress=True)
        case Later(_, progress, failure):
            return _put_off(fence, now, now, held(fence), failure=failure, progress=progress)
        case Dead(failure):
            return _put_off(fence, now, now, held(fence), failure=failure, progress=True)


def _put_off(
    fence: Fence,
    due: datetime,
    now: datetime,
    when: Sequence[Condition],
    *,
    failure: str | None = None,
    progress: bool = False,
    dead: bool = False,
) -> Change:
    change = Change(
        keys.intent(fence.kind, fence.target),
        set={
            "holder": "",
            "failure": failure or "",
            **due_at(fence.kind, fence.target, due, now, dead=dead),
        },
        add={"version": 1},
        when=tuple(when),
    )
    return replace(change, set={**change.set, "attempts": 0}) if progress else change


def _settled_already(found: Item, fence: Fence, outcome: Outcome) -> bool:
    """Whether the write was refused by its own first copy, or this end was stored before.

    Nobody else sets an intent free without raising its fence.
    """
    if not found:
        return isinstance(outcome, Done)
    return text(found, "holder") == "" and found.get("fence") == fence.number


def _after(now: datetime, seconds: float) -> datetime:
    return now + timedelta(seconds=seconds)


def _overtaken() -> Overtaken:
    return Overtaken("Somebody else has taken over this work.")
