"""A soak from its beginning to its end: start, furnish, load and trouble, rest, look."""

import asyncio
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
from rich.console import Console

from app.development_issuer import DevelopmentIssuer
from benchmarks.soak import frontends, logs, subscribers, trouble, visitors
from benchmarks.soak.diary import Diary
from benchmarks.soak.ending import checks
from benchmarks.soak.furnishing import arrive, furnish
from benchmarks.soak.outside import Outside
from benchmarks.soak.plan import Plan
from benchmarks.soak.readings import Readings
from benchmarks.soak.report import Outcome
from benchmarks.soak.rest import bring_to_rest, store_of
from benchmarks.soak.scene import Scene, graphs
from tests.processes.system import System

_SAMPLE_SECONDS = 5.0
_LAST_SECONDS = 45.0

_FRESH = httpx.Limits(keepalive_expiry=1.0)
"""The sandboxes close a connection that was idle for 5 seconds, and a request may go out at just that moment."""


async def soak(plan: Plan, folder: Path, console: Console) -> Outcome:
    """Do it all on a system of its own in `folder`/data."""
    system = System(
        folder / "data",
        DEMO="0",
        LOG_FORMAT="json",
        SANDBOX_HOMES=str(plan.homes),
        LISTING_PAGE_URL="http://127.0.0.1:9/homes/{id}",
    )
    try:
        system.start()
        await asyncio.to_thread(system.wait_for, "Serving.")
        return await _soaked(plan, system, console)
    finally:
        system.end()


async def _soaked(plan: Plan, system: System, console: Console) -> Outcome:
    readings = Readings(system)
    async with _scene(plan, system) as scene:
        await furnish(scene)
        console.print(f"{sum(map(len, scene.listings.values()))} listings are there; the load begins.")
        scene.diary.began, scene.diary.queries = asyncio.get_running_loop().time(), []
        await _load(scene, system, readings)
        readings.take(scene.diary.age)
        await scene.outside.behave()
        console.print("The load and the faults have ended; the work comes to rest.")
        async with store_of(system) as ports:
            rested = await bring_to_rest(ports, scene)
            for graph in scene.graphs:
                await scene.read_listings(graph)
            found = await checks(ports, scene, system.folder)
    logged = await asyncio.to_thread(_ended, system, scene.diary)
    return Outcome(
        plan=plan,
        diary=scene.diary,
        readings=readings,
        rested=rested,
        checks=found,
        logged=logged,
        terminal=system.text,
    )


def _ended(system: System, diary: Diary) -> Counter[str]:
    """End it in good order, and read what it has logged."""
    status = system.signal(signal.SIGTERM)
    logged = logs.defects(system.folder / "logs", diary.outages)
    started = system.text.count("has ended and is started again")
    if started != diary.counts["processes killed"] + diary.counts["Redis killed"]:
        logged[f"{started} processes were started again: {system.text}"] += 1
    if status or system.processes():
        logged[f"it ended with {status} and left {system.processes()}"] += 1
    return logged


@asynccontextmanager
async def _scene(plan: Plan, system: System) -> AsyncIterator[Scene]:
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(httpx.AsyncClient(timeout=30, trust_env=False, limits=_FRESH))
        diary, endpoints = Diary(), system.endpoints()
        clients = graphs(plan, endpoints, DevelopmentIssuer(system.folder), diary)
        for client in clients:
            stack.push_async_callback(client.close)
        yield Scene(plan, diary, Outside(endpoints, http), clients)


async def _load(scene: Scene, system: System, readings: Readings) -> None:
    """Everybody works until the time is over; who is in the middle of a step ends it."""
    plan = scene.plan
    over = asyncio.Event()

    async def sample() -> None:
        await asyncio.to_thread(readings.take, scene.diary.age)

    tasks = [
        *(_client(over, plan.reading, lambda: frontends.read(scene)) for _ in range(plan.readers)),
        *(_client(over, 0.5, lambda: subscribers.watch(scene)) for _ in range(plan.subscribers)),
        _client(over, plan.editing, lambda: frontends.edit(scene)),
        _client(over, plan.syncing, lambda: frontends.synchronize(scene)),
        _client(over, plan.publishing, lambda: frontends.publish(scene)),
        _client(over, plan.selling, lambda: frontends.sell(scene)),
        _client(over, plan.visiting, lambda: visitors.visit(scene)),
        _client(over, plan.counting, lambda: visitors.report(scene)),
        _client(over, plan.faults, lambda: trouble.misbehave(scene)),
        _client(over, min(_SAMPLE_SECONDS, plan.seconds / 4), sample),
        trouble.kill_workers(scene, system),
        trouble.kill_redis(scene, system),
        arrive(scene),
    ]
    running = asyncio.gather(*tasks)
    await asyncio.wait([asyncio.ensure_future(running)], timeout=plan.seconds)
    over.set()
    async with asyncio.timeout(_LAST_SECONDS):
        await running


async def _client(over: asyncio.Event, pause: float, step: Callable[[], Awaitable[None]]) -> None:
    """Take a step and rest, until it is over."""
    while not over.is_set():
        await step()
        try:
            await asyncio.wait_for(over.wait(), pause)
        except TimeoutError:
            continue
