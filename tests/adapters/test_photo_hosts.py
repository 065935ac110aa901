"""A media host in trouble: bounded, left alone, tried again, and no hindrance to others."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from adapters.budgets import LocalBudgets
from adapters.photo_hosts import AT_ONCE, FAILURES, LONGEST_PAUSE, SHORTEST_PAUSE, PhotoHosts
from domain.errors import Rejected, Unavailable

DEAD, WELL = "https://dead.example/1.jpg", "https://well.example/1.jpg"


@dataclass
class Scene:
    """Hosts of one process, and the time."""

    now: float = 0.0

    def __post_init__(self) -> None:
        self.budgets = LocalBudgets(lambda: self.now)
        self.hosts = PhotoHosts(self.budgets, random=lambda: 0.5)

    async def ask(self, url: str, answer: Exception | None = None) -> None:
        async with self.hosts.visit(url):
            if answer:
                raise answer

    async def fail(self, times: int, url: str = DEAD) -> None:
        for _ in range(times):
            with pytest.raises(Unavailable) as error:
                await self.ask(url, Unavailable("It does not answer."))
            assert error.value.asked

    async def refusal(self, url: str = DEAD) -> Unavailable:
        with pytest.raises(Unavailable) as error:
            await self.ask(url)
        assert not error.value.asked
        return error.value


async def test_a_host_that_fails_time_after_time_is_left_alone_and_others_are_not() -> None:
    scene = Scene()
    await scene.fail(FAILURES)
    assert (await scene.refusal()).retry_after == pytest.approx(SHORTEST_PAUSE * 1.5)
    await scene.ask(WELL)
    scene.now += SHORTEST_PAUSE + 1
    await scene.ask(DEAD)
    await scene.fail(FAILURES - 1)
    await scene.ask(DEAD)


async def test_it_is_left_alone_longer_each_time() -> None:
    scene = Scene()
    await scene.fail(FAILURES - 1)
    for pause in (30.0, 60.0, 120.0, 240.0, 480.0, LONGEST_PAUSE, LONGEST_PAUSE):
        await scene.fail(1)
        assert (await scene.refusal()).retry_after == pytest.approx(pause * 1.5)
        scene.now += pause + 1


async def test_what_is_no_fault_of_the_host_does_not_count() -> None:
    scene = Scene()
    await scene.fail(FAILURES - 1)
    with pytest.raises(Rejected):
        await scene.ask(DEAD, Rejected("It has no such photo."))
    await scene.fail(FAILURES - 1)
    with pytest.raises(Unavailable):
        await scene.ask(DEAD, Unavailable("The account may not ask for more.", asked=False))
    await scene.ask(DEAD)


async def test_all_processes_leave_it_alone() -> None:
    scene = Scene()
    await scene.fail(FAILURES)
    other = PhotoHosts(scene.budgets, random=lambda: 0.0)
    with pytest.raises(Unavailable):
        async with other.visit(DEAD.upper()):
            pass


async def test_after_a_pause_one_request_tries_for_all() -> None:
    scene = Scene()
    await scene.fail(FAILURES)
    scene.now += SHORTEST_PAUSE + 1
    async with scene.hosts.visit(DEAD):
        await scene.refusal()
    async with scene.hosts.visit(DEAD):
        await scene.ask(DEAD)


async def test_a_slow_host_takes_so_many_at_a_time_and_others_go_on() -> None:
    scene = Scene()
    async with AsyncExitStack() as slow:
        for _ in range(AT_ONCE):
            await slow.enter_async_context(scene.hosts.visit(DEAD))
        late = asyncio.create_task(scene.refusal())
        await scene.ask(WELL)
        assert not late.done()
        assert "busy" in (await late).message
        waiting = asyncio.create_task(scene.ask(DEAD))
        await asyncio.sleep(0)
        await slow.aclose()
        await waiting
