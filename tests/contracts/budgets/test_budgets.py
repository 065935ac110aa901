"""Budgets of a process and those in Redis keep the same promises; those in Redis hold over processes too."""

import asyncio
import logging
import random
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from adapters.budgets import Budget, LocalBudgets, RedisBudgets, Unit
from adapters.budgets.local import STEPS
from adapters.budgets.shared import UNPAUSED
from tests.contracts.budgets.kept import Kept, LocalKept, RedisKept, all_at_once
from tests.redis_server import RedisServer

MINUTE = Budget(10, 60)
HOUR = Budget(10, 3600)
BYTES = Budget(1000, 3600, Unit.BYTES)


@pytest.fixture(params=["local", "redis"])
async def kept(request: pytest.FixtureRequest) -> AsyncIterator[Kept]:
    made: Kept
    made = LocalKept() if request.param == "local" else RedisKept(request.getfixturevalue("redis_url"))
    yield made
    await made.close()


@pytest.fixture
def name() -> str:
    """Of an account that nobody has used; the server is shared by all tests."""
    return uuid4().hex


class TestEveryImplementation:
    async def test_twenty_tasks_at_once_get_no_more_than_there_is(self, kept: Kept, name: str) -> None:
        waits = await all_at_once(kept.budgets, name, MINUTE, HOUR)
        assert waits.count(0.0) == 10
        assert all(0 < wait <= 3661 for wait in waits if wait)

    async def test_a_minute_later_there_is_room_again(self, kept: Kept, name: str) -> None:
        await all_at_once(kept.budgets, name, MINUTE)
        assert 0 < await kept.budgets.take(name, [MINUTE]) <= 60.1
        await kept.wait(61)
        assert (await all_at_once(kept.budgets, name, MINUTE)).count(0.0) == 10

    async def test_a_short_window_moves_with_every_request(self, kept: Kept, name: str) -> None:
        for _ in range(5):
            assert await kept.budgets.take(name, [MINUTE]) == 0.0
        await kept.wait(40)
        assert (await all_at_once(kept.budgets, name, MINUTE)).count(0.0) == 5
        await kept.wait(21)
        assert (await all_at_once(kept.budgets, name, MINUTE)).count(0.0) == 5

    async def test_who_waits_as_long_as_told_gets_it(self, kept: Kept, name: str) -> None:
        await all_at_once(kept.budgets, name, MINUTE)
        await kept.wait(await kept.budgets.take(name, [MINUTE]))
        assert await kept.budgets.take(name, [MINUTE]) == 0.0

    async def test_a_long_window_frees_itself_at_most_a_step_late(self, kept: Kept, name: str) -> None:
        await all_at_once(kept.budgets, name, HOUR)
        await kept.wait(3600 - 60)
        assert 0 < await kept.budgets.take(name, [HOUR]) <= 121
        await kept.wait(60 + 2 * 60)
        assert (await all_at_once(kept.budgets, name, HOUR)).count(0.0) == 10

    async def test_what_is_refused_by_one_budget_costs_the_others_nothing(
        self, kept: Kept, name: str
    ) -> None:
        wide, narrow = Budget(5, 50), Budget(2, 3600)
        assert (await all_at_once(kept.budgets, name, wide, narrow)).count(0.0) == 2
        assert (await all_at_once(kept.budgets, name, wide)).count(0.0) == 3

    async def test_accounts_do_not_share(self, kept: Kept, name: str) -> None:
        await all_at_once(kept.budgets, name, MINUTE)
        assert await kept.budgets.take(f"{name}2", [MINUTE]) == 0.0

    async def test_no_budget_is_no_limit(self, kept: Kept, name: str) -> None:
        assert await all_at_once(kept.budgets, name) == [0.0] * 20

    async def test_bytes_are_counted_when_they_came(self, kept: Kept, name: str) -> None:
        budgets = [MINUTE, BYTES]
        await kept.budgets.spend(name, budgets, 999)
        assert await kept.budgets.take(name, budgets) == 0.0
        await kept.budgets.spend(name, budgets, 5_000)
        assert 0 < await kept.budgets.take(name, budgets) <= 3661
        await kept.wait(3600 + 60)
        await kept.wait(60)
        assert await kept.budgets.take(name, budgets) == 0.0

    async def test_they_are_no_requests(self, kept: Kept, name: str) -> None:
        await kept.budgets.spend(name, [MINUTE, HOUR], 10**12)
        await kept.budgets.spend(name, [BYTES], 0)
        assert await kept.budgets.take(name, [MINUTE, HOUR, BYTES]) == 0.0

    async def test_nobody_takes_during_a_pause_and_the_longer_one_stays(self, kept: Kept, name: str) -> None:
        await kept.budgets.pause(name, 300)
        await kept.budgets.pause(name, 60)
        assert 240 < await kept.budgets.take(name, []) <= 300
        await kept.wait(240)
        assert 0 < await kept.budgets.take(name, [MINUTE]) <= 60
        await kept.wait(61)
        assert (await all_at_once(kept.budgets, name, MINUTE)).count(0.0) == 10

    @pytest.mark.parametrize("seconds", [0, -5, float("nan")])
    async def test_a_pause_of_nothing_is_none(self, kept: Kept, name: str, seconds: float) -> None:
        await kept.budgets.pause(name, seconds)
        assert await kept.budgets.take(name, []) == 0.0

    async def test_a_window_may_end_within_a_second(self, kept: Kept, name: str) -> None:
        budgets = [Budget(2, 1.25)]
        assert [await kept.budgets.take(name, budgets) for _ in range(2)] == [0.0, 0.0]
        assert 1 < await kept.budgets.take(name, budgets) < 1.3
        await kept.wait(1.3)
        assert await kept.budgets.take(name, budgets) == 0.0

    async def test_an_absurd_pause_is_a_long_one(self, kept: Kept, name: str) -> None:
        await kept.budgets.pause(name, float("inf"))
        assert 86_400 < await kept.budgets.take(name, []) < 10**8


@pytest.mark.parametrize("budget", [Budget(7, 10), Budget(2, 1.25), Budget(40, 600), Budget(9, 90_000)])
def test_no_window_ever_holds_more_than_the_amount(budget: Budget) -> None:
    randomness = random.Random(budget.amount)
    time, taken = 1_000_000.0, list[float]()
    budgets = LocalBudgets(lambda: time)

    async def run() -> None:
        nonlocal time
        for _ in range(1500):
            wait = await budgets.take("A", [budget])
            if not wait:
                taken.append(time)
            # In bursts, and now and then exactly as long as told.
            time += randomness.choice([0, 0, 0, wait, budget.seconds * randomness.random() / 4])

    asyncio.run(run())
    for first, next_one in zip(taken, taken[budget.amount :], strict=False):
        assert next_one - first > budget.seconds
    # Whoever is always kept waiting exceeds nothing either: all but a step and a little is used.
    assert len(taken) > 20


async def test_a_process_forgets_accounts_that_are_not_used_any_more() -> None:
    time = 0.0
    budgets = LocalBudgets(lambda: time)
    for number in range(30_000):
        time += 1
        await budgets.take(f"A{number}", [MINUTE])
        await budgets.pause(f"B{number}", 1)
    assert len(budgets._windows) + len(budgets._paused) <= 10_000


def test_a_budget_of_nothing_is_refused() -> None:
    for amount, seconds in ((0, 1), (1, 0), (-1, 60)):
        with pytest.raises(ValueError, match="budget"):
            Budget(amount, seconds)


class TestRedis:
    async def test_three_processes_with_twenty_tasks_each_get_no_more_than_there_is(
        self, redis_url: str, name: str
    ) -> None:
        command = [sys.executable, "-m", "tests.contracts.budgets.taker", redis_url, name, "50", "600", "20"]
        processes = [
            await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE) for _ in range(3)
        ]
        answers = [await process.communicate() for process in processes]
        counts = [int(out) for out, _ in answers]
        assert sum(counts) == 50

    async def test_what_was_used_and_a_pause_outlive_the_process(self, redis_url: str, name: str) -> None:
        async with opened(redis_url) as first:
            await all_at_once(first, name, MINUTE)
            await first.spend(f"{name}b", [BYTES], 1000)
            await first.pause(f"{name}p", 60)
        async with opened(redis_url) as second:
            assert await second.take(name, [MINUTE]) > 0
            assert await second.take(f"{name}b", [BYTES]) > 0
            assert await second.take(f"{name}p", []) > 0

    async def test_the_pause_of_another_process_is_known_within_a_second(
        self, redis_url: str, name: str
    ) -> None:
        time = 0.0
        ours = RedisBudgets(redis_url, now=lambda: time)
        async with opened(redis_url) as other:
            assert await ours.take(name, []) == 0.0
            await other.pause(name, 60)
            assert await ours.take(name, [MINUTE]) > 0, "what is counted is asked for every time"
            time += UNPAUSED
            assert await ours.take(name, []) > 0
        await ours.close()

    async def test_the_own_pause_is_known_at_once(self, redis_url: str, name: str) -> None:
        async with opened(redis_url) as budgets:
            assert await budgets.take(name, []) == 0.0
            await budgets.pause(name, 60)
            assert await budgets.take(name, []) > 0

    async def test_they_stay_small_expire_and_do_not_tell_the_account(
        self, redis_url: str, name: str
    ) -> None:
        day = Budget(40_000, 86_400)
        async with opened(redis_url) as budgets, Redis.from_url(redis_url, decode_responses=True) as redis:
            for _ in range(500):
                assert await budgets.take(name, [day]) == 0.0
            await budgets.pause(name, 60)
            keys = [key async for key in redis.scan_iter(match="yardsign:budget:*")]
            assert not any(name in key for key in keys)
            sizes = [await redis.memory_usage(key) for key in keys]
            assert max(size or 0 for size in sizes) < 20_000
            assert all([await redis.pttl(key) > 0 for key in keys])
            assert await redis.hlen(next(key for key in keys if key.endswith(":86400"))) <= STEPS + 2

    async def test_a_connection_that_answers_nothing_does_not_hold_anybody_up(self, name: str) -> None:
        async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server, opened(f"redis://127.0.0.1:{port}/0") as budgets:
            assert (await all_at_once(budgets, name, MINUTE)).count(0.0) == 10


class TestRedisAway:
    @pytest.fixture
    def redis(self, tmp_path: Path) -> Iterator[RedisServer]:
        server = RedisServer(tmp_path)
        server.start()
        yield server
        server.kill()

    async def test_an_emptied_redis_does_not_give_a_process_more(self, redis: RedisServer, name: str) -> None:
        async with opened(redis.url) as budgets, Redis.from_url(redis.url) as client:
            for _ in range(4):
                await budgets.take(name, [MINUTE])
            await budgets.pause(f"{name}p", 60)
            await client.flushall()
            await client.script_flush()
            assert (await all_at_once(budgets, name, MINUTE)).count(0.0) == 6
            assert await budgets.take(f"{name}p", []) > 0

    async def test_while_nothing_is_counted_redis_is_asked_once_a_second(
        self, redis: RedisServer, name: str
    ) -> None:
        time = 0.0
        budgets = RedisBudgets(redis.url, now=lambda: time)
        async with Redis.from_url(redis.url, decode_responses=True) as client:

            async def asked(times: int) -> int:
                before = (await client.info("commandstats"))["cmdstat_evalsha"]["calls"]
                for _ in range(times):
                    assert await budgets.take(name, []) == 0.0
                return int((await client.info("commandstats"))["cmdstat_evalsha"]["calls"] - before)

            await budgets.take(f"{name} first", [])
            assert await asked(50) == 1
            time += UNPAUSED
            assert await asked(50) == 1
        await budgets.close()

    async def test_names_of_long_ago_take_no_room(
        self, redis: RedisServer, name: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("adapters.budgets.shared.TIDY_AFTER", 100)
        async with opened(redis.url) as budgets:
            for number in range(150):
                await budgets.take(f"{name} {number}", [])
            assert 0 < len(budgets._unpaused_until) <= 100

    async def test_of_names_that_are_counted_none_is_remembered_as_unpaused(
        self, redis: RedisServer, name: str
    ) -> None:
        async with opened(redis.url) as budgets:
            assert await budgets.take(name, [MINUTE]) == 0.0
            assert budgets._unpaused_until == {}

    async def test_the_silence_of_a_redis_that_is_away_is_not_believed(
        self, redis: RedisServer, name: str
    ) -> None:
        async with opened(redis.url) as budgets:
            redis.kill()
            assert await budgets.take(name, []) == 0.0
            assert budgets._unpaused_until == {}

    async def test_nor_does_a_killed_one_and_it_is_told_once(
        self, redis: RedisServer, name: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        async with opened(redis.url) as budgets:
            for _ in range(4):
                await budgets.take(name, [MINUTE])
            redis.kill()
            with caplog.at_level(logging.WARNING):
                assert (await all_at_once(budgets, name, MINUTE)).count(0.0) == 6
                await budgets.spend(name, [BYTES], 1000)
                await budgets.pause(f"{name}p", 60)
            assert await budgets.take(name, [BYTES]) > 0
            assert await budgets.take(f"{name}p", []) > 0
            assert len(caplog.records) == 1

    async def test_once_it_is_back_budgets_are_shared_again(self, redis: RedisServer, name: str) -> None:
        time = 0.0
        async with opened(redis.url) as other:
            budgets = RedisBudgets(redis.url, now=lambda: time)
            redis.kill()
            assert await budgets.take(f"{name}2", [MINUTE]) == 0.0
            redis.start()
            assert (await all_at_once(other, name, MINUTE)).count(0.0) == 10
            time += 5
            assert await budgets.take(name, [MINUTE]) > 0
            await budgets.close()

    async def test_a_redis_that_is_not_there_at_the_start_is_no_trouble(self, name: str) -> None:
        async with opened("redis://127.0.0.1:1/0") as budgets:
            assert (await all_at_once(budgets, name, MINUTE)).count(0.0) == 10


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[RedisBudgets]:
    budgets = RedisBudgets(url)
    yield budgets
    await budgets.close()
