"""What is promised of alerts, and of the wishes that events bring along."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import pytest

from adapters.tables.repositories import Repositories, repositories
from adapters.tables.table import Table
from adapters.vault import Vault
from domain.entities.alert import AlertMetric, MetricAlert
from domain.entities.intent import Ask, Done, IntentKind
from domain.entities.metrics import Counts
from domain.errors import Conflict
from tests.contracts.nouns.conftest import Now
from tests.contracts.nouns.make import AT, an_event


def an_alert(id: str, user_id: str = "alice", minutes: int = 0) -> MetricAlert:
    at = AT + timedelta(minutes=minutes)
    return MetricAlert(
        id=id,
        user_id=user_id,
        listing_id="mls-1",
        metric=AlertMetric.SHARES,
        threshold=5,
        window_days=30,
        armed_on=AT.date(),
        created_at=at,
        updated_at=at,
    )


async def test_alerts_are_their_users_own_oldest_first(nouns: Repositories, now: Now) -> None:
    for minutes, id in enumerate(("A2", "A1")):
        await nouns.alerts.save(an_alert(id, minutes=minutes))
    await nouns.alerts.save(an_alert("A3", "bob"))
    found = await nouns.alerts.of_user("alice")
    assert [alert.id for alert in found] == ["A2", "A1"]
    assert found[0] == replace(an_alert("A2"), version=1, updated_at=now())
    assert await nouns.alerts.get("alice", "A2") == found[0]
    assert await nouns.alerts.get("alice", "A3") is None


async def test_an_alert_is_changed_once_with_its_wishes(nouns: Repositories) -> None:
    made = await nouns.alerts.save(an_alert("A1"))
    wishes = [Ask(IntentKind.NOTIFY, "alice", f"n{number}") for number in range(2)]
    reached = replace(made, reached_on=date(2026, 10, 5))
    assert (await nouns.alerts.save(reached, ask=wishes[:1])).version == 2
    with pytest.raises(Conflict):
        await nouns.alerts.save(reached, ask=wishes[1:])
    assert await nouns.intents.get(IntentKind.NOTIFY, "n0") is not None
    assert await nouns.intents.get(IntentKind.NOTIFY, "n1") is None
    with pytest.raises(Conflict):
        await nouns.alerts.delete(made)
    await nouns.alerts.delete(replace(made, version=2))
    await nouns.alerts.delete(made)
    assert await nouns.alerts.of_user("alice") == []


async def test_others_hear_of_a_change_within_seconds(
    nouns: Repositories, table: Table, vault: Vault, now: Now
) -> None:
    other = repositories(table, vault, now)
    assert await other.alerts.recent("alice") == []
    made = await nouns.alerts.save(an_alert("A1"))
    assert await other.alerts.recent("alice") == []
    now.pass_by(seconds=5)
    assert await other.alerts.recent("alice") == [made]


async def test_wishes_of_many_events_are_one_piece_of_work(nouns: Repositories, now: Now) -> None:
    due = now() + timedelta(seconds=5)
    ask = Ask(IntentKind.ALERT, "alice", "look", due, {"day": "2026-10-05"})
    events = [an_event(f"e{number % 20}") for number in range(40)]
    counted = await asyncio.gather(*(nouns.metrics.record(event, ask=[ask]) for event in events))
    assert sum(counted) == 20
    assert await nouns.intents.take(IntentKind.ALERT, "look", "h1", 20) is None
    now.pass_by(seconds=5)
    taken = await nouns.intents.take(IntentKind.ALERT, "look", "h1", 20)
    assert taken is not None
    assert (taken.asked, taken.attempts, taken.payload) == (20, 1, {"day": "2026-10-05"})
    await nouns.metrics.record(an_event("late"), ask=[ask])
    assert await nouns.intents.settle(taken, Done()), "what was wished for meanwhile is still owed"
    again = await nouns.intents.take(IntentKind.ALERT, "look", "h2", 20)
    assert again is not None
    assert not await nouns.intents.settle(again, Done())
    assert await nouns.intents.get(IntentKind.ALERT, "look") is None


async def test_days_of_all_listings_are_summed_over_months(nouns: Repositories) -> None:
    for number, ago in enumerate((0, 0, 5, 6, 40)):
        event = an_event(f"e{number}", listing_id=f"mls-{number % 2}", occurred_at=AT - timedelta(days=ago))
        await nouns.metrics.record(event)
    await nouns.metrics.record(an_event("e", "bob"))
    last = AT.date()
    sums = await nouns.metrics.all_sums("alice", last - timedelta(days=6), last)
    assert {(last - day).days: counts for day, counts in sums.items()} == {
        0: Counts(views=2),
        5: Counts(views=1),
        6: Counts(views=1),
    }
