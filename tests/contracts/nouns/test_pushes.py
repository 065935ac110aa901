"""Pushes of an MLS that were taken are remembered for as long as they might come again."""

from datetime import timedelta

from adapters.tables.repositories import Repositories
from tests.contracts.nouns.conftest import Now

SIGNATURE = "ab" * 32


async def test_a_push_is_known_until_its_time_has_passed(nouns: Repositories, now: Now) -> None:
    pushes = nouns.mls_connections
    assert not await pushes.knows_push("alice", "c1", SIGNATURE)
    await pushes.keep_push("alice", "c1", SIGNATURE, until=now() + timedelta(minutes=10))
    assert await pushes.knows_push("alice", "c1", SIGNATURE)
    now.pass_by(minutes=10)
    assert await pushes.knows_push("alice", "c1", SIGNATURE)
    now.pass_by(seconds=2)
    assert not await pushes.knows_push("alice", "c1", SIGNATURE)


async def test_a_push_is_known_to_its_own_connection_alone(nouns: Repositories, now: Now) -> None:
    pushes = nouns.mls_connections
    await pushes.keep_push("alice", "c1", SIGNATURE, until=now() + timedelta(minutes=10))
    assert not await pushes.knows_push("alice", "c2", SIGNATURE)
    assert not await pushes.knows_push("bob", "c1", SIGNATURE)
    assert not await pushes.knows_push("alice", "c1", "cd" * 32)


async def test_a_push_may_be_kept_twice(nouns: Repositories, now: Now) -> None:
    pushes = nouns.mls_connections
    for _ in range(2):
        await pushes.keep_push("alice", "c1", SIGNATURE, until=now() + timedelta(minutes=10))
    assert await pushes.knows_push("alice", "c1", SIGNATURE)
