"""How the writes of a repository become one transaction: with the fence's check, and the wishes for work."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime
from random import SystemRandom

from adapters.tables import keys
from adapters.tables.table import Check, Item, Put, Refused, Table, Unfit, Write
from adapters.tables.wishes import held, holds, merged, wish
from domain.entities.intent import Ask, Fence
from domain.errors import Conflict, Overtaken, Rejected, Unavailable

TRIES = 50
"""How often a transaction is tried again because something it had read has moved."""

Now = Callable[[], datetime]

_random = SystemRandom()


class Stale(Conflict):
    """A condition of a write did not hold: another writer was faster.

    Attributes:
        reasons: for each write None, or its item as it was, `{}` if there was none.
    """

    def __init__(self, reasons: Sequence[Item | None]) -> None:
        super().__init__("It was changed by somebody else in the meantime: read it again.")
        self.reasons = reasons


async def commit(
    table: Table,
    now: Now,
    writes: Sequence[Write],
    *,
    fence: Fence | None = None,
    ask: Sequence[Ask] = (),
) -> None:
    """Do all writes and store all wishes, or nothing.

    Raises:
        Stale: a condition of one of `writes` did not hold.
        Overtaken: the work that holds `fence` has been taken over.
        Rejected: the writes break a limit of the table.
        Unavailable: the table cannot do it now, or the intents wished for never stood still.
    """
    asks = merged(ask)
    if not writes and not asks:
        return
    for attempt in range(TRIES):
        read = await table.get_many([keys.intent(ask.kind, ask.target) for ask in asks]) if asks else []
        wishes = [wish(ask, item, now(), fence) for ask, item in zip(asks, read, strict=True)]
        guards = [] if fence is None or _guarded(fence, wishes) else [guard(fence)]
        try:
            await transact(table, [*guards, *writes, *wishes])
            return
        except Refused as refused:
            _raise_unless_only_wishes(refused, fence, len(guards), len(writes))
        await pause(attempt)
    raise Unavailable("The store is too busy with this work at the moment.", retry_after=1)


async def transact(table: Table, writes: Sequence[Write]) -> None:
    """`Table.transact`, with the limits of the table in the domain's words; raises `Refused`."""
    try:
        await table.transact(writes)
    except Unfit as unfit:
        raise Rejected(f"This cannot be stored: {unfit}.") from unfit


async def pause(attempt: int) -> None:
    """Wait for a random moment before the next try, up to 50 ms, longer the more tries there were."""
    await asyncio.sleep(_random.uniform(0, min(0.05, 0.002 * (attempt + 1))))


def guard(fence: Fence) -> Check:
    """The check that the work has not been taken over."""
    return Check(keys.intent(fence.kind, fence.target), when=held(fence))


def _guarded(fence: Fence, wishes: Sequence[Write]) -> bool:
    """Whether a wish already checks the fence: a transaction takes one write for each key."""
    key = keys.intent(fence.kind, fence.target)
    return any(not isinstance(write, Put) and write.key == key for write in wishes)


def _raise_unless_only_wishes(refused: Refused, fence: Fence | None, guards: int, writes: int) -> None:
    """Work that was taken over comes first: whatever else did not hold, it has nothing to say any more."""
    reasons = refused.reasons
    own = reasons[guards : guards + writes]
    if fence is not None:
        key = keys.intent(fence.kind, fence.target)
        wished = [item for item in reasons[guards + writes :] if item is not None]
        ours = [item for item in wished if (item.get("PK"), item.get("SK")) == key]
        if any(reason is not None for reason in reasons[:guards]) or any(not holds(i, fence) for i in ours):
            raise Overtaken("Somebody else has taken over this work.")
    if any(reason is not None for reason in own):
        raise Stale(own)
