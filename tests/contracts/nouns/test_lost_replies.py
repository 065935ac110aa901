"""What comes of a reply that is lost, and of a client that sends its request again by itself."""

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from adapters.tables.repositories import Repositories, repositories
from adapters.tables.table import Change, Delete, Item, Put, Table, Write
from adapters.vault import Vault
from domain.entities.common import PageRequest
from domain.entities.intent import Ask, Dead, Done, IntentKind, Later, Outcome
from domain.entities.metrics import EventKind
from domain.entities.sync_run import RunCounters
from domain.errors import Unavailable
from domain.ports import ListingSave
from tests.contracts.nouns.conftest import Now
from tests.contracts.nouns.make import a_fence, a_listing, a_run, an_event, an_inquiry
from tests.contracts.nouns.wrapped import Wrapped

KIND = IntentKind.UNPUBLISH


class SendsTwice(Wrapped):
    """Single writes arrive twice, and the second reply is the one that comes back."""

    async def write(self, write: Put | Change | Delete) -> Item | None:
        await self._table.write(write)
        return await self._table.write(write)


class LosesReplies(Wrapped):
    """A fifth of the transactions take effect without a reply."""

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self._random = random.Random(11)
        self.lost = 0

    async def transact(self, writes: Sequence[Write]) -> None:
        await self._table.transact(writes)
        if self._random.random() < 0.2:
            self.lost += 1
            raise Unavailable("No reply came.", outcome_unknown=True)


@pytest.fixture
def twice(table: Table, vault: Vault, now: Now) -> Repositories:
    return repositories(SendsTwice(table), vault, now)


@pytest.mark.parametrize("outcome", ["done", "later", "dead"])
@pytest.mark.parametrize("asked_again", [False, True])
async def test_work_goes_its_way_though_every_write_arrives_twice(
    twice: Repositories, now: Now, outcome: str, asked_again: bool
) -> None:
    ask = Ask(kind=KIND, user_id="alice", target="p1")
    await twice.intents.ask(ask)
    intent = await twice.intents.take(KIND, "p1", "h1", 20)
    assert intent is not None
    assert (intent.fence, intent.attempts) == (1, 1)
    now.pass_by(seconds=5)
    await twice.intents.renew(intent.as_fence, 20)
    if asked_again:
        await twice.intents.ask(ask)
    later = now() + timedelta(hours=1)
    ends: dict[str, Outcome] = {"done": Done(), "later": Later(later), "dead": Dead("broken")}
    await twice.intents.settle(intent, ends[outcome])
    after = await twice.intents.get(KIND, "p1")
    if asked_again:
        assert after is not None
        assert (after.due, after.dead, after.holder) == (now(), False, "")
    elif outcome == "done":
        assert after is None
    else:
        assert after is not None
        assert (after.dead, after.holder) == (outcome == "dead", "")


async def test_events_that_are_sent_until_they_are_answered_count_once(
    table: Table, vault: Vault, now: Now
) -> None:
    losing = LosesReplies(table)
    nouns = repositories(losing, vault, now)
    gate = asyncio.Semaphore(16)

    async def send(n: int) -> None:
        event = an_event(f"e{n % 100}", kind=EventKind.INQUIRY, source=f"s{n % 7}")
        while True:
            try:
                async with gate:
                    await nouns.metrics.record(event, an_inquiry(f"I{n % 100:02d}"))
                return
            except Unavailable:
                continue

    await asyncio.gather(*[send(n) for n in range(300)])
    span = (an_event("e").occurred_at.date(), now().date())
    (day,) = await nouns.metrics.days("alice", "mls-1", *span)
    assert await nouns.metrics.totals("alice", ["mls-1"], *span) == [day.total]
    assert losing.lost > 0
    assert (day.total.inquiries, day.sequence) == (100, 100)
    assert len((await nouns.metrics.inquiries("alice", PageRequest(first=100))).items) == 100


async def test_a_step_that_is_repeated_after_a_lost_reply_counts_each_row_once(
    table: Table, vault: Vault, now: Now
) -> None:
    """The caller reads the run again and leaves out the rows that its checkpoint names."""
    losing = LosesReplies(table)
    nouns = repositories(losing, vault, now)
    plain = repositories(table, vault, now)
    await plain.runs.save(a_run())
    fence = await a_fence(plain)
    rows = [f"h{n:03d}" for n in range(400)]
    while True:
        run = await plain.runs.get("alice", "R1")
        assert run is not None
        rest = [row for row in rows if row not in run.checkpoint.done]
        saves = [
            ListingSave(listing=a_listing(row), row_key=row, counters=RunCounters(processed=1))
            for row in rest
        ]
        try:
            await nouns.listings.save_step(saves, run, fence=fence)
            break
        except Unavailable:
            continue
    run = await plain.runs.get("alice", "R1")
    assert run is not None
    assert (run.counters.processed, run.checkpoint.done) == (400, tuple(rows))
    found = await plain.listings.get_many("alice", rows)
    assert [listing.version if listing else None for listing in found] == [1] * 400


async def test_a_stolen_piece_of_work_is_not_taken_back_by_a_late_copy(nouns: Repositories, now: Now) -> None:
    await nouns.intents.ask(Ask(kind=KIND, user_id="alice", target="p1"))
    first = await nouns.intents.take(KIND, "p1", "h1", 20)
    assert first is not None
    now.pass_by(seconds=20)
    second = await nouns.intents.take(KIND, "p1", "h2", 20)
    assert second is not None
    assert await nouns.intents.take(KIND, "p1", "h1", 20) is None
    assert await nouns.intents.get(KIND, "p1") == replace(second)
