"""What users spend is known to all processes soon, and nobody waits for Redis."""

import asyncio
import math
import uuid
from collections.abc import AsyncIterator

import pytest
from redis.asyncio import Redis

from adapters.budgets import LocalBuckets, RedisBuckets
from tests.redis_server import free_port


class Clock:
    """Seconds, as they are set."""

    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


def test_a_bucket_takes_what_fits_and_drains_by_the_second() -> None:
    clock = Clock()
    buckets = LocalBuckets(600, now=clock)
    assert buckets.take("a", 400) == 0.0
    assert buckets.take("a", 250) == pytest.approx(5.0)  # 50 too much, 10 a second run out
    assert buckets.take("a", 200) == 0.0
    assert (buckets.available("a"), buckets.available("b")) == (0, 600)
    assert buckets.take("b", 600) == 0.0
    assert buckets.take("b", 601) == math.inf
    clock.time += 30
    assert buckets.available("a") == 300
    clock.time += 3_000
    assert buckets.available("a") == 600


def test_users_of_long_ago_take_no_room() -> None:
    clock = Clock()
    buckets = LocalBuckets(600, now=clock)
    for number in range(10_000):
        buckets.take(f"user {number}", 1)
    clock.time += 60
    buckets.take("somebody", 1)
    assert buckets.remembered() == 1


@pytest.fixture
async def processes(redis_url: str) -> AsyncIterator[list[RedisBuckets]]:
    made = [RedisBuckets(redis_url, 6_000, every=0.01) for _ in range(2)]
    yield made
    for buckets in made:
        await buckets.close()


async def _until_shared(other: RedisBuckets, user: str, most: int) -> None:
    """The other process hears of it when it tells something itself."""
    async with asyncio.timeout(10):
        while other.available(user) > most:
            other.take(user, 1)
            await asyncio.sleep(0.02)


async def test_what_is_spent_at_one_process_is_known_to_the_other(processes: list[RedisBuckets]) -> None:
    one, other = processes
    user = uuid.uuid4().hex
    assert one.take(user, 5_900) == 0.0
    await _until_shared(other, user, 1_000)
    assert other.take(user, 2_000) > 1.0
    assert other.available(uuid.uuid4().hex) == 6_000


async def test_a_process_without_redis_counts_for_itself() -> None:
    buckets = RedisBuckets(f"redis://127.0.0.1:{free_port()}/0", 600, every=0.01)
    assert buckets.take("a", 600) == 0.0
    await asyncio.sleep(0.1)
    assert buckets.take("a", 300) > 0.0
    await buckets.close()


async def test_an_emptied_redis_forgives_and_goes_on(processes: list[RedisBuckets], redis_url: str) -> None:
    one, other = processes
    user = uuid.uuid4().hex
    one.take(user, 3_000)
    await _until_shared(other, user, 3_500)
    client = Redis.from_url(redis_url)
    for key in await client.keys("yardsign:bucket:*"):
        await client.delete(key)
    await client.script_flush()
    await client.aclose()
    async with asyncio.timeout(10):
        while other.available(user) < 5_000:
            other.take(user, 1)
            await asyncio.sleep(0.02)
    one.take(user, 2_000)
    await _until_shared(other, user, 4_100)
